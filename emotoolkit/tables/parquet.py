"""Result tables as Parquet and back.

On disk they are flat, so that every program reads them: `file`, `start` and `end` (seconds) are columns, categories are
words. Units and source are in the schema's metadata.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from emotoolkit.tables.from_events import PROBABILITIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["TABLES", "from_arrow", "to_arrow", "to_parquet", "whole"]

TABLES = ("segments", "signals", "engagement", "quality", "coverage")
"""What is kept of each recording. `tracks` is made of these."""

WORTH_PACKING = 16_384
"""Bytes from which on a table is compressed: what a short clip gives becomes larger by it, and takes twice as long."""

TIMES = ("start", "end")
CATEGORIES: dict[str, dict[str, dict[str, Any]]] = {
    "signals": {"signal": {}, "probability": {"categories": PROBABILITIES, "ordered": True}},
    "engagement": {"state": {}},
    "quality": {"scope": {"categories": ["timeline", "overall"]}},
    "coverage": {"reason": {}},
}
NULLABLE: dict[str, dict[str, Any]] = {"segments": {"index": "Int64", "validSegment": "boolean"}}
ATTRS = b"emotoolkit"


def to_arrow(table: pd.DataFrame) -> pa.Table:
    """Write a table of results flat.

    Parameters
    ----------
    table : pandas.DataFrame
        Index `file`, `start`, `end`.
    """
    columns = {"file": table.index.get_level_values("file").array}
    columns |= {time: pd.TimedeltaIndex(table.index.get_level_values(time)).total_seconds().array for time in TIMES}
    # Column by column: pandas' own way to Arrow costs a short clip more than all else that is done for it here.
    bare = pd.DataFrame(table).reset_index(drop=True)  # each column would come with a copy of attrs and index
    columns |= {str(column): values.array for column, values in bare.items()}
    metadata = {ATTRS: json.dumps(table.attrs, sort_keys=True).encode()}
    return pa.table({column: _flat(values) for column, values in columns.items()}, metadata=metadata)


def to_parquet(arrow: pa.Table) -> bytes:
    """Make a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer, compression="zstd" if arrow.nbytes > WORTH_PACKING else "none")
    return buffer.getvalue()


def from_arrow(arrow: pa.Table, name: str) -> pd.DataFrame:
    """Read a table of results back as a `Replay` gives it, sorted by file and time as far as it was."""
    flat: pd.DataFrame = arrow.to_pandas()
    for column, settings in CATEGORIES.get(name, {}).items():
        flat[column] = pd.Categorical(flat[column], **settings)
    for column, dtype in NULLABLE.get(name, {}).items():
        flat[column] = flat[column].astype(dtype)
    for column in flat.columns.difference(["file"]):
        if flat[column].dtype == object:
            # pandas 2 would make the words "None" and "nan" of what is missing.
            flat[column] = flat[column].astype("str").where(flat[column].notna(), None)
    table: pd.DataFrame = flat.drop(columns=["file", *TIMES])
    table.index = pd.MultiIndex.from_arrays(
        [pd.Index(flat["file"], dtype="str"), *(_timedeltas(flat[time]) for time in TIMES)], names=["file", *TIMES]
    )
    table.attrs = json.loads((arrow.schema.metadata or {}).get(ATTRS, b"{}"))
    return table


def whole(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Find the columns that a table has in all files together, of a type that all of them can take.

    Words win: a parameter that is words in one recording is empty in another, and empty columns are of numbers.
    """
    words = {field.name for each in schemas for field in each if pa.types.is_string(field.type)}
    alike = [
        pa.schema([pa.field(each.name, pa.string()) if each.name in words else each for each in schema])
        for schema in schemas
    ]
    return pa.unify_schemas(alike, promote_options="permissive")


def _flat(values: pd.api.extensions.ExtensionArray) -> pa.Array:
    """A column in the type that it has in every file, whatever is in it; what is missing is null."""
    if isinstance(values, pd.Categorical):
        flat = pa.array(values.astype("str"), from_pandas=True)
    elif isinstance(values, pd.arrays.NumpyExtensionArray):
        flat = pa.array(values.to_numpy(), from_pandas=True)
    else:
        flat = pa.array(values, from_pandas=True)
    words = pa.types.is_large_string(flat.type) or pa.types.is_null(flat.type)
    return flat.cast(pa.string()) if words else flat


def _timedeltas(seconds: pd.Series[Any]) -> pd.TimedeltaIndex:
    whole = np.round(seconds.to_numpy(np.float64) * 1e6) * 1e3
    return pd.TimedeltaIndex(pd.to_timedelta(whole, unit="ns")).as_unit("ns")
