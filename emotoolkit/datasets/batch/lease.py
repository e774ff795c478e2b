"""The lease of a folder behind an address: a file in it that says whose the folder is, and when that was last said.

No store has a lock that ends with the process that holds it. So a run says every minute that it is still there, and one
that has said nothing for ten is believed dead: its machine was killed, and the next run takes over. It looks again a
second later whether what stands there is still its own word; of two that take over at once the last one has the folder.
A run that only slept meanwhile finds the other's word within a minute of waking up, and ends.

Clocks of machines may differ by less than those ten minutes.
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
"""Seconds without a word after which a run is believed dead."""

RENEW_INTERVAL_S = 60.0
"""Seconds between two words."""

RECHECK_DELAY_S = 1.0
"""Seconds after which a run looks whether somebody wrote at the same moment."""


@dataclass(frozen=True)
class LeaseRecord:
    """What stands in the file: whose the folder is, since when, and when that was last said (Unix time, in seconds)."""

    owner: str
    process: int
    machine: str
    since: float
    said: float

    def __str__(self) -> str:
        free = _format_time(self.said + EXPIRY_S)
        return (
            f"process {self.process} on {self.machine}, since {_format_time(self.since)}; if that was killed, the folder is "
            f"free from {free} on"
        )


class Lease:
    """One run's claim to a folder.

    Parameters
    ----------
    storage : Storage
        The folder.
    now, sleep : callable
        Tell the time, and let it pass.
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
        """Who we are, as it stands in the file."""
        return self._own.owner

    def acquire(self) -> None:
        """Make the folder ours.

        Raises
        ------
        RunLocked
            It is another run's.
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
        """Say that we are still there, unless another run has the folder by now."""
        current = self._read()
        if current is None or self._is_ours(current):
            self._write()
            self._problem = None
        else:
            self._other = current

    def keep_renewing(self, over: threading.Event) -> None:
        """Renew it every minute until it is over."""
        while not over.wait(RENEW_INTERVAL_S):
            try:
                self.renew()
            except Exception as problem:  # noqa: BLE001 - every cloud has its own; `check` raises what does not pass
                self._problem = problem

    def check(self) -> None:
        """See that the folder is still ours, as far as is known.

        Raises
        ------
        RunLocked
            Another run has taken over.
        NotWritable
            Nothing could be said for so long that another run may.
        """
        if self._other is not None:
            raise self._refusal(self._other)
        if self._problem is not None and self._now() - self._own.said > EXPIRY_S:
            reason = f"{FILE_NAME} could not be renewed since {_format_time(self._own.said)}: {self._problem}"
            raise NotWritable(folder=self._storage.name, reason=reason) from self._problem

    def release(self) -> None:
        """Give the folder back, if it is ours."""
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
            self._check_ours()  # it may be, where the network lost the answer and the store was asked again
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
    """Have the folder for as long as the block lasts.

    Raises
    ------
    RunLocked
        It is another run's.
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
    """Renew it in a thread: what the run does meanwhile may take longer than a lease lasts."""
    over = threading.Event()
    keeping = threading.Thread(target=lease.keep_renewing, args=(over,), name="emotoolkit lease", daemon=True)
    keeping.start()
    try:
        yield
    finally:
        over.set()
        keeping.join()


def _format_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
