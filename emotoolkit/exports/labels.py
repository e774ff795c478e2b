"""The table of labels that is exchanged with other programs.

Index `file`, `start`, `end` (Timedelta). Columns `api` (str; empty where the label is a person's), `track`, `label`
(str), `value` (float64; NaN where there is none), `source` (str: who measured; empty where that is unknown).
Sorted, so that two tables of the same labels are equal. `plot_timeline(labels=...)` draws it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from emotoolkit.exports.escaping import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "COLUMNS",
    "Label",
    "by_file",
    "drop_untimed",
    "iterate_labels",
    "make_table",
    "to_long_form",
    "to_microseconds",
]

COLUMNS = ("api", "track", "label", "value", "source")
FIELD_ORDER = ("file", "start", "end", "api", "track", "label", "value", "source")
INDEX_LEVELS = ("file", "start", "end")

UNKNOWN_TIME_US = -(2**60)
"""Stands for an unknown time in microseconds."""


class Label(NamedTuple):
    """A row of the table, with times in whole microseconds."""

    file: str
    start: int
    end: int
    api: str
    track: str
    label: str
    value: float
    source: str = ""


def make_table(found: Iterable[Label]) -> pd.DataFrame:
    """Make the table of labels from rows in any order."""
    ordered = sorted(found, key=lambda each: (*each[:6], math.isnan(each.value), each.value, each.source))
    columns: list[Sequence[Any]] = list(zip(*ordered, strict=True)) if ordered else [()] * len(FIELD_ORDER)
    by_name = dict(zip(FIELD_ORDER, columns, strict=True))
    made = pd.DataFrame(
        {
            name: np.array(by_name[name], float) if name == "value" else pd.Series(by_name[name], dtype="str")
            for name in COLUMNS
        }
    )
    made.index = pd.MultiIndex.from_arrays(
        [pd.Index(by_name["file"], dtype="str"), _to_timedeltas(by_name["start"]), _to_timedeltas(by_name["end"])],
        names=INDEX_LEVELS,
    )
    return made


def iterate_labels(labels: pd.DataFrame) -> Iterator[Label]:
    """Yield the rows of a table of labels, or of a table of tracks with its source in `attrs`."""
    count = len(labels)
    yield from map(
        Label,
        map(str, labels.index.get_level_values("file")),
        to_microseconds(labels.index.get_level_values("start")),
        to_microseconds(labels.index.get_level_values("end")),
        _to_texts(labels["api"] if "api" in labels else [""] * count),
        _to_texts(labels["track"]),
        _to_texts(labels["label"]),
        map(float, labels["value"]),
        _to_texts(_sources(labels)),
    )


def drop_untimed(labels: pd.DataFrame) -> pd.DataFrame:
    """Leave out labels with no place on a time axis: with an unknown start or end, or an end before the start."""
    start, end = (labels.index.get_level_values(name) for name in ("start", "end"))
    return labels[(start >= pd.Timedelta(0)) & (end >= start)]


def by_file(labels: pd.DataFrame) -> Iterator[tuple[str, list[Label]]]:
    """Yield each recording of a table with its labels."""
    for file, part in labels.groupby(level="file", sort=False):
        yield str(file), list(iterate_labels(part))


def to_long_form(wide: pd.DataFrame) -> pd.DataFrame:
    """Make the table of labels from a table with the segmented index, in which each column is a track.

    A number is a value with an empty label; any other cell is a label, a list several labels. A table that has a
    `track` and a `label` column is in long form already.
    """
    if {"track", "label"} <= set(wide.columns):
        value = pd.to_numeric(wide["value"], errors="coerce") if "value" in wide else math.nan
        return make_table(iterate_labels(wide.assign(value=value)))
    index = wide.index
    spans = list(
        zip(
            map(str, index.get_level_values("file")),
            to_microseconds(index.get_level_values("start")),
            to_microseconds(index.get_level_values("end")),
            strict=True,
        )
    )
    return make_table(
        Label(*span, "", str(track), *_label_and_value(each))
        for track in wide.columns
        for span, cell in zip(spans, wide[track], strict=True)
        for each in (cell if isinstance(cell, list | tuple | np.ndarray) else [cell])
        if not pd.isna(each)
    )


def to_microseconds(times: pd.Index) -> list[int]:
    """Return times in whole microseconds, `UNKNOWN_TIME_US` where there is none."""
    whole = pd.TimedeltaIndex(times).as_unit("ns").round("us")
    return [int(each) for each in np.where(whole.isna(), UNKNOWN_TIME_US, whole.asi8 // 1000)]


def _sources(labels: pd.DataFrame) -> Iterable[object]:
    """Return who measured each label: `attrs["source"]` for all, since a `source` column is then the dataset's own."""
    source = labels.attrs.get("source")
    if source is None and "source" in labels:
        return labels["source"]
    return [source or ""] * len(labels)


def _to_timedeltas(whole: Sequence[object]) -> pd.TimedeltaIndex:
    known = np.array(whole, np.int64)
    nanoseconds = np.where(known == UNKNOWN_TIME_US, np.iinfo(np.int64).min, known * 1000)  # the smallest one is NaT
    return pd.TimedeltaIndex(nanoseconds.view("timedelta64[ns]"))


def _to_texts(column: Iterable[object]) -> Iterator[str]:
    return ("" if pd.isna(cell) else str(cell) for cell in column)  # type: ignore[call-overload]


def _label_and_value(cell: object) -> tuple[str, float]:
    if isinstance(cell, bool | np.bool_):
        return str(cell), math.nan
    if isinstance(cell, int | float | np.number):
        return "", float(cell)
    return str(cell), parse_number(str(cell))
