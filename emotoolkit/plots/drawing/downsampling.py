"""Levels of segments as the points of a step line, or as a band where they are too many for a line.

Pure functions of arrays. A line of more segments than the plot has pixels is a blur, and slow to draw. Lowest, mean
and highest level per column of pixels show more and draw faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DEFAULT_COLUMNS", "DOWNSAMPLE_MIN_SEGMENTS", "downsample", "in_view", "step_line"]

MAX_JOINED_GAP_S = 1e-6
"""Greatest gap in seconds between segments whose levels are joined by a line."""

MIN_OVERLAP_S = 1e-12
"""Least overlap of a segment and a column in seconds; less is a rounding error."""

DEFAULT_COLUMNS = 800
"""Columns of a band: about one for each pixel of a plot on a screen."""

DOWNSAMPLE_MIN_SEGMENTS = 2 * DEFAULT_COLUMNS
"""Number of segments in view from which on they are drawn as a band."""


def in_view(starts: ArrayLike, ends: ArrayLike, view: tuple[float, float]) -> NDArray[np.bool_]:
    """Return a mask of the segments that overlap a view; one that ends where the view begins does not."""
    first, last = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
    return ((last > view[0]) | (first >= view[0])) & (first <= view[1])


def step_line(starts: ArrayLike, ends: ArrayLike, values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points of a line that is level through each segment and broken where the next does not follow.

    Parameters
    ----------
    starts, ends : array_like
        Shape (segments,), in seconds, in the order of the starts.
    values : array_like
        Shape (segments,); NaN where a segment has no level.

    Returns
    -------
    x, y : numpy.ndarray
        Shape (3 · segments,), float64; y is NaN where the line is broken.

    Examples
    --------
    >>> x, y = step_line([0, 2, 5], [2, 4, 8], [10, 20, 15])
    >>> x.tolist()
    [0.0, 2.0, 2.0, 2.0, 4.0, 4.0, 5.0, 8.0, 8.0]
    >>> y.tolist()
    [10.0, 10.0, 10.0, 20.0, 20.0, nan, 15.0, 15.0, nan]
    """
    first, last, level = (np.asarray(each, np.float64) for each in (starts, ends, values))
    broken = np.append(first[1:] - last[:-1] > MAX_JOINED_GAP_S, True)[: len(first)]
    x = np.column_stack([first, last, last]).ravel()
    y = np.column_stack([level, level, np.where(broken, np.nan, level)]).ravel()
    return x, y


def downsample(
    starts: ArrayLike, ends: ArrayLike, values: ArrayLike, view: tuple[float, float], columns: int = DEFAULT_COLUMNS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest, the mean and the highest level in each of many equal columns of time.

    Parameters
    ----------
    starts, ends : array_like
        Shape (segments,), in seconds, in the order of the starts. Where segments overlap, the later one counts.
    values : array_like
        Shape (segments,); NaN where a segment has no level.
    view : (float, float)
        Start and end of the columns in seconds.
    columns : int
        Number of columns.

    Returns
    -------
    x, low, mean, high : numpy.ndarray
        Shape (columns,), float64: middle of each column in seconds; levels, NaN where no segment is. The mean is
        weighted by the time that a segment lasts.

    Examples
    --------
    >>> x, low, mean, high = downsample([0, 1, 6], [1, 4, 8], [1.0, 5.0, 3.0], view=(0, 8), columns=4)
    >>> mean.tolist(), low.tolist(), high.tolist()
    ([3.0, 5.0, nan, 3.0], [1.0, 5.0, nan, 3.0], [5.0, 5.0, nan, 3.0])
    """
    first, last, level = (np.asarray(each, np.float64) for each in (starts, ends, values))
    known = ~np.isnan(level) & in_view(first, last, view)
    first, last, level = first[known], last[known], level[known]
    edges = np.linspace(*view, columns + 1)
    x = (edges[1:] + edges[:-1]) / 2
    if len(first) == 0:
        nothing = np.full(columns, np.nan)
        return x, nothing, nothing, nothing
    last = np.maximum(first, np.minimum(last, np.append(first[1:], np.inf)))
    mean = _column_means(first, last, level, edges)
    low, high = mean.copy(), mean.copy()
    # An end is not part of its segment: one at an edge lies in the column before it.
    for column in (np.searchsorted(edges, first, "right") - 1, np.searchsorted(edges, last, "left") - 1):
        inside = (column >= 0) & (column < columns)
        np.fmin.at(low, column[inside], level[inside])
        np.fmax.at(high, column[inside], level[inside])
    return x, low, mean, high


def _column_means(
    first: NDArray[np.float64], last: NDArray[np.float64], level: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean level over time in each column: the integral of the levels over the time covered by segments."""
    times = np.column_stack([first, last]).ravel()
    covered = np.column_stack([np.zeros(len(first)), last - first]).ravel()
    seconds = np.diff(np.interp(edges, times, np.cumsum(covered)))
    integral = np.diff(np.interp(edges, times, np.cumsum(covered * np.repeat(level, 2))))
    mean = np.full(len(seconds), np.nan)
    np.divide(integral, seconds, out=mean, where=seconds > MIN_OVERLAP_S)
    return mean
