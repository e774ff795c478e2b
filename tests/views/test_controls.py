"""Buttons of core widgets: each view has those that can do something, and closes all of them."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit.views.controls import Controls
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_sources import group_sources

ALL = {"Play", "Pause", "Stop", "Seek", "go to (s)", "speed"}


def offered(source) -> set[str]:
    """What can be pressed or set in the controls of a source."""
    box = Controls(Feed(group_sources([source])[0])).box
    row = box.children[0]
    controls = {each.description: each for each in row.children}
    assert set(controls) == ALL
    shown = {name for name, each in controls.items() if each.layout.display != "none"}
    return set() if row.layout.display == "none" else shown


def rehearsed(sample, tmp_path):
    return emo.microphone(tmp_path / "call.webm", via="desktop", device=sample / "talk.wav")


def test_what_can_be_asked_is_offered(sample, tmp_path, talk):
    """A recording can be held, moved and hurried; what happens now only begun and ended; what is over, nothing."""
    assert offered(emo.Player(talk, emo.EmotionLogic())) == ALL
    assert offered(emo.Player(rehearsed(sample, tmp_path), emo.EmotionLogic())) == {"Play", "Stop"}
    assert offered(talk) == set()


@pytest.mark.parametrize("timeline", ["plain", "synced"])
def test_closing_a_view_closes_every_button(talk, timeline):
    """Hidden or not, no widget of a view outlives it."""
    view = emo.live(talk, timeline=timeline)
    buttons = view._controls.box.children[0].children
    assert all(each.comm is not None for each in buttons)
    view.close()
    assert all(each.comm is None for each in buttons)
