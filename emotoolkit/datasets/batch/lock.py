"""One run to a folder.

On a disk the lock is the operating system's own: it ends with the process that holds it, however. Behind an address
there is a lease.

Who does a run's errands may be on other machines, and outlive it for some seconds. So each errand holds a share of a
second lock, and a run that takes a folder over begins when all shares are back. An errand that comes later finds that
the folder is another run's by the token that lies there, and does nothing.
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from emotoolkit.datasets.batch.storage import Storage

__all__ = ["NAME", "Hold", "check_holds", "held", "shared"]

NAME = ".lock"
HOLDER = ".holder"
"""File with the token of the run that holds the folder."""

ERRANDS = ".errands"
"""File whose lock all errands under way share."""

PATIENCE = 60.0
"""Seconds that errands of a run that was killed get to end; they need five, and longer only where they read or hash."""

GLANCE = 0.1
"""Seconds between two looks at whether they have."""

SHARES = 1 << 30
"""Bytes of which an errand locks any one on Windows, which has no shared locks."""


@dataclass(frozen=True)
class Hold:
    """A run's claim to a folder.

    Attributes
    ----------
    token : str
        By which its errands know that the folder is still its own.
    check : callable
        Raises `RunLocked` or `NotWritable` if the folder is no longer ours, which cannot be on a disk.
    """

    token: str
    check: Callable[[], None]


@contextmanager
def held(storage: Storage) -> Iterator[Hold]:
    """Hold the folder of a run for as long as the block lasts.

    Raises
    ------
    RunLocked
        Another run holds it, or errands of one that was killed have not ended.
    """
    if storage.on_disk:
        with _locked(storage):
            token = uuid4().hex
            storage.write(HOLDER, token.encode())
            try:
                _wait_for_errands(storage)
                yield Hold(token, lambda: None)
            finally:
                storage.remove(HOLDER)
    else:
        with leased(storage) as own:
            yield Hold(own.owner, own.check)


@contextmanager
def shared(storage: Storage, token: str) -> Iterator[bool]:
    """Keep the next run from beginning for as long as the block lasts.

    Yields
    ------
    bool
        Whether the folder still is the run's that has the token: if not, nothing may be written to it.
    """
    if not storage.on_disk:
        yield _holds(storage, token)
        return
    with storage.local(ERRANDS).open("a+", encoding="utf-8") as file:
        # Who is refused a share comes so late that another run is looking whether all shares are back.
        yield _lock(file, share=True) and _holds(storage, token)


def check_holds(storage: Storage, token: str) -> None:
    """See that a folder is the run's that has the token.

    Raises
    ------
    RunLocked
        Another run has it, or none.
    """
    if not _holds(storage, token):
        raise RunLocked(folder=storage.name, holder="it has taken over from this one, which was thought dead")


def _holds(storage: Storage, token: str) -> bool:
    try:
        if storage.on_disk:
            return storage.read(HOLDER).decode() == token
        return bool(json.loads(storage.read(lease.NAME))["owner"] == token)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    except OSError as problem:
        raise storage.refusal(problem) from problem


def _wait_for_errands(storage: Storage) -> None:
    until = time.monotonic() + PATIENCE
    with storage.local(ERRANDS).open("a+", encoding="utf-8") as file:
        while not _lock(file, of=SHARES):
            if time.monotonic() > until:
                holder = "workers of a cluster, which are still at what a run had given them that was killed"
                raise RunLocked(folder=storage.name, holder=holder)
            time.sleep(GLANCE)


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


def _lock(file: TextIO, *, share: bool = False, of: int = 1) -> bool:
    """Lock a file, if nobody has; or take a share of its lock, if nobody has it alone."""
    try:
        if os.name == "nt":
            import msvcrt

            # What is locked cannot be read: leave the first byte, where the holder's name begins.
            file.seek(1 + secrets.randbelow(SHARES) if share else 1)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, of)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_SH if share else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
