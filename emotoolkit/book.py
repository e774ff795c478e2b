"""What the worker writes down: to disk first, then up the pipe to the notebook."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from emotoolkit import __version__
from emotoolkit.journal import Began, Media, Opened, finite, sent_line, to_line
from emotoolkit.scrubbing import scrubbed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotoolkit.commands import Part
    from emotoolkit.journal import Record, Sent
    from emotoolkit.recording import Recording
    from emotoolkit.session import Api

__all__ = ["Book", "Reports", "first_record"]

TOGETHER = 0.005
"""Seconds for which lines are collected before they go up the pipe: a thousand sessions must not wake the notebook for
every packet. On disk each line is at once."""

FULL = 65_536
"""Bytes that go up without waiting, and that may wait for the notebook to read before an unpaced replay does, too."""


BEHIND = 2.0
"""Seconds by which the lines of packets sent may be behind on disk. At half of it, a thousand sessions spend a tenth of
their time on them."""


def first_record(recording: Recording, sessions: Sequence[Api], speed: float, epoch: float = 0.0) -> Began:
    """Say what is replayed, through what, and how. `epoch` is the monotonic clock when the worker was asked."""
    return Began(
        emotoolkit=__version__,
        file=recording.file,
        duration=finite(recording.duration),
        api=sessions[0].name,
        sessions=[api.settings() for api in sessions],
        speed=finite(speed),
        utc=datetime.now(UTC).isoformat(),
        epoch=epoch,
    )


class Reports:
    """The pipe up to the notebook: lines, each behind the number of its replay."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        self._pipe = pipe
        self._lines = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def write(self, line: bytes) -> None:
        """Report a line, soon: it begins with the number of its replay."""
        self._lines += line
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER, self.flush)

    def flush(self) -> None:
        """Report what was collected, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            self._pipe.write(bytes(self._lines))
            self._lines.clear()

    async def drained(self) -> None:
        """Wait, if much was reported, until the notebook has read it. Only for replays without a pace."""
        if len(self._lines) >= FULL:
            self.flush()
            await self._pipe.drain()


class Book:
    """One API's journal of one recording.

    All that a server says, and all that is asked for, is on disk before anything else is done with it. Only the lines
    of packets sent may wait for the next line, up to `BEHIND` seconds: a thousand sessions would spend a fifth of their
    time on them.
    """

    def __init__(self, part: Part, reports: Reports) -> None:
        self.part = part
        self._reports = reports
        self._sessions = 0
        self._flush_at = -math.inf
        self._number = b"%d " % part.number
        self._told = False
        self._secrets = [secret for api in part.sessions for secret in api.secrets()]
        self._file = part.journal.open("ab")

    def open_session(self, of: int, start: float, at: float, renews: int | None = None) -> int:
        """Give the next session its number."""
        number = self._sessions
        self._sessions += 1
        self.write(Opened(number, of, start, at, renews))
        return number

    def tell_media(self, sha256: str, size: int) -> None:
        """Note what the recording's file is, once."""
        if not self._told:
            self._told = True
            self.write(Media(sha256, size))

    def write(self, record: Record) -> None:
        """Keep a record, without any secret."""
        self._keep(scrubbed(to_line(record), self._secrets).encode())
        self._file.flush()

    def write_sent(self, sent: Sent) -> None:
        """Keep that a packet was sent."""
        self._keep(sent_line(sent))
        if sent.sent > self._flush_at:
            self._file.flush()
            self._flush_at = sent.sent + BEHIND

    def _keep(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._reports.write(b"%b%b\n" % (self._number, line))

    async def drained(self) -> None:
        """See `Reports.drained`."""
        await self._reports.drained()

    def close(self) -> None:
        """Write no more."""
        self._file.close()
