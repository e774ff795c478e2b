"""What rows read off a result table: times in seconds, the rows of each label, units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["column_unit", "row_times", "rows_by_label", "rows_within", "time_range"]


def column_unit(table: pd.DataFrame, name: str) -> str:
    """Give the unit of a column, as the table's `attrs` say it; "" if they do not."""
    return str(table.attrs.get("units", {}).get(name, ""))


def time_range(table: pd.DataFrame) -> tuple[float, float]:
    """Give the earliest start and the latest end in a table, in seconds; one second if it is empty."""
    starts, ends = row_times(table)
    if not len(table) or np.isnan(starts).all():
        return 0.0, 1.0
    first, last = float(np.nanmin(starts)), float(np.nanmax([*starts, *ends]))
    return first, max(last, first + 1e-3)


def row_times(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give start and end of every row in seconds."""
    starts, ends = (pd.TimedeltaIndex(table.index.get_level_values(level)) for level in ("start", "end"))
    return np.asarray(starts.total_seconds(), np.float64), np.asarray(ends.total_seconds(), np.float64)


def rows_within(table: pd.DataFrame, view: tuple[float, float]) -> pd.DataFrame:
    """Give the rows of which something lies in a view."""
    starts, ends = row_times(table)
    return table[(starts <= view[1]) & (ends >= view[0])]


def rows_by_label(labels: pd.Series[str]) -> dict[str, NDArray[np.intp]]:
    """Give the positions of each label: in the order of the categories, else of the alphabet."""
    return {str(label): np.asarray(rows) for label, rows in labels.groupby(labels, observed=True).indices.items()}
