"""The protocols of an API: both built-in APIs have every member, and a speech threshold is recognised."""

from __future__ import annotations

import pytest

from emotoolkit.apis.base import protocols
from emotoolkit.apis.base.defaults import ApiDefaults
from emotoolkit.apis.base.protocols import SpeechGated
from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.interhuman.api import Interhuman


def members(protocol):
    """Names of what a protocol itself requires."""
    return {name for name in (*vars(protocol), *protocol.__annotations__) if not name.startswith("_")}


@pytest.mark.parametrize("api", [EmotionLogic, Interhuman])
def test_built_in_apis_have_all_members(api):
    """Each member of both protocols is an attribute or a field of the settings class."""
    present = {*dir(api), *api.__dataclass_fields__}
    assert members(protocols.Api) | members(protocols.RegisteredApi) <= present


def test_what_the_defaults_leave_to_an_api():
    """An API on the defaults adds its servers, tables, and how it meets a recording; all else is there."""
    missing = (members(protocols.Api) | members(protocols.RegisteredApi)) - {*dir(ApiDefaults)}
    assert missing == {
        "bytes_per_second",
        "connect",
        "decoder",
        "name",
        "packets",
        "playback_server",
        "server",
        "stage",
        "tables",
        "title",
    }


def test_settings_with_a_speech_threshold():
    """Emotion Logic finds speech above a level; the defaults of an API say nothing of one."""
    assert isinstance(EmotionLogic(), SpeechGated)
    assert not isinstance(ApiDefaults(), SpeechGated)
