"""Results by columns, from which the tables are made, whether messages were read one by one or in bulk.

A row for each result, in order of arrival. Times are seconds of media time.
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
    EngagementRow = tuple[int, str, float, float]
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
"""Kinds of rows about a signal, in their order at equal times: a signal may begin again when the last one ends.
`WHOLE` is a signal that is reported with both its times."""

SCORE_NAMES = ["quality_index", "clarity", "authority", "energy", "rapport", "learning"]


@dataclass(frozen=True, eq=False)
class SignalColumns:
    """Reports of signals."""

    session: NDArray[np.int64]
    kind: NDArray[np.int8]
    start: NDArray[np.float64]
    """Of an `END`: its time."""
    end: NDArray[np.float64]
    signal: NDArray[np.object_]
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]

    @classmethod
    def of(cls, events: Iterable[Heard]) -> SignalColumns:
        """Collect the reports of signals from events."""
        rows = list(signal_steps(events))
        session, kind, start, end, *texts = zip(*rows, strict=True) if rows else ((),) * 7
        times = (np.array(each, float) for each in (start, end))
        return cls(np.array(session, np.int64), np.array(kind, np.int8), *times, *map(object_array, texts))

    def by_media_time(self) -> SignalColumns:
        """Sort the rows by session and media time, so that an end never comes before its beginning."""
        whole = self.kind == WHOLE
        times, ranks = np.where(whole, 0.0, self.start), np.where(whole, END, self.kind)
        return take_rows(self, np.lexsort((ranks, times, self.session)))


@dataclass(frozen=True, eq=False)
class EngagementColumns:
    """Reports of engagement states."""

    session: NDArray[np.int64]
    state: NDArray[np.object_]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    """NaN where the server named none."""

    @classmethod
    def of(cls, events: Iterable[Heard]) -> EngagementColumns:
        """Collect the engagement states from events."""
        rows = list(engagement_states(events))
        session, state, *times = zip(*rows, strict=True) if rows else ((),) * 4
        return cls(np.array(session, np.int64), object_array(state), *(np.array(each, float) for each in times))


@dataclass(frozen=True, eq=False)
class QualityColumns:
    """Scores of conversation quality. An `overall` row begins with its session; its `start` is NaN."""

    session: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    overall: NDArray[np.bool_]
    values: NDArray[np.float64]
    """A column for each of `SCORE_NAMES`; NaN where there is none."""

    @classmethod
    def of(cls, events: Iterable[Heard]) -> QualityColumns:
        """Collect the scores of conversation quality from events."""
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
    """Segments: a row each, with a column of `values` for each of `names`; NaN for no number."""

    names: tuple[str, ...]
    session: NDArray[np.int64]
    channel: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    values: NDArray[np.float64]

    def sorted_unique(self) -> SegmentColumns:
        """Sort the rows and drop duplicates, of which the first stays."""
        order = np.lexsort((self.session, self.channel, self.end, self.start))
        duplicate = np.append(False, self._are_equal(order[:-1], order[1:]))[: len(order)]
        rows = order[~duplicate]
        session, channel, start, end = (each[rows] for each in (self.session, self.channel, self.start, self.end))
        return SegmentColumns(self.names, session, channel, start, end, self.values[rows])

    def _are_equal(self, some: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.bool_]:
        equal: NDArray[np.bool_] = self.session[some] == self.session[others]
        for key in (self.channel, self.start, self.end):
            equal &= key[some] == key[others]
        one, other = self.values[some[equal]], self.values[others[equal]]
        equal[equal] = ((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)
        return equal


@dataclass(frozen=True, eq=False)
class MessageColumns:
    """All messages of a replay, in order of arrival: text, session, and the media second at which the session began."""

    raws: Sequence[str]
    session: NDArray[np.int64]
    begin: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ResultColumns:
    """Columns by the names of the tables that are made of them, and the events of all other messages.

    No event contributes to a table that has columns.
    """

    columns: Mapping[str, SignalColumns | EngagementColumns | QualityColumns | SegmentColumns]
    rest: Sequence[tuple[int, Event]]
    """Row in `MessageColumns`, and the event of that message."""


def object_array(values: Iterable[object]) -> NDArray[np.object_]:
    """Make a column of objects, such as texts."""
    return np.fromiter(values, object)


def signal_steps(events: Iterable[Heard]) -> Iterator[SignalRow]:
    """Yield the reports of signals: session, kind, start, end, signal, probability and rationale."""
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
    """Yield the reports of engagement: session, state, start and end, which is NaN where there is none."""
    for each in flattened(events):
        if isinstance(each.event, Engagement):
            end = each.event.end
            yield each.session, each.event.state, each.event.start, np.nan if end is None else end


def _quality_rows(events: Iterable[Heard]) -> Iterator[QualityRow]:
    """Yield the scores: session, start, end, whether they are overall, and values."""
    for each in flattened(events):
        if isinstance(each.event, Quality):
            session, periods = each.session, each.event.timeline
            for period in periods:
                yield session, period.start, period.end, False, period.values
            if each.event.overall is not None:
                yield session, np.nan, max((period.end for period in periods), default=np.nan), True, each.event.overall
