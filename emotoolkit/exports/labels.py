"""The table of labels: what goes out to other programs and comes in from them.

Index `file`, `start`, `end` (Timedelta). Columns `api` (str; empty where no API but a person said it), `track`, `label`
(str), `value` (float64; NaN where there is none), `source` (str: who measured; empty where the file does not say).
Sorted, so that two tables of the same labels are equal. `plot_timeline(labels=...)` draws it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from emotoolkit.exports.escaping import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["COLUMNS", "Label", "by_file", "long", "microseconds", "rows", "table", "timed"]

COLUMNS = ("api", "track", "label", "value", "source")
ORDER = ("file", "start", "end", "api", "track", "label", "value", "source")
INDEX = ("file", "start", "end")

NOWHERE = -(2**60)
"""Microseconds that stand for a time that is not known."""


class Label(NamedTuple):
    """One row, with times in whole microseconds."""

    file: str
    start: int
    end: int
    api: str
    track: str
    label: str
    value: float
    source: str = ""


def table(found: Iterable[Label]) -> pd.DataFrame:
    """Make the table of some rows."""
    ordered = sorted(found, key=lambda each: (*each[:6], math.isnan(each.value), each.value, each.source))
    columns: list[Sequence[Any]] = list(zip(*ordered, strict=True)) if ordered else [()] * len(ORDER)
    by_name = dict(zip(ORDER, columns, strict=True))
    made = pd.DataFrame(
        {
            name: np.array(by_name[name], float) if name == "value" else pd.Series(by_name[name], dtype="str")
            for name in COLUMNS
        }
    )
    made.index = pd.MultiIndex.from_arrays(
        [pd.Index(by_name["file"], dtype="str"), _times(by_name["start"]), _times(by_name["end"])], names=INDEX
    )
    return made


def rows(labels: pd.DataFrame) -> Iterator[Label]:
    """Go through a table of labels, or a table of tracks with its source in `attrs`."""
    count = len(labels)
    yield from map(
        Label,
        map(str, labels.index.get_level_values("file")),
        microseconds(labels.index.get_level_values("start")),
        microseconds(labels.index.get_level_values("end")),
        _words(labels["api"] if "api" in labels else [""] * count),
        _words(labels["track"]),
        _words(labels["label"]),
        map(float, labels["value"]),
        _words(_sources(labels)),
    )


def timed(labels: pd.DataFrame) -> pd.DataFrame:
    """Leave out what has no place on a time axis: a start or end that is not known, or an end before the start."""
    start, end = (labels.index.get_level_values(name) for name in ("start", "end"))
    return labels[(start >= pd.Timedelta(0)) & (end >= start)]


def by_file(labels: pd.DataFrame) -> Iterator[tuple[str, list[Label]]]:
    """Go through a table recording by recording."""
    for file, part in labels.groupby(level="file", sort=False):
        yield str(file), list(rows(part))


def long(wide: pd.DataFrame) -> pd.DataFrame:
    """Make labels of a table with the segmented index and any columns: each column is a track.

    A column of numbers gives values under an empty label; any other gives labels, and a list as many as are in it. A
    table that has a `track` and a `label` column is in long form already.
    """
    if {"track", "label"} <= set(wide.columns):
        value = pd.to_numeric(wide["value"], errors="coerce") if "value" in wide else math.nan
        return table(rows(wide.assign(value=value)))
    index = wide.index
    spans = list(
        zip(
            map(str, index.get_level_values("file")),
            microseconds(index.get_level_values("start")),
            microseconds(index.get_level_values("end")),
            strict=True,
        )
    )
    return table(
        Label(*span, "", str(track), *_cell(each))
        for track in wide.columns
        for span, cell in zip(spans, wide[track], strict=True)
        for each in (cell if isinstance(cell, list | tuple | np.ndarray) else [cell])
        if not pd.isna(each)
    )


def microseconds(times: pd.Index) -> list[int]:
    """Times as whole microseconds; `NOWHERE` where there is none."""
    whole = pd.TimedeltaIndex(times).as_unit("ns").round("us")
    return [int(each) for each in np.where(whole.isna(), NOWHERE, whole.asi8 // 1000)]


def _sources(labels: pd.DataFrame) -> Iterable[object]:
    """Who measured each label. Results know it of all of them: a column of that name is then a dataset's own."""
    told = labels.attrs.get("source")
    if told is None and "source" in labels:
        return labels["source"]
    return [told or ""] * len(labels)


def _times(whole: Sequence[object]) -> pd.TimedeltaIndex:
    known = np.array(whole, np.int64)
    nanoseconds = np.where(known == NOWHERE, np.iinfo(np.int64).min, known * 1000)  # the smallest one is NaT
    return pd.TimedeltaIndex(nanoseconds.view("timedelta64[ns]"))


def _words(column: Iterable[object]) -> Iterator[str]:
    return ("" if pd.isna(cell) else str(cell) for cell in column)  # type: ignore[call-overload]


def _cell(cell: object) -> tuple[str, float]:
    if isinstance(cell, bool | np.bool_):
        return str(cell), math.nan
    if isinstance(cell, int | float | np.number):
        return "", float(cell)
    return str(cell), number(str(cell))
