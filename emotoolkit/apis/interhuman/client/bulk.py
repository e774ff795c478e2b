"""The messages that come by the thousand, read together: into columns, without an event for each.

What `typed_messages` reads says by columns what it says by events. This holds for conversations of which all that is said of
signals, engagement and quality has the usual shape and comes once; any other is left to `messages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import lt
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET

from emotoolkit.apis.base.events import (
    Engagement,
    Quality,
    Results,
    SignalDetected,
    SignalEnded,
    SignalSpans,
    SignalUpdated,
)
from emotoolkit.apis.base.result_columns import (
    BEGINNING,
    CHANGE,
    END,
    SCORE_NAMES,
    WHOLE,
    EngagementColumns,
    QualityColumns,
    ResultColumns,
    SignalColumns,
    object_array,
)
from emotoolkit.apis.interhuman.wire import typed_messages
from emotoolkit.apis.interhuman.wire.typed_messages import (
    EngagementMessage,
    QualityMessage,
    SignalDetectedMessage,
    SignalEndedMessage,
    SignalUpdatedMessage,
)
from emotoolkit.utils.columnar import concatenate, take_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.result_columns import MessageColumns
    from emotoolkit.apis.interhuman.wire.decoder import Decoder

__all__ = ["read"]

BATCH_MESSAGES = 1 << 12
"""Messages of which columns are made at once: few enough for the processor's cache."""

SIGNAL_MESSAGES = SignalDetectedMessage, SignalUpdatedMessage, SignalEndedMessage
"""A signal's life."""

MESSAGE_TYPES: list[type] = [*SIGNAL_MESSAGES, EngagementMessage, QualityMessage]

TYPE_NUMBERS = {kind: n for n, kind in enumerate([*MESSAGE_TYPES, type(None)])}
"""Numbers of what is read; None stands for what is left to others."""

COLUMN_EVENTS = SignalDetected, SignalUpdated, SignalEnded, SignalSpans, Engagement, Quality, Results
"""What may not stand beside columns, since it belongs into them."""


def read(received: MessageColumns, decoders: Mapping[int, Decoder]) -> ResultColumns | None:
    """Read a replay's messages; None where they have to be read one after another.

    Parameters
    ----------
    said : Messages
        Of all sessions.
    decoders : mapping of int to Decoder
        One for each session, new: they read what is not of the usual shape.
    """
    if any(decoder.relative for decoder in decoders.values()):
        return None
    parts: list[_Batch] = []
    rest: list[tuple[int, Event]] = []
    for first in range(0, max(1, len(received.raws)), BATCH_MESSAGES):
        parts.append(_Batch.read(received, first))
        for place in parts[-1].rest:
            event = decoders[int(received.session[place])].decode(received.raws[place])
            if isinstance(event, COLUMN_EVENTS):
                return None
            rest.append((place, event))
    if not _is_increasing([time for part in parts for time in part.times]) and _has_duplicates(received.raws, rest):
        return None
    columns: dict[str, Any] = {
        "signals": concatenate([part.steps for part in parts]),
        "engagement": concatenate([part.states for part in parts]),
        "quality": concatenate([part.ratings for part in parts]),
    }
    return ResultColumns(columns, rest)


def _is_increasing(times: Sequence[Any]) -> bool:
    """Whether each time stamp is later than the one before: then no message has come twice."""
    try:
        return all(map(lt, times, times[1:]))
    except TypeError:  # some are no texts
        return False


def _has_duplicates(raws: Sequence[str], rest: Iterable[tuple[int, Event]]) -> bool:
    """Whether any message but the rest, whose decoders see to that, comes more than once, be it that it counts."""
    others = {place for place, _ in rest}
    hashes = [hash(raw) for place, raw in enumerate(raws) if place not in others]
    return len(set(hashes)) < len(hashes)


@dataclass(frozen=True, eq=False)
class _Batch:
    """Some messages: their columns, the places of those that are in none, and the times of the others.

    Where times are in order, they are only the first and the last.
    """

    steps: SignalColumns
    states: EngagementColumns
    ratings: QualityColumns
    rest: list[int]
    times: list[Any]

    @classmethod
    def read(cls, received: MessageColumns, first: int) -> _Batch:
        messages = [_decode(raw) for raw in received.raws[first : first + BATCH_MESSAGES]]
        kinds = np.fromiter(map(TYPE_NUMBERS.__getitem__, map(type, messages)), np.int8)
        kept = np.fromiter(messages, object)
        places = {kind: np.flatnonzero(kinds == n) for kind, n in TYPE_NUMBERS.items()}
        data = {kind: [message.data for message in kept[places[kind]].tolist()] for kind in MESSAGE_TYPES}
        times = [message.timestamp for message in messages if message is not None]
        return cls(
            _steps(
                received, [first + places[kind] for kind in SIGNAL_MESSAGES], [data[kind] for kind in SIGNAL_MESSAGES]
            ),
            _states(received, first + places[EngagementMessage], data[EngagementMessage]),
            _ratings(received, first + places[QualityMessage], data[QualityMessage]),
            (first + places[type(None)]).tolist(),
            [times[0], times[-1]] if times[1:] and _is_increasing(times) else times,
        )


def _decode(raw: str) -> typed_messages.TypedMessage | None:
    try:
        return typed_messages.read(raw)
    except (RecursionError, ValueError):
        return None


def _steps(received: MessageColumns, places: list[NDArray[np.int64]], data: list[list[Any]]) -> SignalColumns:
    """What is said of signals: first kind by kind, then in order of arrival."""
    began, changed, stopped = data
    at = np.concatenate(places)
    starts = np.array([each.start for each in chain(began, changed)], float)
    wholes, ends = (np.array([each.end for each in some], float) for some in (began, stopped))
    kinds = np.where(np.isnan(wholes), BEGINNING, WHOLE), np.full(len(changed), CHANGE), np.full(len(stopped), END)
    no_text = [None] * len(stopped)
    steps = SignalColumns(
        session=received.session[at],
        kind=np.concatenate(kinds).astype(np.int8),
        start=np.concatenate([starts, ends]) + received.begin[at],
        end=np.concatenate([wholes, np.zeros(len(changed)), ends]) + received.begin[at],
        signal=object_array([each.signal_type for each in chain(began, changed, stopped)]),
        probability=object_array([*(each.probability for each in chain(began, changed)), *no_text]),
        rationale=object_array([*(each.rationale for each in chain(began, changed)), *no_text]),
    )
    return take_rows(steps, np.argsort(at, kind="stable"))


def _states(
    received: MessageColumns, at: NDArray[np.int64], data: list[typed_messages.EngagementData]
) -> EngagementColumns:
    starts = np.array([each.start for each in data], float)
    return EngagementColumns(
        received.session[at], object_array([each.state for each in data]), starts + received.begin[at]
    )


def _ratings(received: MessageColumns, at: NDArray[np.int64], data: list[typed_messages.QualityData]) -> QualityColumns:
    """What is said of quality: first all periods, then all that is overall, then in order of arrival."""
    timelines = [each.timeline or () for each in data]
    periods = [period for timeline in timelines for period in timeline]
    whole = [each for each in data if each.overall is not None]
    given = [each.measured for each, timeline in zip(data, timelines, strict=True) for _ in timeline]
    measured = [by if each.measured is UNSET else each.measured for each, by in zip(periods, given, strict=True)]
    values = [each.values for each in periods], [each.overall for each in whole if each.overall is not None]
    scores = map(_scores, chain(*values), chain(measured, [each.measured for each in whole]))
    lasts = [_last_end(each.timeline or ()) for each in whole]
    at = np.concatenate([np.repeat(at, list(map(len, timelines))), at[[each.overall is not None for each in data]]])
    ratings = QualityColumns(
        session=received.session[at],
        start=np.array([each.start for each in periods] + [np.nan] * len(whole), float) + received.begin[at],
        end=np.array([each.end for each in periods] + lasts, float) + received.begin[at],
        overall=np.arange(len(at)) >= len(periods),
        values=np.array(list(chain.from_iterable(scores)), float).reshape(-1, len(SCORE_NAMES)),
    )
    return take_rows(ratings, np.argsort(at, kind="stable"))


def _last_end(periods: Sequence[typed_messages.PeriodData]) -> float:
    return periods[0].end if len(periods) == 1 else max((each.end for each in periods), default=np.nan)


def _scores(values: typed_messages.ScoreValues, measured: Collection[str] | None) -> Sequence[float | None]:
    """Give a value for each of `SCORES`, None where it was not measured."""
    scores: tuple[float | None, ...] = typed_messages.SCORE_GETTER(values)
    if measured is None or _is_complete(*measured):
        return scores
    return [score if name in measured else None for name, score in zip(SCORE_NAMES, scores, strict=True)]


@lru_cache
def _is_complete(*measured: str) -> bool:
    """Whether all scores are measured."""
    return set(SCORE_NAMES) <= set(measured)
