"""The messages that come by the thousand, read together: into columns, without an event for each.

What `usual` reads says by columns what it says by events. This holds for conversations of which all that is said of
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
    SCORES,
    WHOLE,
    Ratings,
    Said,
    States,
    Steps,
    objects,
)
from emotoolkit.apis.interhuman.wire import typed_messages as usual
from emotoolkit.apis.interhuman.wire.typed_messages import Detected, Ended, Engaged, GoneOn, Scored
from emotoolkit.utils.columnar import joined, taken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.result_columns import Messages
    from emotoolkit.apis.interhuman.wire.decoder import Decoder

__all__ = ["read"]

AT_ONCE = 1 << 12
"""Messages of which columns are made at once: few enough for the processor's cache."""

LIFE = Detected, GoneOn, Ended
"""A signal's life."""

MESSAGES: list[type] = [*LIFE, Engaged, Scored]

KINDS = {kind: n for n, kind in enumerate([*MESSAGES, type(None)])}
"""Numbers of what is read; None stands for what is left to others."""

IN_COLUMNS = SignalDetected, SignalUpdated, SignalEnded, SignalSpans, Engagement, Quality, Results
"""What may not stand beside columns, since it belongs into them."""


def read(said: Messages, decoders: Mapping[int, Decoder]) -> Said | None:
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
    parts: list[_Part] = []
    rest: list[tuple[int, Event]] = []
    for first in range(0, max(1, len(said.raws)), AT_ONCE):
        parts.append(_Part.read(said, first))
        for place in parts[-1].rest:
            event = decoders[int(said.session[place])].decode(said.raws[place])
            if isinstance(event, IN_COLUMNS):
                return None
            rest.append((place, event))
    if not _in_order([time for part in parts for time in part.times]) and _come_again(said.raws, rest):
        return None
    columns: dict[str, Any] = {
        "signals": joined([part.steps for part in parts]),
        "engagement": joined([part.states for part in parts]),
        "quality": joined([part.ratings for part in parts]),
    }
    return Said(columns, rest)


def _in_order(times: Sequence[Any]) -> bool:
    """Whether each time stamp is later than the one before: then no message has come twice."""
    try:
        return all(map(lt, times, times[1:]))
    except TypeError:  # some are no texts
        return False


def _come_again(raws: Sequence[str], rest: Iterable[tuple[int, Event]]) -> bool:
    """Whether any message but the rest, whose decoders see to that, comes more than once, be it that it counts."""
    others = {place for place, _ in rest}
    usual = [hash(raw) for place, raw in enumerate(raws) if place not in others]
    return len(set(usual)) < len(usual)


@dataclass(frozen=True, eq=False)
class _Part:
    """Some messages: their columns, the places of those that are in none, and the times of the others.

    Where times are in order, they are only the first and the last.
    """

    steps: Steps
    states: States
    ratings: Ratings
    rest: list[int]
    times: list[Any]

    @classmethod
    def read(cls, said: Messages, first: int) -> _Part:
        messages = [_read(raw) for raw in said.raws[first : first + AT_ONCE]]
        kinds = np.fromiter(map(KINDS.__getitem__, map(type, messages)), np.int8)
        kept = np.fromiter(messages, object)
        places = {kind: np.flatnonzero(kinds == n) for kind, n in KINDS.items()}
        data = {kind: [message.data for message in kept[places[kind]].tolist()] for kind in MESSAGES}
        times = [message.timestamp for message in messages if message is not None]
        return cls(
            _steps(said, [first + places[kind] for kind in LIFE], [data[kind] for kind in LIFE]),
            _states(said, first + places[Engaged], data[Engaged]),
            _ratings(said, first + places[Scored], data[Scored]),
            (first + places[type(None)]).tolist(),
            [times[0], times[-1]] if times[1:] and _in_order(times) else times,
        )


def _read(raw: str) -> usual.Message | None:
    try:
        return usual.read(raw)
    except (RecursionError, ValueError):
        return None


def _steps(said: Messages, places: list[NDArray[np.int64]], data: list[list[Any]]) -> Steps:
    """What is said of signals: first kind by kind, then in order of arrival."""
    began, changed, stopped = data
    at = np.concatenate(places)
    starts = np.array([each.start for each in chain(began, changed)], float)
    wholes, ends = (np.array([each.end for each in some], float) for some in (began, stopped))
    kinds = np.where(np.isnan(wholes), BEGINNING, WHOLE), np.full(len(changed), CHANGE), np.full(len(stopped), END)
    silence = [None] * len(stopped)
    steps = Steps(
        session=said.session[at],
        kind=np.concatenate(kinds).astype(np.int8),
        start=np.concatenate([starts, ends]) + said.begin[at],
        end=np.concatenate([wholes, np.zeros(len(changed)), ends]) + said.begin[at],
        signal=objects([each.signal_type for each in chain(began, changed, stopped)]),
        probability=objects([*(each.probability for each in chain(began, changed)), *silence]),
        rationale=objects([*(each.rationale for each in chain(began, changed)), *silence]),
    )
    return taken(steps, np.argsort(at, kind="stable"))


def _states(said: Messages, at: NDArray[np.int64], told: list[usual.State]) -> States:
    starts = np.array([each.start for each in told], float)
    return States(said.session[at], objects([each.state for each in told]), starts + said.begin[at])


def _ratings(said: Messages, at: NDArray[np.int64], told: list[usual.Told]) -> Ratings:
    """What is said of quality: first all periods, then all that is overall, then in order of arrival."""
    timelines = [each.timeline or () for each in told]
    periods = [period for timeline in timelines for period in timeline]
    whole = [each for each in told if each.overall is not None]
    given = [each.measured for each, timeline in zip(told, timelines, strict=True) for _ in timeline]
    measured = [by if each.measured is UNSET else each.measured for each, by in zip(periods, given, strict=True)]
    values = [each.values for each in periods], [each.overall for each in whole if each.overall is not None]
    scores = map(_scores, chain(*values), chain(measured, [each.measured for each in whole]))
    lasts = [_last(each.timeline or ()) for each in whole]
    at = np.concatenate([np.repeat(at, list(map(len, timelines))), at[[each.overall is not None for each in told]]])
    ratings = Ratings(
        session=said.session[at],
        start=np.array([each.start for each in periods] + [np.nan] * len(whole), float) + said.begin[at],
        end=np.array([each.end for each in periods] + lasts, float) + said.begin[at],
        overall=np.arange(len(at)) >= len(periods),
        values=np.array(list(chain.from_iterable(scores)), float).reshape(-1, len(SCORES)),
    )
    return taken(ratings, np.argsort(at, kind="stable"))


def _last(periods: Sequence[usual.Period]) -> float:
    return periods[0].end if len(periods) == 1 else max((each.end for each in periods), default=np.nan)


def _scores(values: usual.Values, measured: Collection[str] | None) -> Sequence[float | None]:
    """Give a value for each of `SCORES`, None where it was not measured."""
    scores: tuple[float | None, ...] = usual.SCORES_OF(values)
    if measured is None or _is_complete(*measured):
        return scores
    return [score if name in measured else None for name, score in zip(SCORES, scores, strict=True)]


@lru_cache
def _is_complete(*measured: str) -> bool:
    """Whether all scores are measured."""
    return set(SCORES) <= set(measured)
