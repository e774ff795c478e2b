"""Make intervals of reports about engagement, in whatever order they arrive. Pure.

The rules are in `find_states`, which works on columns. Tables use it once, on all reports. A live view uses
`EngagementPairing`, which runs it again on the last reports whenever new ones arrive.

A report says that a state holds from its start to its end or, where it has no end, until the next report begins. Of the
reports that cover a moment, the one that began last counts. Of several that begin at one moment, the last by name
counts, with the latest of its ends. Where no report covers a moment there is no state. The same state without a gap is
one interval.

A report that ends where it begins, or before, covers nothing: it is an interval of its own, as it was sent.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.tables.pairing import UNNUMBERED, Interval, group_starts, replace_intervals
from emotoolkit.utils.columnar import concatenate, take_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.result_columns import EngagementRow

    Report = tuple[float, str, float]
    """Start, state and end; `NO_END` where it has none, so that a report with an end is sorted after it."""

__all__ = ["EngagementPairing", "States", "find_states", "is_empty_span"]

MIN_GAP_S = 1e-6
"""Seconds. A shorter gap is none: the tables' times are rounded to it."""

NO_END = -math.inf


@dataclass(frozen=True, eq=False)
class States:
    """Intervals in columns, a row for each."""

    row: NDArray[np.intp]
    """Row of a report that it is made of."""
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    """Media seconds; NaN while no end is known."""
    least_end: NDArray[np.float64]
    """Where the last report in it begins: it ends there at the earliest."""


def find_states(
    session: NDArray[np.int64], start: NDArray[np.float64], state: NDArray[np.intp], end: NDArray[np.float64]
) -> States:
    """Find the intervals of reports.

    Parameters
    ----------
    session, start, state, end : array
        The reports, sorted by these columns in turn, those without an end (NaN) before those with one. States are
        numbers in the order of their names. No report ends where it begins, or before.
    """
    counting = np.flatnonzero(_group_ends(session, start))
    session, state, start, end = session[counting], state[counting], start[counting], end[counting]
    following = np.where(_group_ends(session), np.inf, np.append(start[1:], np.inf)[: len(start)])
    until = np.where(np.isnan(end), following, end)
    stretches = _Stretches(np.arange(len(start)), start, np.minimum(until, following))
    if (until > following).any():
        stretches = _with_resumed(session, stretches, until, following)
    row, begin, stop = stretches.row, stretches.begin, stretches.stop
    adjoins = _adjoin(session[row], begin, stop)
    stop = np.where(np.append(adjoins[1:], False)[: len(stop)], np.append(begin[1:], 0.0)[: len(stop)], stop)
    opens = ~adjoins | group_starts(state[row])
    last = np.append(opens[1:], True)[: len(opens)]
    end = np.where(np.isinf(stop), np.nan, stop)[last]
    return States(counting[row[opens]], begin[opens], end, begin[last])


@dataclass(frozen=True, eq=False)
class _Stretches:
    """Stretches in which one report counts, in order of session and media time."""

    row: NDArray[np.intp]
    begin: NDArray[np.float64]
    stop: NDArray[np.float64]


def _with_resumed(
    session: NDArray[np.int64], stretches: _Stretches, until: NDArray[np.float64], following: NDArray[np.float64]
) -> _Stretches:
    """Insert the stretches in which an earlier report counts again."""
    resumed = list(_resumed(until.tolist(), following.tolist()))
    if not resumed:
        return stretches
    row, begin, stop = zip(*resumed, strict=True)
    more = _Stretches(np.array(row, np.intp), np.array(begin, float), np.array(stop, float))
    both = concatenate([stretches, more])
    return take_rows(both, np.lexsort((both.begin, session[both.row])))


def _resumed(until: list[float], following: list[float]) -> Iterator[tuple[int, float, float]]:
    """Yield row, start and end of the stretches in which an earlier report counts again, since later ones have ended.

    `until` is where each report ends, `following` where the next one of its session begins.
    """
    holding: list[int] = []  # reports that may count again, each within the one before it
    for row, (end, next_start) in enumerate(zip(until, following, strict=True)):
        while holding and until[holding[-1]] <= end:
            holding.pop()
        holding.append(row)
        while next_start - end > MIN_GAP_S and len(holding) > 1:
            holding.pop()
            begin, end = end, min(until[holding[-1]], next_start)  # noqa: PLW2901 - the stretch's, then the next one's
            if end > begin:
                yield holding[-1], begin, end
        if math.isinf(next_start):
            holding.clear()


def _adjoin(session: NDArray[np.int64], begin: NDArray[np.float64], stop: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the stretches that begin where the one before them ends."""
    gaps = begin - np.append(np.nan, stop[:-1])[: len(begin)]
    return np.asarray(~group_starts(session) & (gaps <= MIN_GAP_S))


def _group_ends(*columns: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the rows that differ from the one after them in any of the columns."""
    return np.append(group_starts(*columns)[1:], True)[: len(columns[0])]


def is_empty_span(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the reports that end where they begin, or before."""
    return np.asarray(end <= start)


class EngagementPairing:
    """Pair reports of engagement as they arrive.

    Examples
    --------
    >>> pairing = EngagementPairing()
    >>> [(each.start, each.end) for each in pairing.add_steps([(0, "engaged", 0.0, 3.0), (0, "engaged", 9.0, 12.0)])]
    [(0.0, 3.0), (9.0, 12.0)]
    """

    def __init__(self) -> None:
        self._histories: dict[int, _StateHistory] = {}
        self._empty: dict[tuple[int, Report], Interval] = {}
        self._interval_numbers = count()

    def add_steps(self, steps: Iterable[EngagementRow]) -> list[Interval]:
        """Add reports, in order of arrival. Return the intervals that are new or changed, as they now are."""
        changed: list[Interval] = []
        arrived: dict[int, list[Report]] = defaultdict(list)
        for session, state, start, end in steps:
            report = start, state, NO_END if math.isnan(end) else end
            if not end <= start:
                arrived[session].append(report)
            elif (session, report) not in self._empty:
                empty = Interval(next(self._interval_numbers), session, state, report, start, end, closed=True)
                self._empty[session, report] = empty
                changed.append(empty)
        for session, reports in arrived.items():
            history = self._histories.setdefault(session, _StateHistory(session))
            changed += history.add(reports, self._interval_numbers.__next__)
        return changed

    def intervals(self) -> Iterator[Interval]:
        """Return all intervals, by session in order of media time; those of reports that cover nothing come last."""
        by_session = (history.intervals for history in self._histories.values())
        return chain(chain.from_iterable(by_session), self._empty.values())


class _StateHistory:
    """Reports and intervals of one session, in order of media time."""

    __slots__ = ("_longest", "_reports", "_session", "intervals")

    def __init__(self, session: int) -> None:
        self.intervals: list[Interval] = []
        self._session = session
        self._reports: list[Report] = []
        self._longest = 0.0
        """Seconds of the longest report that has an end."""

    def add(self, arrived: Sequence[Report], number: Callable[[], int]) -> Iterator[Interval]:
        """Insert reports; yield the intervals that are new, changed or withdrawn.

        All before the earliest of them stays as it is, except an interval that goes on up to there. What follows is
        made anew of all reports that reach there, which are no longer than the longest one.
        """
        for report in arrived:
            insort(self._reports, report)
            self._longest = max(self._longest, report[2] - report[0])
        earliest = min(start for start, *_ in arrived)
        first = bisect_left(self.intervals, earliest - MIN_GAP_S, key=_end)
        begin = min([earliest, *(each.start for each in self.intervals[first : first + 1])])
        reports = self._reports[bisect_left(self._reports, (begin - self._longest - MIN_GAP_S,)) :]
        made = [each for each in self._made(reports) if each.start >= begin]
        return replace_intervals(self.intervals, slice(first, None), made, number)

    def _made(self, reports: list[Report]) -> Iterator[Interval]:
        """Make unnumbered intervals of reports."""
        starts, states, ends = zip(*reports, strict=True)
        _, names = np.unique(np.array(states, object), return_inverse=True)
        stops = np.array(ends, float)
        stops[np.isinf(stops)] = np.nan
        found = find_states(np.zeros(len(reports), np.int64), np.array(starts, float), names, stops)
        columns = found.row, found.start, found.end, found.least_end
        for row, start, end, least_end in zip(*(each.tolist() for each in columns), strict=True):
            made = Interval(UNNUMBERED, self._session, states[row], (start, states[row]), start, end, closed=True)
            made.least_end = least_end
            if math.isnan(end):
                made.end, made.closed = None, False
            yield made


def _end(interval: Interval) -> float:
    return math.inf if interval.end is None else interval.end
