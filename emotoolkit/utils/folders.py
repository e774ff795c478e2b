"""Folders and files to write, errors of writing as sentences, and safe file names.

Journals and recordings show people. The folders and files that are made for them here are for the user alone, whatever
the umask: `PRIVATE_FOLDER_MODE`, `PRIVATE_FILE_MODE`. What exists already keeps its mode.
"""

from __future__ import annotations

import atexit
import errno
import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.errors import DiskFull, NotWritable
from emotoolkit.utils.file_locks import HeldLock, is_locked
from emotoolkit.utils.platforms import is_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "BYTES_PER_MB",
    "PRIVATE_FILE_MODE",
    "PRIVATE_FOLDER_MODE",
    "RESERVE_MB",
    "is_disk_full",
    "is_in_use",
    "left_folders",
    "make_folder",
    "make_private_folder",
    "newest_change",
    "open_private",
    "safe_name",
    "scratch_folder",
    "shared_temporary_folder",
    "temporary_folder",
    "touch_private",
    "write_error",
]

PREFIX = "emotoolkit-"
"""Beginning of the name of each temporary folder."""

SCRATCH = "scratch-"
"""Beginning, behind the prefix, of the name of a folder that holds nothing that anybody would want to keep."""

LOCK_FILE = ".lock"
"""File in a temporary folder that its process keeps locked."""

UNLOCKED_AGE_S = 86_400.0
"""Seconds without a change after which a file or folder without a lock is taken for abandoned: an earlier version's,
or one on a file system without locks."""

RESERVE_MB = 64.0
"""MB that must be free: a full disk would tear the journals of all open sessions at once."""

BYTES_PER_MB = 1e6

MAX_NAME_BYTES = 150
"""Bytes of a name: file systems allow 255, and names of journals and tables go on behind it."""

DISK_FULL_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Error numbers of a full disk and of an exhausted quota, which Windows does not have."""


PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o700, 0o600
"""Modes of folders and files for the user alone."""

_O_BINARY: int = getattr(os, "O_BINARY", 0)
"""Windows would translate line ends without it; other systems do not have it."""


def make_folder(folder: Path) -> Path:
    """Make a folder, if need be.

    Raises
    ------
    NotWritable, DiskFull
        It cannot be made.
    """
    return _made(folder, lambda: folder.mkdir(parents=True, exist_ok=True))


def make_private_folder(folder: Path) -> Path:
    """Make a folder for the user alone, if need be, and so each missing folder above it; others keep their mode.

    Raises
    ------
    NotWritable, DiskFull
        It cannot be made.
    """
    return _made(folder, lambda: _make_private(folder))


def _make_private(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
    folder.mkdir(exist_ok=True)  # raises if it is a file


def open_private(path: Path, mode: str) -> FileIO:
    """Open a file for writing, unbuffered; one that is made here is for the user alone.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    mode : {"w", "a", "x"}
        As of `open`: replace it, append to it, or make a new one.

    Raises
    ------
    OSError
        It cannot be opened.
    """
    file = open(path, f"{mode}b", buffering=0, opener=_open_private)  # noqa: SIM115 - the caller closes it
    assert isinstance(file, FileIO)
    return file


def touch_private(path: Path) -> None:
    """Make an empty file for the user alone, unless there is one: a library that opens it by name keeps its mode."""
    open_private(path, "a").close()


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | _O_BINARY, PRIVATE_FILE_MODE)


def _made(folder: Path, make: Callable[[], None]) -> Path:
    try:
        make()
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
    """Make a temporary folder, which is not removed; its name contains the purpose.

    A lock in it says, as long as this process lives, that it is in use.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{purpose}"))
    with suppress(OSError):  # a file system without locks: the folder's age tells instead
        _locks.append(HeldLock(folder / LOCK_FILE))
    return folder


@lru_cache
def shared_temporary_folder(purpose: str = "") -> Path:
    """Give the temporary folder that this process shares for a purpose."""
    return temporary_folder(purpose)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a temporary folder that is removed at the end of the block, with what is in it.

    The first one that a process makes also removes those of processes that have died.
    """
    _sweep_scratch()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{SCRATCH}"))
    lock = None
    with suppress(OSError):
        lock = HeldLock(folder / LOCK_FILE)
    _scratch.add(folder)
    try:
        yield folder
    finally:
        if lock is not None:
            lock.release()
        shutil.rmtree(folder, ignore_errors=True)
        _scratch.discard(folder)


def left_folders(purpose: str = "") -> Iterator[tuple[Path, bool]]:
    """List this user's temporary folders of this package, for a purpose or all, and whether each is in use."""
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}{purpose}*")):
        with suppress(OSError):
            facts = folder.lstat()
            if stat.S_ISDIR(facts.st_mode) and (is_windows() or facts.st_uid == os.getuid()):
                yield folder, is_in_use(folder / LOCK_FILE, newest_change(folder))


def is_in_use(lock: Path, changed: float) -> bool:
    """Whether a process holds a lock; where there is none, whether what it stands for was changed within a day."""
    return is_locked(lock) if lock.exists() else time.time() - changed < UNLOCKED_AGE_S


def newest_change(path: Path) -> float:
    """Return when a file, or anything in a folder, was last changed, in seconds since the epoch."""
    return max(each.lstat().st_mtime for each in (path, *path.rglob("*")))


@lru_cache
def _sweep_scratch() -> None:
    atexit.register(_remove_scratch)
    for folder, in_use in left_folders(SCRATCH):
        if not in_use:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_scratch() -> None:
    for folder in _scratch:
        shutil.rmtree(folder, ignore_errors=True)


_scratch: set[Path] = set()
"""This process's folders that are to be removed at its end."""
_locks: list[HeldLock] = []
"""Of this process's folders, until its end."""
