"""The thread refreshes until a tick reports the end; an exception does not end it."""

from __future__ import annotations

import threading

import pytest

from emotoolkit.views import refresh_thread
from emotoolkit.views.refresh_thread import RefreshThread

TIMEOUT_S = 20.0
"""Seconds that a busy machine may take."""


@pytest.fixture
def refreshing(monkeypatch):
    """Start a fast refresh thread with a tick; closed at the end."""
    monkeypatch.setattr(refresh_thread, "REFRESH_PERIOD_S", 0.001)
    refreshers = []

    def start(tick):
        refreshers.append(RefreshThread(tick))
        refreshers[-1].start()
        return refreshers[-1]

    yield start
    for each in refreshers:
        each.close()


def test_an_exception_is_logged_once_and_the_thread_goes_on(refreshing, caplog):
    """A fault in a tick is in the log, however often it comes back; the ticks after it are not lost."""
    wrong = [ValueError("at 1 s"), ValueError("at 2 s"), AttributeError("no lanes"), ValueError("at 3 s")]

    def tick():
        if wrong:
            raise wrong.pop(0)
        return False, False

    refreshing(tick)._thread.join(TIMEOUT_S)
    assert wrong == []
    assert [repr(record.exc_info[1]) for record in caplog.records] == [
        "ValueError('at 1 s')",
        "AttributeError('no lanes')",
    ]


def test_it_begins_again(refreshing):
    """A start is followed by a tick: after the thread has ended, and also during its last tick."""
    begun, again = threading.Event(), threading.Event()
    ticks = []

    def tick():
        ticks.append(len(ticks))
        begun.set()
        assert again.wait(TIMEOUT_S)
        return False, False

    refresher = refreshing(tick)
    assert begun.wait(TIMEOUT_S)
    refresher.start()
    again.set()
    refresher._thread.join(TIMEOUT_S)
    assert ticks == [0, 1]
    refresher.start()
    refresher._thread.join(TIMEOUT_S)
    assert ticks == [0, 1, 2]
