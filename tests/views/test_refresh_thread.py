"""The pulse beats until it was told that it is over, and not only until something goes wrong."""

from __future__ import annotations

import threading

import pytest

from emotoolkit.views import refresh_thread
from emotoolkit.views.refresh_thread import RefreshThread

PATIENCE = 20.0
"""Seconds that a busy machine may take."""


@pytest.fixture
def beating(monkeypatch):
    """Start a pulse, a fast one, with these ticks; closed at the end."""
    monkeypatch.setattr(refresh_thread, "REFRESH_PERIOD_S", 0.001)
    pulses = []

    def start(tick):
        pulses.append(RefreshThread(tick))
        pulses[-1].start()
        return pulses[-1]

    yield start
    for each in pulses:
        each.close()


def test_what_goes_wrong_is_told_once_and_the_pulse_goes_on(beating, caplog):
    """A fault in a tick is in the log, however often it comes back; the ticks after it are not lost."""
    wrong = [ValueError("at 1 s"), ValueError("at 2 s"), AttributeError("no lanes"), ValueError("at 3 s")]

    def tick():
        if wrong:
            raise wrong.pop(0)
        return False, False

    beating(tick)._thread.join(PATIENCE)
    assert wrong == []
    assert [repr(record.exc_info[1]) for record in caplog.records] == [
        "ValueError('at 1 s')",
        "AttributeError('no lanes')",
    ]


def test_it_begins_again(beating):
    """Who begins again gets a tick: after the last one, and also during it, since that one may have looked before."""
    begun, again = threading.Event(), threading.Event()
    ticks = []

    def tick():
        ticks.append(len(ticks))
        begun.set()
        assert again.wait(PATIENCE)
        return False, False

    beat = beating(tick)
    assert begun.wait(PATIENCE)
    beat.start()
    again.set()
    beat._thread.join(PATIENCE)
    assert ticks == [0, 1]
    beat.start()
    beat._thread.join(PATIENCE)
    assert ticks == [0, 1, 2]
