"""Pair steps (decoded messages) into intervals of signals, in whatever order they arrive. Pure.

The rules are in `pair_signals`, which works on columns. Tables use it once, on all steps. A live view uses
`SignalPairing`, which reports what each new message changes: a late message may fall between earlier ones, so it is
inserted in order of media time, and the same function runs again on the steps around it, a `_Window`. So it is done
with states of engagement in `state_pairing`.

At most one interval per session and name is active. In order of media time, a beginning while one is active ends that
one, since its own end was lost; a change without a beginning begins one; an end without a beginning is ignored. At one
moment ends come first, then beginnings, then changes.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, count
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct

from emotoolkit.apis.base.result_columns import BEGINNING, CHANGE, END, WHOLE, object_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.result_columns import SignalRow

    Step = tuple[Any, ...]
    """A step as it is sorted: media time, what decides at equal times, number by order of arrival, then the rest."""

__all__ = [
    "Interval",
    "PairedSignals",
    "SignalPairing",
    "group_starts",
    "pair_signals",
    "replace_intervals",
]

UNNUMBERED = -1
"""Number of an interval that has none yet."""


@dataclass(frozen=True, eq=False)
class PairedSignals:
    """Intervals in columns, a row for each. Rows of steps are those of the arrays that were paired."""

    opened: NDArray[np.intp]
    """Row of the step that opened it."""
    ended: NDArray[np.intp]
    """Row of the step that ended it; -1 while none has."""
    end: NDArray[np.float64]
    """Media seconds; NaN while no step has ended it."""
    closed: NDArray[np.bool_]
    """Whether its own end arrived."""
    updates: NDArray[np.int64]
    """Number of changes."""
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]


def pair_signals(
    first: NDArray[np.bool_],
    kind: NDArray[np.int8],
    time: NDArray[np.float64],
    probability: NDArray[np.object_],
    rationale: NDArray[np.object_],
) -> PairedSignals:
    """Pair steps of signals into intervals.

    Parameters
    ----------
    first : array of bool
        Which steps are the first ones of their session and name; steps of one session and name are adjacent.
    kind : array of int8
        `BEGINNING`, `CHANGE` or `END`.
    time : array of float64
        Media seconds, ascending within a session and name; at equal times the kinds are in order.
    probability, rationale : array of object
        As given in each step; None where it has none.
    """
    active = np.append(False, kind[:-1] != END)[: len(kind)] & ~first
    opens = (kind == BEGINNING) | ((kind == CHANGE) & ~active)
    opened = np.flatnonzero(opens)
    number = np.cumsum(opens) - 1
    ends, cuts = np.flatnonzero((kind == END) & active), np.flatnonzero((kind == BEGINNING) & active)
    ended, closed = np.full(len(opened), -1), np.zeros(len(opened), bool)
    ended[number[ends]], ended[number[cuts] - 1] = ends, cuts
    closed[number[ends]] = True
    opening_rationale = rationale[opened]
    opening_rationale[kind[opened] != BEGINNING] = None
    return PairedSignals(
        opened=opened,
        ended=ended,
        end=np.where(ended < 0, np.nan, time[ended] if len(time) else np.nan),
        closed=closed,
        updates=np.bincount(number[kind == CHANGE], minlength=len(opened)).astype(np.int64),
        probability=_latest(probability[opened], number, probability),
        rationale=_latest(opening_rationale, number, rationale),
    )


def _latest(
    initial: NDArray[np.object_], number: NDArray[np.int64], values: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Set each interval's value to the last non-empty one of its steps; where all are empty, it stays `initial`."""
    given = values.astype(bool)
    initial[number[given]] = values[given]
    return initial


def group_starts(column: NDArray[Any], *columns: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark the rows that differ from the one before them in any of the columns."""
    differs: NDArray[np.bool_] = np.append(True, column[1:] != column[:-1])[: len(column)]
    return differs | group_starts(*columns) if columns else differs


class Interval(Struct, gc=False):
    """An interval of a signal or an engagement state, as far as it is known. Times are media seconds.

    Attributes
    ----------
    number : int
        Identifies the interval, from 0; it stays the same when later steps change the interval.
    session : int
        Number of the session.
    label : str
        The signal, or the state.
    opened_by : tuple
        The step that opened it.
    start : float
        Where it begins.
    end : float or None
        Where it ends; None while no step has ended it.
    closed : bool
        Whether its own end arrived; of a state, whether its end is known.
    updates : int
        Number of changes.
    probability, rationale : str or None
        The latest ones.
    least_end : float
        Where it ends at the earliest.
    withdrawn : bool
        Whether it turned out to be part of another interval, and no longer counts.
    """

    number: int
    session: int
    label: str
    opened_by: Step
    start: float
    end: float | None
    closed: bool
    updates: int = 0
    probability: str | None = None
    rationale: str | None = None
    least_end: float = -math.inf
    withdrawn: bool = False

    def end_or(self, media_end: float) -> float:
        """Return its end; while it has none, `media_end`, but not before its start."""
        return max(self.start, self.least_end, media_end) if self.end is None else self.end


BY_START = attrgetter("start")


@dataclass(slots=True)
class _Window:
    """Steps that are paired again, and the intervals that this replaces: those from `first` to before `after`."""

    steps: list[Step]
    first: int
    after: int
    ends_in_known: bool
    """Whether the last step opens an interval that is known and stays as it is."""


class _History:
    """Steps and intervals, in order of media time, of one session and signal."""

    __slots__ = ("intervals", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.intervals: list[Interval] = []

    def insert(self, arrived: list[Step]) -> _Window:
        """Insert steps in order of media time, and return the window that has to be paired again.

        What follows an opening does not depend on anything before it, so the window begins at the last opening before
        the new steps. The first opening after them may turn out to be part of an interval that now begins earlier; the
        second one stays an opening in any case, so the window ends with it.
        """
        arrived.sort()
        (earliest, *_), (latest, *_) = arrived[0], arrived[-1]
        position = bisect_left(self.steps, arrived[0])
        self.steps[position:] = sorted(self.steps[position:] + arrived)
        before = bisect_left(self.intervals, earliest, key=BY_START)
        first = max(0, before - 1)
        begin = bisect_left(self.steps, self.intervals[first].opened_by if before else (earliest,))
        after = bisect_right(self.intervals, latest, key=BY_START) + 1
        if after >= len(self.intervals):
            return _Window(self.steps[begin:], first, len(self.intervals), ends_in_known=False)
        end = bisect_left(self.steps, self.intervals[after].opened_by) + 1
        return _Window(self.steps[begin:end], first, after, ends_in_known=True)

    def replace(self, window: _Window, made: list[Interval], number: Callable[[], int]) -> Iterator[Interval]:
        """Replace the intervals of a window by those made of it; yield the ones that are new, changed or withdrawn."""
        if window.ends_in_known:
            del made[-1]
        return replace_intervals(self.intervals, slice(window.first, window.after), made, number)


def replace_intervals(
    intervals: list[Interval], window: slice, made: list[Interval], number: Callable[[], int]
) -> Iterator[Interval]:
    """Replace intervals of a window by newly made ones; yield the ones that are new, changed or withdrawn.

    An interval opened by the same step as before keeps its number; another one that takes the place of an old interval
    is given that one's number.

    Parameters
    ----------
    intervals : list of Interval
        All intervals; changed in place.
    window : slice
        Which of them are replaced.
    made : list of Interval
        Intervals without a number.
    number : callable
        Returns the number of a new interval.
    """
    known = {each.opened_by: each for each in intervals[window]}
    intervals[window] = made
    same = [known.pop(each.opened_by, None) for each in made]
    others = iter(known.values())
    for new, old in zip(made, same, strict=True):
        former = old or next(others, None)
        new.number = number() if former is None else former.number
        if new != former:
            yield new
    for former in others:
        former.withdrawn = True
        yield former


class SignalPairing:
    """Pair the steps of signals as they arrive.

    Examples
    --------
    >>> from emotoolkit.apis.base.result_columns import BEGINNING, END
    >>> pairing = SignalPairing()
    >>> pairing.add_steps([(0, END, 11.5, 11.5, "hesitation", None, None)])
    []
    >>> (late,) = pairing.add_steps([(0, BEGINNING, 10.3, 0.0, "hesitation", "high", "a pause")])
    >>> late.start, late.end, late.closed
    (10.3, 11.5, True)
    """

    def __init__(self) -> None:
        self._histories: dict[tuple[int, str], _History] = defaultdict(_History)
        self._complete: list[Interval] = []
        self._arrival_numbers, self._interval_numbers = count(), count()

    def add_steps(self, steps: Iterable[SignalRow]) -> list[Interval]:
        """Add steps, in order of arrival. Return the intervals that are new or changed, as they now are."""
        known = len(self._complete)
        arrived: dict[tuple[int, str], list[Step]] = defaultdict(list)
        for session, kind, start, end, signal, probability, rationale in steps:
            if kind == WHOLE:
                whole = Interval(next(self._interval_numbers), session, signal, (), start, end, closed=True)
                whole.probability, whole.rationale = probability, rationale
                self._complete.append(whole)
            else:
                arrived[session, signal].append((start, kind, next(self._arrival_numbers), probability, rationale))
        return [*self._complete[known:], *self._repair(arrived)]

    def intervals(self) -> Iterator[Interval]:
        """Return all intervals, by session and name in order of media time; those that arrived complete come last."""
        paired = chain.from_iterable(history.intervals for history in self._histories.values())
        return chain(paired, self._complete)

    def _repair(self, arrived: Mapping[tuple[int, str], list[Step]]) -> Iterator[Interval]:
        """Insert the new steps of each session and name; yield the intervals that are new, changed or withdrawn.

        All windows are paired in one call, since each call costs more than its rows.
        """
        windows = [self._histories[key].insert(steps) for key, steps in arrived.items()]
        if windows:
            of = np.repeat(np.arange(len(windows)), [len(window.steps) for window in windows])
            steps = [step for window in windows for step in window.steps]
            made: list[list[Interval]] = [[] for _ in windows]
            for index, interval in self._make_intervals(list(arrived), of, steps):
                made[index].append(interval)
            for key, window, intervals in zip(arrived, windows, made, strict=True):
                yield from self._histories[key].replace(window, intervals, self._interval_numbers.__next__)

    def _make_intervals(
        self, keys: Sequence[tuple[int, str]], of: NDArray[np.intp], steps: Sequence[Step]
    ) -> Iterator[tuple[int, Interval]]:
        """Make unnumbered intervals of steps; `of` has the index in `keys` of each step. Yields index and interval."""
        times, kinds, _, *texts = zip(*steps, strict=True)
        probability, rationale = map(object_array, texts)
        found = pair_signals(group_starts(of), np.array(kinds, np.int8), np.array(times, float), probability, rationale)
        ends = (None if row < 0 else times[row] for row in found.ended.tolist())
        columns = found.closed, found.updates, found.probability, found.rationale
        for row, end, *values in zip(found.opened.tolist(), ends, *(each.tolist() for each in columns), strict=True):
            session, signal = keys[of[row]]
            yield int(of[row]), Interval(UNNUMBERED, session, signal, steps[row], times[row], end, *values)
