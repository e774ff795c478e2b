"""Steps: levels of segments as the points of one line. Numbers in, numbers out; nothing is drawn here.

A line of more segments than a plot has pixels is thinned to four points per pixel column (first, lowest, highest, last),
which draws the same picture: the M4 aggregation of Jugel et al., VLDB 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["COLUMNS", "steps"]

FOLLOWS = 1e-6
"""Seconds. Segments that are no further apart than this follow each other: their levels are joined."""

COLUMNS = 2000
"""Columns into which a view is divided for thinning: more than a plot has pixels on a screen."""


def steps(
    starts: ArrayLike, ends: ArrayLike, values: ArrayLike, view: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the points of a line that keeps a level through each segment and is broken where the next does not follow.

    Parameters
    ----------
    starts, ends : array_like
        Shape (segments,), in seconds, in the order of the starts.
    values : array_like
        Shape (segments,); NaN where a segment has no level.
    view : (float, float)
        What will be shown of it, in seconds. Segments outside give no points.

    Returns
    -------
    x, y : numpy.ndarray
        Shape (points,), float64; y is NaN where the line is broken. Three points a segment as long as there are at most
        as many segments in view as columns, else at most five a column.

    Examples
    --------
    >>> x, y = steps([0, 2, 5], [2, 4, 8], [10, 20, 15], view=(0, 8))
    >>> x.tolist()
    [0.0, 2.0, 2.0, 2.0, 4.0, 4.0, 5.0, 8.0, 8.0]
    >>> y.tolist()
    [10.0, 10.0, 10.0, 20.0, 20.0, nan, 15.0, 15.0, nan]
    """
    first, last, level = (np.asarray(each, np.float64) for each in (starts, ends, values))
    seen = ((last > view[0]) | (first >= view[0])) & (first <= view[1])
    first, last, level = first[seen], last[seen], level[seen]
    if len(first) > COLUMNS:
        return _thinned(first, last, level, view)
    broken = np.append(first[1:] - last[:-1] > FOLLOWS, True)[: len(first)]
    x = np.column_stack([first, last, last]).ravel()
    y = np.column_stack([level, level, np.where(broken, np.nan, level)]).ravel()
    return x, y


def _thinned(
    first: NDArray[np.float64], last: NDArray[np.float64], level: NDArray[np.float64], view: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Four points per column in which a segment begins or ends, and a break where whole columns have none."""
    width = (view[1] - view[0]) / COLUMNS
    x, y = np.column_stack([first, last]).ravel(), np.column_stack([level, level]).ravel()
    known = ~np.isnan(y)
    x, y = x[known], y[known]
    column = np.maximum.accumulate(np.floor((x - view[0]) / width))
    begins = np.flatnonzero(np.diff(column, prepend=-np.inf))
    if len(begins) == 0:
        return x, y
    until = np.append(begins[1:], len(x)) - 1
    of_segment = np.flatnonzero(known) // 2
    # Between two columns the line goes on where one segment spans them, or the next one follows at once.
    joined = np.append((of_segment[until[:-1]] == of_segment[begins[1:]]) | (x[begins[1:]] - x[until[:-1]] <= width), False)
    middle = view[0] + (column[begins] + 0.5) * width
    points = np.column_stack([x[begins], middle, middle, x[until], x[until]])
    lowest, highest = np.minimum.reduceat(y, begins), np.maximum.reduceat(y, begins)
    levels = np.column_stack([y[begins], lowest, highest, y[until], np.where(joined, y[until], np.nan)])
    return points.ravel(), levels.ravel()
