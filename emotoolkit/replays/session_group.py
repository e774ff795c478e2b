"""The sessions that began together, at the start or after a jump: who is open, who has sent what, when it is over."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.replays.journal_writer import Book

__all__ = ["Line", "Take"]


@dataclass(eq=False)
class Line:
    """One session of a take: whose it is, and how far it is."""

    book: Book
    number: int
    of: int
    reached: float
    """Media second up to which it has been sent the recording."""
    idle_limit: float | None = None
    """Seconds without media after which its server ends it."""
    opened: float = 0.0
    """Wall time at which its session was open."""
    stirred: float = 0.0
    """Wall time at which it last got something."""
    over: float = math.inf
    """Wall time from which on it gets no more packet, since its server will soon end it in any case."""
    upcoming: float | None = None
    """Media second at which its next packet is due, once that is ready."""
    began: float = field(init=False)
    """Media second from which on: a session that has sent nothing is not renewed, or there would be no end of them."""
    whole: bool = False
    """Whether it has been sent everything there is for it, and only the end of its session is left."""
    handing: bool = False
    """Whether a packet is being handed to the network: that is finished, and noted, before the line is left."""

    def __post_init__(self) -> None:
        self.began = self.reached

    @property
    def api(self) -> Api:
        """Settings of the session."""
        return self.book.part.sessions[self.of]


class Take:
    """Some lines on one clock, which all begin when the last of them is open.

    Parameters
    ----------
    why : str
        Why it begins; see `journal.Reference`.
    lines : list of Line
        Those which are still sending; they leave it when they have sent everything.
    start : float or None
        Media second at which the clock begins. None leaves the clock where it stands.
    """

    def __init__(self, why: str, lines: list[Line], start: float | None) -> None:
        self.why = why
        self.start = start
        self.lines = lines
        self.ended = False
        self.reached = 0.0 if start is None else start
        self.interval = 0.0
        self.wanted = asyncio.Event()
        """Set as soon as it may connect."""
        self.gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when all lines are open, cancelled when one of them cannot be."""
        self._missing = len(lines)
        self._sending: dict[Line, asyncio.Task[None]] = {}

    @property
    def open(self) -> bool:
        """Whether all sessions are open and the clock has been started for them."""
        return self.gate.done() and not self.gate.cancelled()

    @property
    def next(self) -> float | None:
        """Media second at which the next packet of any session is due."""
        return min((line.upcoming for line in self.lines if line.upcoming is not None), default=None)

    def next_behind(self, media: float) -> float | None:
        """Like `next`, but None until every line waits for a packet behind this media second."""
        waiting = all(line.upcoming is not None and line.upcoming > media for line in self.lines)
        return self.next if waiting else None

    def is_last_to_open(self, interval: float) -> bool:
        """Count one that has opened, whose packets last `interval` seconds. Returns whether it was the last."""
        self.interval = min(self.interval, interval) if self.interval else interval
        self._missing -= 1
        return not self._missing and not self.gate.done()

    def nearest_to_idleness(self) -> Line | None:
        """The line that its server will end first if it gets nothing; None if no server has such a limit."""
        limited = [line for line in self.lines if line.idle_limit is not None]
        return min(limited, key=lambda line: line.stirred + (line.idle_limit or 0.0), default=None)

    async def may_connect(self) -> None:
        """Wait until it is wanted. Raises `CancelledError` if it has been ended meanwhile."""
        await self.wanted.wait()
        if self.gate.cancelled():
            raise asyncio.CancelledError

    def end(self) -> None:
        """Send no more; what is open is finished properly, what is not is given up."""
        self.ended = True
        if not self.gate.done():
            self.gate.cancel()
        self.wanted.set()
        for line, task in self._sending.items():
            if not line.handing:
                task.cancel()

    async def send_until_ended(self, line: Line, send: Coroutine[None, None, None]) -> None:
        """Run a session's sending; returns when it has sent everything, or was told to end."""
        if self.ended:  # while it was opened to go on from another one
            send.close()
            return
        sending = asyncio.create_task(send)
        self._sending[line] = sending
        try:
            await sending
        except asyncio.CancelledError:
            given_up = cast("asyncio.Task[None]", asyncio.current_task()).cancelling()
            if given_up or not self.ended:  # else it is the sending alone that was told to end
                sending.cancel()
                raise
        finally:
            del self._sending[line]
