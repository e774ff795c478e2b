"""The settings in a journal become those of the registered API, or a reason why they are none."""

from __future__ import annotations

import pytest

from emotoolkit import EmotionLogic, Interhuman
from emotoolkit.apis.base.journal import Began
from emotoolkit.apis.recorded_settings import recorded_settings
from emotoolkit.errors import UnknownApi


def began(api: str, *sessions: dict) -> Began:
    """The first line of a journal with these settings."""
    return Began("0.1.0", "talk.wav", 3.0, api, [*sessions], 1.0, "2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "settings",
    [
        EmotionLogic(packet=0.5, channels=1),
        EmotionLogic(url="http://lab"),
        Interhuman(include=(), key="ih_live_secret"),
    ],
    ids=repr,
)
def test_what_was_written_is_read(settings):
    """The settings of each session are those that were written, but for the key, which never was."""
    made = recorded_settings(began(settings.name, settings.settings(), settings.settings()))
    assert [each.settings() for each in made] == [settings.settings()] * 2
    assert "ih_live_secret" not in str([vars(each) for each in made])


@pytest.mark.parametrize(
    ("api", "settings", "reason"),
    [
        ("emotion_logic", {"url": 5}, "its setting url=5 is no text"),
        ("emotion_logic", {"consent": ["x"]}, r"its setting consent=\['x'\] is no text"),
        ("emotion_logic", {"packet": -1}, "none of EmotionLogic .*packet"),
        ("interhuman", {"import": "os"}, "none of Interhuman .*import"),
        ("interhuman", {"include": 5}, "none of Interhuman"),
        ("interhuman", {"segment": "long"}, "none of Interhuman"),
    ],
)
def test_what_is_none(api, settings, reason):
    """Whatever a class raises at settings that it was not made for is a reason, with the line of the journal."""
    with pytest.raises(ValueError, match=f"line 1: .*{reason}"):
        recorded_settings(began(api, {}, settings))


@pytest.mark.parametrize("name", ["os", "emotion_logic.api", "../emotion_logic", ""])
def test_a_name_is_looked_up(name):
    """An API is found by its registered name alone."""
    with pytest.raises(UnknownApi):
        recorded_settings(began(name, {}))
