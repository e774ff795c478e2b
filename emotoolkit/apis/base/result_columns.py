"""What was said of results, by columns: what tables are made of, whether it was read event by event or all at once.

A row for each thing said, in order of arrival. Times are seconds of media time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.apis.base.events import (
    Engagement,
    Quality,
    SignalDetected,
    SignalEnded,
    SignalSpans,
    SignalUpdated,
    flattened,
)
from emotoolkit.utils.columnar import take_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event, Heard

    SignalRow = tuple[int, int, float, float, str, str | None, str | None]
    EngagementRow = tuple[int, str, float]
    QualityRow = tuple[int, float, float, bool, Mapping[str, float]]

__all__ = [
    "BEGINNING",
    "CHANGE",
    "END",
    "SCORE_NAMES",
    "WHOLE",
    "EngagementColumns",
    "MessageColumns",
    "QualityColumns",
    "ResultColumns",
    "SegmentColumns",
    "SignalColumns",
    "engagement_states",
    "object_array",
    "signal_steps",
]

END, BEGINNING, CHANGE, WHOLE = range(4)
"""What is said of a signal, in the order that holds at one moment: the next of a name may begin when the last one ends.
`WHOLE` is one that is over when it is told of."""

SCORE_NAMES = ["quality_index", "clarity", "authority", "energy", "rapport", "learning"]


@dataclass(frozen=True, eq=False)
class SignalColumns:
    """What was said of signals."""

    session: NDArray[np.int64]
    kind: NDArray[np.int8]
    start: NDArray[np.float64]
    """Of an end: its moment."""
    end: NDArray[np.float64]
    signal: NDArray[np.object_]
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]

    @classmethod
    def of(cls, events: Iterable[Heard]) -> SignalColumns:
        """Take what is said of signals out of what was heard."""
        rows = list(signal_steps(events))
        session, kind, start, end, *words = zip(*rows, strict=True) if rows else ((),) * 7
        times = (np.array(each, float) for each in (start, end))
        return cls(np.array(session, np.int64), np.array(kind, np.int8), *times, *map(object_array, words))

    def by_media_time(self) -> SignalColumns:
        """Put them in order of session and media time, so that an end never comes before its beginning."""
        whole = self.kind == WHOLE
        moments, ranks = np.where(whole, 0.0, self.start), np.where(whole, END, self.kind)
        return take_rows(self, np.lexsort((ranks, moments, self.session)))


@dataclass(frozen=True, eq=False)
class EngagementColumns:
    """What was said of engagement."""

    session: NDArray[np.int64]
    state: NDArray[np.object_]
    start: NDArray[np.float64]

    @classmethod
    def of(cls, events: Iterable[Heard]) -> EngagementColumns:
        """Take what is said of engagement out of what was heard."""
        rows = list(engagement_states(events))
        return cls(
            np.array([session for session, *_ in rows], np.int64),
            object_array([state for _, state, _ in rows]),
            np.array([start for *_, start in rows], float),
        )


@dataclass(frozen=True, eq=False)
class QualityColumns:
    """What was said of conversation quality. What is `overall` starts with its session, which is not said here."""

    session: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    overall: NDArray[np.bool_]
    values: NDArray[np.float64]
    """A column for each of `SCORE_NAMES`; NaN where not given."""

    @classmethod
    def of(cls, events: Iterable[Heard]) -> QualityColumns:
        """Take what is said of conversation quality out of what was heard."""
        rows = list(_quality_rows(events))
        return cls(
            np.array([session for session, *_ in rows], np.int64),
            np.array([start for _, start, *_ in rows], float),
            np.array([end for _, _, end, *_ in rows], float),
            np.array([overall for *_, overall, _ in rows], bool),
            np.array([[values.get(name) for name in SCORE_NAMES] for *_, values in rows], float).reshape(
                -1, len(SCORE_NAMES)
            ),
        )


@dataclass(frozen=True, eq=False)
class SegmentColumns:
    """What was said of segments, as numbers: a row for each, a column of `values` for each of `names`; NaN for none."""

    names: tuple[str, ...]
    session: NDArray[np.int64]
    channel: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    values: NDArray[np.float64]

    def sorted_unique(self) -> SegmentColumns:
        """Sort the rows, and leave out all but the first of those that are the same."""
        order = np.lexsort((self.session, self.channel, self.end, self.start))
        alike = np.append(False, self._are_equal(order[:-1], order[1:]))[: len(order)]
        rows = order[~alike]
        session, channel, start, end = (each[rows] for each in (self.session, self.channel, self.start, self.end))
        return SegmentColumns(self.names, session, channel, start, end, self.values[rows])

    def _are_equal(self, some: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.bool_]:
        alike: NDArray[np.bool_] = self.session[some] == self.session[others]
        for key in (self.channel, self.start, self.end):
            alike &= key[some] == key[others]
        one, other = self.values[some[alike]], self.values[others[alike]]
        alike[alike] = ((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)
        return alike


@dataclass(frozen=True, eq=False)
class MessageColumns:
    """All messages of a replay, in order of arrival: texts, sessions, and media seconds at which these began."""

    raws: Sequence[str]
    session: NDArray[np.int64]
    begin: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ResultColumns:
    """All that was said: `columns` by the names of the tables that are made of them, and the other messages' events.

    Where there are columns for a table, no event beside them has anything to do with it.
    """

    columns: Mapping[str, SignalColumns | EngagementColumns | QualityColumns | SegmentColumns]
    rest: Sequence[tuple[int, Event]]
    """Places in `MessageColumns`, and what was said there."""


def object_array(values: Iterable[object]) -> NDArray[np.object_]:
    """Make a column of words."""
    return np.fromiter(values, object)


def signal_steps(events: Iterable[Heard]) -> Iterator[SignalRow]:
    """Give what is said of signals: session, kind, start, end, signal, probability and rationale."""
    for each in flattened(events):
        session, event = each.session, each.event
        match event:
            case SignalDetected(signal=signal, start=start, probability=probability, rationale=rationale):
                yield session, BEGINNING, start, 0.0, signal, probability, rationale
            case SignalEnded(signal=signal, end=end):
                yield session, END, end, end, signal, None, None
            case SignalUpdated(signal=signal, start=start, probability=probability, rationale=rationale):
                yield session, CHANGE, start, 0.0, signal, probability, rationale
            case SignalSpans(spans=spans):
                for one in spans:
                    yield session, WHOLE, one.start, one.end, one.signal, one.probability, one.rationale
            case _:
                pass


def engagement_states(events: Iterable[Heard]) -> Iterator[EngagementRow]:
    """Give what is said of engagement: session, state and start."""
    for each in flattened(events):
        if isinstance(each.event, Engagement):
            yield each.session, each.event.state, each.event.start


def _quality_rows(events: Iterable[Heard]) -> Iterator[QualityRow]:
    """Session, start, end, whether it is overall, and values."""
    for each in flattened(events):
        if isinstance(each.event, Quality):
            session, periods = each.session, each.event.timeline
            for period in periods:
                yield session, period.start, period.end, False, period.values
            if each.event.overall is not None:
                yield session, np.nan, max((period.end for period in periods), default=np.nan), True, each.event.overall
