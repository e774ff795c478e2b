"""Unfinished files: what a killed process leaves beside the files that it was writing, and its removal.

A file that is being written has another name, `.NAME.TOKEN.part`, and a lock beside it, `.NAME.TOKEN.lock`, which the
system releases when the writer ends, however that ends, on whichever machine that shares the folder. A folder that is
being replaced is for a moment `.NAME.TOKEN.former`: a writer that is killed then has left nothing under the name.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from emotoolkit.utils.file_locks import HeldLock
from emotoolkit.utils.folders import is_in_use, newest_change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["abandoned", "discard", "former_path", "put_back_or_discard", "sweep", "unfinished_path"]

NAME = re.compile(r"\.(?P<name>.+)\.(?P<token>\d+(-[0-9a-f]{8})?)\.(?P<kind>part|former)")


@contextmanager
def unfinished_path(path: Path) -> Iterator[Path]:
    """Give a name beside a path for what is being written; what is left there at the end of the block is removed.

    The first call of a process for a folder removes what processes that have died left in it.
    """
    sweep(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    lock = None
    with suppress(OSError):  # a file system without locks: its age tells instead
        lock = HeldLock(part.with_suffix(".lock"))
    try:
        yield part
    finally:
        discard(part)
        if lock is not None:
            lock.release()


def former_path(part: Path) -> Path:
    """Return the name of what is being replaced by a finished part."""
    return part.with_suffix(".former")


def abandoned(folder: Path) -> Iterator[Path]:
    """List what processes that have died left in a folder: unfinished files, and what they were to replace."""
    for found in sorted(folder.glob(".*.*")):
        if NAME.fullmatch(found.name):
            with suppress(FileNotFoundError):  # finished meanwhile
                if not is_in_use(found.with_suffix(".lock"), newest_change(found)):
                    yield found


@lru_cache(maxsize=1024)
def sweep(folder: Path) -> None:
    """Remove what processes that have died left in a folder, once a process: a folder may have many files."""
    for found in abandoned(folder):
        with suppress(OSError):
            put_back_or_discard(found)


def put_back_or_discard(found: Path) -> None:
    """Give a file or folder that was to be replaced its name again, if nothing has it now; remove anything else."""
    match = NAME.fullmatch(found.name)
    assert match is not None
    original = found.with_name(match["name"])
    if match["kind"] == "former" and not original.exists():
        found.rename(original)
    else:
        discard(found)
    found.with_suffix(".lock").unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove a file, or a folder with what is in it, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
