"""Read times as they are written in tables: seconds, or what pandas reads as a Timedelta."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse_time"]


def parse_time(cell: Any) -> pd.Timedelta:
    """Read a cell as a time: a number, also as a string, is in seconds; a missing value is NaT.

    Raises
    ------
    ValueError, TypeError, OverflowError
        It is not a time.

    Examples
    --------
    >>> parse_time("12"), parse_time("00:01:00.5")
    (Timedelta('0 days 00:00:12'), Timedelta('0 days 00:01:00.500000'))
    """
    if isinstance(cell, bool | np.bool_):
        raise TypeError(f"{cell} is no number of seconds")
    if isinstance(cell, str) and "," in cell and "day" not in cell:  # pandas would read "0,5" as five nanoseconds
        raise ValueError(f"{cell!r} has a comma; write 0.5 or 00:00:00.5")
    seconds = _parse_number(cell)
    return pd.Timedelta(cell) if seconds is None else pd.Timedelta(seconds, "s")


def _parse_number(cell: Any) -> float | None:
    if isinstance(cell, timedelta | np.timedelta64):  # float() of a NumPy timedelta is in its own unit, not seconds
        return None
    try:
        return float(cell)
    except (ValueError, TypeError):
        return None
