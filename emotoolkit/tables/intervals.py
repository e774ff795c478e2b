"""All signals and engagement states of a replay as columns of intervals. Pure; the rules are in `*pairing`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.apis.base.result_columns import WHOLE, EngagementColumns, SignalColumns
from emotoolkit.tables.pairing import group_starts, pair_signals
from emotoolkit.tables.state_pairing import find_states, is_empty_span
from emotoolkit.utils.columnar import concatenate, take_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Heard

__all__ = ["SignalIntervals", "StateIntervals", "signal_intervals", "state_intervals"]


@dataclass(frozen=True)
class SignalIntervals:
    """Signals in columns, a row for each interval. Where it is not `closed`, no end arrived and `end` is inferred."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    name: NDArray[np.intp]
    """Rank of the signal's name among all names."""
    signal: NDArray[np.object_]
    probability: NDArray[np.object_]
    rationale: NDArray[np.object_]
    updates: NDArray[np.int64]
    closed: NDArray[np.bool_]
    session: NDArray[np.int64]
    known: NDArray[np.int64]
    """Sort key of otherwise equal intervals: the row of the step that ended it; intervals without an end come last."""


@dataclass(frozen=True, eq=False)
class StateIntervals:
    """Engagement in columns, a row for each state. Where the server named no end, it is inferred."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    state: NDArray[np.object_]
    session: NDArray[np.int64]


def signal_intervals(messages: Iterable[Heard] | SignalColumns, media_ends: Mapping[int, float]) -> SignalIntervals:
    """Pair signal messages into intervals, ordered by start, end and name.

    Parameters
    ----------
    messages : iterable of Heard, or SignalColumns
        In order of arrival; messages of other kinds are ignored.
    media_ends : mapping of int to float
        Media second up to which each session was sent media: the end of the signals still active then.
    """
    steps = (messages if isinstance(messages, SignalColumns) else SignalColumns.of(messages)).by_media_time()
    names, _ = pd.factorize(steps.signal, sort=True)
    found = _paired_intervals(steps, names, media_ends)
    if (steps.kind == WHOLE).any():
        found = concatenate([_complete_intervals(steps, names), found])
    return take_rows(found, np.lexsort((found.known, found.name, found.end, found.start)))


def state_intervals(messages: Iterable[Heard] | EngagementColumns, media_ends: Mapping[int, float]) -> StateIntervals:
    """Find the engagement states, in order of session and time; see `state_pairing`.

    Parameters
    ----------
    messages : iterable of Heard, or EngagementColumns
        In order of arrival; messages of other kinds are ignored.
    media_ends : mapping of int to float
        Media second up to which each session was sent media: the end of a last state without an end.
    """
    reports = messages if isinstance(messages, EngagementColumns) else EngagementColumns.of(messages)
    names, _ = pd.factorize(reports.state, sort=True)
    order = np.lexsort((np.nan_to_num(reports.end, nan=-np.inf), names, reports.start, reports.session))
    reports, names = take_rows(reports, order), names[order]
    is_empty = is_empty_span(reports.start, reports.end)
    found = _covering_states(take_rows(reports, ~is_empty), names[~is_empty], media_ends)
    if is_empty.any():
        found = concatenate([found, _empty_states(take_rows(reports, is_empty))])
        found = take_rows(found, np.lexsort((found.end, found.start, found.session)))
    return found


def _covering_states(
    reports: EngagementColumns, names: NDArray[np.intp], media_ends: Mapping[int, float]
) -> StateIntervals:
    found = find_states(reports.session, reports.start, names, reports.end)
    session, state = reports.session[found.row], reports.state[found.row]
    end = np.where(np.isnan(found.end), _open_ends(session, found.least_end, media_ends), found.end)
    return StateIntervals(found.start, end, state, session)


def _empty_states(reports: EngagementColumns) -> StateIntervals:
    """Return the reports that end where they begin, or before, each once, as they were sent."""
    once = take_rows(reports, group_starts(reports.session, reports.start, reports.state, reports.end))
    return StateIntervals(once.start, once.end, once.state, once.session)


def _complete_intervals(steps: SignalColumns, names: NDArray[np.intp]) -> SignalIntervals:
    rows = np.flatnonzero(steps.kind == WHOLE)
    return SignalIntervals(
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


def _paired_intervals(
    steps: SignalColumns, names: NDArray[np.intp], media_ends: Mapping[int, float]
) -> SignalIntervals:
    rows, first = _rows_by_signal(steps, names)
    found = pair_signals(first, steps.kind[rows], steps.start[rows], steps.probability[rows], steps.rationale[rows])
    opening, unended = rows[found.opened], found.ended < 0
    start, session = steps.start[opening], steps.session[opening]
    return SignalIntervals(
        start=start,
        end=np.where(unended, _open_ends(session, start, media_ends), found.end),
        name=names[opening],
        signal=steps.signal[opening],
        probability=found.probability,
        rationale=found.rationale,
        updates=found.updates,
        closed=found.closed,
        session=session,
        known=np.where(unended, len(steps.kind) + opening, rows[found.ended]),
    )


def _open_ends(
    session: NDArray[np.int64], start: NDArray[np.float64], media_ends: Mapping[int, float]
) -> NDArray[np.float64]:
    """Return the ends of intervals that no message ended: the media's end, but not before their start."""
    sessions, which = np.unique(session, return_inverse=True)
    ends = np.array([media_ends.get(each, 0.0) for each in sessions.tolist()], np.float64)
    return np.maximum(start, ends[which], dtype=np.float64)


def _rows_by_signal(steps: SignalColumns, names: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the rows of the steps grouped by session and name, and which of them are the first of their group."""
    rows = np.flatnonzero(steps.kind != WHOLE)
    group = steps.session[rows] * (names.max(initial=0) + 1) + names[rows]
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    return rows, np.append(True, group[1:] != group[:-1])[: len(group)]
