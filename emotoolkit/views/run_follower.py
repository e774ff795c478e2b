"""A run over a dataset while it runs, read from its folder: what is done, what went wrong, what is under way.

The folder is all that is needed: the run may be in another cell, process or machine. What is done has its receipt, what
is under way its unfinished journal, and the lock tells whether anybody writes. Nothing is written or locked here.
"""

from __future__ import annotations

import io
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.apis.base import journal
from emotoolkit.apis.base.journal import Began, Opened, Sent
from emotoolkit.datasets.batch import lock, provenance
from emotoolkit.datasets.batch.receipt import FAILED, FOLDER, Receipt
from emotoolkit.datasets.batch.run import MANIFEST_FILE, ROW_COLUMN
from emotoolkit.datasets.batch.storage import Storage

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RecordingProgress", "RunFollower", "RunProgress"]

TAIL_BYTES = 1 << 16
"""Bytes at the end of a journal in which its last packet is looked for."""

MIN_PACE_TIME_S = 1.0
"""Seconds of watching after which a pace is believed."""


@dataclass(frozen=True, slots=True)
class RecordingProgress:
    """A recording under way: its name, and the seconds of media sent and to be sent; None where nobody knows."""

    file: str
    sent: float
    length: float | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes
    ----------
    writer : str
        Who writes, in the words of the lock: "process 123"; "" where nobody does, or nobody can be known.
    alive : bool
        Whether that process is to be seen on this machine.
    ended : str
        How the last run ended ("complete", "interrupted", …); "" while none has.
    rows, done : int
        Recordings in all, and those with results.
    failures : tuple of (str, str)
        File and sentence of each recording without results.
    sending : tuple of Sending
        What is under way.
    seconds : float
        Seconds of media that are done or sent.
    left : float
        Seconds of media that are still to be sent, about: recordings that nobody has opened count as the mean of the
        others. NaN while none is known.
    """

    writer: str
    alive: bool
    ended: str
    rows: int
    done: int
    failures: tuple[tuple[str, str], ...]
    sending: tuple[RecordingProgress, ...]
    seconds: float
    left: float


class RunFollower:
    """Looks into a run's folder, again and again; each receipt is read once, those of failures as often as one looks.

    Parameters
    ----------
    folder : str or path
        The folder, here or anywhere that fsspec reaches. It need not be there yet.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._storage = Storage(folder)
        self._receipts: dict[str, Receipt] = {}
        self._heads: dict[Path, tuple[str, float, float | None]] = {}
        self._pace = _PaceEstimate()

    @property
    def name(self) -> str:
        """The folder, as it was named."""
        return self._storage.name

    def poll(self, now: float) -> tuple[RunProgress | None, float]:
        """Look at the moment `now` (s).

        Returns
        -------
        course : Course or None
            None while there is no run.
        wait : float
            Seconds until it is over at the pace that was seen until now; NaN while none was.
        """
        if not self._storage.exists(MANIFEST_FILE):
            return None, float("nan")
        progress = self._read_progress()
        pace = self._pace.update(now, progress.seconds) if progress.writer else float("nan")
        return progress, progress.left / pace

    def _read_progress(self) -> RunProgress:
        manifest = pd.read_parquet(io.BytesIO(self._storage.read(MANIFEST_FILE)), columns=["file", ROW_COLUMN])
        self._read_receipts()
        receipts = [self._receipts[row] for row in manifest[ROW_COLUMN] if row in self._receipts]
        failed = [each for each in receipts if each.status == FAILED]
        done = len(receipts) - len(failed)
        sending = tuple(self._sending())
        sent = sum(each.sent for each in sending)
        lengths = [each.duration for each in receipts if each.status != FAILED]
        lengths += [each.length for each in sending if each.length is not None]
        waiting = max(0, len(manifest) - len(receipts) - len(sending))
        mean = sum(lengths) / len(lengths) if lengths else float("nan")
        left = sum(max(0.0, (mean if each.length is None else each.length) - each.sent) for each in sending)
        writer = self._writer()
        return RunProgress(
            writer=writer,
            alive=_is_alive(writer),
            ended=self._last_run_state(),
            rows=len(manifest),
            done=done,
            failures=tuple((each.file, each.sentence) for each in failed),
            sending=sending,
            seconds=sum(each.duration for each in receipts if each.status != FAILED) + sent,
            left=left + (waiting * mean if waiting else 0.0),
        )

    def _read_receipts(self) -> None:
        """Read what is new, and what failed: that may have been tried again."""
        known = {name: each for name, each in self._receipts.items() if each.status != FAILED}
        self._receipts = {}
        for name in self._storage.names(FOLDER, ".json"):
            with suppress(FileNotFoundError):  # a new run forgets what was asked otherwise
                self._receipts[name] = known.get(name) or Receipt.read(self._storage, name)

    def _sending(self) -> list[RecordingProgress]:
        """What is under way, as far as its journals lie on this machine's disk."""
        unfinished = "journals/unfinished"
        if not self._storage.on_disk or not self._storage.local(unfinished).is_dir():
            return []
        found = sorted(self._storage.local(unfinished).glob("*/*.jsonl"))
        self._heads = {path: head for path, head in self._heads.items() if path in found}
        return [each for path in found if (each := self._read_recording_progress(path)) is not None]

    def _read_recording_progress(self, path: Path) -> RecordingProgress | None:
        try:
            head = self._heads.get(path) or _read_head(path)
            if head is None:
                return None
            self._heads[path] = head
            file, start, duration = head
            return RecordingProgress(
                file, max(0.0, _read_last_sent(path, start) - start), None if duration is None else duration - start
            )
        except FileNotFoundError:  # it is finished meanwhile
            return None

    def _writer(self) -> str:
        if not self._storage.on_disk or not self._storage.exists(lock.FILE_NAME):
            return ""
        return self._storage.read(lock.FILE_NAME).decode().strip()

    def _last_run_state(self) -> str:
        if not self._storage.exists(provenance.FILE_NAME):
            return ""
        return str(json.loads(self._storage.read(provenance.FILE_NAME))["state"])


def _is_alive(writer: str) -> bool:
    """Whether a process of that number runs here; on Windows it is believed, since asking there would end it."""
    number = re.fullmatch(r"process (\d+)", writer)
    if number is None:
        return False
    with suppress(PermissionError):  # another user's: it is there
        try:
            if os.name != "nt":
                os.kill(int(number[1]), 0)
        except ProcessLookupError:
            return False
    return True


def _read_head(path: Path) -> tuple[str, float, float | None] | None:
    """File, first media second and duration of a journal; None while it does not say so yet."""
    began = None
    for record in journal.read(path):
        if isinstance(record, Began):
            began = record
        if isinstance(record, Opened) and began is not None:
            return began.file, record.start, began.duration
    return None


def _read_last_sent(path: Path, start: float) -> float:
    """Media second up to which a journal says that it was sent."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
        lines = file.read().split(b"\n")
    for line in reversed(lines[1:-1]):
        record = journal.from_line(line.decode())
        if isinstance(record, Sent):
            return record.end
    return start


class _PaceEstimate:
    """Seconds of media a second, from the first look on."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def update(self, now: float, seconds: float) -> float:
        """Give the pace up to now; NaN while too little was seen."""
        if self._first is None or seconds < self._first[1]:
            self._first = (now, seconds)
        since, before = self._first
        if now - since < MIN_PACE_TIME_S or seconds <= before:
            return float("nan")
        return (seconds - before) / (now - since)
