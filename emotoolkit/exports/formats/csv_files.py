"""CSV: one file for each table, times in seconds; `columns.json` has units and who measured.

`read` takes any table with `file`, `start`, `end` (seconds, or what pandas reads as a Timedelta) and columns of labels,
separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from emotoolkit.exports import labels
from emotoolkit.exports.seconds import in_seconds, parse_text_table
from emotoolkit.tables.csv_files import dialect
from emotoolkit.utils.file_names import atomic_replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1
TIMED_ONLY = False

TIME_UNITS = {"start": "s of media time", "end": "s of media time"}


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write `tracks.csv`, each table that has rows, and `columns.json`."""
    about: dict[str, Any] = {}
    for name, table in [*content.tables.items(), ("tracks", content.labels)]:
        path = folder / f"{name}.csv"
        with atomic_replace(path) as part:
            # Text in quotes: some readers would end a line at a lone carriage return in it.
            flat = in_seconds(table)
            flat.to_csv(part, index=False, lineterminator="\n", encoding="utf-8", quoting=csv.QUOTE_NONNUMERIC)
        about[path.name] = {"units": TIME_UNITS | table.attrs.get("units", {}), "source": table.attrs.get("source", "")}
        yield path
    about["tracks.csv"]["source"] = "; ".join(content.labels["source"].unique())
    with atomic_replace(folder / "columns.json") as part:
        part.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")
    yield folder / "columns.json"


def read(path: Path) -> pd.DataFrame:
    """Read a table of labels."""
    with path.open(encoding="utf-8-sig") as file:
        settings = dialect(file.readline())
    found = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", **settings)
    found = found.rename(columns=str.strip)
    if settings["sep"] == ";" and not _has_decimal_points(found):
        numbers = found.columns.difference(["file", "track", "label"])
        found[numbers] = found[numbers].replace(r"^(-?\d+),(\d+)$", r"\1.\2", regex=True)
    return labels.to_long_form(parse_text_table(found, path.stem))


def _has_decimal_points(found: pd.DataFrame) -> bool:
    """Whether times have decimal points; else commas may be decimal, as spreadsheets write them in many countries."""
    times = [name for name in ("start", "end", "duration") if name in found]
    return any(found[name].str.contains(".", regex=False).any() for name in times)
