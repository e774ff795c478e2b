"""Steps: the line of many segments looks like the line of each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.steps import COLUMNS, steps


def night(segments: int, seed: int = 0):
    """Make as many segments as asked for, with short and long pauses and a few missing values."""
    rng = np.random.default_rng(seed)
    lengths, pauses = rng.uniform(0.2, 2, segments), rng.choice([0, 0.1, 60], segments, p=[0.6, 0.39, 0.01])
    starts = np.cumsum(lengths + pauses) - lengths
    values = np.where(rng.random(segments) < 0.01, np.nan, rng.normal(0, 1, segments))
    return starts, starts + lengths, values


def columns(x, y, view):
    """Paint a line as a printer does: by column, its lowest and highest level, NaN where it does not pass."""
    low, high = np.full(COLUMNS, np.nan), np.full(COLUMNS, np.nan)
    width = (view[1] - view[0]) / COLUMNS
    for n in range(len(x) - 1):
        if np.isnan(y[n : n + 2]).any():
            continue
        for column in range(max(0, int((x[n] - view[0]) / width)), min(COLUMNS, int((x[n + 1] - view[0]) / width) + 1)):
            at = np.clip(view[0] + np.array([column, column + 1]) * width, x[n], x[n + 1])
            levels = np.interp(at, x[n : n + 2], y[n : n + 2]) if x[n + 1] > x[n] else y[n : n + 2]
            low[column], high[column] = np.fmin(low[column], min(levels)), np.fmax(high[column], max(levels))
    return low, high


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000))
def test_a_thinned_line_paints_the_same(seed) -> None:
    """Every column of the picture has the same lowest and highest level as with all points."""
    starts, ends, values = night(3 * COLUMNS, seed)
    view = (0.0, float(ends[-1]))
    thin = columns(*steps(starts, ends, values, view), view)
    exact_x = np.column_stack([starts, ends, ends]).ravel()
    exact_y = np.column_stack([values, values, np.full(len(values), np.nan)]).ravel()
    exact = columns(exact_x, exact_y, view)
    reached = ~np.isnan(exact[0])
    # A line that goes on from one segment to the next adds its upright to a column, never takes from it.
    assert np.all(thin[0][reached] <= exact[0][reached] + 1e-9)
    assert np.all(thin[1][reached] >= exact[1][reached] - 1e-9)
    overall = np.nanmin(values), np.nanmax(values)
    assert (np.nanmin(thin[0]), np.nanmax(thin[1])) == pytest.approx(overall)
    # Where nothing is for more than a column or two, nothing is painted.
    assert np.count_nonzero(~np.isnan(thin[0]) & ~reached) <= 2 * np.count_nonzero(starts[1:] - ends[:-1] > 50)


def test_a_thinned_line_has_few_points() -> None:
    """However many segments there are, a line has at most five points for each column."""
    starts, ends, values = night(50_000)
    x, y = steps(starts, ends, values, (0, ends[-1]))
    assert len(x) == len(y) <= 5 * (COLUMNS + 2)


def test_a_window_has_every_segment() -> None:
    """In a window with fewer segments than columns, each of them has its own exact level."""
    starts, ends, values = night(50_000)
    view = (float(starts[10_000]) + 0.001, float(ends[10_200]) - 0.001)
    x, y = steps(starts, ends, values, view)
    assert len(x) == 3 * 201
    np.testing.assert_array_equal(x[::3], starts[10_000:10_201])
    np.testing.assert_array_equal(y[::3], values[10_000:10_201])


def test_a_long_pause_is_a_gap() -> None:
    """Between two busy halves of a night with an hour of silence between them, the line is broken."""
    starts = np.concatenate([np.arange(4000.0), 7600 + np.arange(4000.0)])
    x, y = steps(starts, starts + 0.9, np.ones(8000), (0, 11_600))
    silent = (x > 4010) & (x < 7590)
    assert not silent.any()
    assert np.isnan(y[x <= 4010][-1])


@pytest.mark.parametrize("count", [0, 1, COLUMNS + 1])
def test_nothing_known_is_nothing_drawn(count) -> None:
    """Segments without a value, or no segments, give no level."""
    at = np.arange(count, dtype=float)
    assert np.isnan(steps(at, at + 1, np.full(count, np.nan), (0, count + 1))[1]).all()
