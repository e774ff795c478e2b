"""Journal writer: the one place that begins and writes journals, to disk first, then to a sink, without secrets.

The sink of a replay is the pipe to the notebook; that of an upload is a list in its own process.
"""

from __future__ import annotations

import asyncio
import errno
import math
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit._version import __version__
from emotoolkit.apis.base.journal import Began, Ended, Media, Opened, sent_line, to_line
from emotoolkit.utils import addresses
from emotoolkit.utils.folders import open_private, write_error
from emotoolkit.utils.json_values import finite_or_none
from emotoolkit.utils.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from io import FileIO

    from emotoolkit.apis.base.journal import Record, Sent
    from emotoolkit.errors import DiskFull, EmotoolkitError, NotWritable
    from emotoolkit.replays.commands import StreamSpec

__all__ = ["JournalWriter", "PipeSink", "Sink", "append_records", "first_line"]

PIPE_FLUSH_INTERVAL_S = 0.005
"""Seconds for which lines are collected before they are written to the pipe: a thousand sessions must not wake the
notebook for every packet. On disk each line is written at once."""

MAX_PENDING_BYTES = 65_536
"""Bytes that may be unread by the notebook before a replay without a pace waits."""

DISK_FLUSH_INTERVAL_S = 2.0
"""Seconds for which the lines of sent packets may be delayed on disk. At half of it, a thousand sessions spend a tenth
of their time on them."""


class Sink(Protocol):
    """Where a journal's lines go besides to disk."""

    def write(self, line: bytes) -> None:
        """Take a line, with its line end, prefixed with the number of its replay and a space."""

    async def drain(self) -> None:
        """Wait while too much of what was written is unread."""


def first_line(spec: StreamSpec, speed: float) -> bytes:
    """Return the line with which the journal will begin, before there is a journal."""
    return _redacted_line(_first_record(spec, speed), _secrets(spec))


def append_records(spec: StreamSpec, records: Iterable[Record]) -> None:
    """Append records to a journal whose sessions have ended; nothing is done if its file was removed meanwhile.

    Raises
    ------
    DiskFull, NotWritable
        They could not be written. The journal is as it was.
    """
    lines = b"".join(_redacted_line(record, _secrets(spec)) + b"\n" for record in records)
    try:
        with spec.journal.open("rb+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            try:
                while lines:
                    lines = lines[file.write(lines) :]
            except OSError:
                file.truncate(end)
                raise
    except FileNotFoundError:
        return
    except OSError as problem:
        raise write_error(spec.journal.parent, problem) from problem


def _first_record(spec: StreamSpec, speed: float, epoch: float = 0.0) -> Began:
    return Began(
        emotoolkit=__version__,
        file=spec.recording.file,
        duration=finite_or_none(spec.recording.duration),
        api=spec.sessions[0].name,
        sessions=[_mask_address(api.settings()) for api in spec.sessions],
        speed=finite_or_none(speed),
        utc=datetime.now(UTC).isoformat(),
        epoch=epoch,
    )


def _mask_address(facts: dict[str, Any]) -> dict[str, Any]:
    """Mask what is secret in the address of settings or of an error's facts, however short it is."""
    url = facts.get("url")
    return facts | {"url": addresses.masked(url)} if isinstance(url, str) else facts


def _secrets(spec: StreamSpec) -> list[str]:
    return [secret for api in spec.sessions for secret in api.secrets()]


def _redacted_line(record: Record, secrets: Sequence[str]) -> bytes:
    """Return the line of a record, with secrets masked."""
    return redact(to_line(record), secrets).encode()


class PipeSink:
    """The pipe to the notebook: lines, each prefixed with the number of its replay."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        self._pipe = pipe
        self._lines = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def write(self, line: bytes) -> None:
        """Write a line within `PIPE_FLUSH_INTERVAL_S`; it begins with the number of its replay."""
        self._lines += line
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PIPE_FLUSH_INTERVAL_S, self.flush)

    def flush(self) -> None:
        """Write what was collected, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            self._pipe.write(bytes(self._lines))
            self._lines.clear()

    async def drain(self) -> None:
        """Wait while the notebook has much to read. Only for replays without a pace."""
        if len(self._lines) >= MAX_PENDING_BYTES:
            self.flush()
            await self._pipe.drain()


class JournalWriter:
    """Writer of the journal of one recording through one API.

    Every message and every command is on disk before anything else is done with it. Only the lines of sent packets may
    wait for the next line, up to `DISK_FLUSH_INTERVAL_S`.

    When a write fails, `problem` says why and `on_failure` is called. Nothing is written to disk from then on, so that
    the journal ends where it was cut off; the sink still gets everything.

    Parameters
    ----------
    spec : StreamSpec
        The recording, its API and the journal's path.
    sink : Sink
        Where the lines go besides to disk.
    on_failure : callable or None
        Called once, with this writer, as soon as a write fails.
    """

    def __init__(self, spec: StreamSpec, sink: Sink, on_failure: Callable[[JournalWriter], None] | None = None) -> None:
        self.spec = spec
        self.problem: DiskFull | NotWritable | None = None
        self._sink = sink
        self._on_failure = on_failure
        self._buffer = bytearray()
        self._open_sessions: dict[int, None] = {}
        """Sessions that have not ended, in order."""
        self._sessions = 0
        self._flush_at = -math.inf
        self._number = b"%d " % spec.number
        self._media_written = False
        self._secrets = _secrets(spec)
        self._file: FileIO | None = None
        self._has_link = False
        try:
            self._file = open_private(spec.journal, "a")
            self._has_link = os.fstat(self._file.fileno()).st_nlink > 0
        except OSError as problem:
            self._fail(problem)

    def mask(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Mask the secrets in the facts of an error, as in the journal."""
        masked = _mask_address(facts)
        return {name: redact(fact, self._secrets) if isinstance(fact, str) else fact for name, fact in masked.items()}

    def begin(self, speed: float, epoch: float = 0.0) -> None:
        """Write what is replayed, through what, and how. `epoch` is the monotonic time at which the replay began."""
        self.write(_first_record(self.spec, speed, epoch))

    def check(self) -> None:
        """Raise the reason for which a write failed, if one did."""
        if self.problem is not None:
            raise self.problem

    def open_session(self, settings_index: int, start: float, at: float, renews: int | None = None) -> int:
        """Write that a session is being opened, and return its number."""
        number = self._sessions
        self._sessions += 1
        self._open_sessions[number] = None
        self.write(Opened(number, settings_index, start, at, renews))
        return number

    def write_media(self, sha256: str, size: int) -> None:
        """Write the hash and the size of the recording's file, once."""
        if not self._media_written:
            self._media_written = True
            self.write(Media(sha256, size))

    def write(self, record: Record) -> None:
        """Write a record, with secrets masked."""
        line = _redacted_line(record, self._secrets)
        self._buffer += line + b"\n"
        self._flush()
        self._report(line)

    def report(self, line: bytes) -> None:
        """Pass a line to the sink that is not part of the journal."""
        self._report(line)

    def write_sent(self, sent: Sent) -> None:
        """Write that a packet was sent."""
        line = sent_line(sent)
        self._buffer += line + b"\n"
        if sent.sent > self._flush_at:
            self._flush()
            self._flush_at = sent.sent + DISK_FLUSH_INTERVAL_S
        self._report(line)

    def end_session(self, session: int, at: float, how: str, error: EmotoolkitError | None = None) -> None:
        """Write how a session ended. If that, or anything before it, could not be written, the session has failed."""
        self._open_sessions.pop(session, None)
        ended = _end_record(session, at, how, error)
        self._buffer += _redacted_line(ended, self._secrets) + b"\n"
        self._flush(settle=True)
        if self.problem is not None and error is None:
            ended = _end_record(session, at, "failed", self.problem)
        self._report(_redacted_line(ended, self._secrets))

    def end_all(self, at: float, how: str, error: EmotoolkitError | None) -> None:
        """End all sessions that have not ended. An error before the first session is written as that of a session."""
        if error is not None and not self._sessions:
            self.open_session(0, 0.0, at)
        for session in list(self._open_sessions):
            self.end_session(session, at, how, error)

    def _report(self, line: bytes) -> None:
        self._sink.write(b"%b%b\n" % (self._number, line))

    def _flush(self, *, settle: bool = False) -> None:
        """Write what is buffered. `settle` also brings up errors that some file systems report only at close."""
        if self._file is None:
            self._buffer.clear()
            return
        try:
            while self._buffer:
                del self._buffer[: self._file.write(self._buffer)]
            if self._has_link and not os.fstat(self._file.fileno()).st_nlink:
                raise FileNotFoundError(errno.ENOENT, "the journal was removed meanwhile")
            if settle:
                os.close(os.dup(self._file.fileno()))
        except OSError as problem:
            self._fail(problem)

    def _fail(self, problem: OSError) -> None:
        """Write nothing more to disk: a line after a torn one would hide where the journal was cut off."""
        self.problem = write_error(self.spec.journal.parent, problem)
        self._buffer.clear()
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # only a consequence of `problem`
                file.close()
        if self._on_failure is not None:
            self._on_failure(self)

    async def drain(self) -> None:
        """Wait for the sink; see `Sink.drain`."""
        await self._sink.drain()

    def close(self) -> None:
        """Close the file. Each session's end was settled, so an error here loses nothing."""
        self._flush()
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


def _end_record(session: int, at: float, how: str, error: EmotoolkitError | None) -> Ended:
    if error is None:
        return Ended(session, at, how)
    return Ended(session, at, how, type(error).__name__, _mask_address(error.facts))
