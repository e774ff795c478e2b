"""audformat: a database with each table under its own name, and `tracks`, which has all labels in long form.

An audformat table cannot hold two rows of the same stretch, so the second of them is in a table `segments.2`. Units are
in the schemes, and who measured is the rater, a machine. Databases of other programs are read column by column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from emotoolkit._version import __version__
from emotoolkit.exports import labels
from emotoolkit.utils.file_names import atomic_replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audformat import Database, Scheme

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1
TIMED_ONLY = False

DATABASE_NAME = "emotoolkit"
TRACKS_TABLE = "tracks"
TIME_COLUMNS = ("start", "end")


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write a database into the folder `audformat`."""
    from audformat import Database, Rater

    database = Database(DATABASE_NAME, usage="other", description=f"Written by emotoolkit {__version__}.")
    for api, source in content.labels[["api", "source"]].drop_duplicates().itertuples(index=False):
        database.raters[_rater_name(api, source)] = Rater("machine", description=source)
    for name, table in content.tables.items():
        occurrence = table.groupby(level=["file", "start", "end"], dropna=False).cumcount()
        for number in range(occurrence.max() + 1):
            part = table[(occurrence == number).to_numpy()]
            _add_table(database, name if number == 0 else f"{name}.{number + 1}", part, table.attrs)
    _add_tracks(database, content.labels)
    with atomic_replace(folder / "audformat") as place:
        database.save(str(place))
    yield folder / "audformat"


def read(path: Path) -> pd.DataFrame:
    """Read a database from its folder or its header."""
    from audformat import Database

    database = Database.load(str(path if path.is_dir() else path.parent))
    if TRACKS_TABLE in database.misc_tables and {"file", *labels.COLUMNS} <= set(
        database.misc_tables[TRACKS_TABLE].columns
    ):
        return _read_tracks(database)
    wide = [_with_segmented_index(database[name].get()) for name in database.tables]
    return labels.make_table(row for each in wide for row in labels.iterate_labels(labels.to_long_form(each)))


def _add_table(database: Database, name: str, table: pd.DataFrame, about: dict[Any, Any]) -> None:
    from audformat import Column, Table

    database[name] = made = Table(table.index)
    rater = _rater_name(str(about.get("api", "")), str(about.get("source", "")))
    for column in table.columns:
        scheme = f"{name}.{column}"
        database.schemes[scheme] = _make_scheme(table[column], about.get("units", {}).get(column))
        made[column] = Column(scheme_id=scheme, rater_id=rater if rater in database.raters else None)
        made[column].set(table[column].astype(database.schemes[scheme].to_pandas_dtype()))


def _make_scheme(column: pd.Series[Any], unit: str | None) -> Scheme:
    from audformat import Scheme

    meta = None if unit is None else {"unit": unit}
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Scheme("str", labels=[str(label) for label in column.cat.categories], meta=meta)
    kinds = {"f": "float", "i": "int", "b": "bool"}
    return Scheme(kinds.get(column.dtype.kind, "str"), meta=meta)


def _add_tracks(database: Database, found: pd.DataFrame) -> None:
    from audformat import Column, MiscTable, Scheme

    flat = found.reset_index()
    database[TRACKS_TABLE] = table = MiscTable(
        pd.RangeIndex(len(flat), name="row"), description="all labels in long form"
    )
    database.schemes["time"] = Scheme("time")
    database.schemes["words"] = Scheme("str")
    database.schemes["value"] = Scheme("float")
    for column in flat.columns:
        table[column] = Column(
            scheme_id="time" if column in TIME_COLUMNS else "value" if column == "value" else "words"
        )
        table[column].set(flat[column])


def _read_tracks(database: Database) -> pd.DataFrame:
    flat = database[TRACKS_TABLE].get().reset_index(drop=True)
    return labels.make_table(labels.iterate_labels(flat.set_index(["file", *TIME_COLUMNS])))


def _with_segmented_index(table: pd.DataFrame) -> pd.DataFrame:
    from audformat.utils import to_segmented_index

    found: pd.DataFrame = to_segmented_index(table, allow_nat=True)
    return found


def _rater_name(api: str, source: str) -> str:
    return ", ".join(filter(None, [api, source])) or DATABASE_NAME
