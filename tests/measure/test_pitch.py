"""Pitch: as Praat finds it in real speech, and as it is in vowels of known pitch."""

import numpy as np
import pytest

from emotoolkit.measure.pitch import FLOOR_HZ, FRAME_STEP_S, WINDOW_S, Pitch, track
from tests.support.voices import RATE, noisy, pink, praat, utterances, vowel, white


def tracked(samples: np.ndarray, rate: int = RATE) -> Pitch:
    """The pitch of a whole sound, from the first frame that has sound on both sides on."""
    frames = int((len(samples) / rate - WINDOW_S) / FRAME_STEP_S)
    return track(samples, rate, WINDOW_S / 2, frames)


def test_real_speech_is_as_praat_has_it():
    """Real speech: voicing agrees in ≥ 95 % of frames, the median error is ≤ 0.3 %, gross errors are ≤ 0.5 %."""
    same, errors = [], []
    for samples in utterances():
        there = praat(samples).to_pitch_ac(time_step=FRAME_STEP_S, pitch_floor=FLOOR_HZ, pitch_ceiling=600)
        theirs = there.selected_array["frequency"]
        ours = track(samples, RATE, there.xs()[0], len(theirs)).hertz
        both = (ours > 0) & (theirs > 0)
        same.append((ours > 0) == (theirs > 0))
        errors.append(np.abs(ours[both] / theirs[both] - 1))
    assert np.concatenate(same).mean() >= 0.95
    assert np.median(np.concatenate(errors)) <= 0.003
    assert (np.concatenate(errors) > 0.2).mean() <= 0.005


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100])
@pytest.mark.parametrize("decibels", [20, 10])
def test_vowels_of_known_pitch(rate, decibels):
    """Vowels of 75 to 500 Hz in noise: nearly all of it voiced, median error ≤ 0.3 % each, no gross error."""
    for hertz in (75, 82, 90, 110, 140, 180, 220, 280, 350, 420, 500):
        pitch = tracked(noisy(vowel(hertz, rate=rate), decibels), rate)
        assert pitch.voiced.mean() >= 0.95, hertz
        errors = np.abs(pitch.hertz[pitch.voiced] / hertz - 1)
        assert np.median(errors) <= 0.003, hertz
        assert (errors > 0.2).mean() <= 0.005, hertz


def test_a_glide_is_followed():
    """A vowel that glides from 90 to 320 Hz in 2 s is followed within 1 %."""
    there = np.geomspace(90, 320, 2 * RATE)
    pitch = tracked(noisy(vowel(there, 2.0), 20))
    middles = ((WINDOW_S / 2 + FRAME_STEP_S * np.arange(len(pitch.hertz))) * RATE).astype(int)
    assert np.abs(pitch.hertz / there[middles] - 1).max() < 0.01


@pytest.mark.parametrize("noise", [white, pink])
def test_noise_has_hardly_any(noise):
    """White noise has no pitch; pink noise, whose low tones wander, in less than one frame in ten."""
    assert tracked(noise(10 * RATE, 0.1)).voiced.mean() < (0.001 if noise is white else 0.1)


def test_silence_has_none():
    """Digital silence, a constant and no frame at all have no pitch and raise nothing."""
    assert not tracked(np.zeros(RATE)).voiced.any()
    assert not tracked(np.full(RATE, 0.3)).voiced.any()
    assert len(track(np.zeros(10), RATE, 0.0, 0).hertz) == 0


def test_strength_is_the_share_that_repeats():
    """A tenth of noise power leaves a strength of ten elevenths."""
    pitch = tracked(noisy(vowel(150), 10))
    assert np.median(pitch.strength) == pytest.approx(10 / 11, abs=0.02)
