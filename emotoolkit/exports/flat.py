"""Tables whose times are columns of seconds, as text files have them."""

from __future__ import annotations

import pandas as pd

__all__ = ["in_seconds", "indexed"]


def in_seconds(table: pd.DataFrame) -> pd.DataFrame:
    """Put the index into columns, with times as seconds; empty where there is no time."""
    flat = table.reset_index()
    return flat.assign(**{name: flat[name].dt.total_seconds() for name in ("start", "end")})


def indexed(flat: pd.DataFrame, stem: str) -> pd.DataFrame:
    """Make the index of columns of text: `file`, `start`, `end`, or `start` and `duration`.

    Raises
    ------
    KeyError, ValueError
        There is no start, or a time is no time.
    """
    named = flat.assign(file=flat.get("file", pd.Series(stem, flat.index)))
    start = _times(named["start"])
    end = start + _times(named["duration"]) if "end" not in named else _times(named["end"])
    rest = named.drop(columns=["file", "start", "end", "duration"], errors="ignore")
    rest.index = pd.MultiIndex.from_arrays(
        [pd.Index(named["file"], dtype="str"), start, end],
        names=["file", "start", "end"],
    )
    return _numbers(rest)


def _times(texts: pd.Series[str]) -> pd.TimedeltaIndex:
    return pd.TimedeltaIndex(pd.to_timedelta([_time(text) for text in texts])).as_unit("ns")


def _time(text: str) -> pd.Timedelta:
    if text == "":
        return pd.NaT  # type: ignore[return-value]
    try:
        return pd.Timedelta(round(float(text) * 1e6), unit="us").as_unit("ns")
    except ValueError:
        return pd.Timedelta(text).as_unit("ns")


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Make numbers of columns in which there is nothing else, where labels are columns of their own."""
    if {"track", "label"} <= set(table.columns):
        return table
    made = {}
    for name in table.columns:
        column = table[name].where(table[name] != "")
        numbers = pd.to_numeric(column, errors="coerce")
        made[name] = numbers if numbers.notna().equals(column.notna()) else column
    return table.assign(**made)
