"""Checking a recording's sound: whether channels differ, and how loud speech is."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.media.clip import Clip
from emotoolkit.media.listening import (
    FRAME_S,
    QUICK_PLAN,
    SamplingPlan,
    downmix_effect,
    frame_levels,
    read_excerpts,
    speech_level,
)

RATE = 16_000


@pytest.fixture(scope="module")
def voice(talk):
    """Ten seconds of the talk."""
    return np.concatenate([*talk.blocks()])[: 10 * RATE, 0]


def channels(*columns):
    return [np.stack(columns, axis=1).astype(np.float32)]


def test_a_short_recording_is_read_whole(talk):
    """Where the excerpts are half of it or more, everything is read."""
    (piece,) = read_excerpts(talk, SamplingPlan(5, 4.0))
    assert piece.shape == (30 * RATE, 1)


def test_excerpts_are_spread_evenly(counting):
    """Each is in the middle of its share, and as long as it is asked to be."""
    recording = counting(32_000, rate=100)
    pieces = read_excerpts(recording, QUICK_PLAN)
    middles = [320 * (n + 0.5) / 3 for n in range(3)]
    assert [piece[0, 0] * 32768 / 100 for piece in pieces] == pytest.approx([each - 1 for each in middles], abs=0.02)
    assert [len(piece) for piece in pieces] == [200] * 3


def test_a_clip_is_read_within_its_bounds(talk):
    """Nothing before or after a clip is read."""
    (piece,) = read_excerpts(Clip(talk.path, "talk.wav", 5.0, 7.5), QUICK_PLAN)
    assert len(piece) == 2.5 * RATE


def test_pictures_alone_have_no_excerpts(tmp_path):
    """There is nothing to read where there is no sound."""
    from tests.support.media_files import film

    assert read_excerpts(Recording(film(tmp_path / "a.mp4", "libx264", None, seconds=1)), QUICK_PLAN) == []


@pytest.mark.parametrize(
    ("make", "effect"),
    [
        (lambda voice: (voice,), None),
        (lambda voice: (voice, voice), None),
        (lambda voice: (voice, 0.3 * voice), None),
        (lambda voice: (voice, np.zeros_like(voice)), None),
        (lambda voice: (voice, 0.7 * np.roll(voice, 8)), None),
        (lambda voice: (voice, -voice), "cancelled"),
        (lambda voice: (voice, np.roll(voice, len(voice) // 3)), "mixed"),
    ],
    ids=["mono", "same", "louder", "silent", "two microphones", "upside down", "two voices"],
)
def test_what_mixing_does(voice, make, effect):
    """Equal sound may be mixed, opposite sound is lost, different sound is heard at once."""
    assert downmix_effect(channels(*make(voice)), RATE) == effect


def test_silence_is_not_mixed():
    """Two silent channels are nothing to speak of, and neither is a recording shorter than a frame."""
    assert downmix_effect(channels(np.zeros(RATE), np.zeros(RATE)), RATE) is None
    assert downmix_effect(channels(np.ones(10), -np.ones(10)), RATE) is None


def test_level_of_speech(voice):
    """Speech is found by its level, and its frames below a threshold are counted; half as loud is 6 dB less."""
    loud = speech_level([voice], RATE, -30.0)
    soft = speech_level([0.5 * voice], RATE, -30.0)
    assert loud.level - soft.level == pytest.approx(6.02, abs=0.01)
    assert loud.seconds == soft.seconds
    assert 0 < loud.below < soft.below < 1


def test_silence_has_no_speech():
    """Below −70 dBFS there is none."""
    assert speech_level([np.full(RATE, 1e-5, np.float32)], RATE, -30.0) is None
    assert speech_level([], RATE, -30.0) is None


@given(amplitude=st.floats(1e-4, 1.0), frames=st.integers(0, 20), rest=st.integers(0, 700))
def test_levels_are_of_whole_frames(amplitude, frames, rest):
    """Each whole frame has the level of its mean square; what is left over is not counted."""
    samples = np.full(frames * round(FRAME_S * RATE) + rest, amplitude, np.float32)
    levels = frame_levels(samples, RATE)
    assert len(levels) == frames
    assert levels == pytest.approx(20 * np.log10(amplitude), abs=1e-3)


def test_a_wav_of_two_voices_from_a_file(tmp_path, voice):
    """The excerpts of a file tell what its samples tell."""
    path = tmp_path / "two.wav"
    soundfile.write(path, np.stack([voice, np.roll(voice, len(voice) // 3)], axis=1), RATE, subtype="PCM_16")
    assert downmix_effect(read_excerpts(Recording(path), QUICK_PLAN), RATE) == "mixed"
