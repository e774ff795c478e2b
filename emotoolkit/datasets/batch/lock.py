"""Lock of a run's folder: one run per folder.

On a disk the lock is the operating system's own: it ends with the process that holds it, however that ends. Remote
storage has a lease instead (`lease`).

A run's tasks may be on other machines, and outlive the run for some seconds. So each task holds a shared lock on a
second file, and a run that takes a folder over begins when all of these have been released. A task that starts later
finds another run's token in the folder, and does nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from emotoolkit.datasets.batch import lease
from emotoolkit.datasets.batch.lease import leased
from emotoolkit.errors import RunLocked
from emotoolkit.utils.folders import touch_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from emotoolkit.datasets.batch.storage import Storage

__all__ = ["FILE_NAME", "FolderLock", "check_holder", "lock_folder", "share_lock"]

FILE_NAME = ".lock"
HOLDER_FILE = ".holder"
"""File with the token of the run that holds the folder."""

TASKS_FILE = ".errands"
"""File on which all running tasks hold a shared lock. Its name must stay: tasks of other versions lock it, too."""

TASKS_TIMEOUT_S = 60.0
"""Seconds that tasks of a killed run get to end; they need five, and longer only while they read or hash a file."""

POLL_INTERVAL_S = 0.1
"""Seconds between two attempts to lock the tasks' file."""

SHARED_LOCK_BYTES = 1 << 30
"""Range of bytes of which a task locks any one on Windows, which has no shared locks."""


@dataclass(frozen=True)
class FolderLock:
    """A run's claim to a folder.

    Attributes
    ----------
    token : str
        By which the run's tasks check that the folder is still held by the run.
    check : callable
        Raises `RunLocked` or `NotWritable` if the folder is no longer ours, which cannot happen on a disk.
    """

    token: str
    check: Callable[[], None]


@contextmanager
def lock_folder(storage: Storage) -> Iterator[FolderLock]:
    """Hold the folder of a run for as long as the block lasts.

    Raises
    ------
    RunLocked
        Another run holds it, or tasks of a killed run have not ended.
    """
    if storage.on_disk:
        with _lock_on_disk(storage):
            token = uuid4().hex
            storage.write(HOLDER_FILE, token.encode())
            try:
                _wait_for_tasks(storage)
                yield FolderLock(token, lambda: None)
            finally:
                storage.remove(HOLDER_FILE)
    else:
        with leased(storage) as own:
            yield FolderLock(own.owner, own.check)


@contextmanager
def share_lock(storage: Storage, token: str) -> Iterator[bool]:
    """Hold a task's shared lock: the next run does not begin before the block ends.

    Yields
    ------
    bool
        Whether the run with this token still holds the folder: if not, nothing may be written to it.
    """
    if not storage.on_disk:
        yield _is_holder(storage, token)
        return
    with _open_lock_file(storage, TASKS_FILE) as file:
        # The shared lock is refused only while the next run is trying to lock the file for itself.
        yield _try_lock(file, share=True) and _is_holder(storage, token)


def check_holder(storage: Storage, token: str) -> None:
    """Check that the run with this token holds the folder.

    Raises
    ------
    RunLocked
        Another run holds it, or none.
    """
    if not _is_holder(storage, token):
        raise RunLocked(folder=storage.name, holder="it has taken over from this one, which was thought dead")


def _is_holder(storage: Storage, token: str) -> bool:
    try:
        if storage.on_disk:
            return storage.read(HOLDER_FILE).decode() == token
        return bool(json.loads(storage.read(lease.FILE_NAME))["owner"] == token)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    except OSError as problem:
        raise storage.refusal(problem) from problem


def _wait_for_tasks(storage: Storage) -> None:
    until = time.monotonic() + TASKS_TIMEOUT_S
    with _open_lock_file(storage, TASKS_FILE) as file:
        while not _try_lock(file, byte_count=SHARED_LOCK_BYTES):
            if time.monotonic() > until:
                holder = "workers of a cluster, which are still at what a run had given them that was killed"
                raise RunLocked(folder=storage.name, holder=holder)
            time.sleep(POLL_INTERVAL_S)


@contextmanager
def _lock_on_disk(storage: Storage) -> Iterator[None]:
    with _open_lock_file(storage, FILE_NAME) as file:
        if not _try_lock(file):
            file.seek(0)
            raise RunLocked(folder=storage.name, holder=file.read().strip() or "its process is not known")
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _open_lock_file(storage: Storage, name: str) -> TextIO:
    path = storage.local(name)
    touch_private(path)
    return path.open("a+", encoding="utf-8")


def _try_lock(file: TextIO, *, share: bool = False, byte_count: int = 1) -> bool:
    """Try to lock a file, exclusively or shared, without waiting. Returns whether that succeeded."""
    try:
        if os.name == "nt":
            import msvcrt

            # Locked bytes cannot be read: leave the first one, where the holder's name begins.
            file.seek(1 + secrets.randbelow(SHARED_LOCK_BYTES) if share else 1)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, byte_count)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_SH if share else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
