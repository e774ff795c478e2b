"""Results whose times cannot be those of the recording: backwards, behind its end, or of each segment anew. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from emotoolkit.tables.access import row_times

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["ImpossibleTimes", "find"]

TOLERANCE_S = 1.0
"""Seconds by which results may begin after the recording's end: windows and packets are rounded."""

MIN_RESULTS, MIN_SEGMENTS = 3, 4
"""Results and segments from which on it is no coincidence that no result is later than a segment is long."""

ROUNDING_S = 0.5
"""Seconds by which a time within a segment may exceed its length."""


class ImpossibleTimes(TypedDict):
    """Facts of an `ImpossibleTimesWarning`."""

    how: str
    count: int
    last: float
    duration: float


def find(
    tables: Iterable[pd.DataFrame], *, duration: float, segment: float | None, sent: float
) -> list[ImpossibleTimes]:
    """Find results whose times cannot be.

    Parameters
    ----------
    tables : iterable of pandas.DataFrame
        With `start` and `end` in their index.
    duration : float
        Seconds of the recording.
    segment : float or None
        Seconds of the longest segment, where times that count from each segment's beginning are looked for.
    sent : float
        Seconds of media that were sent.
    """
    times = [row_times(table) for table in tables if len(table)]
    if not times:
        return []
    starts, ends = (np.concatenate(columns) for columns in zip(*times, strict=True))
    backwards, behind = ends < starts, starts > duration + TOLERANCE_S
    latest = np.fmax(starts, ends)
    found: list[ImpossibleTimes] = [
        {"how": how, "count": int(which.sum()), "last": float(latest[which].max()), "duration": duration}
        for how, which in (("backwards", backwards), ("behind", behind))
        if which.any()
    ]
    last = float(np.nanmax(latest, initial=0.0))
    if (
        segment
        and len(latest) >= MIN_RESULTS
        and sent >= MIN_SEGMENTS * segment
        and last <= segment + ROUNDING_S
        and not found
    ):
        found.append({"how": "relative", "count": len(latest), "last": last, "duration": sent})
    return found
