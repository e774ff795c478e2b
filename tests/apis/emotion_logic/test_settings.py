"""Settings of Emotion Logic: which values are valid, and what they mean on the wire."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import EmotionLogic
from emotoolkit.apis.emotion_logic.wire.messages import Handshake, read_handshake
from emotoolkit.errors import AddressRefused, ConsentMissing, SettingsError


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("sampling_rate", 12_345, "it must be one of 6000, 8000, 11025, 16000, 22050, 44100, 48000"),
        ("channels", "left", "it must be one of 'mono', 'both', 'separate', 0, 1"),
        ("channels", -1, "it must be one of"),
        ("bits", 24, "it must be one of 8, 16"),
        ("output", "xml", "it must be one of 'json', 'text'"),
        ("fetch_segments", "yes", "it must be one of True, False"),
        ("packet", 0, "it must be a number above 0"),
        ("timeout", -1, "it must be a number above 0"),
        ("background_noise", -5, "it must be a number, 0 or more"),
    ],
)
def test_illegal_values(setting, value, rule):
    """Each illegal value is refused with the rule it breaks."""
    with pytest.raises(SettingsError, match=rule) as caught:
        EmotionLogic(**{setting: value})
    assert (caught.value.setting, caught.value.value) == (setting, value)


@given(st.floats(-80.0, -1.0))
def test_the_noise_of_a_threshold(level):
    """Law: the `background_noise` of a level stands for that level, to the two digits that it has."""
    settings = EmotionLogic(background_noise=EmotionLogic.noise_of(level))
    assert settings.threshold == pytest.approx(level, abs=0.5)


def test_the_standard_noise_is_minus_thirty_dbfs():
    """1000 is the amplitude at −30 dBFS; 0 leaves the threshold to the server."""
    assert EmotionLogic().threshold == pytest.approx(-30.3, abs=0.05)
    assert EmotionLogic(background_noise=0).threshold == -math.inf
    assert EmotionLogic.noise_of(-200.0) == 1.0


@pytest.mark.parametrize(("channels", "announced"), [("mono", 1), ("both", 2), (1, 1)])
def test_the_handshake_is_valid(channels, announced):
    """What a session announces is what a server accepts."""
    settings = EmotionLogic(sampling_rate=16_000, channels=channels, background_noise=500)
    assert read_handshake(settings.handshake()) == Handshake(announced, 500, 16, 16_000)
    other = EmotionLogic(channels=channels, bits=8, output="text")
    assert read_handshake(other.handshake()) == Handshake(announced, 1000, 8, 11_025, "text")


@pytest.mark.parametrize(("channels", "channel"), [("mono", None), ("both", None), (0, 0), (1, 1)])
def test_a_session_of_one_channel_knows_it(channels, channel):
    """The decoder takes the recording's channel for the wire's where the session carries only that one."""
    assert EmotionLogic(channels=channels).decoder().channel == channel


def test_the_address():
    """Another machine needs consent, an ambiguous address is refused, and a password in it is a secret."""
    with pytest.raises(ConsentMissing):
        EmotionLogic(url="lab-server:2259").located()
    with pytest.raises(AddressRefused):
        EmotionLogic(url="http://a b/", consent="forms").located()
    located = EmotionLogic(url="http://eva:sesame@127.0.0.1:1").located()
    assert located.address == "http://eva:sesame@127.0.0.1:1"
    assert located.secrets() == ("sesame",)
    assert "sesame" not in repr(located)
