"""Lease of a folder in remote storage: a file in it with the owner of the folder and the time of the last renewal.

No remote store has a lock that ends with the process that holds it. So a run renews its lease every minute, and a run
that has not for ten minutes is taken to be dead: the next run takes over. That run reads the lease again a second
later; of two that take over at the same time, the last one to write has the folder. A run that only slept meanwhile
reads the other's lease within a minute of waking up, and ends.

The lease is renewed in a thread of its own; the run calls `Lease.check`, which raises what that thread has found. The
two share only single attributes, which are replaced as a whole, so there is no lock.

The clocks of two machines must not differ by ten minutes or more.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from emotoolkit.errors import NotWritable, RunLocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotoolkit.datasets.batch.storage import Storage

__all__ = ["EXPIRY_S", "FILE_NAME", "RECHECK_DELAY_S", "RENEW_INTERVAL_S", "Lease", "leased"]

FILE_NAME = "run.lock"

EXPIRY_S = 600.0
"""Seconds without a renewal after which a run is taken to be dead."""

RENEW_INTERVAL_S = 60.0
"""Seconds between two renewals."""

RECHECK_DELAY_S = 1.0
"""Seconds after which a run checks whether another run wrote at the same moment."""


@dataclass(frozen=True)
class LeaseRecord:
    """Content of the file. `said` is the time of the last renewal; times are Unix times in seconds."""

    owner: str
    process: int
    machine: str
    since: float
    said: float

    def __str__(self) -> str:
        since, free = _format_time(self.since), _format_time(self.said + EXPIRY_S)
        return (
            f"process {self.process} on {self.machine}, since {since}; if that was killed, the folder is free from "
            f"{free} on"
        )


class Lease:
    """One run's claim to a folder.

    Parameters
    ----------
    storage : Storage
        The folder.
    now, sleep : callable
        Return the Unix time, and wait.
    """

    def __init__(
        self, storage: Storage, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._storage = storage
        self._now = now
        self._sleep = sleep
        self._own = LeaseRecord(uuid4().hex, os.getpid(), platform.node() or "a machine without a name", now(), now())
        self._other: LeaseRecord | None = None
        self._problem: Exception | None = None

    @property
    def owner(self) -> str:
        """Our id in the file."""
        return self._own.owner

    def acquire(self) -> None:
        """Acquire the lease.

        Raises
        ------
        RunLocked
            Another run holds it.
        """
        current = self._read()
        if current is None:
            self._write(create=True)
        elif self._now() - current.said <= EXPIRY_S:
            raise self._refusal(current)
        else:
            self._write()
        self._sleep(RECHECK_DELAY_S)
        self._check_ours()

    def renew(self) -> None:
        """Renew the lease, unless another run holds it by now."""
        current = self._read()
        if current is None or self._is_ours(current):
            self._write()
            self._problem = None
        else:
            self._other = current

    def keep_renewing(self, over: threading.Event) -> None:
        """Renew the lease every minute until `over` is set."""
        while not over.wait(RENEW_INTERVAL_S):
            try:
                self.renew()
            except Exception as problem:  # noqa: BLE001 - each store has its own; `check` raises what lasts
                self._problem = problem

    def check(self) -> None:
        """Check that the lease is still ours, as far as is known.

        Raises
        ------
        RunLocked
            Another run has taken over.
        NotWritable
            The lease could not be renewed for so long that another run may take over.
        """
        if self._other is not None:
            raise self._refusal(self._other)
        if self._problem is not None and self._now() - self._own.said > EXPIRY_S:
            reason = f"{FILE_NAME} could not be renewed since {_format_time(self._own.said)}: {self._problem}"
            raise NotWritable(folder=self._storage.name, reason=reason) from self._problem

    def release(self) -> None:
        """Release the lease, if it is ours."""
        if self._is_ours(self._read()):
            self._storage.remove(FILE_NAME)

    def _read(self) -> LeaseRecord | None:
        try:
            return LeaseRecord(**json.loads(self._storage.read(FILE_NAME)))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            holder = f"its {FILE_NAME} cannot be read; if no other run is under way, remove that file"
            raise RunLocked(folder=self._storage.name, holder=holder) from None

    def _write(self, *, create: bool = False) -> None:
        own = replace(self._own, said=self._now())
        try:
            self._storage.put(FILE_NAME, json.dumps(asdict(own)).encode(), create=create)
        except FileExistsError:
            self._check_ours()  # it may be ours: the network may have lost the store's answer to a first attempt
        self._own = own

    def _check_ours(self) -> None:
        current = self._read()
        if not self._is_ours(current):
            raise self._refusal(current)

    def _is_ours(self, current: LeaseRecord | None) -> bool:
        return current is not None and current.owner == self._own.owner

    def _refusal(self, current: LeaseRecord | None) -> RunLocked:
        return RunLocked(folder=self._storage.name, holder="another call" if current is None else str(current))


@contextmanager
def leased(storage: Storage) -> Iterator[Lease]:
    """Hold the lease of a folder until the block ends.

    Raises
    ------
    RunLocked
        Another run holds it.
    """
    lease = Lease(storage)
    try:
        lease.acquire()
        with _renewing(lease):
            yield lease
    finally:
        lease.release()


@contextmanager
def _renewing(lease: Lease) -> Iterator[None]:
    """Renew the lease in a thread: a single step of the run may take longer than the lease lasts."""
    over = threading.Event()
    renewer = threading.Thread(target=lease.keep_renewing, args=(over,), name="emotoolkit lease", daemon=True)
    renewer.start()
    try:
        yield
    finally:
        over.set()
        renewer.join()


def _format_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
