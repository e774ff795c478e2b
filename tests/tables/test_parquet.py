"""Tables of results as Arrow: the same types in every file, and back as they were."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotoolkit.tables.from_events import PROBABILITIES, segmented_index
from emotoolkit.tables.parquet import from_arrow, to_arrow, to_parquet


def words() -> pd.DataFrame:
    """Segments of every type of column, and something missing in each."""
    table = pd.DataFrame(
        {
            "channel": np.array([0, 1], np.int64),
            "index": pd.array([3, None], dtype="Int64"),
            "validSegment": pd.array([None, True], dtype="boolean"),
            "energy": [1.5, np.nan],
            "mood": pd.Series(["calm", None], dtype="str"),
            "nothing": pd.Series([None, None], dtype="str"),
        }
    )
    table.index = segmented_index("سلام.wav", [0.0, np.nan], [0.1, 0.3])
    table.attrs = {"units": {"energy": "1"}}
    return table


def categories() -> pd.DataFrame:
    """Signals, of which one has no probability."""
    table = pd.DataFrame(
        {
            "signal": pd.Categorical(["stress", "interest"]),
            "probability": pd.Categorical(["high", None], PROBABILITIES, ordered=True),
            "closed": [True, False],
        }
    )
    table.index = segmented_index("a.wav", [0.0, 1.0], [0.1, 2.0])
    return table


@pytest.mark.parametrize(("name", "table"), [("segments", words()), ("signals", categories())])
def test_comes_back(name, table):
    """What is written is read as it was; a table without a row has the same columns."""
    flat = pq.read_table(pa.BufferReader(to_parquet(to_arrow(table))))
    pd.testing.assert_frame_equal(from_arrow(flat, name), table)
    assert to_arrow(table.iloc[:0]).schema == flat.schema


def test_types():
    """Plain ones, that every program reads; what is missing is null."""
    flat = to_arrow(words())
    assert [str(kind) for kind in flat.schema.types] == [
        *("string", "double", "double", "int64", "int64", "bool", "double", "string", "string")
    ]
    assert flat["file"].to_pylist() == ["سلام.wav"] * 2
    assert [flat[column].null_count for column in flat.column_names] == [0, 1, 0, 0, 1, 1, 1, 1, 2]


def test_a_small_table_is_not_packed():
    """Of a short clip it would only become larger."""
    kinds = [
        pq.ParquetFile(pa.BufferReader(to_parquet(to_arrow(table)))).metadata.row_group(0).column(1).compression
        for table in (words(), pd.concat([words()] * 1000))
    ]
    assert kinds == ["UNCOMPRESSED", "ZSTD"]
