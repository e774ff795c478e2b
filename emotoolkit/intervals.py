"""Signals from beginning to end: what was said of their lives, paired into intervals. Pure, and by columns.

Of each session and name at most one signal is active. In order of media time, a beginning while one is active ends that
one, since its own end was lost; a change without a beginning is one; an end without a beginning is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.events import SignalDetected, SignalEnded, SignalSpans, SignalUpdated, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from emotoolkit.events import Heard

    Said = tuple[int, int, float, float, float, str, str | None, str | None]

__all__ = ["Intervals", "intervals"]

END, WHOLE, BEGINNING, CHANGE = range(4)
"""What is said of a signal; `WHOLE` is one that is over when it is told of."""

RANK = np.array([0, 0, 1, 2])
"""Their order at one moment: the next of a name may begin when the last one ends."""


@dataclass(frozen=True)
class Intervals:
    """Columns, a row for each interval. Those that are not `closed` have no end of their own."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    signal: NDArray[np.object_]
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]
    updates: NDArray[np.int64]
    closed: NDArray[np.bool_]
    session: NDArray[np.int64]
    known: NDArray[np.int64]
    """When it was known, which orders those that are alike: step that ended it; what nothing ended, after all that."""


def intervals(heard: Iterable[Heard], media_ends: Mapping[int, float]) -> Intervals:
    """Pair what was said, ordered by start, end and name.

    Parameters
    ----------
    heard : iterable of Heard
        In order of arrival; what is not of signals is passed over.
    media_ends : mapping of int to float
        Media second up to which each session was sent anything: the end of what is active then.
    """
    steps = _Steps.of(heard)
    found = [_whole(steps), _paired(steps, media_ends)]
    columns = {field.name: np.concatenate([getattr(each, field.name) for each in found]) for field in fields(Intervals)}
    names, _ = pd.factorize(columns["signal"], sort=True)
    order = np.lexsort((columns["known"], names, columns["end"], columns["start"]))
    return Intervals(**{name: column[order] for name, column in columns.items()})


@dataclass(frozen=True)
class _Steps:
    """What was said, in order of session and media time, so that an end never comes before its beginning."""

    session: NDArray[np.int64]
    kind: NDArray[np.int64]
    start: NDArray[np.float64]
    """Of an end: its moment."""
    end: NDArray[np.float64]
    signal: NDArray[np.object_]
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]

    @classmethod
    def of(cls, heard: Iterable[Heard]) -> _Steps:
        rows = list(_said(heard))
        session, kind, moment, start, end, *words = zip(*rows, strict=True) if rows else ((),) * 8
        sessions, kinds = np.array(session, np.int64), np.array(kind, np.int64)
        order = np.lexsort((RANK[kinds], np.array(moment, float), sessions))
        times = (np.array(each, float)[order] for each in (start, end))
        objects = (np.array([*each, None], object)[:-1][order] for each in words)
        return cls(sessions[order], kinds[order], *times, *objects)


def _said(heard: Iterable[Heard]) -> Iterator[Said]:
    """Session, kind, moment by which it has its place, start, end, signal, probability and rationale."""
    for each in told(heard):
        session, event = each.session, each.event
        match event:
            case SignalDetected(signal=signal, start=start, probability=probability, rationale=rationale):
                yield session, BEGINNING, start, start, 0.0, signal, probability, rationale
            case SignalEnded(signal=signal, end=end):
                yield session, END, end, end, end, signal, None, None
            case SignalUpdated(signal=signal, start=start, probability=probability, rationale=rationale):
                yield session, CHANGE, start, start, 0.0, signal, probability, rationale
            case SignalSpans(spans=spans):
                for one in spans:
                    yield session, WHOLE, 0.0, one.start, one.end, one.signal, one.probability, one.rationale
            case _:
                pass


def _whole(steps: _Steps) -> Intervals:
    rows = np.flatnonzero(steps.kind == WHOLE)
    return Intervals(
        start=steps.start[rows],
        end=steps.end[rows],
        signal=steps.signal[rows],
        probability=steps.probability[rows],
        rationale=steps.rationale[rows],
        updates=np.zeros(len(rows), np.int64),
        closed=np.ones(len(rows), bool),
        session=steps.session[rows],
        known=rows,
    )


def _paired(steps: _Steps, media_ends: Mapping[int, float]) -> Intervals:
    rows, first = _by_name(steps)
    kind, moment = steps.kind[rows], steps.start[rows]
    active = np.append(False, kind[:-1] != END)[: len(kind)] & ~first
    begins = (kind == BEGINNING) | ((kind == CHANGE) & ~active)
    number = np.cumsum(begins) - 1
    opening = rows[begins]
    start, session = steps.start[opening], steps.session[opening]

    end = np.maximum(start, np.array([media_ends.get(each, 0.0) for each in session.tolist()], float))
    known = len(steps.kind) + opening
    ended = (kind == END) & active
    end[number[ended]], known[number[ended]] = moment[ended], rows[ended]
    cut = (kind == BEGINNING) & active
    end[number[cut] - 1] = np.maximum(moment[cut], start[number[cut] - 1])
    known[number[cut] - 1] = rows[cut]

    closed = np.zeros(len(opening), bool)
    closed[number[ended]] = True
    own = steps.rationale[opening]
    own[steps.kind[opening] != BEGINNING] = None
    return Intervals(
        start=start,
        end=end,
        signal=steps.signal[opening],
        probability=_latest(steps.probability[opening], number, steps.probability[rows]),
        rationale=_latest(own, number, steps.rationale[rows]),
        updates=np.bincount(number[kind == CHANGE], minlength=len(opening)).astype(np.int64),
        closed=closed,
        session=session,
        known=known,
    )


def _by_name(steps: _Steps) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows of the steps of all lives, one session's and name's after another's; and which are the first of theirs."""
    rows = np.flatnonzero(steps.kind != WHOLE)
    names, unique = pd.factorize(steps.signal[rows])
    group = steps.session[rows] * len(unique) + names
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    return rows, np.append(True, group[1:] != group[:-1])[: len(group)]


def _latest(words: NDArray[np.object_], number: NDArray[np.int64], said: NDArray[np.object_]) -> NDArray[np.object_]:
    """Of each interval the last word that was said; where none was, the one that is there."""
    spoken = said.astype(bool)
    words[number[spoken]] = said[spoken]
    return words
