"""Make DataFrames of events. Pure: the same events give the same tables, at whatever replay speed they arrived.

Times in the index are media time. Every table documents itself in its `attrs`: `attrs["units"]` by column,
`attrs["source"]` who measured ("local measurement (...)" or "server"). The column `session` says through which session
a result came; a `Replay` drops it where there is one session, or one for each channel.

A `Replay` adds the column `suspect` (bool) to each table of results: whether the times of a row cannot be. It ends
before it begins, or begins more than a second after the recording's end, or no result at all is later than a segment is
long, so that all seem to count from the segment that they are about (see `impossible_times`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit.apis.base.events import Coverage, Heard, Segments, flattened
from emotoolkit.apis.base.message_text import MAX_MEDIA_TIME_S
from emotoolkit.apis.base.result_columns import (
    SCORE_NAMES,
    EngagementColumns,
    QualityColumns,
    SegmentColumns,
    SignalColumns,
)
from emotoolkit.tables.impossible_times import SUSPECT
from emotoolkit.tables.intervals import signal_intervals, state_intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "PROBABILITIES",
    "SCORE_NAMES",
    "coverage",
    "engagement",
    "parameters",
    "quality",
    "segmented_index",
    "segments",
    "signals",
    "tracks",
]

PROBABILITIES = ["low", "medium", "high"]
PROBABILITY_CODES = {name: code for code, name in enumerate(PROBABILITIES)}

MAX_TIME_S = 2 * MAX_MEDIA_TIME_S
"""Seconds beyond which a time becomes NaT. Twice the limit of messages: a session may itself begin that late."""


def segments(messages: Sequence[Heard] | SegmentColumns, file: str) -> pd.DataFrame:
    """Make the table of speech segments: a row per finished segment and channel.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `channel` (int64), `index` (Int64, the server's counter), `validSegment`
        (boolean), then each parameter that the server sent, by its wire name: float64, or str where the server sends
        text; last `session` (int64). Sorted by time. A segment that the server reports twice, with the same values, is
        one row.
    """
    return (
        _segments_from_columns(messages.sorted_unique(), file)
        if isinstance(messages, SegmentColumns)
        else _segments_from_events(messages, file)
    )


def _segments_from_columns(cells: SegmentColumns, file: str) -> pd.DataFrame:
    columns = dict(zip(cells.names, cells.values.T, strict=True))
    missing = np.full(len(cells.values), np.nan)
    index, valid = columns.pop("index", missing), columns.pop("validSegment", missing)
    table = pd.DataFrame(
        {
            "channel": cells.channel,
            "index": pd.arrays.IntegerArray(np.nan_to_num(index).astype(np.int64), np.isnan(index)),
            "validSegment": pd.arrays.BooleanArray(valid != 0, np.isnan(valid)),
            **columns,
            "session": cells.session,
        }
    )
    table.index = segmented_index(file, cells.start, cells.end)
    return table


def _segments_from_events(messages: Sequence[Heard], file: str) -> pd.DataFrame:
    results = [(each.session, each.event) for each in flattened(messages) if isinstance(each.event, Segments)]
    pairs = [(session, segment) for session, event in results for segment in event.segments]
    pairs.sort(key=lambda pair: (pair[1].start, pair[1].end, pair[1].channel, pair[0]))
    pairs = [pair for pair, _ in groupby(pairs)]
    found = [segment for _, segment in pairs]
    names = dict.fromkeys(name for segment in found for name in segment.values)
    columns = {name: [segment.values.get(name) for segment in found] for name in names}
    table = pd.DataFrame(
        {
            "channel": np.array([segment.channel for segment in found], np.int64),
            "index": pd.array(columns.pop("index", [None] * len(found)), dtype="Int64"),
            "validSegment": _booleans(columns.pop("validSegment", [None] * len(found))),
            **{name: _numbers_or_strings(column) for name, column in columns.items()},
            "session": np.array([session for session, _ in pairs], np.int64),
        }
    )
    table.index = segmented_index(file, [segment.start for segment in found], [segment.end for segment in found])
    return table


def signals(messages: Sequence[Heard] | SignalColumns, file: str, media_ends: Mapping[int, float]) -> pd.DataFrame:
    """Make the table of signals: a row per interval, from detected, updated and ended, paired by session and name.

    Parameters
    ----------
    messages : sequence of Heard, or SignalColumns
        All messages, or their decoded signal columns.
    file : str
        The recording.
    media_ends : mapping of int to float
        Media second up to which each session was sent media.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `signal` (category), `probability` (ordered category low < medium <
        high), `rationale` (str), `updates` (int64), `closed` (bool; False: no end arrived, and `end` is the media's),
        `session` (int64).
        Probability and rationale are the latest ones of the interval.
    """
    found = signal_intervals(messages, media_ends)
    codes = [PROBABILITY_CODES.get(each.lower() if each else each, -1) for each in found.probability.tolist()]
    table = pd.DataFrame(
        {
            "signal": _category(found.signal),
            "probability": pd.Categorical.from_codes(codes, pd.Index(PROBABILITIES), ordered=True),
            "rationale": pd.Series(found.rationale.tolist(), dtype="str"),
            "updates": found.updates,
            "closed": found.closed,
            "session": found.session,
        }
    )
    table.index = segmented_index(file, found.start, found.end)
    return table


def engagement(
    messages: Sequence[Heard] | EngagementColumns, file: str, media_ends: Mapping[int, float]
) -> pd.DataFrame:
    """Make the table of engagement states: a row for each stretch of one state.

    A server that names where a state ends is believed: where no state was reported, there is no row. A state without an
    end lasts until the next one begins, the last one until its session's media end. Of several states at one moment the
    one that began last counts.

    Parameters
    ----------
    messages : sequence of Heard, or EngagementColumns
        All messages, or their decoded engagement columns.
    file : str
        The recording.
    media_ends : mapping of int to float
        Media second up to which each session was sent media.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `state` (category), `session` (int64). A repeated state makes no new row.
    """
    found = state_intervals(messages, media_ends)
    table = pd.DataFrame({"state": _category(found.state), "session": found.session})
    table.index = segmented_index(file, found.start, found.end)
    return table


def quality(messages: Sequence[Heard] | QualityColumns, file: str, begins: Mapping[int, float]) -> pd.DataFrame:
    """Make the table of conversation quality: a row per period, and one for the running overall score.

    Parameters
    ----------
    messages : sequence of Heard, or QualityColumns
        All messages, or their decoded quality columns.
    file : str
        The recording.
    begins : mapping of int to float
        Media second at which each session began.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`; an overall row covers the session from its beginning to the period's end (NaT
        where the server named no period). Columns `scope` (category "timeline", "overall"), then `quality_index`,
        `clarity`, `authority`, `energy`, `rapport`, `learning`: float64, 0–100; NaN where not given; `session` (int64).
    """
    found = messages if isinstance(messages, QualityColumns) else QualityColumns.of(messages)
    starts = found.start.copy()
    starts[found.overall] = [begins.get(session, 0.0) for session in found.session[found.overall].tolist()]
    table = pd.DataFrame(
        {
            "scope": pd.Categorical.from_codes(found.overall.astype(np.int8), pd.Index(["timeline", "overall"])),
            **dict(zip(SCORE_NAMES, found.values.T, strict=True)),
            "session": found.session,
        }
    )
    table.index = segmented_index(file, starts, found.end)
    return table


def coverage(messages: Sequence[Heard], file: str) -> pd.DataFrame:
    """Make the table of media spans that the server reports as not analysed, or only in part.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `reason` (category: "dropped", or what was missing, such as "video_gap"),
        `session` (int64).
    """
    found = sorted(
        (start, end, each.event.reason, each.session)
        for each in flattened(messages)
        if isinstance(each.event, Coverage)
        for start, end in each.event.ranges
    )
    table = pd.DataFrame(
        {
            "reason": pd.Categorical([reason for *_, reason, _ in found]),
            "session": np.array([session for *_, session in found], np.int64),
        }
    )
    table.index = segmented_index(file, [start for start, *_ in found], [end for _, end, *_ in found])
    return table


def tracks(
    api: str,
    segments: pd.DataFrame,
    signals: pd.DataFrame,
    engagement: pd.DataFrame,
    quality: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Combine the result tables in long form, for plots, exports and agreement statistics.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `api`, `track` (category), `label` (str), `value` (float64), and `suspect`
        (bool) as in the tables:

        ============ ========================== ====================================
        track        label                      value
        ============ ========================== ====================================
        a parameter  "channel 0"                the parameter's value
        signal       the signal                 probability: 1 low, 2 medium, 3 high
        engagement   the state                  NaN
        a score      "timeline" or "overall"    0–100
        coverage     "dropped", "video_gap" …   NaN
        ============ ========================== ====================================
    """
    pieces = [
        *(
            _track_rows(name, segments, "channel " + segments["channel"].astype(str), segments[name])
            for name in parameters(segments)
        ),
        _track_rows(
            "signal",
            signals,
            signals["signal"],
            signals["probability"].cat.codes.where(signals["probability"].notna()) + 1,
        ),
        _track_rows("engagement", engagement, engagement["state"], pd.Series(np.nan, engagement.index)),
        *(
            _track_rows(name, quality, quality["scope"], quality[name])
            for name in SCORE_NAMES
            if quality[name].notna().any()
        ),
    ]
    if coverage is not None and len(coverage):
        pieces.append(_track_rows("coverage", coverage, coverage["reason"], pd.Series(np.nan, coverage.index)))
    table = pd.concat(pieces)
    table.insert(0, "api", pd.Series(pd.Categorical([api] * len(table)), table.index))
    table["track"] = table["track"].astype("category")
    return table


def parameters(segments: pd.DataFrame) -> list[str]:
    """Return the names of the numeric parameters in a table of segments, in their order."""
    return [str(name) for name in segments.select_dtypes("float64").columns]


def _track_rows(name: str, table: pd.DataFrame, labels: pd.Series[Any], values: pd.Series[Any]) -> pd.DataFrame:
    suspect = table[SUSPECT] if SUSPECT in table else pd.Series(data=False, index=table.index)
    return pd.DataFrame(
        {"track": name, "label": labels.astype("str"), "value": values.astype(float), SUSPECT: suspect.astype(bool)}
    )


def segmented_index(file: str, starts: Sequence[float] | Floats, ends: Sequence[float] | Floats) -> pd.MultiIndex:
    """Make the index of result tables, `file`, `start`, `end`, from media time in seconds; invalid times become NaT."""
    (start_level, start_codes), (end_level, end_codes) = _timedeltas(starts), _timedeltas(ends)
    levels: list[Any] = [pd.Index([file][: len(starts)], dtype="str"), start_level, end_level]
    codes: list[Any] = [np.zeros(len(starts), np.int8), start_codes, end_codes]
    # Levels and codes are consistent by construction, and checking them takes most of the time.
    return pd.MultiIndex(levels, codes, names=["file", "start", "end"], verify_integrity=False)


def _timedeltas(seconds: Sequence[float] | Floats) -> tuple[pd.TimedeltaIndex, NDArray[np.intp]]:
    """Convert seconds to unique, sorted Timedeltas and a code for each; -1 for what is not a time.

    Rounded to whole microseconds, since floating-point remainders below that mean nothing.
    """
    times = np.array(seconds, float)
    nanoseconds = np.round(np.where(np.abs(times) <= MAX_TIME_S, times, np.nan) * 1e6) * 1e3
    unique, codes = np.unique(nanoseconds, return_inverse=True)
    if len(unique) and np.isnan(unique[-1]):
        unique, codes = unique[:-1], np.where(np.isnan(nanoseconds), -1, codes)
    return pd.TimedeltaIndex(unique.astype(np.int64).view("m8[ns]")), codes


def _category(labels: NDArray[np.object_]) -> pd.Categorical:
    """Make a categorical column whose categories are sorted by name."""
    codes, names = pd.factorize(labels, sort=True)
    return pd.Categorical.from_codes(codes, pd.Categorical(names.tolist()).categories)


def _booleans(values: Sequence[Any]) -> pd.api.extensions.ExtensionArray:
    return pd.array([None if value is None else bool(value) for value in values], dtype="boolean")


def _numbers_or_strings(values: Sequence[Any]) -> pd.Series[Any]:
    if str in set(map(type, values)):
        return pd.Series([None if value is None else str(value) for value in values], dtype="str")
    return pd.Series(np.array(values, float))
