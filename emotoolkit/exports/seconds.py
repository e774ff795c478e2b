"""Tables with times as columns of seconds, as in text files, and their conversion."""

from __future__ import annotations

from typing import Any

import pandas as pd

from emotoolkit.tables.times import parse_time

__all__ = ["in_seconds", "parse_text_table", "with_time_index"]


def in_seconds(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its index as columns, times in seconds; NaN where there is no time."""
    flat = table.reset_index()
    return flat.assign(**{name: flat[name].dt.total_seconds() for name in ("start", "end")})


def parse_text_table(flat: pd.DataFrame, stem: str) -> pd.DataFrame:
    """Make the segmented index from columns of text, and convert columns that hold only numbers.

    Raises
    ------
    ValueError
        See `with_time_index`.
    """
    return _parse_number_columns(with_time_index(flat, stem))


def with_time_index(flat: pd.DataFrame, stem: str) -> pd.DataFrame:
    """Make the segmented index from columns `file`, `start` and `end` or `duration`; `file` defaults to `stem`.

    Raises
    ------
    ValueError
        There is no start or no end, or a cell is not a time.
    """
    _check_columns(flat)
    named = flat.assign(file=flat.get("file", pd.Series(stem, flat.index)))
    start = _parse_times(named["start"])
    end = start + _parse_times(named["duration"]) if "end" not in named else _parse_times(named["end"])
    rest = named.drop(columns=["file", "start", "end", "duration"], errors="ignore")
    rest.index = pd.MultiIndex.from_arrays(
        [pd.Index(named["file"], dtype="str"), start, end],
        names=["file", "start", "end"],
    )
    return rest


def _check_columns(flat: pd.DataFrame) -> None:
    missing = "start" if "start" not in flat else "end" if not {"end", "duration"} & set(flat.columns) else None
    if missing is not None:
        raise ValueError(f"it has no column {missing!r}; its columns are {', '.join(map(repr, flat.columns))}")


def _parse_times(cells: pd.Series[Any]) -> pd.TimedeltaIndex:
    return pd.TimedeltaIndex(pd.to_timedelta([_parse_time(cell) for cell in cells])).as_unit("ns")


def _parse_time(cell: Any) -> pd.Timedelta:
    if pd.isna(cell) or cell == "":
        return pd.NaT  # type: ignore[return-value]
    return parse_time(cell).round("us").as_unit("ns")


def _parse_number_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Convert columns that hold only numbers, unless the table is in long form, where labels are text."""
    if {"track", "label"} <= set(table.columns):
        return table
    made = {}
    for name in table.columns:
        column = table[name].where(table[name] != "")
        numbers = pd.to_numeric(column, errors="coerce")
        made[name] = numbers if numbers.notna().equals(column.notna()) else column
    return table.assign(**made)
