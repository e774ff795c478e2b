"""Write result tables to Parquet and read them back.

On disk they are flat, so that every program reads them: `file`, `start` and `end` (seconds) are columns, categories are
strings. Units and source are in the schema's metadata.
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

__all__ = ["TABLES", "from_arrow", "to_arrow", "to_parquet", "unified_schema"]

TABLES = ("segments", "signals", "engagement", "quality", "coverage")
"""The tables that are stored for each recording; `tracks` is derived from them."""

MIN_COMPRESSED_BYTES = 16_384
"""Bytes from which on a table is compressed: compression makes small tables larger, and takes twice as long."""

TIME_COLUMNS = ("start", "end")
CATEGORY_DTYPES: dict[str, dict[str, dict[str, Any]]] = {
    "signals": {"signal": {}, "probability": {"categories": PROBABILITIES, "ordered": True}},
    "engagement": {"state": {}},
    "quality": {"scope": {"categories": ["timeline", "overall"]}},
    "coverage": {"reason": {}},
}
NULLABLE_DTYPES: dict[str, dict[str, Any]] = {"segments": {"index": "Int64", "validSegment": "boolean"}}
ATTRS_KEY = b"emotoolkit"


def to_arrow(table: pd.DataFrame) -> pa.Table:
    """Convert a result table to a flat Arrow table.

    Parameters
    ----------
    table : pandas.DataFrame
        Index `file`, `start`, `end`.
    """
    columns = {"file": table.index.get_level_values("file").array}
    columns |= {
        time: pd.TimedeltaIndex(table.index.get_level_values(time)).total_seconds().array for time in TIME_COLUMNS
    }
    # Column by column: pandas' own conversion takes longer than everything else here together, for a short clip.
    bare = pd.DataFrame(table).reset_index(drop=True)  # else each column is given a copy of attrs and index
    columns |= {str(column): values.array for column, values in bare.items()}
    metadata = {ATTRS_KEY: json.dumps(table.attrs, sort_keys=True).encode()}
    return pa.table({column: _to_arrow_array(values) for column, values in columns.items()}, metadata=metadata)


def to_parquet(arrow: pa.Table) -> bytes:
    """Encode an Arrow table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer, compression="zstd" if arrow.nbytes > MIN_COMPRESSED_BYTES else "none")
    return buffer.getvalue()


def from_arrow(arrow: pa.Table, name: str) -> pd.DataFrame:
    """Convert a flat Arrow table back to the result table `name`, with its index and dtypes; rows keep their order."""
    flat: pd.DataFrame = arrow.to_pandas()
    for column, settings in CATEGORY_DTYPES.get(name, {}).items():
        flat[column] = pd.Categorical(flat[column], **settings)
    for column, dtype in NULLABLE_DTYPES.get(name, {}).items():
        flat[column] = flat[column].astype(dtype)
    for column in flat.columns.difference(["file"]):
        if flat[column].dtype == object:
            # pandas 2 would make the words "None" and "nan" of what is missing.
            flat[column] = flat[column].astype("str").where(flat[column].notna(), None)
    table: pd.DataFrame = flat.drop(columns=["file", *TIME_COLUMNS])
    table.index = pd.MultiIndex.from_arrays(
        [pd.Index(flat["file"], dtype="str"), *(_timedeltas(flat[time]) for time in TIME_COLUMNS)],
        names=["file", *TIME_COLUMNS],
    )
    table.attrs = json.loads((arrow.schema.metadata or {}).get(ATTRS_KEY, b"{}"))
    return table


def unified_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Unify the schemas of a table in all files: all columns, each of a type that holds its values in every file.

    Strings win: a parameter that is text in one recording may be empty in another, and empty columns are numeric.
    """
    strings = {field.name for each in schemas for field in each if pa.types.is_string(field.type)}
    compatible = [
        pa.schema([pa.field(each.name, pa.string()) if each.name in strings else each for each in schema])
        for schema in schemas
    ]
    return pa.unify_schemas(compatible, promote_options="permissive")


def _to_arrow_array(values: pd.api.extensions.ExtensionArray) -> pa.Array:
    """Convert a column to the type that it has in every file, whatever its values; missing ones are null."""
    if isinstance(values, pd.Categorical):
        flat = pa.array(values.astype("str"), from_pandas=True)
    elif isinstance(values, pd.arrays.NumpyExtensionArray):
        flat = pa.array(values.to_numpy(), from_pandas=True)
    else:
        flat = pa.array(values, from_pandas=True)
    is_text = pa.types.is_large_string(flat.type) or pa.types.is_null(flat.type)
    return flat.cast(pa.string()) if is_text else flat


def _timedeltas(seconds: pd.Series[Any]) -> pd.TimedeltaIndex:
    nanoseconds = np.round(seconds.to_numpy(np.float64) * 1e6) * 1e3
    return pd.TimedeltaIndex(pd.to_timedelta(nanoseconds, unit="ns")).as_unit("ns")
