"""Folders that are written to: made where there are none, or a sentence; and names for files in them."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.errors import DiskFull, NotWritable

if TYPE_CHECKING:
    import os

__all__ = [
    "BYTES_PER_MB",
    "RESERVE_MB",
    "is_disk_full",
    "make_folder",
    "safe_name",
    "shared_temporary_folder",
    "temporary_folder",
    "write_error",
]

RESERVE_MB = 64.0
"""MB that ought to be free: a full disk would tear the journals of all open sessions at once."""

BYTES_PER_MB = 1e6

DISK_FULL_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Errors that room would mend: of the disk, or of one's own share of it. Windows knows no such share."""


def make_folder(folder: Path) -> Path:
    """Make a folder, if need be.

    Raises
    ------
    NotWritable
        It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        if folder.is_file():
            raise NotWritable(folder=str(folder), reason="it is a file") from problem
        raise write_error(folder, problem) from problem
    return folder


def is_disk_full(problem: BaseException) -> bool:
    """Whether room is all that was missing."""
    return isinstance(problem, OSError) and problem.errno in DISK_FULL_ERRNOS


def write_error(folder: str | os.PathLike[str], problem: OSError, *, on_disk: bool = True) -> DiskFull | NotWritable:
    """Say why nothing could be written under a folder; one that is not `on_disk` cannot say how much is free."""
    if not is_disk_full(problem):
        return NotWritable(folder=str(folder), reason=problem.strerror or str(problem))
    free = 0.0
    with suppress(OSError):  # then nothing is known to be free
        free = shutil.disk_usage(folder).free / BYTES_PER_MB if on_disk else 0.0
    return DiskFull(folder=str(folder), free=free, needed=RESERVE_MB)


def safe_name(name: str) -> str:
    """Make of a name what every disk takes."""
    return re.sub(r"[^\w.-]", "_", name)


def temporary_folder(purpose: str = "") -> Path:
    """Make a temporary folder, which nobody removes; `of` what it is may be in its name."""
    return Path(tempfile.mkdtemp(prefix=f"emotoolkit-{purpose}"))


@lru_cache
def shared_temporary_folder(purpose: str = "") -> Path:
    """Give the same temporary folder to all of this process."""
    return temporary_folder(purpose)
