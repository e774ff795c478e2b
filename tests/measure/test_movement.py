"""Movement of the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.measure.movement import EARLY_TOLERANCE_S, RATE_HZ, MovementMeter, mean_difference


def flat(value: int):
    return lambda: np.full((45, 80), value, np.uint8)


def measured(pictures, end):
    movement = MovementMeter()
    values = [value for time, shade in pictures for value in movement.feed(time, flat(shade))]
    return values + movement.finish(end)


def test_difference():
    """The mean absolute difference, whichever way round, without overflow."""
    black, white = flat(0)(), flat(255)()
    assert mean_difference(black, white) == mean_difference(white, black) == 255
    half = black.copy()
    half[:, :40] = 10
    assert mean_difference(black, half) == 5


def test_still_picture():
    """A still picture does not move, however long it is shown."""
    assert measured([(0.0, 7)], 2.0) == [0.0] * 9


@pytest.mark.parametrize("fps", [5, 24, 25, 29.97, 30, 50, 60])
def test_frame_rate_does_not_matter(fps):
    """A picture that brightens by 10 a second moves by 2 a look, whatever its frame rate."""
    pictures = [(n / fps, 10 * int(n / fps * RATE_HZ + 0.01)) for n in range(round(4 * fps))]
    values = measured(pictures, 4.0)
    assert len(values) == 4 * RATE_HZ - 1
    assert np.mean(values) == pytest.approx(10, abs=0.6)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
@pytest.mark.parametrize("error", [-0.0005, 0.0005])
def test_rounded_times_do_not_matter(fps, error):
    """Containers that round times to milliseconds lead to the same looks."""
    exact = [(n / fps, n % 200) for n in range(2 * fps)]
    assert measured([(time + error, shade) for time, shade in exact], 2.0) == measured(exact, 2.0)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40), st.integers(1, 5))
def test_repeated_pictures_do_not_matter(shades, times):
    """Showing each picture several times over instead of once changes nothing."""
    once = [(n / 25, shade) for n, shade in enumerate(shades)]
    often = [(time + k / 25 / times, shade) for time, shade in once for k in range(times)]
    end = len(shades) / 25
    assert measured(often, end) == measured(once, end)


def test_only_looks_are_made():
    """Pictures between the moments of the grid are never made grey."""
    made = []
    movement = MovementMeter()
    for n in range(50):
        movement.feed(n / 25, lambda n=n: made.append(n) or flat(n)())
    movement.finish(2.0)
    assert made == list(range(0, 50, 5))


def test_before_the_first_picture():
    """Where there is no picture yet, nothing moves."""
    assert measured([(0.5, 0), (0.7, 200)], 1.0) == [0.0, 0.0, 0.0, 200.0]


def test_early():
    """A picture that comes a little late by rounding is the one seen."""
    assert measured([(0.0, 0), (0.2 + EARLY_TOLERANCE_S / 2, 100)], 0.5) == [100.0, 0.0]
