"""Read times in seconds, rows by label and units off a result table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["column_unit", "row_times", "rows_by_label", "rows_within", "time_range"]


def column_unit(table: pd.DataFrame, name: str) -> str:
    """Return the unit of a column from the table's `attrs`; "" if there is none."""
    return str(table.attrs.get("units", {}).get(name, ""))


def time_range(table: pd.DataFrame) -> tuple[float, float]:
    """Return the earliest start and the latest end in a table, in seconds; (0, 1) if it is empty."""
    starts, ends = row_times(table)
    if not len(table) or np.isnan(starts).all():
        return 0.0, 1.0
    first, last = float(np.nanmin(starts)), float(np.nanmax([*starts, *ends]))
    return first, max(last, first + 1e-3)


def row_times(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return start and end of every row in seconds."""
    starts, ends = (pd.TimedeltaIndex(table.index.get_level_values(level)) for level in ("start", "end"))
    return np.asarray(starts.total_seconds(), np.float64), np.asarray(ends.total_seconds(), np.float64)


def rows_within(table: pd.DataFrame, view: tuple[float, float]) -> pd.DataFrame:
    """Return the rows that overlap a view (start and end in seconds)."""
    starts, ends = row_times(table)
    return table[(starts <= view[1]) & (ends >= view[0])]


def rows_by_label(labels: pd.Series[str]) -> dict[str, NDArray[np.intp]]:
    """Return the row numbers of each label: in the order of the categories, else of the alphabet."""
    return {str(label): np.asarray(rows) for label, rows in labels.groupby(labels, observed=True).indices.items()}
