"""One run to a folder.

On a disk the lock is the operating system's own: it ends with the process that holds it, however. Behind an address
there is a lease.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emotoolkit.batch.lease import leased
from emotoolkit.errors import RunLocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from emotoolkit.batch.storage import Storage

__all__ = ["held"]

NAME = ".lock"


@contextmanager
def held(storage: Storage) -> Iterator[Callable[[], None]]:
    """Hold the folder of a run for as long as the block lasts.

    Yields
    ------
    callable
        Raises `RunLocked` or `NotWritable` if the folder is no longer ours, which cannot be on a disk.

    Raises
    ------
    RunLocked
        Another run holds it.
    """
    if storage.on_disk:
        with _locked(storage):
            yield lambda: None
    else:
        with leased(storage) as lease:
            yield lease.check


@contextmanager
def _locked(storage: Storage) -> Iterator[None]:
    with storage.local(NAME).open("a+", encoding="utf-8") as file:
        if not _lock(file):
            file.seek(0)
            raise RunLocked(folder=storage.name, holder=file.read().strip() or "its process is not known")
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _lock(file: TextIO) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(1)  # what is locked cannot be read: leave the first byte, where the holder's name begins
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
