"""Lanes: numbers for intervals, so that those which overlap can be drawn side by side. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["lanes"]


def lanes(starts: ArrayLike, ends: ArrayLike) -> NDArray[np.int64]:
    """Assign each interval a lane, so that no two in the same lane overlap, with as few lanes as possible.

    Parameters
    ----------
    starts, ends : array_like
        Shape (intervals,), in any unit and order. An end is not part of its interval: one may begin where another
        ends. An interval without length still takes its lane for that moment.

    Returns
    -------
    numpy.ndarray
        Shape (intervals,), int64: number of the lane, from 0. Earlier intervals have lower lanes.

    Examples
    --------
    >>> lanes([0, 1, 2], [2, 3, 4]).tolist()
    [0, 1, 0]
    """
    first = np.asarray(starts, np.float64)
    last = np.maximum(np.asarray(ends, np.float64), np.nextafter(first, np.inf))
    lane = np.zeros(len(first), np.int64)
    free: list[float] = []  # the end of the last interval in each lane
    for at in np.argsort(first, kind="stable"):
        lane[at] = next((number for number, since in enumerate(free) if since <= first[at]), len(free))
        free[lane[at] : lane[at] + 1] = [last[at]]
    return lane
