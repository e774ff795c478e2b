"""Jitter and shimmer of pulses whose every period and height is known, and of what must not count as one."""

from __future__ import annotations

import numpy as np
import pytest

from emotoolkit.measure.perturbation import measure_perturbation
from emotoolkit.measure.pitch import FRAME_STEP_S, Pitch
from tests.support.voices import RATE, white

PERIOD = 1 / 120


def pulses(periods: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Smooth pulses, a millisecond wide, at these distances in seconds: their places lie between the samples."""
    at = np.cumsum(periods)
    time = np.arange(round((at[-1] + 0.02) * RATE)) / RATE
    samples = np.zeros(len(time))
    for moment, height in zip(at, heights, strict=True):
        samples += height * np.exp(-(((time - moment) / 5e-4) ** 2))
    return samples


def voiced(samples: np.ndarray) -> Pitch:
    """Voice of 120 Hz throughout."""
    frames = round(len(samples) / RATE / FRAME_STEP_S)
    return Pitch(np.full(frames, 1 / PERIOD), np.ones(frames))


def measured(periods, heights):
    """Jitter and shimmer of pulses."""
    samples = pulses(periods, heights)
    return measure_perturbation(samples, RATE, voiced(samples), FRAME_STEP_S / 2)


def relative(values: np.ndarray) -> float:
    """Mean difference of neighbours by their mean: what both measures are by definition."""
    return float(np.abs(np.diff(values)).mean() / values.mean())


def test_a_steady_voice_has_none():
    """Equal periods that are no whole number of samples, and equal heights: nearly no jitter, nearly no shimmer."""
    found = measured(np.full(120, PERIOD), np.ones(120))
    assert found.jitter < 5e-4
    assert found.shimmer < 5e-3


@pytest.mark.parametrize("amount", [0.01, 0.03])
def test_jitter_is_the_definition(amount):
    """Periods that are drawn have the jitter that the definition gives for them, and hardly any shimmer."""
    periods = PERIOD * (1 + amount * np.random.default_rng(1).standard_normal(200))
    found = measured(periods, np.ones(200))
    assert found.jitter == pytest.approx(relative(periods), rel=0.05)
    assert found.shimmer < 0.01


@pytest.mark.parametrize("amount", [0.03, 0.1])
def test_shimmer_is_the_definition(amount):
    """Heights that are drawn have the shimmer that the definition gives for them, and hardly any jitter."""
    heights = 1 + amount * np.random.default_rng(2).standard_normal(200)
    found = measured(np.full(200, PERIOD), heights)
    assert found.shimmer == pytest.approx(relative(heights), rel=0.05)
    assert found.jitter < 1e-3


@pytest.mark.parametrize("gain", [1e-3, -1.0, 50.0])
def test_level_and_polarity_are_no_part_of_it(gain):
    """A microphone the other way round, or another level, measures the same voice."""
    rng = np.random.default_rng(3)
    samples = pulses(PERIOD * (1 + 0.02 * rng.standard_normal(100)), 1 + 0.05 * rng.standard_normal(100))
    samples += white(len(samples), 1e-5)
    one, other = (
        measure_perturbation(each, RATE, voiced(samples), FRAME_STEP_S / 2) for each in (samples, gain * samples)
    )
    assert other.jitter == pytest.approx(one.jitter, rel=1e-6)
    assert other.shimmer == pytest.approx(one.shimmer, rel=1e-6)


def test_neighbours_across_a_silence_are_none():
    """Two voices with silence between are measured each by itself: the step from one to the other is no shimmer."""
    steady = pulses(np.full(60, PERIOD), np.ones(60))
    both = np.concatenate([steady, np.zeros(RATE // 4), 1.4 * steady])
    frames = round(len(both) / RATE / FRAME_STEP_S)
    at = (np.arange(frames) + 0.5) * FRAME_STEP_S * RATE
    is_voice = (at < len(steady)) | (at >= len(steady) + RATE // 4)
    found = measure_perturbation(
        both, RATE, Pitch(np.where(is_voice, 1 / PERIOD, 0.0), is_voice * 1.0), FRAME_STEP_S / 2
    )
    assert found.shimmer < 0.01


def test_too_few_cycles_say_nothing():
    """Without voice, or with fewer than six cycles, there is neither jitter nor shimmer, rather than 0."""
    samples = white(RATE, 0.1)
    silent = Pitch(np.zeros(100), np.zeros(100))
    found = [measure_perturbation(samples, RATE, silent, FRAME_STEP_S / 2), measured(np.full(4, PERIOD), np.ones(4))]
    assert [(each.jitter, each.shimmer) for each in found] == [(None, None)] * 2
