"""Tidying a run's folder: recover what a crash left behind, remove stale results, unify the tables' columns."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from emotoolkit.apis.base import journal
from emotoolkit.datasets.batch import receipt
from emotoolkit.replays.result import Replay
from emotoolkit.tables.parquet import TABLES, to_parquet, unified_schema

if TYPE_CHECKING:
    from collections.abc import Collection

    from emotoolkit.datasets.batch.storage import Storage

__all__ = ["recover", "remove_stale", "unify_columns"]


def recover(storage: Storage) -> None:
    """Recover the unfinished journals of a run that was killed.

    A torn last line is cut off. A complete journal is kept as an answer, any other in `journals/failed`.
    """
    if not storage.on_disk or not storage.local("journals/unfinished").is_dir():
        return
    # Files that file browsers and synchronisation leave in folders are ignored.
    for folder in sorted(filter(Path.is_dir, storage.local("journals/unfinished").iterdir())):
        for path in sorted(folder.glob("*.jsonl")):
            journal.repair(path)
            name = folder.name.rpartition("-")[0]
            storage.move_in(
                path, f"journals/{name}.jsonl" if _is_complete(path) else f"journals/failed/{folder.name}.jsonl"
            )
        shutil.rmtree(folder, ignore_errors=True)


def remove_stale(storage: Storage, rows: Collection[str], request_hash: str) -> None:
    """Remove results of rows that are not in the dataset, or of another request; journals stay.

    Half-written tables are removed, too.
    """
    for name, known in receipt.read_receipts(storage).items():
        if name not in rows or known.asked != request_hash:
            storage.remove(f"{receipt.FOLDER}/{name}.json")
    for table in TABLES:
        for name in storage.names(table, ".parquet"):
            if not storage.exists(f"{receipt.FOLDER}/{name}.json"):
                storage.remove(f"{table}/{name}.parquet")
        if storage.on_disk:
            for unfinished in storage.local(table).glob(".*.parquet.*"):
                unfinished.unlink()


def unify_columns(storage: Storage, table: str) -> None:
    """Give all files of a table the same columns, for programs that take the columns from the first file.

    Servers may send other parameters for each recording: a column that a recording lacks is empty there.
    """
    names = [f"{table}/{name}.parquet" for name in storage.names(table, ".parquet")]
    schemas = {name: _read_schema(storage, name) for name in names}
    if len({tuple(zip(each.names, each.types, strict=True)) for each in schemas.values()}) < 2:  # noqa: PLR2004
        return
    wide = unified_schema([*schemas.values()])
    for name, schema in schemas.items():
        if not schema.remove_metadata().equals(wide):
            storage.write(name, to_parquet(_with_columns(pq.read_table(io.BytesIO(storage.read(name))), wide)))


def _with_columns(arrow: pa.Table, wide: pa.Schema) -> pa.Table:
    columns = [
        arrow[field.name].cast(field.type) if field.name in arrow.column_names else pa.nulls(len(arrow), field.type)
        for field in wide
    ]
    return pa.table(columns, schema=wide).replace_schema_metadata(arrow.schema.metadata)


def _read_schema(storage: Storage, name: str) -> pa.Schema:
    with storage.system.open(storage.path(name), "rb") as file:
        return pq.read_schema(file)


def _is_complete(path: Path) -> bool:
    try:
        return Replay.read(path).complete
    except (ValueError, KeyError, TypeError):
        return False
