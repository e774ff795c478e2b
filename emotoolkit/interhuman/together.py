"""The messages that come by the thousand, read together: into columns, without an event for each.

What `usual` reads says by columns what it says by events. This holds for conversations of which all that is said of
signals, engagement and quality has the usual shape and comes once; any other is left to `messages`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise, starmap
from operator import attrgetter, lt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from msgspec import UNSET

from emotoolkit.columns import joined, taken
from emotoolkit.events import Engagement, Quality, Results, SignalDetected, SignalEnded, SignalSpans, SignalUpdated
from emotoolkit.interhuman import usual
from emotoolkit.interhuman.usual import Detected, Ended, Engaged, GoneOn, Scored
from emotoolkit.said import BEGINNING, CHANGE, END, SCORES, WHOLE, Ratings, Said, States, Steps, objects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from emotoolkit.interhuman.messages import Decoder
    from emotoolkit.said import Messages

__all__ = ["read"]

END_OF = attrgetter("end")

AT_ONCE = 1 << 13
"""Messages of which columns are made at once: few enough for the processor's cache."""

LIFE = Detected, GoneOn, Ended
"""A signal's life."""

IN_COLUMNS = SignalDetected, SignalUpdated, SignalEnded, SignalSpans, Engagement, Quality, Results
"""What may not stand beside columns, since it belongs into them."""


def read(said: Messages, decoders: Mapping[int, Decoder]) -> Said | None:
    """Read a replay's messages; None where they have to be read one after another.

    Parameters
    ----------
    said : Messages
        Of all sessions.
    decoders : mapping of int to Decoder
        One for each session, new: they read what is not of the usual shape, or comes again.
    """
    if any(decoder.relative for decoder in decoders.values()):
        return None
    parts = _parts(said, np.zeros(len(said.raws), bool))
    if not _in_order(part.times for part in parts) and (again := _again(said.raws)).any():
        parts = _parts(said, again)
    places = (place for part in parts for place in part.rest)
    rest = [(place, decoders[int(said.session[place])].decode(said.raws[place])) for place in places]
    if any(isinstance(event, IN_COLUMNS) for _, event in rest):
        return None
    columns: dict[str, Any] = {
        "signals": joined([part.steps for part in parts]),
        "engagement": joined([part.states for part in parts]),
        "quality": joined([part.ratings for part in parts]),
    }
    return Said(columns, rest)


def _parts(said: Messages, again: NDArray[np.bool_]) -> list[_Part]:
    return [_Part.read(said, n, again[n : n + AT_ONCE]) for n in range(0, max(1, len(said.raws)), AT_ONCE)]


def _in_order(times: Iterable[Sequence[Any]]) -> bool:
    """Whether each time stamp is later than the one before: then no message has come twice."""
    try:
        return all(starmap(lt, pairwise(chain.from_iterable(times))))
    except TypeError:  # some are no texts
        return False


def _again(raws: Sequence[str]) -> NDArray[np.bool_]:
    """Which messages come more than once, whether that counts or not."""
    return pd.Series(np.fromiter(map(hash, raws), np.int64)).duplicated(keep=False).to_numpy()


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
    def read(cls, said: Messages, first: int, again: NDArray[np.bool_]) -> _Part:
        messages = [_read(raw) for raw in said.raws[first : first + len(again)]]
        for n in np.flatnonzero(again).tolist():
            messages[n] = None
        places: dict[type, list[int]] = defaultdict(list)
        for place, message in enumerate(messages, first):
            places[type(message)].append(place)

        def data(kind: type[usual.Message]) -> list[Any]:
            return [messages[place - first].data for place in places[kind]]  # type: ignore[union-attr]

        times = [message.timestamp for message in messages if message is not None]
        return cls(
            _steps(said, [places[kind] for kind in LIFE], [data(kind) for kind in LIFE]),
            _states(said, places[Engaged], data(Engaged)),
            _ratings(said, places[Scored], data(Scored)),
            places[type(None)],
            [*times[:1], *times[-1:]] if len(times) > 1 and _in_order([times]) else times,
        )


def _read(raw: str) -> usual.Message | None:
    try:
        return usual.read(raw)
    except (RecursionError, ValueError):
        return None


def _steps(said: Messages, places: list[list[int]], data: list[list[Any]]) -> Steps:
    """What is said of signals: first kind by kind, then in order of arrival."""
    began, changed, stopped = data
    at = np.fromiter(chain.from_iterable(places), np.int64)
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


def _states(said: Messages, places: list[int], told: list[usual.State]) -> States:
    at = np.array(places, np.int64)
    starts = np.array([each.start for each in told], float)
    return States(said.session[at], objects([each.state for each in told]), starts + said.begin[at])


def _ratings(said: Messages, places: list[int], told: list[usual.Told]) -> Ratings:
    """What is said of quality: first all periods, then all that is overall, then in order of arrival."""
    periods = [period for each in told for period in each.timeline or ()]
    counts = [len(each.timeline or ()) for each in told]
    overall = [each for each in told if each.overall is not None]
    lasts = [max(map(END_OF, each.timeline or ()), default=np.nan) for each in overall]
    above = [each.measured for each in told for _ in each.timeline or ()]
    measured = [own if each.measured is UNSET else each.measured for each, own in zip(periods, above, strict=True)]
    scores = chain(
        (_scores(each.values, of) for each, of in zip(periods, measured, strict=True)),
        (_scores(each.overall or {}, each.measured) for each in overall),
    )
    whole = np.array([each.overall is not None for each in told], bool)
    at = np.concatenate([np.repeat(places, counts), np.array(places, np.int64)[whole]]).astype(np.int64)
    ratings = Ratings(
        session=said.session[at],
        start=np.array([*(each.start for each in periods), *[np.nan] * len(overall)], float) + said.begin[at],
        end=np.array([*(each.end for each in periods), *lasts], float) + said.begin[at],
        overall=np.arange(len(at)) >= len(periods),
        values=np.array(list(chain.from_iterable(scores)), float).reshape(-1, len(SCORES)),
    )
    return taken(ratings, np.argsort(at, kind="stable"))


def _scores(values: Mapping[Any, float | None], measured: Collection[str] | None) -> Iterator[float | None]:
    """Give a value for each of `SCORES`, None where it was not measured."""
    return map(values.get, SCORES if measured is None else _names(*measured))


@lru_cache
def _names(*measured: str) -> list[str | None]:
    """Names of the scores that are measured; None, which is nothing's name, for the others."""
    return [name if name in measured else None for name in SCORES]
