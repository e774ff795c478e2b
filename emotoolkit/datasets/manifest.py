"""read_dataset: read a manifest or a folder into a table of recordings; and the recordings' names in a run."""

from __future__ import annotations

import os
import posixpath
import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit.datasets.label_files import find_label_files
from emotoolkit.datasets.layouts import LAYOUTS, explain_misfit, nearest_layout, unlabelled
from emotoolkit.errors import DatasetError, LabelsLeftOutWarning, LeftOutWarning, SettingsError, some
from emotoolkit.media.remote import is_remote
from emotoolkit.tables.csv_files import read_csv
from emotoolkit.tables.times import parse_time
from emotoolkit.utils.extras import need, needing

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["JOINED_COLUMNS", "MEDIA_SUFFIXES", "normalize_dataset", "read_dataset", "relative_names"]

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".wma", ".aif", ".aiff")
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".mpg", ".mpeg")
MEDIA_SUFFIXES = frozenset(AUDIO_SUFFIXES + VIDEO_SUFFIXES)
"""Suffixes by which a folder's recordings are recognised; the files themselves are opened when they are planned."""

MANIFEST_NAMES = ("manifest.csv", "manifest.parquet")
MAX_SHOWN_SUFFIXES = 4
"""Suffixes listed in the error for a folder without recordings."""

AUDFORMAT_HEADER = "db.yaml"
"""File by which an audformat database is recognised."""

JOINED_COLUMNS = ("joined", "joined_start", "joined_end")
"""Columns of `join_clips`: the joined recording in which a clip lies, and where."""


def read_dataset(path: str | os.PathLike[str], *, layout: str | None = None, table: str | None = None) -> pd.DataFrame:
    """Read a dataset: a table of recordings, with their labels beside them. No recording is opened.

    Parameters
    ----------
    path : str or path
        A manifest, CSV (commas or semicolons) or Parquet, with a column `file`, perhaps `start` and `end` (seconds, or
        what pandas reads as a Timedelta), and any label columns. Or a folder: with a `manifest.csv` or
        `manifest.parquet` in it; an audformat database; a corpus in a known layout; or just recordings, also in
        subfolders. On this machine, or anywhere fsspec reaches (`s3://…`, `memory://…`).
    layout : {"ravdess", "crema-d", "emodb", "iemocap", "meld", "msp-podcast"} or None
        The layout of the corpus in a folder. None recognises it, or reads all recordings without labels, and warns if
        there are files that may hold some.
    table : str or None
        Which table of an audformat database; None takes the only one.

    Returns
    -------
    pandas.DataFrame
        A row for each recording or clip. Columns `file` (str: a path to open from here), if there are clips `start` and
        `end` (timedelta64[ns], media time; NaT stands for the recording's own beginning or end), then the labels
        unchanged; one called `row`, or `joined` without the columns of `join_clips`, gets the suffix `_label`.
        `attrs["root"]` is the folder.

    Raises
    ------
    DatasetError
        There is no such file or folder, no column `file`, no recording, a row without a file, an unreadable time, or a
        duplicate clip.
    SettingsError
        There is no layout or table of that name.

    Warns
    -----
    LeftOutWarning
        Files of a folder have names that are not Unicode, or a corpus has recordings without labels.
    LabelsLeftOutWarning
        A folder was read without labels, and there are files in it that may hold some, or it nearly has a layout.

    Examples
    --------
    >>> corpus = read_dataset("datasets/sample")
    >>> corpus[["file", "kind"]]
                                file       kind
    0       datasets/sample/talk.wav  monologue
    1       datasets/sample/call.wav       call
    2  datasets/sample/interview.mp4  interview
    """
    place = os.fspath(path)
    if layout is not None and layout not in LAYOUTS:
        raise SettingsError(setting="layout", value=layout, rule=f"it must be one of {', '.join(LAYOUTS)}")
    if PurePosixPath(place).suffix.lower() in {".csv", ".parquet"}:
        return _with_full_paths(
            _read_manifest(place), posixpath.dirname(Path(place).as_posix() if not is_remote(place) else place)
        )
    folder = _ListedFolder.read(place)
    return _with_full_paths(_read_folder(folder, layout, table), folder.root)


def normalize_dataset(dataset: pd.DataFrame | str | os.PathLike[str], path: str = "the table") -> pd.DataFrame:
    """Check a table and bring it into the form that `read_dataset` returns; a path is read.

    Raises
    ------
    DatasetError
        It has no column `file` or no row, two columns of one name, a row without a file, unreadable times, or the same
        clip twice.
    """
    if isinstance(dataset, str | os.PathLike):
        return read_dataset(dataset)
    if "file" not in dataset:
        dataset = dataset.reset_index(allow_duplicates=True)  # audformat has file, start and end in its index
    dataset = _rename_clashing_labels(dataset)
    _check_columns(dataset, path)
    clean = dataset.reset_index(drop=True).copy()
    clean["file"] = _check_files(clean["file"], path)
    for name in ("start", "end"):
        if name in clean:
            clean[name] = _parse_times(clean[name], name, path)
    places = [name for name in ("file", "start", "end") if name in clean]
    twice = clean.duplicated(places)
    if twice.any():
        first = clean.loc[twice, "file"].iloc[0]
        raise DatasetError(path=path, reason=f"{first!r} is in it twice, with the same start and end")
    clean.attrs = dict(dataset.attrs)
    return clean[[*places, *(name for name in clean.columns if name not in places)]]


def relative_names(dataset: pd.DataFrame) -> list[str]:
    """Name each row's file without its location on this machine.

    A relative path is its own name; an absolute or remote one is made relative to the dataset's folder, or to the
    deepest folder that contains all files.

    Examples
    --------
    >>> relative_names(pd.DataFrame({"file": ["/home/eva/corpus/a/1.wav", "/home/eva/corpus/b/1.wav"]}))
    ['a/1.wav', 'b/1.wav']
    """
    files = [str(file).replace(os.sep, "/") for file in dataset["file"]]
    if not any(_reveals_location(file) for file in files):
        return files
    root = str(dataset.attrs.get("root", "")).replace(os.sep, "/").rstrip("/")
    if not root or not all(file.startswith(root + "/") for file in files):
        root = _common_folder([posixpath.dirname(file) for file in files])
    return [file.removeprefix(root).lstrip("/") for file in files]


def _reveals_location(file: str) -> bool:
    """Whether a path reveals more than a file's place in the dataset."""
    return is_remote(file) or file.startswith(("/", "~")) or ".." in file.split("/") or file[1:2] == ":"


def _common_folder(folders: list[str]) -> str:
    """Return the deepest folder that contains all; unlike `os.path.commonpath` also of addresses and paths mixed."""
    levels = zip(*(folder.split("/") for folder in folders), strict=False)
    same = takewhile(lambda level: len({*level}) == 1, levels)
    return "/".join(level[0] for level in same)


@dataclass(frozen=True)
class _ListedFolder:
    """The files of a local or remote folder."""

    root: str
    files: Sequence[str]

    @classmethod
    def read(cls, place: str) -> _ListedFolder:
        if is_remote(place):
            with needing("fsspec"):
                import fsspec

            system, inside = fsspec.core.url_to_fs(place)
            found = [os.path.relpath(file, inside) for file in system.find(inside)]
            root = place.rstrip("/")
        else:
            root = Path(place).as_posix()
            found = [
                (Path(at) / name).relative_to(place).as_posix() for at, _, files in os.walk(place) for name in files
            ]
        found = _drop_non_unicode(found, root)
        if not found and not is_remote(place) and Path(place).is_file():
            raise DatasetError(
                path=place, reason="it is neither a folder nor a manifest, which ends in .csv or .parquet"
            )
        if not found:
            raise DatasetError(path=place, reason="there is no such file or folder, or nothing is in it")
        return cls(root, sorted(found))

    @property
    def media(self) -> list[str]:
        return [
            file
            for file in self.files
            if PurePosixPath(file).suffix.lower() in MEDIA_SUFFIXES and not PurePosixPath(file).name.startswith(".")
        ]

    def text(self, file: str) -> str:
        if not is_remote(self.root):
            return (Path(self.root) / file).read_text(encoding="utf-8", errors="replace")
        with needing("fsspec"):
            import fsspec

        with fsspec.open(f"{self.root}/{file}", encoding="utf-8", errors="replace", mode="rt") as opened:
            return str(opened.read())

    def table(self, file: str) -> pd.DataFrame:
        return read_csv(f"{self.root}/{file}")


def _drop_non_unicode(files: list[str], root: str) -> list[str]:
    """Drop files whose names are not Unicode, such as those of old archives: no table can hold them."""
    kept = [file for file in files if file == file.encode(errors="ignore").decode()]
    skipped = sorted({*files} - {*kept})
    if skipped:
        text = f"{len(skipped)} of {len(files)} files under {root!r} are left out, as their names are not Unicode"
        warnings.warn(f"{text}: rename {skipped[0]!r}.", LeftOutWarning, stacklevel=4)
    return kept


def _read_folder(folder: _ListedFolder, layout: str | None, table: str | None) -> pd.DataFrame:
    if layout is None:
        for name in MANIFEST_NAMES:
            if name in folder.files:
                return _read_manifest(f"{folder.root}/{name}")
        if AUDFORMAT_HEADER in folder.files:
            return _read_audformat(folder.root, table)
    if not folder.media:
        raise DatasetError(path=folder.root, reason=_no_recording_reason(folder))
    for name in LAYOUTS if layout is None else [layout]:
        found = LAYOUTS[name](folder)
        if found is not None:
            _warn_of_unlabelled(folder, name, found)
            return found
    if layout is not None:
        reason = f"it does not have the layout of {layout}: {explain_misfit(folder, layout)}"
        raise DatasetError(path=folder.root, reason=reason)
    _warn_of_labels(folder)
    return pd.DataFrame({"file": pd.Series(folder.media, dtype="str")})


def _no_recording_reason(folder: _ListedFolder) -> str:
    counts = Counter(PurePosixPath(file).suffix.lower() or "no suffix" for file in folder.files)
    kinds = ", ".join(f"{count} of {suffix}" for suffix, count in counts.most_common(MAX_SHOWN_SUFFIXES))
    return (
        f"there is no recording in it, as far as suffixes tell ({kinds}); a manifest with a column 'file' names "
        "recordings whatever their suffix"
    )


def _warn_of_unlabelled(folder: _ListedFolder, layout: str, found: pd.DataFrame) -> None:
    skipped = unlabelled(folder, layout, found)
    if skipped:
        text = f"{len(skipped)} recording(s) in {folder.root!r} are left out, as {layout} has no labels for them"
        warnings.warn(f"{text}: {some(skipped)}.", LeftOutWarning, stacklevel=4)


def _warn_of_labels(folder: _ListedFolder) -> None:
    """Warn if a folder that is read without labels may have some."""
    unread, near = find_label_files(folder.files), nearest_layout(folder)
    if unread or near is not None:
        warning = LabelsLeftOutWarning(
            path=folder.root,
            recordings=len(folder.media),
            unread=unread,
            layout=near,
            misfit="" if near is None else explain_misfit(folder, near),
        )
        warnings.warn(warning, stacklevel=4)


def _read_manifest(place: str) -> pd.DataFrame:
    read: Any = read_csv
    if place.lower().endswith(".parquet"):
        need("pyarrow", *(["fsspec"] if is_remote(place) else []))
        read = pd.read_parquet
    try:
        return pd.DataFrame(read(place))
    except FileNotFoundError:
        raise DatasetError(path=place, reason="there is no such file") from None
    except (ValueError, OSError) as problem:
        raise DatasetError(path=place, reason=str(problem)) from problem


def _read_audformat(root: str, table: str | None) -> pd.DataFrame:
    with needing("audformat"):
        import audformat

    database = audformat.Database.load(root)
    chosen = [*database.tables] if table is None else [table]
    if len(chosen) != 1 or chosen[0] not in database.tables:
        rule = f"it must be one of the database's tables: {', '.join(database.tables)}"
        raise SettingsError(setting="table", value=table, rule=rule)
    return pd.DataFrame(database[chosen[0]].get().reset_index())


def _with_full_paths(table: pd.DataFrame, root: str) -> pd.DataFrame:
    """Make the files' paths openable from here."""
    dataset = normalize_dataset(table, root or ".")
    if root:
        files = dataset["file"]
        absolute = [is_remote(file) or os.path.isabs(file) for file in files]  # noqa: PTH117 - faster for thousands
        dataset["file"] = pd.Series(np.where(absolute, files, f"{root}/" + files), dtype="str")
    dataset.attrs["root"] = root
    return dataset


def _rename_clashing_labels(dataset: pd.DataFrame) -> pd.DataFrame:
    """Rename labels whose names a run uses for its own columns."""
    joined = {*JOINED_COLUMNS} <= {*dataset.columns}
    return dataset.rename(columns={name: f"{name}_label" for name in ("row", *(() if joined else JOINED_COLUMNS))})


def _check_columns(dataset: pd.DataFrame, path: str) -> None:
    if "file" not in dataset:
        found = ", ".join(map(repr, dataset.columns)) or "none"
        raise DatasetError(path=path, reason=f"it has no column 'file'; its columns are {found}")
    twice = dataset.columns[dataset.columns.duplicated()]
    if len(twice):
        raise DatasetError(path=path, reason=f"it has two columns {twice[0]!r}")
    if dataset.empty:
        raise DatasetError(path=path, reason="there is no recording in it")


def _check_files(column: pd.Series[Any], path: str) -> pd.Series[Any]:
    files = column.astype("str")
    missing = np.flatnonzero(column.isna() | (files == ""))
    if len(missing):
        raise DatasetError(path=path, reason=f"row {missing[0] + 1} has no file")
    return files


def _parse_times(column: pd.Series[Any], name: str, path: str) -> pd.Series[Any]:
    cells = []
    for row, cell in enumerate(column, 1):
        try:
            cells.append(parse_time(cell).as_unit("ns"))
        except (ValueError, TypeError, OverflowError) as problem:
            reason = f"column {name!r} holds what is no time in row {row} ({problem})"
            raise DatasetError(path=path, reason=reason) from None
    times = pd.Series(cells, column.index, dtype="timedelta64[ns]").dt.round("us")
    before = np.flatnonzero(times < pd.Timedelta(0))
    if len(before):
        reason = f"column {name!r} holds a time before the recording's begin in row {before[0] + 1}"
        raise DatasetError(path=path, reason=reason)
    return times
