"""The plain view is brought up to date by a thread, whatever happens meanwhile: to the end, and then once more."""

from __future__ import annotations

import threading
from functools import partial

import pytest

import emotoolkit as emo
from emotoolkit.view import live, pulse
from emotoolkit.view.controls import Lanes

PATIENCE = 20.0
"""Seconds that a busy machine may take."""


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """There is no page that gives credit: it is not waited for."""
    monkeypatch.setattr(pulse, "PACE", 0.001)
    monkeypatch.setattr(pulse, "PATIENCE", -1.0)


def test_another_recording_is_chosen_while_one_is_drawn(talk, call, monkeypatch, caplog):
    """The lanes that are being drawn may be taken away, before there are others; the pulse goes on without them."""
    drawing, taken, ticked = threading.Event(), threading.Event(), threading.Event()

    def update():
        ticked.clear()
        drawing.set()
        assert taken.wait(PATIENCE)
        return False

    def tick(real):
        told = real()
        ticked.set()
        return told

    def late(feed):
        taken.set()
        assert ticked.wait(PATIENCE)
        return Lanes(feed)

    view = emo.live(*(emo.Player(each, emo.EmotionLogic()) for each in (talk, call)), timeline="plain")
    view._pulse._tick = partial(tick, view._pulse._tick)
    view._lanes.update = update
    assert drawing.wait(PATIENCE)
    monkeypatch.setattr(live, "Lanes", late)
    view._choice.value = 1
    view.close()
    assert caplog.records == []
