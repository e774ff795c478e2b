"""The progress of a run over a dataset, read from its folder: what is done, what failed, what is under way.

Only the folder is needed: the run may be in another cell, process or machine. A recording that is done or failed has
a receipt, one under way an unfinished journal, and the lock file names the process that writes. Nothing is written or
locked here.
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
from emotoolkit.datasets.batch.receipt import DONE_WITH_NOTICES, FAILED, FOLDER, Receipt
from emotoolkit.datasets.batch.run import MANIFEST_FILE, ROW_COLUMN
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.replays.answered_media import AnsweredMedia
from emotoolkit.utils.platforms import is_windows
from emotoolkit.utils.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit.apis.base.journal import Record

__all__ = ["RecordingProgress", "RunFollower", "RunProgress"]

TAIL_BYTES = 1 << 16
"""Bytes at the end of a journal that are searched for its last packet."""

MIN_PACE_TIME_S = 1.0
"""Seconds of observation after which the pace is estimated."""


@dataclass(frozen=True, slots=True)
class RecordingProgress:
    """A recording under way: name, seconds of media sent, to be sent in all (None: unknown), and answered."""

    file: str
    sent: float
    length: float | None
    answered: float = 0.0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The progress of a run.

    Attributes
    ----------
    writer : str
        The process that writes, as the lock file names it: "process 123"; "" where there is none, or it is unknown.
    alive : bool
        Whether that process exists on this machine.
    ended : str
        How the last run ended ("complete", "interrupted", …); "" while none has.
    rows, done : int
        Recordings in all, and those with results.
    failures : tuple of (str, str)
        File and sentence of each recording that failed.
    sending : tuple of RecordingProgress
        The recordings under way.
    seconds : float
        Seconds of media that are done or sent.
    left : float
        Estimated seconds of media that are still to be sent: recordings that were not opened yet count as the mean of
        the others. NaN while no duration is known.
    noticed : int
        Recordings that are done, with notices.
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
    noticed: int = 0


class RunFollower:
    """Reads the progress of a run from its folder; receipts are read once, those of failures at every poll.

    Parameters
    ----------
    folder : str or path
        The folder, local or anywhere that fsspec reaches. It need not exist yet.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._storage = Storage(folder)
        self._receipts: dict[str, Receipt] = {}
        self._heads: dict[Path, tuple[Began, Opened]] = {}
        self._first: tuple[float, float] | None = None
        """Time of the first reading of a run, and the seconds that had been answered then."""

    @property
    def name(self) -> str:
        """The folder as the caller named it."""
        return self._storage.name

    def poll(self, now: float) -> tuple[RunProgress | None, float]:
        """Read the progress; `now` is the time in seconds of a monotonic clock.

        Returns
        -------
        progress : RunProgress or None
            None while there is no run.
        wait : float
            Estimated seconds until its end, from what was answered since the first call; NaN while that is nothing.
        """
        if not self._storage.exists(MANIFEST_FILE):
            return None, float("nan")
        progress = self._read_progress()
        return progress, self._estimate(now, progress) if progress.writer else float("nan")

    def _estimate(self, now: float, progress: RunProgress) -> float:
        """Estimate the seconds until the end of a run; NaN while too little was observed."""
        answered = progress.seconds - sum(each.sent - each.answered for each in progress.sending)
        if self._first is None or answered < self._first[1]:
            self._first = (now, answered)
        since, before = self._first
        if now - since < MIN_PACE_TIME_S or not progress.left >= 0:
            return float("nan")
        seconds = Progress(progress.seconds + progress.left)
        seconds.skip(before)
        seconds.update(progress.seconds, answered)
        return seconds.remaining(now - since)

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
            noticed=sum(each.shown_status == DONE_WITH_NOTICES for each in receipts),
        )

    def _read_receipts(self) -> None:
        """Read new receipts, and those of failures, which may have been retried."""
        known = {name: each for name, each in self._receipts.items() if each.status != FAILED}
        self._receipts = {}
        for name in self._storage.names(FOLDER, ".json"):
            with suppress(FileNotFoundError):  # a new run removes receipts of requests with other settings
                self._receipts[name] = known.get(name) or Receipt.read(self._storage, name)

    def _sending(self) -> list[RecordingProgress]:
        """Return the recordings under way, if the run's journals are on a local disk."""
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
            began, opened = head
            start, length = opened.start, None if began.duration is None else began.duration - opened.start
            sent, answered = _read_ends(path, began, opened)
            sent = max(0.0, sent - start)
            return RecordingProgress(began.file, sent, length, min(sent, max(0.0, answered - start)))
        except FileNotFoundError:  # it has just been finished, and moved
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
    """Whether the process exists here. Assumed on Windows, where `os.kill` would end it."""
    number = re.fullmatch(r"process (\d+)", writer)
    if number is None:
        return False
    with suppress(PermissionError):  # it exists, but is another user's
        try:
            if not is_windows():
                os.kill(int(number[1]), 0)
        except ProcessLookupError:
            return False
    return True


def _read_head(path: Path) -> tuple[Began, Opened] | None:
    """Return the first records of a journal; None while they are not written yet."""
    began = None
    for record in journal.read(path):
        if isinstance(record, Began):
            began = record
        if isinstance(record, Opened) and began is not None:
            return began, record
    return None


def _read_ends(path: Path, began: Began, opened: Opened) -> tuple[float, float]:
    """Return the media seconds up to which media were sent and answered, from the end of a journal.

    The answers of a server that names its columns only once cannot be read from the end: they count as none.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        lines = file.read().split(b"\n")
    whole = lines[:-1] if size <= TAIL_BYTES else lines[1:-1]
    records = [journal.from_line(line) for line in whole]
    later = [record for record in records if not isinstance(record, Began | Opened)]
    sent = next((record.end for record in reversed(later) if isinstance(record, Sent)), opened.start)
    answers = [record for record in later if _session(record) == opened.session]
    return sent, AnsweredMedia([began, opened, *answers], {opened.session: opened.start}).read()


def _session(record: Record) -> int | None:
    return getattr(record, "session", None)
