"""Signals from beginning to end: what was said of their lives, paired into intervals. Pure, and by columns.

Of each session and name at most one signal is active. In order of media time, a beginning while one is active ends that
one, since its own end was lost; a change without a beginning is one; an end without a beginning is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.apis.base.result_columns import BEGINNING, CHANGE, END, WHOLE, Steps
from emotoolkit.utils.columnar import joined, taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Heard

__all__ = ["Intervals", "intervals"]


@dataclass(frozen=True)
class Intervals:
    """Columns, a row for each interval. Those that are not `closed` have no end of their own."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    name: NDArray[np.intp]
    """Place of the signal among all that there are, by name."""
    signal: NDArray[np.object_]
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]
    updates: NDArray[np.int64]
    closed: NDArray[np.bool_]
    session: NDArray[np.int64]
    known: NDArray[np.int64]
    """When it was known, which orders those that are alike: step that ended it; what nothing ended, after all that."""


def intervals(said: Iterable[Heard] | Steps, media_ends: Mapping[int, float]) -> Intervals:
    """Pair what was said, ordered by start, end and name.

    Parameters
    ----------
    said : iterable of Heard, or Steps
        In order of arrival; what is not of signals is passed over.
    media_ends : mapping of int to float
        Media second up to which each session was sent anything: the end of what is active then.
    """
    steps = (said if isinstance(said, Steps) else Steps.of(said)).by_media_time()
    names, _ = pd.factorize(steps.signal, sort=True)
    found = _paired(steps, names, media_ends)
    if (steps.kind == WHOLE).any():
        found = joined([_whole(steps, names), found])
    return taken(found, np.lexsort((found.known, found.name, found.end, found.start)))


def _whole(steps: Steps, names: NDArray[np.intp]) -> Intervals:
    rows = np.flatnonzero(steps.kind == WHOLE)
    return Intervals(
        start=steps.start[rows],
        end=steps.end[rows],
        name=names[rows],
        signal=steps.signal[rows],
        probability=steps.probability[rows],
        rationale=steps.rationale[rows],
        updates=np.zeros(len(rows), np.int64),
        closed=np.ones(len(rows), bool),
        session=steps.session[rows],
        known=rows,
    )


def _paired(steps: Steps, names: NDArray[np.intp], media_ends: Mapping[int, float]) -> Intervals:
    rows, first = _by_name(steps, names)
    kind, moment = steps.kind[rows], steps.start[rows]
    active = np.append(False, kind[:-1] != END)[: len(kind)] & ~first
    begins = (kind == BEGINNING) | ((kind == CHANGE) & ~active)
    number = np.cumsum(begins) - 1
    opening = rows[begins]
    start, session = steps.start[opening], steps.session[opening]

    sessions, which = np.unique(session, return_inverse=True)
    end = np.maximum(start, np.array([media_ends.get(each, 0.0) for each in sessions.tolist()], float)[which])
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
        name=names[opening],
        signal=steps.signal[opening],
        probability=_latest(steps.probability[opening], number, steps.probability[rows]),
        rationale=_latest(own, number, steps.rationale[rows]),
        updates=np.bincount(number[kind == CHANGE], minlength=len(opening)).astype(np.int64),
        closed=closed,
        session=session,
        known=known,
    )


def _by_name(steps: Steps, names: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows of the steps of all lives, one session's and name's after another's; and which are the first of theirs."""
    rows = np.flatnonzero(steps.kind != WHOLE)
    group = steps.session[rows] * (names.max(initial=0) + 1) + names[rows]
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    return rows, np.append(True, group[1:] != group[:-1])[: len(group)]


def _latest(words: NDArray[np.object_], number: NDArray[np.int64], said: NDArray[np.object_]) -> NDArray[np.object_]:
    """Of each interval the last word that was said; where none was, the one that is there."""
    spoken = said.astype(bool)
    words[number[spoken]] = said[spoken]
    return words
