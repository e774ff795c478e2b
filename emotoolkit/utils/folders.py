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

__all__ = ["MEGA", "RESERVE", "is_full", "made", "refusal", "safe", "shared_temporary", "temporary"]

RESERVE = 64.0
"""MB that ought to be free: a full disk would tear the journals of all open sessions at once."""

MEGA = 1e6

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Errors that room would mend: of the disk, or of one's own share of it. Windows knows no such share."""


def made(folder: Path) -> Path:
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
        raise refusal(folder, problem) from problem
    return folder


def is_full(problem: BaseException) -> bool:
    """Whether room is all that was missing."""
    return isinstance(problem, OSError) and problem.errno in FULL


def refusal(folder: str | os.PathLike[str], problem: OSError, *, on_disk: bool = True) -> DiskFull | NotWritable:
    """Say why nothing could be written under a folder; one that is not `on_disk` cannot say how much is free."""
    if not is_full(problem):
        return NotWritable(folder=str(folder), reason=problem.strerror or str(problem))
    free = 0.0
    with suppress(OSError):  # then nothing is known to be free
        free = shutil.disk_usage(folder).free / MEGA if on_disk else 0.0
    return DiskFull(folder=str(folder), free=free, needed=RESERVE)


def safe(name: str) -> str:
    """Make of a name what every disk takes."""
    return re.sub(r"[^\w.-]", "_", name)


def temporary(of: str = "") -> Path:
    """Make a temporary folder, which nobody removes; `of` what it is may be in its name."""
    return Path(tempfile.mkdtemp(prefix=f"emotoolkit-{of}"))


@lru_cache
def shared_temporary(of: str = "") -> Path:
    """Give the same temporary folder to all of this process."""
    return temporary(of)
