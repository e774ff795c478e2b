"""The formats there are. Each is a module of the shape of `Format`, imported when it is wanted."""

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
"""Name of each format, and of its module."""

FORMAT_LIBRARIES = {"audformat": "audformat", "eaf": "pympi", "parquet": "pyarrow", "textgrid": "praatio"}
"""What some are written and read with, which may not be installed."""

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
    UNIT : int
        Microseconds to which it keeps times.
    TIMED : bool
        Whether it can only tell what has a place on the time axis.
    """

    RESOLUTION_US: int
    TIMED_ONLY: bool

    def write(self, content: Content, folder: Path) -> Iterator[Path]:
        """Write files into a folder; gives each path when it is there."""

    def read(self, path: Path) -> pd.DataFrame:
        """Read labels. What the format has no place for is empty; `file` may be the file's own stem."""


def load_format(name: str) -> Format:
    """Give the format of that name, in any spelling of it.

    Raises
    ------
    SettingsError
        There is none.
    LibraryMissing
        What it is written and read with is not installed.
    """
    known = name.lower().replace("_", "-").removeprefix(".")
    if known not in FORMAT_MODULES:
        rule = f"it must be one of {', '.join([*FORMAT_MODULES, 'cassettes'])}"
        raise SettingsError(setting="format", value=name, rule=rule)
    if known in FORMAT_LIBRARIES:
        need(FORMAT_LIBRARIES[known])
    return cast("Format", importlib.import_module(f"emotoolkit.exports.formats.{FORMAT_MODULES[known]}"))


def format_of_path(path: Path) -> str:
    """Name the format of a file, by its suffix; a folder is taken for an audformat database.

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
