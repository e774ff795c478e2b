"""Results of a replay, printed to the terminal and written as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotoolkit.utils.cut_tables import more_rows
from emotoolkit.utils.folders import write_error

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from emotoolkit.replays.result import Replay

__all__ = ["head_of_table", "print_replay", "write_tables"]

MAX_ROWS = 12
"""Rows of a table that are printed."""

TABLE_NAMES = ("segments", "signals", "engagement", "quality", "tracks", "events", "packets")
RESULT_TABLE_NAMES = TABLE_NAMES[:4]


def print_replay(replay: Replay) -> None:
    """Print each result table that has rows, and the summary of the replay."""
    import pandas as pd

    print(replay)
    with pd.option_context("display.width", 140, "display.max_columns", 12, "display.max_colwidth", 60):
        for name in RESULT_TABLE_NAMES:
            table: pd.DataFrame = getattr(replay, name)
            if len(table):
                print(f"\n{name} ({len(table)} rows)")
                print(head_of_table(_in_seconds(table), MAX_ROWS, index=False))
        print("\nsummary")
        print(replay.summary().round(4).to_string(), "\n")


def head_of_table(table: pd.DataFrame, most: int, *, index: bool = True) -> str:
    """Return the first rows of a table as text; where it has more, the last line says how many."""
    return "\n".join(filter(None, [table.head(most).to_string(index=index), more_rows(table, most)]))


def _in_seconds(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with times in seconds, which are short enough for a terminal."""
    flat = table.reset_index().drop(columns="file")
    return flat.assign(start=flat["start"].dt.total_seconds(), end=flat["end"].dt.total_seconds())


def write_tables(replay: Replay, folder: Path) -> None:
    """Write each table that has rows as CSV, named after the journal.

    Raises
    ------
    DiskFull, NotWritable
        A table could not be written.
    """
    stem = replay.journal.stem
    try:
        for name in TABLE_NAMES:
            table: Any = getattr(replay, name)
            if len(table):
                table.to_csv(folder / f"{stem}-{name}.csv")
    except OSError as problem:
        raise write_error(folder, problem) from problem
    print(f"Tables and journal are in {folder}.")
