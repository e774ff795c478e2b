"""What this package has left on the disk: how much, how old, and its removal.

Journals without `journal=` and live recordings without `save=` are in temporary folders, which stay, since nobody else
knows whether they are wanted. Only processes that were killed leave anything else.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.errors import NoSuchFile
from emotoolkit.utils import unfinished
from emotoolkit.utils.folders import left_folders, newest_change

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

__all__ = ["tidy"]

KINDS = {"scratch-": "scratch", "preview-": "scratch", "live-": "live recordings", "": "journals"}
"""What is in a temporary folder, by the beginning of its name behind the package's."""

_Row = tuple[str, Path, str, "Callable[[Path], None]"]
"""What it is, its path, its state, and how it is removed."""


def tidy(*folders: str | os.PathLike[str], dry_run: bool = False) -> pd.DataFrame:
    """Remove what processes that have ended left in temporary folders, and say how much it was.

    That includes **journals** of replays without `journal=`, and live recordings without `save=`: copy first what is
    still wanted. What a living process of any notebook or program uses is left alone.

    Parameters
    ----------
    *folders : str or path
        Further folders of yours, such as those of exports, in which unfinished files of killed processes are removed.
        Nothing else is touched there, and nothing below them.
    dry_run : bool
        Whether to remove nothing, and only say what there is.

    Returns
    -------
    pandas.DataFrame
        A row for each folder or file: `what` ("journals", "live recordings", "scratch", "unfinished"), `path`,
        `bytes`, `age` (Timedelta since the last change), and `state` ("removed", "left", "in use").

    Raises
    ------
    NoSuchFile
        One of the folders does not exist.

    Examples
    --------
    >>> list(tidy(dry_run=True).columns)
    ['what', 'path', 'bytes', 'age', 'state']
    """
    now = time.time()
    rows = [*_temporary(), *(row for folder in folders for row in _unfinished(Path(folder)))]
    found = [_describe(row, now, dry_run=dry_run) for row in rows]
    table = pd.DataFrame([row for row in found if row], columns=["what", "path", "bytes", "age", "state"])
    return table.astype({"bytes": "int64", "age": "timedelta64[ns]"})


def _temporary() -> Iterator[_Row]:
    for folder, in_use in left_folders():
        purpose = next(each for each in KINDS if folder.name.startswith(f"emotoolkit-{each}"))
        yield KINDS[purpose], folder, "in use" if in_use else "left", shutil.rmtree


def _unfinished(folder: Path) -> Iterator[_Row]:
    if not folder.is_dir():
        raise NoSuchFile(file=str(folder), folder=str(Path.cwd()))
    for path in unfinished.abandoned(folder):
        yield "unfinished", path, "left", unfinished.put_back_or_discard


def _describe(row: _Row, now: float, *, dry_run: bool) -> tuple[str, str, int, pd.Timedelta, str] | None:
    """Remove what is left, and describe it; None if it has gone meanwhile."""
    what, path, state, remove = row
    try:
        size, age = _size(path), pd.Timedelta(max(0.0, now - newest_change(path)), "s")
    except OSError:
        return None
    if state == "left" and not dry_run:
        with suppress(OSError):
            remove(path)
        state = "left" if path.exists() else "removed"
    return what, str(path), size, age, state


def _size(path: Path) -> int:
    return sum(each.lstat().st_size for each in (path, *path.rglob("*")) if not each.is_dir())
