"""The server ends with the last view, whichever thread closes it, and whatever calls are open."""

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

TIMEOUT_S = 20.0
"""Seconds that a busy machine may take, at most."""


def call(url, **asked):
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(asked).encode()), timeout=TIMEOUT_S) as answer:
        return json.load(answer)


@pytest.fixture
def in_thread():
    """Run a function on a thread of its own; at the end of the test all have ended."""
    threads = []

    def begin(work):
        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


def test_an_observer_of_the_selection_may_close_the_view(talk):
    """An observer runs where the page is answered; there too a view can be closed, and the next one shown."""
    later = []
    view = emo.live(talk, timeline="synced")
    server = view._player_widget._endpoint.server

    def observer(_change):
        view.close()
        later.append(emo.live(talk, timeline="synced"))

    view.observe(observer, "selection")
    assert call(view._player_widget.url, do="select", start=1, end=2) == {"selection_count": 1}
    server._thread.join(TIMEOUT_S)
    assert not server._thread.is_alive()
    assert call(later[0]._player_widget.url, do="pull", entry_count=0, status_key="")["status"]["title"] == talk.file
    later[0].close()
    assert page_server._servers == []


def test_a_view_may_be_shown_where_another_one_is_closed(talk, in_thread, monkeypatch):
    """While one thread ends the server, a call that is still running on it can open an endpoint of a new one."""
    selected, closing = threading.Event(), threading.Event()
    endpoints = []

    def close(server, real=page_server.PageServer.close):
        closing.set()
        real(server)

    def select(_selection):
        selected.set()
        assert closing.wait(TIMEOUT_S)
        endpoints.append(page_server.open_endpoint(calls))

    monkeypatch.setattr(page_server.PageServer, "close", close)
    calls = PageCalls(Feed(group_sources([talk])[0]), select)
    first = page_server.open_endpoint(calls)
    url = first.url
    in_thread(lambda: call(url, do="select"))
    assert selected.wait(TIMEOUT_S)
    closer = threading.Thread(target=first.close, daemon=True)
    closer.start()
    closer.join(TIMEOUT_S)
    assert not closer.is_alive()
    assert endpoints[0].server is not first.server
    endpoints[0].close()
    assert page_server._servers == []


def test_a_slow_call_does_not_delay_closing(talk, in_thread, monkeypatch):
    """A view closes at once, though its page waits for something that takes long."""
    begun, enough = threading.Event(), threading.Event()

    def waveform(*_):
        begun.set()
        assert enough.wait(2 * TIMEOUT_S)
        return {}

    def page():
        with suppress(OSError):  # it was cut off
            call(url, do="waveform", start=0, end=9, points=10)

    monkeypatch.setattr(PageCalls, "_waveform", waveform)
    view = emo.live(talk, timeline="synced")
    url = view._player_widget.url
    in_thread(page)
    assert begun.wait(TIMEOUT_S)
    closer = threading.Thread(target=view.close, daemon=True)
    closer.start()
    closer.join(TIMEOUT_S)
    ended = not closer.is_alive()
    enough.set()
    closer.join(TIMEOUT_S)
    assert ended
