"""Steps and bands: levels of segments, one by one or too many for that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.plots.drawing.downsampling import downsample, in_view, step_line

SEGMENTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 9), st.one_of(st.none(), st.integers(-9, 9))), max_size=30
)


def placed(made):
    """Give (pause before, length, level) as starts, ends and levels."""
    ends = np.cumsum([pause + length for pause, length, _ in made]).astype(float)
    starts = ends - [length for _, length, _ in made]
    return starts, ends, np.array([np.nan if level is None else level for *_, level in made], float)


@given(SEGMENTS, st.integers(0, 20), st.integers(1, 60), st.integers(1, 12))
def test_a_column_has_the_extremes_and_the_mean_of_its_time(made, begin, length, columns) -> None:
    """Second by second: what a column says of its stretch is what the segments in it say."""
    starts, ends, levels = placed(made)
    view = float(begin), float(begin + length * columns)
    x, low, mean, high = downsample(starts, ends, levels, view, columns)
    seconds = [
        [level for start, end, level in zip(starts, ends, levels, strict=True) if start <= at < end] or [np.nan]
        for at in np.arange(*view)
    ]
    told = np.array(seconds).reshape(columns, length)
    for n, own in enumerate(told):
        known = own[~np.isnan(own)]
        expected = [known.min(), known.mean(), known.max()] if len(known) else [np.nan] * 3
        np.testing.assert_allclose([low[n], mean[n], high[n]], expected, atol=1e-9)
        assert x[n] == pytest.approx(view[0] + (n + 0.5) * length)


@given(SEGMENTS)
def test_a_line_has_every_level_and_every_gap(made) -> None:
    """Each segment keeps its level from start to end; the line is broken exactly where the next does not follow."""
    starts, ends, levels = placed(made)
    x, y = step_line(starts, ends, levels)
    np.testing.assert_array_equal(x.reshape(-1, 3), np.column_stack([starts, ends, ends]))
    np.testing.assert_array_equal(y.reshape(-1, 3)[:, :2], np.column_stack([levels, levels]))
    pauses = np.append(starts[1:] > ends[:-1], True)[: len(starts)] | np.isnan(levels)
    np.testing.assert_array_equal(np.isnan(y.reshape(-1, 3)[:, 2]), pauses)


def test_overlapping_segments_are_cut_by_the_next() -> None:
    """Where a segment begins before the last one has ended, the later one counts."""
    _, low, mean, high = downsample([0, 2], [4, 4], [1.0, 5.0], (0, 4), columns=2)
    assert (low.tolist(), mean.tolist(), high.tolist()) == ([1, 5], [1, 5], [1, 5])


def test_a_view_has_what_lies_in_it() -> None:
    """Segments before and behind a view are not in it, nor is one that ends where it begins."""
    assert in_view([0, 2, 3, 9], [2, 3, 5, 10], (2, 4)).tolist() == [False, True, True, False]
