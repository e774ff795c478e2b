"""The registry of formats. Each is a module with the interface `Format`, imported when it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

from emotoolkit.errors import SettingsError
from emotoolkit.utils.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

__all__ = ["FORMAT_MODULES", "Format", "format_of_path", "load_format"]

FORMAT_MODULES = {
    "csv": "csv_files",
    "parquet": "parquet",
    "audformat": "audformat",
    "eaf": "elan",
    "textgrid": "praat",
    "bids": "bids",
    "rttm": "rttm",
    "webvtt": "webvtt",
    "label-studio": "label_studio",
}
"""Names of the formats and of their modules."""

FORMAT_LIBRARIES = {"audformat": "audformat", "eaf": "pympi", "parquet": "pyarrow", "textgrid": "praatio"}
"""Optional libraries with which some formats are written and read."""

FORMAT_BY_SUFFIX = {
    ".csv": "csv",
    ".eaf": "eaf",
    ".json": "label-studio",
    ".parquet": "parquet",
    ".rttm": "rttm",
    ".textgrid": "textgrid",
    ".tsv": "bids",
    ".vtt": "webvtt",
    ".yaml": "audformat",
}


class Format(Protocol):
    """A module that writes and reads one format.

    Attributes
    ----------
    RESOLUTION_US : int
        Resolution of its times in microseconds.
    TIMED_ONLY : bool
        Whether it can only hold labels that have a place on the time axis.
    """

    RESOLUTION_US: int
    TIMED_ONLY: bool

    def write(self, content: Content, folder: Path) -> Iterator[Path]:
        """Write files into a folder, and yield the path of each once it is complete."""

    def read(self, path: Path) -> pd.DataFrame:
        """Read labels. Columns that the format has no place for are empty; `file` may be the stem of the path."""


def load_format(name: str) -> Format:
    """Import the module of a format; case, "-" or "_", and a leading dot of its name do not matter.

    Raises
    ------
    SettingsError
        There is no such format.
    LibraryMissing
        The library that it needs is not installed.
    """
    known = name.lower().replace("_", "-").removeprefix(".")
    if known not in FORMAT_MODULES:
        rule = f"it must be one of {', '.join([*FORMAT_MODULES, 'cassettes'])}"
        raise SettingsError(setting="format", value=name, rule=rule)
    if known in FORMAT_LIBRARIES:
        need(FORMAT_LIBRARIES[known])
    return cast("Format", importlib.import_module(f"emotoolkit.exports.formats.{FORMAT_MODULES[known]}"))


def format_of_path(path: Path) -> str:
    """Return the name of a file's format by its suffix; a folder is taken for an audformat database.

    Raises
    ------
    SettingsError
        No format has that suffix.
    """
    if path.is_dir():
        return "audformat"
    if path.suffix.lower() not in FORMAT_BY_SUFFIX:
        rule = f"labels are read from {', '.join(FORMAT_BY_SUFFIX)} and folders of audformat"
        raise SettingsError(setting="path", value=str(path), rule=rule)
    return FORMAT_BY_SUFFIX[path.suffix.lower()]
