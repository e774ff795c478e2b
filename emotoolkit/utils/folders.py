"""Folders to write to, errors of writing as sentences, and safe file names."""

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
"""MB that must be free: a full disk would tear the journals of all open sessions at once."""

BYTES_PER_MB = 1e6

MAX_NAME_BYTES = 150
"""Bytes of a name: file systems allow 255, and names of journals and tables go on behind it."""

DISK_FULL_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Error numbers of a full disk and of an exhausted quota, which Windows does not have."""


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
    """Whether an error means that the disk, or the quota, is full."""
    return isinstance(problem, OSError) and problem.errno in DISK_FULL_ERRNOS


def write_error(folder: str | os.PathLike[str], problem: OSError, *, on_disk: bool = True) -> DiskFull | NotWritable:
    """Make the error for a failed write in a folder; if it is not `on_disk`, its free space is not known."""
    if not is_disk_full(problem):
        return NotWritable(folder=str(folder), reason=problem.strerror or str(problem))
    free = 0.0
    with suppress(OSError):  # not known
        free = shutil.disk_usage(folder).free / BYTES_PER_MB if on_disk else 0.0
    return DiskFull(folder=str(folder), free=free, needed=RESERVE_MB)


def safe_name(name: str) -> str:
    """Replace all characters of a name that some file system does not allow, and shorten it, so that it has an end."""
    legal = re.sub(r"[^\w.-]", "_", name)
    return legal.encode(errors="replace")[:MAX_NAME_BYTES].decode(errors="ignore")


def temporary_folder(purpose: str = "") -> Path:
    """Make a temporary folder, which is not removed; its name contains the purpose."""
    return Path(tempfile.mkdtemp(prefix=f"emotoolkit-{purpose}"))


@lru_cache
def shared_temporary_folder(purpose: str = "") -> Path:
    """Give the temporary folder that this process shares for a purpose."""
    return temporary_folder(purpose)
