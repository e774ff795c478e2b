"""Signals and engagement from beginning to end, out of what was said of them, in whatever order it arrived. Pure.

The one place that pairs. Tables are made of all that was said, by `pair_signals` and `find_states`. A live view is
told by `SignalPairing` and `EngagementPairing` what each new message changes; they have it from the same two functions,
which they give no more than the neighbours of what is new: a message that arrives late falls between others.

Signals: of each session and name at most one is active. In order of media time, a beginning while one is active ends
that one, since its own end was lost; a change without a beginning is one; an end without a beginning is nothing. At
one moment ends come first, then beginnings, then changes.

Engagement: in each session one state follows another without a gap. A state that is said again is not a new one; of
several that begin at one moment the last by name counts.
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

    from emotoolkit.apis.base.result_columns import EngagementRow, SignalRow

    Step = tuple[Any, ...]
    """What was said, as it is sorted: its moment, what decides at one moment, its number by arrival, and the rest."""

__all__ = [
    "EngagementPairing",
    "Interval",
    "PairedSignals",
    "SignalPairing",
    "find_states",
    "group_starts",
    "pair_signals",
]

UNNUMBERED = -1
"""Number of what has none yet."""


@dataclass(frozen=True, eq=False)
class PairedSignals:
    """Columns, a row for each interval. Places are those of the steps that it was made of."""

    opened: NDArray[np.intp]
    """Place of the step that opened it."""
    ended: NDArray[np.intp]
    """Place of the step that ended it; -1 while nothing has."""
    end: NDArray[np.float64]
    """NaN while nothing has ended it."""
    closed: NDArray[np.bool_]
    """Whether its own end was said."""
    updates: NDArray[np.int64]
    """How many changes were said."""
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]


def pair_signals(
    first: NDArray[np.bool_],
    kind: NDArray[np.int8],
    moment: NDArray[np.float64],
    probability: NDArray[np.object_],
    rationale: NDArray[np.object_],
) -> PairedSignals:
    """Pair what was said of signals.

    Parameters
    ----------
    first : array of bool
        Which steps are the first ones of their session and name; steps of one name lie together.
    kind : array of int8
        `BEGINNING`, `CHANGE` or `END`.
    moment : array of float64
        Media seconds, of each name in order; at one moment the kinds are in order.
    probability, rationale : array of object
        What was said, or None.
    """
    active = np.append(False, kind[:-1] != END)[: len(kind)] & ~first
    opens = (kind == BEGINNING) | ((kind == CHANGE) & ~active)
    opened = np.flatnonzero(opens)
    number = np.cumsum(opens) - 1
    ends, cuts = np.flatnonzero((kind == END) & active), np.flatnonzero((kind == BEGINNING) & active)
    ended, closed = np.full(len(opened), -1), np.zeros(len(opened), bool)
    ended[number[ends]], ended[number[cuts] - 1] = ends, cuts
    closed[number[ends]] = True
    own = rationale[opened]
    own[kind[opened] != BEGINNING] = None
    return PairedSignals(
        opened=opened,
        ended=ended,
        end=np.where(ended < 0, np.nan, moment[ended] if len(moment) else np.nan),
        closed=closed,
        updates=np.bincount(number[kind == CHANGE], minlength=len(opened)).astype(np.int64),
        probability=_latest(probability[opened], number, probability),
        rationale=_latest(own, number, rationale),
    )


def _latest(
    words: NDArray[np.object_], number: NDArray[np.int64], mentioned: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Of each interval the last word that was said; where none was, the one that is there."""
    spoken = mentioned.astype(bool)
    words[number[spoken]] = mentioned[spoken]
    return words


def find_states(
    session: NDArray[np.int64], start: NDArray[np.float64], state: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the states of engagement: places of the mentions that open them, and their ends.

    Parameters
    ----------
    session, start, state : array
        What was said, in their order; states as numbers that sort them by name.

    Returns
    -------
    opened : array of intp
        One for each state.
    end : array of float64
        The beginning of the next one; NaN where none has followed.
    """
    counting = np.flatnonzero(np.append(group_starts(session, start)[1:], True)[: len(session)])
    opened = counting[group_starts(session[counting], state[counting])]
    end = np.append(start[opened][1:], np.nan)[: len(opened)]
    end[np.append(group_starts(session[opened])[1:], True)[: len(opened)]] = np.nan
    return opened, end


def group_starts(column: NDArray[Any], *columns: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows differ from the one before them."""
    differs: NDArray[np.bool_] = np.append(True, column[1:] != column[:-1])[: len(column)]
    return differs | group_starts(*columns) if columns else differs


class Interval(Struct, gc=False):
    """A signal from beginning to end, or a state of engagement, as far as it is known. Times are media seconds.

    Attributes
    ----------
    number : int
        Its own, from 0; kept whatever is learned of it later.
    session : int
        Of which session.
    label : str
        The signal, or the state.
    opened_by : tuple
        The step that opened it.
    start : float
        Its first moment.
    end : float or None
        Its last moment; None while nothing has ended it.
    closed : bool
        Whether its own end was said; of a state, whether another has followed.
    updates : int
        How many changes were said.
    probability, rationale : str or None
        The last ones said.
    withdrawn : bool
        Whether it turned out to be a part of another: it is no interval any more.
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
    withdrawn: bool = False

    def end_or(self, media_end: float) -> float:
        """Give its end; where nothing has ended it, that of the media, and not before it starts."""
        return max(self.start, media_end) if self.end is None else self.end


BY_START = attrgetter("start")


@dataclass(slots=True)
class _Window:
    """Steps that are paired again, and which intervals come of them: those from `first` to before `after`."""

    steps: list[Step]
    first: int
    after: int
    ends_in_known: bool
    """Whether the last step opens an interval that is known, and stays as it is."""


class _History:
    """What follows one upon another: of a session the signals of one name, or the states. In order of media time."""

    __slots__ = ("intervals", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.intervals: list[Interval] = []

    def insert(self, arrived: list[Step]) -> _Window:
        """Put steps in their places, and find out what has to be paired again.

        What follows an opening depends on nothing before it. So this begins at the last opening before all that
        arrived. The first one after it may become a part of what there is then; the second stays one in any case.
        """
        arrived.sort()
        (earliest, *_), (latest, *_) = arrived[0], arrived[-1]
        place = bisect_left(self.steps, arrived[0])
        self.steps[place:] = sorted(self.steps[place:] + arrived)
        before = bisect_left(self.intervals, earliest, key=BY_START)
        first = max(0, before - 1)
        begin = bisect_left(self.steps, self.intervals[first].opened_by if before else (earliest,))
        after = bisect_right(self.intervals, latest, key=BY_START) + 1
        if after >= len(self.intervals):
            return _Window(self.steps[begin:], first, len(self.intervals), ends_in_known=False)
        end = bisect_left(self.steps, self.intervals[after].opened_by) + 1
        return _Window(self.steps[begin:end], first, after, ends_in_known=True)

    def replace(self, window: _Window, made: list[Interval], number: Callable[[], int]) -> Iterator[Interval]:
        """Put what was made of a window in place of what was there. Gives what that changes.

        An interval keeps its number where the same step opens it; where one is in place of another it has that one's.
        """
        if window.ends_in_known:
            del made[-1]
        known = {each.opened_by: each for each in self.intervals[window.first : window.after]}
        self.intervals[window.first : window.after] = made
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


class _Pairing:
    """What pairing signals and pairing states have in common: one course for each session and name."""

    def __init__(self) -> None:
        self._histories: dict[tuple[int, str], _History] = defaultdict(_History)
        self._arrival_numbers, self._interval_numbers = count(), count()

    def intervals(self) -> Iterator[Interval]:
        """Give all intervals, of each session and name in order of media time."""
        return chain.from_iterable(course.intervals for course in self._histories.values())

    def _repair(self, arrived: Mapping[tuple[int, str], list[Step]]) -> Iterator[Interval]:
        """Pair what has arrived, by session and name. Gives what that changes."""
        windows = [self._histories[key].insert(steps) for key, steps in arrived.items()]
        if windows:
            of = np.repeat(np.arange(len(windows)), [len(window.steps) for window in windows])
            steps = [step for window in windows for step in window.steps]
            made: list[list[Interval]] = [[] for _ in windows]
            for place, interval in self._make_intervals(list(arrived), of, steps):
                made[place].append(interval)
            for key, window, intervals in zip(arrived, windows, made, strict=True):
                yield from self._histories[key].replace(window, intervals, self._interval_numbers.__next__)

    def _make_intervals(
        self, keys: Sequence[tuple[int, str]], of: NDArray[np.intp], steps: Sequence[Step]
    ) -> Iterator[tuple[int, Interval]]:
        """Make intervals of steps, of which each belongs to one of the keys; without their numbers."""
        raise NotImplementedError


class SignalPairing(_Pairing):
    """Pairs what is said of signals as it arrives.

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
        super().__init__()
        self._complete: list[Interval] = []

    def add_steps(self, steps: Iterable[SignalRow]) -> list[Interval]:
        """Take what is said next, in order of arrival. Gives the intervals that are new or changed, as they now are."""
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
        """Give all intervals, of each session and name in order of media time; those that came whole last."""
        return chain(super().intervals(), self._complete)

    def _make_intervals(
        self, keys: Sequence[tuple[int, str]], of: NDArray[np.intp], steps: Sequence[Step]
    ) -> Iterator[tuple[int, Interval]]:
        moments, kinds, _, *words = zip(*steps, strict=True)
        probability, rationale = map(object_array, words)
        found = pair_signals(
            group_starts(of), np.array(kinds, np.int8), np.array(moments, float), probability, rationale
        )
        ended = (None if place < 0 else moments[place] for place in found.ended.tolist())
        columns = found.closed, found.updates, found.probability, found.rationale
        for place, end, *said in zip(found.opened.tolist(), ended, *(each.tolist() for each in columns), strict=True):
            session, signal = keys[of[place]]
            yield int(of[place]), Interval(UNNUMBERED, session, signal, steps[place], moments[place], end, *said)


class EngagementPairing(_Pairing):
    """Pairs what is said of engagement as it arrives."""

    def add_steps(self, steps: Iterable[EngagementRow]) -> list[Interval]:
        """Take what is said next, in order of arrival. Gives the intervals that are new or changed, as they now are."""
        arrived: dict[tuple[int, str], list[Step]] = defaultdict(list)
        for session, state, start in steps:
            arrived[session, ""].append((start, state, next(self._arrival_numbers)))
        return list(self._repair(arrived))

    def _make_intervals(
        self, keys: Sequence[tuple[int, str]], of: NDArray[np.intp], steps: Sequence[Step]
    ) -> Iterator[tuple[int, Interval]]:
        moments, states, _ = zip(*steps, strict=True)
        _, names = np.unique(np.array(states, object), return_inverse=True)
        opened, ends = find_states(of, np.array(moments, float), names)
        for place, end in zip(opened.tolist(), ends.tolist(), strict=True):
            known = not math.isnan(end)
            session, _ = keys[of[place]]
            until = end if known else None
            yield (
                int(of[place]),
                Interval(UNNUMBERED, session, states[place], steps[place], moments[place], until, known),
            )
