"""Times as people write them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from emotoolkit.tables.times import parse_time


@pytest.mark.parametrize("cell", ["12", " 12 ", 12, 12.0, np.float32(12), "00:00:12", "12 s", "12000 ms", b"12"])
def test_twelve_seconds(cell):
    """A number is seconds, however it is written; a time in words is what pandas takes it for."""
    assert parse_time(cell) == pd.Timedelta("12s")


@pytest.mark.parametrize("cell", [np.timedelta64(12_000, "ms"), dt.timedelta(seconds=12), pd.Timedelta("12s")])
def test_what_is_a_time_already(cell):
    """A time stays what it is, also NumPy's, which is a number too."""
    assert parse_time(cell) == pd.Timedelta("12s")


@pytest.mark.parametrize("cell", [None, "", "nan", float("nan"), pd.NA, pd.NaT])
def test_nothing(cell):
    """Where there is nothing there is no time."""
    assert pd.isna(parse_time(cell))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0,5", r"'0,5' has a comma; write 0.5 or 00:00:00.5"),
        ("1:30", "expected hh:mm:ss"),
        ("soon", "unit"),
        (True, "True is no number of seconds"),
        (dt.time(0, 1, 30), "not time"),
        (pd.Timestamp("2020-01-01 10:00"), "not Timestamp"),
    ],
)
def test_no_time(cell, reason):
    """What is no time is refused, not taken for nanoseconds."""
    with pytest.raises((ValueError, TypeError), match=reason):
        parse_time(cell)
