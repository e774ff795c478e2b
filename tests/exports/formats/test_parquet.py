"""Parquet files as DuckDB and pandas read them, and tables that pandas has written."""

from __future__ import annotations

import pandas as pd
import pytest

import emotoolkit as emo
from tests.support.label_files import check, joy


def test_duckdb(voice, tmp_path):
    """DuckDB reads a table of Parquet; pandas finds index, units and source as they were."""
    import duckdb

    emo.export(voice, "parquet", tmp_path)
    mean = duckdb.sql(f"SELECT avg(stress) FROM '{tmp_path}/segments.parquet'").fetchall()[0][0]
    assert mean == pytest.approx(voice.segments["stress"].mean())
    again = pd.read_parquet(tmp_path / "segments.parquet")
    pd.testing.assert_frame_equal(again, voice.segments)
    assert again.attrs == voice.segments.attrs


SECONDS = (0.5, 1.5)


TIMEDELTAS = (pd.Timedelta("500ms"), pd.Timedelta("1.5s"))


@pytest.mark.parametrize(
    ("times", "index"),
    [(SECONDS, []), (TIMEDELTAS, []), (SECONDS, ["file"]), (TIMEDELTAS, ["file", "start", "end"])],
)
def test_parquet_of_tables(tmp_path, times, index):
    """File and times may be columns or index; a list is as many labels; what is missing is none."""
    rows = {"file": "a.wav", "start": times[0], "end": times[1], "emotion": [["joy", "fear"]], "calm": [None]}
    table = pd.DataFrame(rows)
    (table.set_index(index) if index else table).to_parquet(tmp_path / "a.parquet")
    check(tmp_path / "a.parquet", joy(text="fear"), joy())
