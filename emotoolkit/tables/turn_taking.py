"""Tables of turn-taking: pauses, gaps and overlaps, from the segments of any replay."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.measure.turns import MIN_PAUSE_S, TurnTaking
from emotoolkit.tables import arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["speakers", "turns"]

TIME_LEVELS = ("start", "end")

INDEX_LEVELS = ("file", *TIME_LEVELS)
"""Index levels of a table of segments."""

KINDS = ["pause", "gap", "overlap", "aside"]

UNITS = {
    "turns": {
        "kind": f"pause, gap, overlap or aside: who spoke alone before and after; silences from {MIN_PAUSE_S} s on",
        "before": "channel that spoke alone before",
        "after": "channel that speaks alone after",
        "seconds": "s",
        "offset": "s, floor-transfer offset: negative for an overlap",
    },
    "speakers": {
        "speech": "s of speech, pauses not counted",
        "utterances": f"count, {MIN_PAUSE_S} s of own silence around each",
        "onset": "s until the first word (onset latency)",
        "pauses": "count",
        "pause_share": "0–1, of the time of pauses and speech",
        "pause_mean": "s",
        "pause_median": "s",
        "pause_longest": "s",
        "turns": "count of times it took over",
        "response": "s, median floor-transfer offset when it took over (response latency)",
        "overlapped": "s in which somebody else spoke at once",
    },
}


def turns(segments: pd.DataFrame) -> pd.DataFrame:
    """Find the transitions between the speakers of a recording: pauses, gaps, overlaps and asides.

    Parameters
    ----------
    segments : pandas.DataFrame
        `replay.segments`, or those of several recordings: index `file`, `start`, `end`, column `channel`. A silence of
        0.3 s or more separates two utterances of a channel.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`. Columns `kind` (category: pause, gap, overlap, aside; `measure.turns` defines
        them), `before`, `after` (int64, channels), `seconds`, `offset` (float64, s: floor-transfer offset, negative for
        an overlap).

    Examples
    --------
    >>> times = pd.to_timedelta([0.0, 2.2, 3.5], unit="s"), pd.to_timedelta([2.0, 4.0, 5.0], unit="s")
    >>> index = pd.MultiIndex.from_arrays([["call.wav"] * 3, *times], names=["file", "start", "end"])
    >>> turns(pd.DataFrame({"channel": [0, 1, 0]}, index)).to_records(index=False).tolist()
    [('gap', 0, 1, 0.2, 0.2), ('overlap', 1, 0, 0.5, -0.5)]
    """
    arguments.check_table(segments, "turns", "segments", INDEX_LEVELS)
    rows = [(file, each) for file, taking in _turns_by_file(segments) for each in taking.transitions()]
    table = pd.DataFrame(
        {
            "kind": pd.Categorical([each.kind for _, each in rows], KINDS),
            "before": pd.Series([each.before for _, each in rows], dtype="int64"),
            "after": pd.Series([each.after for _, each in rows], dtype="int64"),
            "seconds": pd.Series([round(each.seconds, 6) for _, each in rows], dtype="float64"),
            "offset": pd.Series([round(each.offset, 6) for _, each in rows], dtype="float64"),
        }
    )
    table.index = pd.MultiIndex.from_arrays(
        [
            pd.Index([file for file, _ in rows], dtype="str"),
            pd.to_timedelta([each.start for _, each in rows], unit="s").round("us").as_unit("ns"),
            pd.to_timedelta([each.end for _, each in rows], unit="s").round("us").as_unit("ns"),
        ],
        names=["file", "start", "end"],
    )
    return _with_attrs(table, segments, "turns")


def speakers(segments: pd.DataFrame) -> pd.DataFrame:
    """Summarize how each channel spoke: speech, pauses, onset and response latency, overlaps.

    Parameters
    ----------
    segments : pandas.DataFrame
        As for `turns`.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `channel`. Columns `speech` (s), `utterances`, `onset` (s until its first word), `pauses`,
        `pause_share` (0–1, of pauses and speech), `pause_mean`, `pause_median`, `pause_longest` (s), `turns` (times it
        took the floor), `response` (s: the median floor-transfer offset when it did), `overlapped` (s); counts int64,
        the rest float64, NaN where there was none.

    Examples
    --------
    >>> times = pd.to_timedelta([1.0, 3.5], unit="s"), pd.to_timedelta([3.0, 5.5], unit="s")
    >>> index = pd.MultiIndex.from_arrays([["talk.wav"] * 2, *times], names=["file", "start", "end"])
    >>> speakers(pd.DataFrame({"channel": [0, 0]}, index))[["speech", "onset", "pauses", "pause_share"]]
                      speech  onset  pauses  pause_share
    file     channel
    talk.wav 0           4.0    1.0       1     0.111111
    """
    arguments.check_table(segments, "speakers", "segments", INDEX_LEVELS)
    rows = [
        (file, channel, taking.summary(channel))
        for file, taking in _turns_by_file(segments)
        for channel in taking.channels
    ]
    counts = {"utterances", "pauses", "turns"}
    table = pd.DataFrame(
        {
            name: pd.Series(
                [asdict(summary)[name] for *_, summary in rows], dtype="int64" if name in counts else "float64"
            ).round(6)
            for name in UNITS["speakers"]
        }
    )
    table.index = pd.MultiIndex.from_arrays(
        [pd.Index([file for file, *_ in rows], dtype="str"), pd.Index([each for _, each, _ in rows], dtype="int64")],
        names=["file", "channel"],
    )
    return _with_attrs(table, segments, "speakers")


def _turns_by_file(segments: pd.DataFrame) -> Iterator[tuple[str, TurnTaking]]:
    """Yield the turn-taking of each file, in the order of the table."""
    for file, rows in segments.groupby(level="file", sort=False):
        taking = TurnTaking()
        starts, ends = (pd.TimedeltaIndex(rows.index.get_level_values(name)).total_seconds() for name in TIME_LEVELS)
        for start, end, channel in sorted(zip(starts, ends, rows["channel"], strict=True)):
            taking.add(int(channel), float(start), float(end))
        yield str(file), taking


def _with_attrs(table: pd.DataFrame, segments: pd.DataFrame, which: str) -> pd.DataFrame:
    table.attrs["units"] = UNITS[which]
    if "source" in segments.attrs:
        table.attrs["source"] = segments.attrs["source"]
    return table
