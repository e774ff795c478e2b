"""What the worker writes down: to disk first, then up the pipe to the notebook."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from emotoolkit.journal import Opened, to_line

if TYPE_CHECKING:
    from emotoolkit.commands import Part
    from emotoolkit.journal import Record

__all__ = ["Book", "Reports"]

TOGETHER = 0.005
"""Seconds for which lines are collected before they go up the pipe: a thousand sessions must not wake the notebook for
every packet. On disk each line is at once."""

FULL = 65_536
"""Bytes that go up without waiting, and that may wait for the notebook to read before an unpaced replay does, too."""


class Reports:
    """The pipe up to the notebook: lines, each behind the number of its replay."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        self._pipe = pipe
        self._lines = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def write(self, number: int, line: bytes) -> None:
        """Report a line, soon."""
        self._lines += b"%d " % number
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
    """One API's journal of one recording."""

    def __init__(self, part: Part, reports: Reports) -> None:
        self.part = part
        self._reports = reports
        self._sessions = 0
        self._file = part.journal.open("ab")

    def open_session(self, of: int, start: float, at: float) -> int:
        """Give the next session its number."""
        number = self._sessions
        self._sessions += 1
        self.write(Opened(number, of, start, at))
        return number

    def write(self, record: Record) -> None:
        """Keep a record."""
        line = f"{to_line(record)}\n".encode()
        self._file.write(line)
        self._file.flush()
        self._reports.write(self.part.number, line)

    async def drained(self) -> None:
        """See `Reports.drained`."""
        await self._reports.drained()

    def close(self) -> None:
        """Write no more."""
        self._file.close()
