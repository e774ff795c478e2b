"""The meter shows the level of the last 0.1 s, as computed from the samples, wherever one looks before or after."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording
from emotoolkit.views.level_meter import SILENCE_DB, LevelMeter

RATE = 16_000


@pytest.fixture
def recorded(tmp_path):
    """Make a recording of some samples in −1 to 1."""

    def make(samples) -> Recording:
        soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="PCM_16")
        return Recording(tmp_path / "a.wav")

    return make


def tone(seconds: float, amplitude: float) -> np.ndarray:
    """A tone of 200 Hz: twenty whole periods in 0.1 s."""
    return amplitude * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)


@pytest.mark.parametrize("amplitude", [1.0, 0.5, 0.1, 0.01])
def test_a_tone_has_its_level(recorded, amplitude):
    """A sine of full scale has −3.01 dB; ten times less is 20 dB less."""
    level = LevelMeter(recorded(tone(1.0, amplitude)))
    assert level.at(0.5) == pytest.approx(20 * math.log10(amplitude) - 3.0103, abs=0.03)


def test_full_scale_is_zero(recorded):
    """The loudest sound there is has 0 dB, and none has more."""
    samples = np.tile(np.array([-32_768, -32_768], np.int16), RATE // 2)
    assert LevelMeter(recorded(samples)).at(0.5) == 0.0


def test_it_looks_back_a_tenth_of_a_second(recorded):
    """Where a tone begins at 1 s, nothing is shown at 1 s, half its power at 1.05 s, and all of it at 1.1 s."""
    level = LevelMeter(recorded(np.concatenate([np.zeros(RATE), tone(1.0, 0.5)])))
    full = 20 * math.log10(0.5) - 3.0103
    assert level.at(1.0) == SILENCE_DB
    assert level.at(1.05) == pytest.approx(full - 3.0103, abs=0.05)
    assert level.at(1.1) == pytest.approx(full, abs=0.05)


def test_all_channels_count(recorded):
    """A voice on one of two channels has half the power, not all and not none."""
    one = tone(1.0, 0.5)
    both = LevelMeter(recorded(np.stack([one, np.zeros_like(one)], axis=1)))
    assert both.at(0.5) == pytest.approx(20 * math.log10(0.5) - 6.0206, abs=0.03)


def test_silence_is_where_the_meter_ends(recorded):
    """Digital silence, and a sound below the meter, have its lowest value."""
    level = LevelMeter(recorded(np.concatenate([np.zeros(RATE), tone(1.0, 0.0005)])))
    assert (level.at(0.5), level.at(1.5)) == (-60.0, -60.0)


def test_without_sound_it_is_silent(silent_film):
    """No recording, a film without sound, and a moment behind the end are silent."""
    assert (LevelMeter(None).at(1.0), LevelMeter(silent_film).at(1.0)) == (SILENCE_DB, SILENCE_DB)


@pytest.fixture(scope="module")
def call_samples(sample):
    """The samples of the sample call, which the meter is compared with."""
    samples, rate = soundfile.read(sample / "call.wav", always_2d=True)
    return samples, rate


@given(st.lists(st.floats(0.1, 40.0), min_size=1, max_size=12))
def test_every_moment_in_any_order(call, call_samples, moments):
    """Law: forwards, backwards, far apart or behind the end, it is the level of those samples, clipped to −60 to 0."""
    samples, rate = call_samples
    level = LevelMeter(call)
    for moment in moments:
        heard = samples[round((moment - 0.1) * rate) : round(moment * rate)]
        power = (heard**2).mean() if heard.size else 0.0
        # Where a block begins between two samples, one sample at either end may be another.
        beside = [(samples[round((moment - 0.1) * rate) + a :][: round(0.1 * rate)] ** 2) for a in (-1, 1)]
        powers = [power, *(each.mean() for each in beside if each.size)]
        low, high = (max(-60.0, 10 * math.log10(max(each, 1e-9))) for each in (min(powers), max(powers)))
        assert low - 0.05 <= level.at(moment) <= high + 0.05


def test_the_file_is_rarely_opened_and_may_be_gone(recorded):
    """What was read once is kept: a meter that goes on needs no file for seconds, and without it falls silent."""
    recording = recorded(tone(60.0, 0.5))
    level = LevelMeter(recording)
    before = level.at(1.0)
    recording.path.unlink()
    assert level.at(1.1) == level.at(1.5) == pytest.approx(before, abs=0.05)
    assert level.at(59.0) == SILENCE_DB
    assert level.at(1.0) == SILENCE_DB
