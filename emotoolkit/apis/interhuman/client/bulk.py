"""Decode the frequent messages of a replay in bulk: into columns, without an event for each.

The columns equal what `tables` would make of the events of `typed_messages`. This holds if all messages about signals,
engagement and quality have their common shape and none is repeated; any other replay is left to `decoder`, message by
message.
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
    ResultBatch,
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
"""Messages that are made into columns at once: few enough for the processor's cache."""

SIGNAL_MESSAGES = SignalDetectedMessage, SignalUpdatedMessage, SignalEndedMessage
"""The messages about signals."""

MESSAGE_TYPES: list[type] = [*SIGNAL_MESSAGES, EngagementMessage, QualityMessage]

TYPE_NUMBERS = {kind: n for n, kind in enumerate([*MESSAGE_TYPES, type(None)])}
"""Number of each type; NoneType stands for messages of any other shape."""

COLUMN_EVENTS = SignalDetected, SignalUpdated, SignalEnded, SignalSpans, Engagement, Quality, ResultBatch
"""Events whose content belongs into the columns: if one is decoded by itself, the columns are not complete."""


def read(received: MessageColumns, decoders: Mapping[int, Decoder]) -> ResultColumns | None:
    """Decode a replay's messages; None if they must be decoded one by one.

    Parameters
    ----------
    received : MessageColumns
        The messages of all sessions.
    decoders : mapping of int to Decoder
        A new one for each session, for messages that do not have a common shape.
    """
    if any(decoder.relative for decoder in decoders.values()):
        return None
    batches: list[_Batch] = []
    rest: list[tuple[int, Event]] = []
    for first in range(0, max(1, len(received.raws)), BATCH_MESSAGES):
        batches.append(_Batch.read(received, first))
        for position in batches[-1].rest:
            event = decoders[int(received.session[position])].decode(received.raws[position])
            if isinstance(event, COLUMN_EVENTS):
                return None
            rest.append((position, event))
    if not _is_increasing([time for batch in batches for time in batch.times]) and _has_duplicates(received.raws, rest):
        return None
    columns: dict[str, Any] = {
        "signals": concatenate([batch.signals for batch in batches]),
        "engagement": concatenate([batch.engagement for batch in batches]),
        "quality": concatenate([batch.quality for batch in batches]),
    }
    return ResultColumns(columns, rest)


def _is_increasing(times: Sequence[Any]) -> bool:
    """Whether each time stamp is later than the one before: then no message is repeated."""
    try:
        return all(map(lt, times, times[1:]))
    except TypeError:  # some time stamps are not texts
        return False


def _has_duplicates(raws: Sequence[str], rest: Iterable[tuple[int, Event]]) -> bool:
    """Whether any message is repeated, except those of the rest, of which the decoders find repetitions."""
    others = {position for position, _ in rest}
    hashes = [hash(raw) for position, raw in enumerate(raws) if position not in others]
    return len(set(hashes)) < len(hashes)


@dataclass(frozen=True, eq=False)
class _Batch:
    """Columns of some messages, the positions of those that are in no column, and the time stamps of the others.

    If the time stamps are increasing, only the first and the last are kept.
    """

    signals: SignalColumns
    engagement: EngagementColumns
    quality: QualityColumns
    rest: list[int]
    times: list[Any]

    @classmethod
    def read(cls, received: MessageColumns, first: int) -> _Batch:
        messages = [_decode(raw) for raw in received.raws[first : first + BATCH_MESSAGES]]
        kinds = np.fromiter(map(TYPE_NUMBERS.__getitem__, map(type, messages)), np.int8)
        as_array = np.fromiter(messages, object)
        positions = {kind: np.flatnonzero(kinds == n) for kind, n in TYPE_NUMBERS.items()}
        data = {kind: [message.data for message in as_array[positions[kind]].tolist()] for kind in MESSAGE_TYPES}
        times = [message.timestamp for message in messages if message is not None]
        return cls(
            _signal_columns(
                received,
                [first + positions[kind] for kind in SIGNAL_MESSAGES],
                [data[kind] for kind in SIGNAL_MESSAGES],
            ),
            _engagement_columns(received, first + positions[EngagementMessage], data[EngagementMessage]),
            _quality_columns(received, first + positions[QualityMessage], data[QualityMessage]),
            (first + positions[type(None)]).tolist(),
            [times[0], times[-1]] if times[1:] and _is_increasing(times) else times,
        )


def _decode(raw: str) -> typed_messages.TypedMessage | None:
    try:
        return typed_messages.read(raw)
    except (RecursionError, ValueError):
        return None


def _signal_columns(
    received: MessageColumns, positions: list[NDArray[np.int64]], data: list[list[Any]]
) -> SignalColumns:
    """Make columns of the messages about signals: built type by type, then sorted by arrival."""
    detected, updated, ended = data
    at = np.concatenate(positions)
    starts = np.array([each.start for each in chain(detected, updated)], float)
    wholes, ends = (np.array([each.end for each in some], float) for some in (detected, ended))
    kinds = np.where(np.isnan(wholes), BEGINNING, WHOLE), np.full(len(updated), CHANGE), np.full(len(ended), END)
    no_text = [None] * len(ended)
    columns = SignalColumns(
        session=received.session[at],
        kind=np.concatenate(kinds).astype(np.int8),
        start=np.concatenate([starts, ends]) + received.begin[at],
        end=np.concatenate([wholes, np.zeros(len(updated)), ends]) + received.begin[at],
        signal=object_array([each.signal_type for each in chain(detected, updated, ended)]),
        probability=object_array([*(each.probability for each in chain(detected, updated)), *no_text]),
        rationale=object_array([*(each.rationale for each in chain(detected, updated)), *no_text]),
    )
    return take_rows(columns, np.argsort(at, kind="stable"))


def _engagement_columns(
    received: MessageColumns, at: NDArray[np.int64], data: list[typed_messages.EngagementData]
) -> EngagementColumns:
    begin = received.begin[at]
    starts, ends = (np.array(times, float) for times in ([each.start for each in data], [each.end for each in data]))
    states = object_array([each.state for each in data])
    return EngagementColumns(received.session[at], states, starts + begin, ends + begin)


def _quality_columns(
    received: MessageColumns, at: NDArray[np.int64], data: list[typed_messages.QualityData]
) -> QualityColumns:
    """Make columns of the messages about quality: all periods, then all overall scores, then sorted by arrival."""
    timelines = [each.timeline or () for each in data]
    periods = [period for timeline in timelines for period in timeline]
    with_overall = [each for each in data if each.overall is not None]
    defaults = [each.measured for each, timeline in zip(data, timelines, strict=True) for _ in timeline]
    measured = [
        default if period.measured is UNSET else period.measured
        for period, default in zip(periods, defaults, strict=True)
    ]
    values = [each.values for each in periods], [each.overall for each in with_overall if each.overall is not None]
    scores = map(_scores, chain(*values), chain(measured, [each.measured for each in with_overall]))
    last_ends = [_last_end(each.timeline or ()) for each in with_overall]
    at = np.concatenate([np.repeat(at, list(map(len, timelines))), at[[each.overall is not None for each in data]]])
    columns = QualityColumns(
        session=received.session[at],
        start=np.array([each.start for each in periods] + [np.nan] * len(with_overall), float) + received.begin[at],
        end=np.array([each.end for each in periods] + last_ends, float) + received.begin[at],
        overall=np.arange(len(at)) >= len(periods),
        values=np.array(list(chain.from_iterable(scores)), float).reshape(-1, len(SCORE_NAMES)),
    )
    return take_rows(columns, np.argsort(at, kind="stable"))


def _last_end(periods: Sequence[typed_messages.PeriodData]) -> float:
    return periods[0].end if len(periods) == 1 else max((each.end for each in periods), default=np.nan)


def _scores(values: typed_messages.ScoreValues, measured: Collection[str] | None) -> Sequence[float | None]:
    """List a value for each of `SCORE_NAMES`, None where it was not measured."""
    scores: tuple[float | None, ...] = typed_messages.SCORE_GETTER(values)
    if measured is None or _is_complete(*measured):
        return scores
    return [score if name in measured else None for name, score in zip(SCORE_NAMES, scores, strict=True)]


@lru_cache
def _is_complete(*measured: str) -> bool:
    """Whether all scores are measured."""
    return set(SCORE_NAMES) <= set(measured)
