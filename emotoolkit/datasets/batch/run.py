"""Run: the results of a dataset, read from the run's folder when they are first used."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.dataset as pads

from emotoolkit.apis.registry import APIS
from emotoolkit.datasets.batch import provenance
from emotoolkit.datasets.batch.cache_key import SCHEMA_VERSION
from emotoolkit.datasets.batch.receipt import DONE, DONE_WITH_NOTICES, FAILED, read_receipts
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import DatasetError, SettingsError
from emotoolkit.replays.result import Replay
from emotoolkit.tables import from_events as tables
from emotoolkit.tables import impossible_times
from emotoolkit.tables.access import row_times
from emotoolkit.tables.impossible_times import SUSPECT
from emotoolkit.tables.parquet import TABLES, from_arrow, unified_schema
from emotoolkit.utils.cut_tables import more_rows_html
from emotoolkit.utils.folders import temporary_folder
from emotoolkit.utils.formats import check_format

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from emotoolkit.datasets.batch.receipt import Receipt

__all__ = ["MANIFEST_FILE", "Run"]

MANIFEST_FILE = "manifest.parquet"
ROW_COLUMN = "row"
"""Column of the manifest with the id of each row, by which its files are named."""

SCHEMA_THREADS = 16
"""Files whose columns are read at the same time."""

RESERVED_COLUMNS = ("file", "start", "end", ROW_COLUMN, "joined", "joined_start", "joined_end")
"""Columns of the manifest that are not labels."""

SECONDS_PER_HOUR = 3600
MAX_SHOWN_FAILURES = 8
"""Rows of failures, and of notices, that a run shows in a notebook."""

WAITING_FIELDS = {"duration": np.nan, "status": "waiting", "attempts": 0, "truncated": False, "rows": {}, "summary": {}}
"""Fields of a row that has no receipt yet."""

EMPTY_TABLES = {
    "segments": lambda: tables.segments([], ""),
    "signals": lambda: tables.signals([], "", {}),
    "engagement": lambda: tables.engagement([], "", {}),
    "quality": lambda: tables.quality([], "", {}),
    "coverage": lambda: tables.coverage([], ""),
}


class Run:
    """The results of a dataset through an API: a folder that `replay_dataset` has written, as tables.

    Each table is read when it is first used. All of them have the dataset's labels as further columns; a label whose
    name the table has already gets the suffix `_label`. For tables larger than memory use `scan` and `path`.

    Parameters
    ----------
    folder : str or path
        The folder, here or anywhere that fsspec reaches.

    Attributes
    ----------
    provenance : dict
        How the run came about; `run.json`.

    Raises
    ------
    DatasetError
        There is no run in that folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._storage = Storage(folder)
        if not self._storage.exists(MANIFEST_FILE) or not self._storage.exists(provenance.FILE_NAME):
            raise DatasetError(path=self._storage.name, reason="no run has written there")
        self.provenance: dict[str, Any] = json.loads(self._storage.read(provenance.FILE_NAME))
        try:
            check_format("run", self.provenance.get("schema", SCHEMA_VERSION), SCHEMA_VERSION)
        except ValueError as problem:
            raise DatasetError(path=self._storage.name, reason=str(problem)) from None

    @property
    def folder(self) -> str:
        """Where the run lies."""
        return self._storage.name

    @property
    def api(self) -> str:
        """Name of the API: `emotion_logic` or `interhuman`."""
        return str(self.provenance["api"])

    @cached_property
    def source(self) -> str:
        """Who measured: the server's own label, else "server"."""
        return ", ".join(self.provenance["measured_by"]) or "server"

    @cached_property
    def manifest(self) -> pd.DataFrame:
        """The dataset that was replayed, with the files' names as in the tables.

        `row` is the id of each row, by which its files are named: `segments/<row>.parquet` and so on.
        """
        with self._storage.system.open(self._storage.path(MANIFEST_FILE), "rb") as file:
            return pd.read_parquet(file)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per finished segment of speech (Emotion Logic). See `emotoolkit.tables.from_events.segments`."""
        return self._read_labelled("segments")

    @cached_property
    def signals(self) -> pd.DataFrame:
        """One row per signal interval (Interhuman). See `emotoolkit.tables.from_events.signals`."""
        return self._read_labelled("signals")

    @cached_property
    def engagement(self) -> pd.DataFrame:
        """One row per engagement state (Interhuman). See `emotoolkit.tables.from_events.engagement`."""
        return self._read_labelled("engagement")

    @cached_property
    def quality(self) -> pd.DataFrame:
        """One row per period, and the running overall (Interhuman). See `emotoolkit.tables.from_events.quality`."""
        return self._read_labelled("quality")

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per interval that was not analysed in full. See `emotoolkit.tables.from_events.coverage`."""
        return self._read_labelled("coverage")

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """All results in long form. See `emotoolkit.tables.from_events.tracks`."""
        return self._with_labels(tables.tracks(self.api, *(self._indexed_by_row(name) for name in TABLES)))

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row for each recording, in the order of the dataset.

        Returns
        -------
        pandas.DataFrame
            Index `file`. Columns `start`, `end` (timedelta64[ns]; only if the dataset has them), `duration` (s of
            media), `status` (category "done", "done, with notices", "failed", "waiting"; see `notices`), `attempts` (0:
            the answer was there already), `truncated`, the number of rows in each table, the columns of
            `Replay.summary`, then the labels.
        """
        rows = [self._receipt_fields(self._receipts.get(row)) for row in self.manifest[ROW_COLUMN]]
        numbers = pd.DataFrame([row["summary"] for row in rows]).astype(float)
        columns: dict[str, Any] = {
            **{name: self.manifest[name].to_numpy() for name in ("start", "end") if name in self.manifest},
            "duration": np.array([row["duration"] for row in rows], float),
            "status": pd.Categorical([row["status"] for row in rows], [DONE, DONE_WITH_NOTICES, FAILED, "waiting"]),
            "attempts": np.array([row["attempts"] for row in rows], np.int64),
            "truncated": np.array([row["truncated"] for row in rows], bool),
            **{name: np.array([row["rows"].get(name, 0) for row in rows], np.int64) for name in TABLES},
            **{str(name): numbers[name].to_numpy() for name in numbers},
            ROW_COLUMN: self.manifest[ROW_COLUMN].to_numpy(),
        }
        return self._join_labels(pd.DataFrame(columns, index=pd.Index(self.manifest["file"], name="file")))

    @cached_property
    def failures(self) -> pd.DataFrame:
        """A row for each recording that has no results.

        Returns
        -------
        pandas.DataFrame
            Index `file`. Columns `step` ("open", "hash", "send", "read"), `error` (its name), `sentence` (its message),
            `attempts`, then the labels. Empty without failures.
        """
        failed = [self._receipts[row] for row in self.manifest[ROW_COLUMN] if self._failed(row)]
        table = pd.DataFrame(
            {
                **{
                    name: pd.Series([getattr(each, name) for each in failed], dtype="str").to_numpy()
                    for name in ("step", "error", "sentence")
                },
                "attempts": np.array([each.attempts for each in failed], np.int64),
                ROW_COLUMN: pd.Series([each.id for each in failed], dtype="str").to_numpy(),
            },
            index=pd.Index([each.file for each in failed], name="file", dtype="str"),
        )
        return self._join_labels(table)

    @cached_property
    def notices(self) -> pd.DataFrame:
        """A row for each notice about a recording that is done.

        Returns
        -------
        pandas.DataFrame
            Index `file`. Columns `notice` (name of the warning that a single replay gives), `sentence` (its text), then
            the labels. Empty without notices.
        """
        known = [self._receipts[row] for row in self.manifest[ROW_COLUMN] if row in self._receipts]
        rows = [(each, *notice) for each in known if each.status == DONE for notice in each.notices.items()]
        table = pd.DataFrame(
            {
                "notice": pd.Series([name for _, name, _ in rows], dtype="str").to_numpy(),
                "sentence": pd.Series([sentence for *_, sentence in rows], dtype="str").to_numpy(),
                ROW_COLUMN: pd.Series([each.id for each, *_ in rows], dtype="str").to_numpy(),
            },
            index=pd.Index([each.file for each, *_ in rows], name="file", dtype="str"),
        )
        return self._join_labels(table)

    def scan(self, table: str) -> pads.Dataset:
        """Open a table without reading it, as a `pyarrow.dataset.Dataset`, to filter it or read it in batches.

        Parameters
        ----------
        table : {"segments", "signals", "engagement", "quality", "coverage"}
            Name of the table.

        Returns
        -------
        pyarrow.dataset.Dataset
            Flat: columns `file`, `start`, `end` (float64, s), then the table's.

        Raises
        ------
        SettingsError
            There is no such table, or it is empty.
        """
        files = self._table_files(table)
        if not files:
            raise SettingsError(setting="table", value=table, rule="this run has no row of it")
        first = pads.dataset(files, format="parquet", filesystem=self._storage.system)
        parts = [*first.get_fragments()]
        # The files get the same columns only at the end of a run, and an interrupted run must be readable, too.
        with ThreadPoolExecutor(SCHEMA_THREADS) as readers:  # each schema is a read, perhaps over a network
            schemas = [*readers.map(lambda part: part.physical_schema, parts)]
        schema = unified_schema(schemas).with_metadata(first.schema.metadata)
        return pads.FileSystemDataset(parts, schema, first.format, first.filesystem)

    def path(self, table: str) -> str:
        """Return the folder of a table's Parquet files, one per recording, for pandas, Dask and DuckDB.

        In DuckDB: `SELECT file, avg(energy) FROM '<path>/*.parquet' GROUP BY file`.
        """
        return self._storage.path(table)

    def replay(self, file: str) -> Replay:
        """Return the Replay of one recording: every message, the report, the packets.

        Parameters
        ----------
        file : str
            The recording's name, or the id of its row, as in `summary` and `manifest`.

        Raises
        ------
        SettingsError
            No recording of that name is done.
        """
        rows = self.manifest[(self.manifest["file"] == file) | (self.manifest[ROW_COLUMN] == file)][ROW_COLUMN]
        done = [self._receipts[row] for row in rows if row in self._receipts and self._receipts[row].status == DONE]
        if not done:
            raise SettingsError(setting="file", value=file, rule="no recording of that name is done in this run")
        return Replay.read(self._journal_path(done[0].key))

    def journals(self) -> list[Path]:
        """Return the journals of this dataset's recordings that are done, as files of this machine."""
        known = [self._receipts[row] for row in self.manifest[ROW_COLUMN] if row in self._receipts]
        return [self._journal_path(key) for key in dict.fromkeys(each.key for each in known if each.status == DONE)]

    def __len__(self) -> int:
        return len(self.manifest)

    def __repr__(self) -> str:
        return f"<Run in {self.folder!r}: {'; '.join(self.facts())}>"

    def facts(self) -> list[str]:
        """Describe the run in short phrases."""
        counted = self.summary["status"].value_counts()
        done = self.summary["status"].isin([DONE, DONE_WITH_NOTICES])
        hours = self.summary.loc[done, "duration"].sum() / SECONDS_PER_HOUR
        facts = [f"{done.sum()} of {len(self)} recordings through {self.api}, {self.source}"]
        facts.append(f"{hours:.2f} h of media" if hours >= 1 else f"{hours * 60:.1f} min of media")
        found = {name: int(self.summary[name].sum()) for name in TABLES}
        facts += [f"{count} {name}" for name, count in found.items() if count]
        facts += [f"{counted[DONE_WITH_NOTICES]} with notices"] if counted[DONE_WITH_NOTICES] else []
        facts += [f"{counted[state]} {state}" for state in (FAILED, "waiting") if counted[state]]
        return facts

    def _repr_html_(self) -> str:
        facts = "".join(f"<li>{escape(fact)}</li>" for fact in self.facts())
        tables = self.failures[["step", "error", "sentence"]], self.notices[["notice", "sentence"]]
        shown = "".join(
            f"{each.head(MAX_SHOWN_FAILURES).to_html(border=0)}{more_rows_html(each, MAX_SHOWN_FAILURES)}"
            for each in tables
            if len(each)
        )
        return f"<div><b>Run in {escape(self.folder)}</b><ul>{facts}</ul>{shown}</div>"

    @cached_property
    def _receipts(self) -> dict[str, Receipt]:
        return read_receipts(self._storage)

    def _failed(self, row: str) -> bool:
        return row in self._receipts and self._receipts[row].status == FAILED

    @staticmethod
    def _receipt_fields(receipt: Receipt | None) -> dict[str, Any]:
        if receipt is None:
            return WAITING_FIELDS
        return vars(receipt) | {"status": receipt.shown_status}

    def _journal_path(self, key: str) -> Path:
        name = f"journals/{key}.jsonl"
        if self._storage.on_disk:
            return self._storage.local(name)
        path = temporary_folder() / f"{key}.jsonl"
        path.write_bytes(self._storage.read(name))
        return path

    def _table_files(self, table: str) -> list[str]:
        if table not in TABLES:
            raise SettingsError(setting="table", value=table, rule=f"it must be one of {', '.join(TABLES)}")
        there = {*self._storage.names(table, ".parquet")}
        return [self._storage.path(f"{table}/{row}.parquet") for row in self.manifest[ROW_COLUMN] if row in there]

    def _indexed_by_row(self, name: str) -> pd.DataFrame:
        """Return a table with the id of the dataset's row as the last level of its index."""
        if self._table_files(name):
            scan = self.scan(name)
            arrow = scan.to_table(columns=[*scan.schema.names, "__filename"])
            rows = [path.rpartition("/")[2].removesuffix(".parquet") for path in arrow["__filename"].to_pylist()]
            table = from_arrow(arrow.drop_columns("__filename"), name)
        else:
            table, rows = EMPTY_TABLES[name](), []
        by = pd.Index(rows, name=ROW_COLUMN, dtype="str")
        self._mark_unmarked(table, rows)
        return table.drop(columns="session", errors="ignore").set_index(by, append=True)

    def _mark_unmarked(self, table: pd.DataFrame, rows: Sequence[str]) -> None:
        """Fill the column `suspect` where a file of an earlier version has none; what needs other tables is not found.

        Such a file was read from a journal, which is still there: `replay(file)` marks all.
        """
        known = table[SUSPECT] if SUSPECT in table else pd.Series(None, table.index, dtype=object)
        ends = {row: (each.start or 0.0) + each.duration for row, each in self._receipts.items()}
        durations = np.array([ends.get(row, np.inf) for row in rows], np.float64)
        marked = impossible_times.mark(row_times(table), durations, relative=False)
        table[SUSPECT] = np.where(known.isna(), marked, known).astype(bool)

    def _read_labelled(self, name: str) -> pd.DataFrame:
        return self._with_labels(self._indexed_by_row(name))

    def _with_labels(self, table: pd.DataFrame) -> pd.DataFrame:
        found = self._join_labels(table.reset_index(ROW_COLUMN))
        units = APIS[self.api].units(local=self.source != "server")
        known = {column: unit for column, unit in units.items() if column in found.columns}
        found.attrs = {"units": known, "source": self.source, "api": self.api}
        return found

    def _join_labels(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add the labels of the dataset's row to each row, and drop the row's id."""
        labels = self.manifest.drop(columns=[name for name in RESERVED_COLUMNS if name in self.manifest])
        labels.index = pd.Index(self.manifest[ROW_COLUMN])
        labels = labels.rename(columns={name: f"{name}_label" for name in labels.columns.intersection(table.columns)})
        beside = labels.reindex(table[ROW_COLUMN]).set_axis(table.index)
        return pd.concat([table.drop(columns=ROW_COLUMN), beside], axis=1)
