"""One run to a folder. The lock is the operating system's own: it ends with the process that holds it, however."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emotoolkit.errors import RunLocked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from emotoolkit.batch.storage import Storage

__all__ = ["held"]

NAME = ".lock"


@contextmanager
def held(storage: Storage) -> Iterator[None]:
    """Hold the folder of a run for as long as the block lasts; what is behind an address cannot be held.

    Raises
    ------
    RunLocked
        Another run holds it.
    """
    if not storage.on_disk:
        yield
        return
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
