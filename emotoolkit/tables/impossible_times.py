"""Results whose times cannot be those of the recording: backwards, behind its end, or of each segment anew. Pure.

The one rule for the notice `ImpossibleTimesWarning` and for the column `suspect` of the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Times = tuple[NDArray[np.float64], NDArray[np.float64]]
    """Starts and ends of a table's rows in seconds; NaN where there is none."""

__all__ = ["SUSPECT", "ImpossibleTimes", "TimeLimits", "are_relative", "find", "mark"]

SUSPECT = "suspect"
"""Name of the column of a table that marks these results."""

TOLERANCE_S = 1.0
"""Seconds by which results may begin after the recording's end: windows and packets are rounded."""

MIN_RESULTS, MIN_SEGMENTS = 3, 4
"""Results and segments from which on it is no coincidence that no result is later than a segment is long."""

ROUNDING_S = 0.5
"""Seconds by which a time within a segment may exceed its length."""


@dataclass(frozen=True)
class TimeLimits:
    """What times of results are compared with.

    Attributes
    ----------
    duration : float
        Seconds of the recording.
    segment : float or None
        Seconds of the longest segment, where times that count from each segment's beginning are looked for.
    sent : float
        Seconds of media that were sent.
    """

    duration: float
    segment: float | None = None
    sent: float = 0.0


class ImpossibleTimes(TypedDict):
    """Facts of an `ImpossibleTimesWarning`."""

    how: str
    count: int
    last: float
    duration: float


def find(tables: Sequence[Times], limits: TimeLimits) -> list[ImpossibleTimes]:
    """Find results whose times cannot be, among those of all tables."""
    starts, ends = _concatenated(tables)
    latest = np.fmax(starts, ends)
    found: list[ImpossibleTimes] = [
        {"how": how, "count": int(which.sum()), "last": float(latest[which].max()), "duration": limits.duration}
        for how, which in (("backwards", _backwards(starts, ends)), ("behind", _behind(starts, limits.duration)))
        if which.any()
    ]
    if are_relative(tables, limits):
        last = float(np.nanmax(latest, initial=0.0))
        found.append({"how": "relative", "count": len(latest), "last": last, "duration": limits.sent})
    return found


def are_relative(tables: Sequence[Times], limits: TimeLimits) -> bool:
    """Whether the times of all tables seem to count from each segment's beginning."""
    segment = limits.segment
    if not segment or limits.sent < MIN_SEGMENTS * segment:
        return False
    starts, ends = _concatenated(tables)
    if len(starts) < MIN_RESULTS or not np.nanmax(np.fmax(starts, ends), initial=0.0) <= segment + ROUNDING_S:
        return False
    return not (_backwards(starts, ends) | _behind(starts, limits.duration)).any()


def mark(times: Times, duration: float | NDArray[np.float64], *, relative: bool) -> NDArray[np.bool_]:
    """Mark the rows of a table whose times cannot be.

    Parameters
    ----------
    times : tuple of array
        Starts and ends.
    duration : float or array of float
        Seconds of the recording; of rows of several recordings, of each row's.
    relative : bool
        Whether the times of the whole replay `are_relative`: then all rows are marked.
    """
    starts, ends = times
    return _backwards(starts, ends) | _behind(starts, duration) | relative


def _backwards(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(ends < starts)


def _behind(starts: NDArray[np.float64], duration: float | NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(starts > duration + TOLERANCE_S)


def _concatenated(tables: Sequence[Times]) -> Times:
    none = np.array([], np.float64)
    starts, ends = ([none, *columns] for columns in zip((none, none), *tables, strict=True))
    return np.concatenate(starts), np.concatenate(ends)
