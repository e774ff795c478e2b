"""Parquet: one file for each table, with pandas' index; units and who measured are in the file's metadata.

`read` takes any table with that index, or with columns of these names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.exports import labels
from emotoolkit.exports.seconds import with_time_index
from emotoolkit.utils.file_names import atomic_replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1
TIMED_ONLY = False


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write `tracks.parquet` and each table that has rows."""
    for name, table in [*content.tables.items(), ("tracks", content.labels)]:
        path = folder / f"{name}.parquet"
        with atomic_replace(path) as part:
            table.to_parquet(part)
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read a table of labels."""
    found = pd.read_parquet(path)
    if {"file", "start", "end"} <= set(found.index.names):
        return labels.to_long_form(found)
    return labels.to_long_form(
        with_time_index(found if found.index.names == [None] else found.reset_index(), path.stem)
    )
