"""Events into DataFrames. Pure: the same events give the same tables, whatever the speed at which they came.

Times in the index are media time. Every table says in its `attrs` what its columns mean: `attrs["units"]` by column,
`attrs["source"]` who measured ("local measurement (...)" or "server"). Each result says in its `session` column through
which session it came; a `Replay` leaves that out where its sessions are one to a channel or only one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit.apis.base.events import Coverage, Heard, Segments, flattened, span
from emotoolkit.apis.base.message_text import MAX_MEDIA_TIME_S
from emotoolkit.apis.base.result_columns import (
    SCORE_NAMES,
    EngagementColumns,
    QualityColumns,
    SegmentColumns,
    SignalColumns,
)
from emotoolkit.tables.intervals import signal_intervals, state_intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.journal import Sent

    Moments = NDArray[np.float64]

__all__ = [
    "PROBABILITIES",
    "SCORE_NAMES",
    "coverage",
    "engagement",
    "events",
    "message_times",
    "packet_times",
    "packets",
    "parameters",
    "quality",
    "segmented_index",
    "segments",
    "signals",
    "tracks",
]

PROBABILITIES = ["low", "medium", "high"]
PROBABILITY_CODES = {word: place for place, word in enumerate(PROBABILITIES)}

MAX_TIME_S = 2 * MAX_MEDIA_TIME_S
"""Seconds beyond which a time becomes none: a moment of a session that begins at another."""

LATENESS_UNIT = "s"
EVENT_UNITS = {
    "start": "s of media time",
    "end": "s of media time",
    "received": "s since the replay began",
    "latency": "s: received − when the media second was due",
}
PACKET_UNITS = {
    "start": "s of media time",
    "end": "s of media time",
    "due": "s since the replay began",
    "sent": "s since the replay began",
    "lateness": LATENESS_UNIT,
    "bytes": "bytes",
}


@dataclass(frozen=True, eq=False)
class MessageTimes:
    """When messages came, and of which media second they speak; seconds, NaN where that means nothing."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    received: NDArray[np.float64]
    latencies: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PacketTimes:
    """When packets were due and left, and which media seconds are in them; seconds, NaN where nothing was due."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    due: NDArray[np.float64]
    sent: NDArray[np.float64]

    @property
    def lateness(self) -> NDArray[np.float64]:
        """By how much each left later than it was due."""
        return self.sent - self.due


def message_times(messages: Sequence[Heard], due: Callable[[int, float], float]) -> MessageTimes:
    """Times of messages, in order of arrival; the columns of `events` that are numbers."""
    spans = [span(each.event) for each in messages]
    ends = [end if end is not None else start for start, end in spans]
    dues = [np.nan if end is None else due(each.session, end) for each, end in zip(messages, ends, strict=True)]
    received = np.array([each.received for each in messages], float)
    return MessageTimes(
        np.array([start for start, _ in spans], float),
        np.array([end for _, end in spans], float),
        received,
        received - np.array(dues, float),
    )


def packet_times(sent: Sequence[Sent], start_time: float) -> PacketTimes:
    """Times of packets, in the order given, since the replay `began`."""
    return PacketTimes(
        np.array([each.start for each in sent], float),
        np.array([each.end for each in sent], float),
        np.array([np.nan if each.due is None else each.due - start_time for each in sent], float),
        np.array([each.sent - start_time for each in sent], float),
    )


def events(messages: Sequence[Heard], api: str, due: Callable[[int, float], float]) -> pd.DataFrame:
    """One row per message of the server, in order of arrival.

    Parameters
    ----------
    heard : sequence of Heard
        All messages.
    api : str
        Name of the API.
    due : callable
        Takes a session and a media second; gives the seconds since the replay began at which that was due in that
        session, NaN where that means nothing.

    Returns
    -------
    pandas.DataFrame
        Index `session`, `message` (int). Columns `kind` (str), `start`, `end`, `received`, `latency` (float64, s; NaN
        where the message speaks of no stretch of time), `raw` (str, the JSON), `api` (str).
    """
    times = message_times(messages, due)
    table = pd.DataFrame(
        {
            "kind": pd.Series([each.event.kind for each in messages], dtype="str"),
            "start": times.starts,
            "end": times.ends,
            "received": times.received,
            "latency": times.latencies,
            "raw": pd.Series([each.event.raw for each in messages], dtype="str"),
            "api": pd.Series([api] * len(messages), dtype="str"),
        }
    )
    sessions = np.array([each.session for each in messages], np.int64)
    table.index = pd.MultiIndex.from_arrays([sessions, np.arange(len(messages))], names=["session", "message"])
    table.attrs["units"] = EVENT_UNITS
    return table


def packets(sent: Sequence[Sent], start_time: float) -> pd.DataFrame:
    """One row per packet sent, session by session.

    Returns
    -------
    pandas.DataFrame
        Index `session`, `packet` (int; a session's packets count from 0). Columns `start`, `end` (media time), `due`,
        `sent` (since the replay began), `lateness` (all float64, s; `due` and `lateness` are NaN at infinite speed),
        `bytes` (int64).
    """
    sent = sorted(sent, key=lambda each: each.session)
    times = packet_times(sent, start_time)
    table = pd.DataFrame(
        {
            "start": times.starts,
            "end": times.ends,
            "due": times.due,
            "sent": times.sent,
            "lateness": times.lateness,
            "bytes": np.array([each.bytes for each in sent], np.int64),
        }
    )
    sessions = pd.Series([each.session for each in sent], dtype="int64")
    table.index = pd.MultiIndex.from_arrays(
        [sessions, sessions.groupby(sessions).cumcount()], names=["session", "packet"]
    )
    table.attrs["units"] = PACKET_UNITS
    return table


def segments(messages: Sequence[Heard] | SegmentColumns, file: str) -> pd.DataFrame:
    """One row per finished segment of speech and channel.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `channel` (int64), `index` (Int64, the server's counter), `validSegment`
        (boolean), then each parameter that the server sent, by its wire name: float64, or str where the server sends
        words; last `session` (int64). Sorted by time. A segment that the server reports twice, with the same values, is
        one row.
    """
    return (
        _segments_from_columns(messages.sorted_unique(), file)
        if isinstance(messages, SegmentColumns)
        else _segments_from_events(messages, file)
    )


def _segments_from_columns(cells: SegmentColumns, file: str) -> pd.DataFrame:
    columns = dict(zip(cells.names, cells.values.T, strict=True))
    nothing = np.full(len(cells.values), np.nan)
    index, valid = columns.pop("index", nothing), columns.pop("validSegment", nothing)
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
    came = [(session, segment) for session, event in results for segment in event.segments]
    came.sort(key=lambda one: (one[1].start, one[1].end, one[1].channel, one[0]))
    came = [one for one, _ in groupby(came)]
    found = [segment for _, segment in came]
    names = dict.fromkeys(name for segment in found for name in segment.values)
    columns = {name: [segment.values.get(name) for segment in found] for name in names}
    table = pd.DataFrame(
        {
            "channel": np.array([segment.channel for segment in found], np.int64),
            "index": pd.array(columns.pop("index", [None] * len(found)), dtype="Int64"),
            "validSegment": _booleans(columns.pop("validSegment", [None] * len(found))),
            **{name: _numbers_or_strings(column) for name, column in columns.items()},
            "session": np.array([session for session, _ in came], np.int64),
        }
    )
    table.index = segmented_index(file, [segment.start for segment in found], [segment.end for segment in found])
    return table


def signals(messages: Sequence[Heard] | SignalColumns, file: str, media_ends: Mapping[int, float]) -> pd.DataFrame:
    """One row per signal interval: detected, updated and ended are paired by session and name.

    Parameters
    ----------
    said : sequence of Heard, or Steps
        All messages, or what they say of it by columns.
    file : str
        The recording.
    media_ends : mapping of int to float
        Media second up to which each session was sent anything.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `signal` (category), `probability` (ordered category low < medium <
        high), `rationale` (str), `updates` (int64), `closed` (bool; False: no end came, and `end` is the media's),
        `session` (int64).
        Probability and rationale are the last ones said.
    """
    found = signal_intervals(messages, media_ends)
    likely = [PROBABILITY_CODES.get(each, -1) for each in found.probability.tolist()]
    table = pd.DataFrame(
        {
            "signal": _category(found.signal),
            "probability": pd.Categorical.from_codes(likely, pd.Index(PROBABILITIES), ordered=True),
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
    """One row per engagement state, in each session without gaps from its first state to the end of its media.

    Parameters
    ----------
    said : sequence of Heard, or States
        All messages, or what they say of it by columns.
    file : str
        The recording.
    media_ends : mapping of int to float
        Media second up to which each session was sent anything.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `state` (category), `session` (int64). A state that is said again is not
        a new row.
    """
    found = state_intervals(messages, media_ends)
    table = pd.DataFrame({"state": _category(found.state), "session": found.session})
    table.index = segmented_index(file, found.start, found.end)
    return table


def quality(messages: Sequence[Heard] | QualityColumns, file: str, begins: Mapping[int, float]) -> pd.DataFrame:
    """One row per period of conversation quality, and one for the running overall beside it.

    Parameters
    ----------
    said : sequence of Heard, or Ratings
        All messages, or what they say of it by columns.
    file : str
        The recording.
    begins : mapping of int to float
        Media second at which each session began.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`; an overall row covers everything from the session's begin to the period's end (NaT
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
    """One row per stretch of the media that the server says it did not analyse, or only in part.

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
    """The tables in long form, which plots, exports and agreement statistics read.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `api`, `track` (category), `label` (str) and `value` (float64):

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
            _track_rows(name, "channel " + segments["channel"].astype(str), segments[name])
            for name in parameters(segments)
        ),
        _track_rows(
            "signal", signals["signal"], signals["probability"].cat.codes.where(signals["probability"].notna()) + 1
        ),
        _track_rows("engagement", engagement["state"], pd.Series(np.nan, engagement.index)),
        *(_track_rows(name, quality["scope"], quality[name]) for name in SCORE_NAMES if quality[name].notna().any()),
    ]
    if coverage is not None and len(coverage):
        pieces.append(_track_rows("coverage", coverage["reason"], pd.Series(np.nan, coverage.index)))
    whole = pd.concat(pieces)
    whole.insert(0, "api", pd.Series(pd.Categorical([api] * len(whole)), whole.index))
    whole["track"] = whole["track"].astype("category")
    return whole


def parameters(segments: pd.DataFrame) -> list[str]:
    """Name the columns of a table of segments that are parameters with a number, in their order."""
    return [str(name) for name in segments.select_dtypes("float64").columns]


def _track_rows(name: str, labels: pd.Series[Any], values: pd.Series[Any]) -> pd.DataFrame:
    return pd.DataFrame({"track": name, "label": labels.astype("str"), "value": values.astype(float)})


def segmented_index(file: str, starts: Sequence[float] | Moments, ends: Sequence[float] | Moments) -> pd.MultiIndex:
    """Give the index of all tables, `file`, `start`, `end`, from seconds of media time; what is no time becomes NaT."""
    (start_level, start_codes), (end_level, end_codes) = _timedeltas(starts), _timedeltas(ends)
    levels: list[Any] = [pd.Index([file][: len(starts)], dtype="str"), start_level, end_level]
    codes: list[Any] = [np.zeros(len(starts), np.int8), start_codes, end_codes]
    return pd.MultiIndex(levels, codes, names=["file", "start", "end"], verify_integrity=False)  # made to have it


def _timedeltas(seconds: Sequence[float] | Moments) -> tuple[pd.TimedeltaIndex, NDArray[np.intp]]:
    """Seconds as different Timedelta in ns, sorted, and the place of each second in them: none, -1, for what is none.

    Rounded to whole microseconds: what is left of a binary fraction is not a time.
    """
    given = np.array(seconds, float)
    whole = np.round(np.where(np.abs(given) <= MAX_TIME_S, given, np.nan) * 1e6) * 1e3
    different, places = np.unique(whole, return_inverse=True)
    if len(different) and np.isnan(different[-1]):
        different, places = different[:-1], np.where(np.isnan(whole), -1, places)
    return pd.TimedeltaIndex(different.astype(np.int64).view("m8[ns]")), places


def _category(words: NDArray[np.object_]) -> pd.Categorical:
    """Make a column of words, of which there are few, sorted by name."""
    codes, names = pd.factorize(words, sort=True)
    return pd.Categorical.from_codes(codes, pd.Categorical(names.tolist()).categories)


def _booleans(values: Sequence[Any]) -> pd.api.extensions.ExtensionArray:
    return pd.array([None if value is None else bool(value) for value in values], dtype="boolean")


def _numbers_or_strings(values: Sequence[Any]) -> pd.Series[Any]:
    if str in set(map(type, values)):
        return pd.Series([None if value is None else str(value) for value in values], dtype="str")
    return pd.Series(np.array(values, float))
