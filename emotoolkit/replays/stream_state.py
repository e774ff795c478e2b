"""State of one stream (a recording through an API), as the notebook knows it from the journal's lines.

The pipe's thread calls `StreamState.receive`, and it alone changes the state after the start; the notebook's threads
read it without a lock. Records are only appended, and each attribute is replaced as a whole, so a reader may see the
state of a moment ago, but never half a record. A reader that needs an attribute twice takes it into a local variable.
"""

from __future__ import annotations

import math
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from emotoolkit.apis.base.journal import (
    COMPLETE_ENDS,
    Began,
    Ended,
    Idle,
    Notice,
    Opened,
    Received,
    Reference,
    Sent,
    from_line,
    new_file,
)
from emotoolkit.errors import IdleWarning, by_name
from emotoolkit.replays import wait_reports, worker_client
from emotoolkit.replays.answered_media import AnsweredMedia
from emotoolkit.replays.commands import StreamSpec
from emotoolkit.replays.journal_writer import append_records, first_line
from emotoolkit.replays.wait_reports import WaitReport
from emotoolkit.utils.folders import safe_name
from emotoolkit.utils.progress import MediaSeconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.errors import EmotoolkitError, NoticeWarning
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay

__all__ = ["StreamState"]


class StreamState:
    """State of a recording on its way through an API.

    Parameters
    ----------
    recording : Recording
        What is sent.
    sessions : tuple of Api
        Settings of the sessions side by side.
    folder : pathlib.Path
        Where the journal goes; made if need be, by `make_journal`.
    on_change : callable
        Called after every line, on the pipe's thread.
    """

    def __init__(
        self, recording: Recording, sessions: tuple[Api, ...], folder: Path, on_change: Callable[[], None]
    ) -> None:
        self.number = next(worker_client.numbers)
        self.recording = recording
        self.sessions = sessions
        self._folder = folder
        self.journal = folder / f"{self._file_name}-{self.number}.jsonl"
        self.records: list[Record] = []
        self._answered_media = AnsweredMedia(self.records)
        self.worker_gone = False
        self.epoch = 0.0
        self.reference: Reference | None = None
        self.lateness = math.nan
        self.achieved_speed = math.nan
        self.notices_before: list[NoticeWarning] = []
        """Notices that were found before anything was sent."""
        self.waits: dict[int, WaitReport] = {}
        """What sessions wait for, by their number, if it takes long."""
        self.raised_warning: Warning | None = None
        """A warning that a filter has turned into an error."""
        self._on_change = on_change
        self._settings_indices: list[int] = []
        self._ends: list[Ended] = []
        self._positions = [0.0] * len(sessions)
        self._started_at = 0.0
        self._seconds_sent = 0.0

    @property
    def name(self) -> str:
        """Name of the API."""
        return self.sessions[0].name

    @property
    def spec(self) -> StreamSpec:
        """Specification of the stream for the worker."""
        return StreamSpec(self.number, self.recording, self.sessions, self.journal)

    def fresh_copy(self) -> StreamState:
        """Return a stream with the same settings and a new number; an empty journal is removed."""
        with suppress(OSError):  # there is none, or a program has it open where that prevents it
            if not self.journal.stat().st_size:
                self.journal.unlink()
        return StreamState(self.recording, self.sessions, self._folder, self._on_change)

    def make_journal(self) -> None:
        """Make an empty journal under a free name."""
        self.journal = new_file(self._folder, self._file_name, self.number)

    def receive(self, line: str | None) -> None:
        """Apply a journal line; None means that no more will come."""
        if line is None:
            self.worker_gone = not self.ended
        elif (report := wait_reports.from_line(line)) is not None:
            self._apply_wait(report)
        else:
            self._apply(from_line(line))
        self._on_change()

    def records_until_now(self, speed: float) -> tuple[Record, ...]:
        """Return all records; before the first line has arrived, the one with which the journal will begin."""
        return tuple(self.records) or (from_line(first_line(self.spec, speed)),)

    @property
    def opened(self) -> bool:
        """Whether a session was opened: not for a recording that ends before the replay begins."""
        return bool(self._settings_indices)

    @property
    def sent(self) -> float:
        """Media second up to which every parallel session has been sent the recording."""
        return min(self._positions)

    def length(self, at: float, until: float) -> float:
        """Return the seconds of media in one turn of a replay from `at` to `until`."""
        return max(0.0, min(until, self.recording.duration) - at)

    def media_seconds(self, at: float, until: float, turns: int) -> MediaSeconds:
        """Count what was sent and answered of a replay in some turns. What has ended in order has all its answers.

        Decodes the messages that came since the last call, on the thread that calls.
        """
        length, answered = self.length(at, until), self._answered_media.read()
        before = self._answered_media.loops * length if self._answered_media.loops else 0.0
        total = turns * length
        if self.ended and self.complete and math.isfinite(total):
            return MediaSeconds(total, total)
        sent = min(total, before + max(0.0, self.sent - at))
        return MediaSeconds(sent, min(sent, before + max(0.0, answered - at)))

    @property
    def ended(self) -> bool:
        """Whether every session has ended, or the worker has."""
        return self.worker_gone or 0 < len(self._ends) == len(self._settings_indices)

    @property
    def finished(self) -> bool:
        """Whether every session came to the protocol's own end."""
        return all(end.how == "finished" for end in self._ends)

    @property
    def complete(self) -> bool:
        """Whether it has ended and everything was answered: it did not fail, and was not stopped."""
        return not self.worker_gone and all(end.how in COMPLETE_ENDS for end in self._ends)

    def failure(self) -> EmotoolkitError | None:
        """Return the first error of a session, restored from its record."""
        return next((by_name(end.error, end.facts) for end in self._ends if end.error is not None), None)

    def keep_notices(self, replay: Replay) -> None:
        """Add the notices of a replay that has ended to the records, and write them to the journal.

        The pipe's thread changes nothing any more, so any thread may call this, once.

        Raises
        ------
        DiskFull, NotWritable
            They could not be written.
        """
        notices = [record for record in replay.records if isinstance(record, Notice)]
        if notices:
            self.records.extend(notices)
            append_records(self.spec, notices)

    @property
    def _file_name(self) -> str:
        return f"{safe_name(self.recording.path.stem)}-{self.name}"

    def _apply(self, record: Record) -> None:
        self.records.append(record)
        match record:
            case Began(epoch=epoch):
                self.epoch = epoch
            case Opened(of=settings_index, start=start):
                self._positions[settings_index] = start
                if record.renews is None and self.reference is not None and self.reference.playing:
                    self.reference = None  # media time stands until all sessions are open; a pause stays a pause
                self._settings_indices.append(settings_index)
            case Reference(at=at):
                self._started_at = self._started_at or at
                self.reference = record
            case Sent(session=session):
                self._positions[self._settings_indices[session]] = record.end
                self._seconds_sent += (record.end - record.start) / len(self._positions)
                self.achieved_speed = self._seconds_sent / max(record.sent - self._started_at, 1e-9)
                self.lateness = math.nan if record.due is None else record.sent - record.due
            case Idle():
                self._warn(record)
            case Ended(session=session):
                self._ends.append(record)
                self._apply_wait(WaitReport(session, record.at))
            case Received():
                pass

    def _apply_wait(self, report: WaitReport) -> None:
        others = {session: each for session, each in self.waits.items() if session != report.session}
        self.waits = others | {report.session: report} if report.step else others

    def _warn(self, idle: Idle) -> None:
        """Warn at once, on this thread: during a pause the notebook's own thread may run nothing for hours."""
        try:
            warnings.warn(IdleWarning(api=self.name, limit=idle.limit, left=idle.left), stacklevel=2)
        except IdleWarning as warned:
            self.raised_warning = warned
