"""Locks on files, which the system releases when their process ends, however that ends.

On Windows a locked byte can be read by its holder alone, so a byte far beyond any content is locked there.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from emotoolkit.utils.platforms import is_windows

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOCK_OFFSET", "HeldLock", "is_locked", "remove_if_free", "try_lock"]

LOCK_OFFSET = 1 << 30
"""First byte that is locked on Windows."""

LOCK_TIMEOUT_S = 1.0
"""Seconds that a new lock may take: who looks whether it is free holds it for a moment."""

POLL_INTERVAL_S = 0.01


def try_lock(descriptor: int, *, share: bool = False, first: int = LOCK_OFFSET, count: int = 1) -> bool:
    """Try to lock an open file until it is closed, exclusively or shared, without waiting.

    Parameters
    ----------
    descriptor : int
        Of the open file, which must be writable.
    share : bool
        Whether others may hold a shared lock, too. Windows has none: give each holder another `first` there.
    first, count : int
        The bytes that are locked on Windows.

    Returns
    -------
    bool
        Whether it is locked now.
    """
    try:
        if is_windows():
            import msvcrt

            os.lseek(descriptor, first, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, count)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if share else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class HeldLock:
    """A file that is locked as long as this process lives, or until `release`, which removes it.

    Parameters
    ----------
    path : pathlib.Path
        The file; made if need be.

    Raises
    ------
    OSError
        It cannot be made, or another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = _lock_new(path)

    def release(self) -> None:
        """Remove the file, and its lock; again, it does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _remove_and_close(self.path, descriptor)


def is_locked(path: Path) -> bool:
    """Whether another open file holds the lock; False also where there is no such file, or it is free."""
    try:
        descriptor = _open_existing(path)
    except FileNotFoundError:
        return False
    except OSError:  # not ours to open: leave it alone
        return True
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def remove_if_free(path: Path) -> None:
    """Remove a lock's file that nobody holds: whoever is about to lock it makes another one."""
    with suppress(OSError):
        descriptor = _open_existing(path)
        if try_lock(descriptor):
            _remove_and_close(path, descriptor)
        else:
            os.close(descriptor)


def _open_existing(path: Path) -> int:
    return os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))


def _remove_and_close(path: Path, descriptor: int) -> None:
    if is_windows():  # an open file cannot be removed
        os.close(descriptor)
        path.unlink(missing_ok=True)
    else:  # nobody may find it unlocked
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock_new(path: Path) -> int:
    """Open and lock a file; again, if somebody who found it unlocked has removed it meanwhile."""
    until = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        if try_lock(descriptor) and _is_same(descriptor, path):
            return descriptor
        os.close(descriptor)
        if time.monotonic() > until:
            raise PermissionError(f"{path.name} is locked by another process")
        time.sleep(POLL_INTERVAL_S)


def _is_same(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
