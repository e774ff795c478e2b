"""The server ends with the last view, whoever closes that one, and whatever is still asked."""

from __future__ import annotations

import json
import threading
import urllib.request
from contextlib import suppress

import pytest

import emotoolkit as emo
from emotoolkit.views import page_server
from emotoolkit.views.page_calls import PageCalls
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_sources import group_sources

PATIENCE = 20.0
"""Seconds that a busy machine may take."""


def call(url, **asked):
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(asked).encode()), timeout=PATIENCE) as answer:
        return json.load(answer)


@pytest.fixture
def beside():
    """Do something on a thread of its own; at the end of the test all of that is done."""
    threads = []

    def begin(work):
        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_who_hears_of_a_selection_may_close_the_view(talk):
    """An observer runs where the page is answered; there too a view can be closed, and the next one shown."""
    later = []
    view = emo.live(talk, timeline="synced")
    server = view._player_widget._place.server

    def observer(_change):
        view.close()
        later.append(emo.live(talk, timeline="synced"))

    view.observe(observer, "selection")
    assert call(view._player_widget.url, do="select", start=1, end=2) == {"selections": 1}
    server._thread.join(PATIENCE)
    assert not server._thread.is_alive()
    assert call(later[0]._player_widget.url, do="pull", have=0, seen="")["now"]["title"] == talk.file
    later[0].close()
    assert page_server._servers == []


def test_a_view_may_be_shown_where_another_one_is_closed(talk, beside, monkeypatch):
    """While one thread ends the server, whatever the server still does can be given a place of its own."""
    selected, closing = threading.Event(), threading.Event()
    places = []

    def close(server, real=page_server.PageServer.close):
        closing.set()
        real(server)

    def select(_selection):
        selected.set()
        assert closing.wait(PATIENCE)
        places.append(page_server.open_endpoint(desk))

    monkeypatch.setattr(page_server.PageServer, "close", close)
    desk = PageCalls(Feed(group_sources([talk])[0]), select)
    first = page_server.open_endpoint(desk)
    url = first.url
    beside(lambda: call(url, do="select"))
    assert selected.wait(PATIENCE)
    closer = threading.Thread(target=first.close, daemon=True)
    closer.start()
    closer.join(PATIENCE)
    assert not closer.is_alive()
    assert places[0].server is not first.server
    places[0].close()
    assert page_server._servers == []


def test_work_for_a_page_holds_nobody_up(talk, beside, monkeypatch):
    """A view closes at once, though its page waits for something that takes long."""
    begun, enough = threading.Event(), threading.Event()

    def waveform(*_):
        begun.set()
        assert enough.wait(2 * PATIENCE)
        return {}

    def page():
        with suppress(OSError):  # it was cut off
            call(url, do="waveform", start=0, end=9, points=10)

    monkeypatch.setattr(PageCalls, "_waveform", waveform)
    view = emo.live(talk, timeline="synced")
    url = view._player_widget.url
    beside(page)
    assert begun.wait(PATIENCE)
    closer = threading.Thread(target=view.close, daemon=True)
    closer.start()
    closer.join(PATIENCE)
    ended = not closer.is_alive()
    enough.set()
    closer.join(PATIENCE)
    assert ended
