"""Tables of results of a replay, in which results are marked whose times cannot be."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.tables import from_events, impossible_times
from emotoolkit.tables.access import row_times
from emotoolkit.tables.impossible_times import SUSPECT, TimeLimits

if TYPE_CHECKING:
    import pandas as pd

    from emotoolkit.replays.decoded_journal import DecodedJournal
    from emotoolkit.tables.impossible_times import ImpossibleTimes, Times

__all__ = ["MarkedResults"]

TIME_BASES = ("session", "auto")
"""Settings with which times that count from segments are unexpected."""

NO_TIMES = np.array([], np.float64)

TABLES = ("segments", "signals", "engagement", "quality", "coverage")


class MarkedResults:
    """The tables of results, each made when it is first needed.

    Parameters
    ----------
    decoded : DecodedJournal
        What was sent and received.
    file : str
        The recording.
    duration : float
        Its length in seconds.
    complete : bool
        Whether everything was answered: else small times alone prove nothing.
    """

    def __init__(self, decoded: DecodedJournal, file: str, duration: float, *, complete: bool) -> None:
        self._decoded = decoded
        self._file = file
        self._duration = duration
        self._complete = complete
        self._tables: dict[str, pd.DataFrame] = {}
        self._times: dict[str, Times] = {}

    def marked_table(self, name: str) -> pd.DataFrame:
        """Return a table with the column `suspect`."""
        table = self._table(name)
        times, duration = self._row_times(name), self._limits.duration
        table[SUSPECT] = impossible_times.mark(times, duration, relative=self._are_relative)
        return table

    @cached_property
    def impossible_times(self) -> list[ImpossibleTimes]:
        """What is known of results whose times cannot be."""
        return impossible_times.find([self._row_times(name) for name in TABLES], self._limits)

    @cached_property
    def _are_relative(self) -> bool:
        """Whether all times seem to count from each segment's beginning."""
        return self._limits.segment is not None and impossible_times.are_relative(
            [self._row_times(name) for name in TABLES], self._limits
        )

    @cached_property
    def _limits(self) -> TimeLimits:
        decoded = self._decoded
        packets = [each.end - each.start for each in decoded.sent]
        is_of_session = any(settings.get("time_base") in TIME_BASES for settings in decoded.began.sessions)
        return TimeLimits(
            duration=max(
                self._duration, max((each.end for each in decoded.sent), default=0.0)
            ),  # a last packet goes on
            segment=max(packets, default=0.0) if is_of_session and self._complete else None,
            sent=sum(packets),
        )

    def _row_times(self, name: str) -> Times:
        if name not in self._times:
            table = self._table(name)
            self._times[name] = row_times(table) if len(table) else (NO_TIMES, NO_TIMES)
        return self._times[name]

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = self._make_table(name)
        return self._tables[name]

    def _make_table(self, name: str) -> pd.DataFrame:
        decoded, file = self._decoded, self._file
        match name:
            case "segments":
                return from_events.segments(decoded.table_input(name), file)
            case "signals":
                return from_events.signals(decoded.table_input(name), file, decoded.media_ends)
            case "engagement":
                return from_events.engagement(decoded.table_input(name), file, decoded.media_ends)
            case "quality":
                return from_events.quality(decoded.table_input(name), file, decoded.session_starts)
        return from_events.coverage(decoded.table_input(name), file)
