"""The synced player in the kernel: calls that come as comm messages, and what is left after closing."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("anywidget")

from emotoolkit.views import page_server
from emotoolkit.views.page_calls import CHUNK_BYTES, PageCalls
from emotoolkit.views.player_widget import PlayerWidget
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_sources import group_sources

TIMEOUT_S = 20.0
"""Seconds that a busy machine may take, at most."""


@pytest.fixture
def player(talk, monkeypatch):
    """A player of the sample talk, with what it sends to its page, and an event for each of that."""
    widget = PlayerWidget(PageCalls(Feed(group_sources([talk])[0]), lambda _: None), "Synced player of the talk")
    sent, arrived = [], threading.Event()

    def send(content, buffers=None):
        sent.append((content, buffers))
        arrived.set()

    monkeypatch.setattr(widget, "send", send)
    yield widget, sent, arrived
    widget.close()
    assert page_server._servers == []


def test_a_call_by_comm_is_answered_under_its_number(player):
    """The answer of the server's thread has the number of the call; binary data come as a buffer."""
    widget, sent, arrived = player
    widget._on_message(widget, {"number": 7, "call": {"do": "chunk", "from": 0}}, [])
    assert arrived.wait(TIMEOUT_S)
    ((content, buffers),) = sent
    assert content == {"number": 7, "answer": {"from": 0, "bytes": CHUNK_BYTES}}
    assert [len(each) for each in buffers] == [CHUNK_BYTES]


def test_an_answer_without_data_has_no_buffer(player):
    """An unknown call is answered too, with its error."""
    widget, sent, arrived = player
    widget._on_message(widget, {"number": 8, "call": {"do": "nothing"}}, [])
    assert arrived.wait(TIMEOUT_S)
    ((content, buffers),) = sent
    assert (content["number"], buffers) == (8, None)
    assert "not known here" in content["answer"]["error"]


@pytest.mark.parametrize("content", [None, "pull", {}, {"number": 1}, {"number": 1, "call": "pull"}])
def test_other_messages_are_ignored(player, content):
    """A comm message that is no call is not answered."""
    widget, sent, arrived = player
    widget._on_message(widget, content, [])
    widget._on_message(widget, {"number": 2, "call": {"do": "select"}}, [])
    assert arrived.wait(TIMEOUT_S)
    assert [each["number"] for each, _ in sent] == [2]


def test_a_closed_player_does_not_answer(player):
    """Closing twice is closing once, and calls after that are not answered."""
    widget, sent, _ = player
    assert widget.url.startswith("http://127.0.0.1:")
    assert widget.label == "Synced player of the talk"
    widget.close()
    widget.close()
    widget._on_message(widget, {"number": 1, "call": {"do": "select"}}, [])
    assert sent == []
