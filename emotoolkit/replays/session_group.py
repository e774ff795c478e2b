"""The sessions that began together, at the start or after a jump: who is open, who has sent what, when it is over.

Their states, and who moves them: see `states`.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from emotoolkit.replays.states import GroupState, SessionState

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from emotoolkit.apis.base.protocols import Api, Session
    from emotoolkit.replays.journal_writer import JournalWriter

__all__ = ["LEFT", "Line", "Take"]

LEFT = 0.95
"""Share of a server's limit after which a session is ended in order, before the server would drop it with what it owes:
of the time without media, and of the time that a session may last."""


@dataclass(eq=False)
class Line:
    """One session of a take: whose it is, and how far it is."""

    journal: JournalWriter
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
    state: SessionState = SessionState.SENDING

    def __post_init__(self) -> None:
        self.began = self.reached

    @property
    def api(self) -> Api:
        """Settings of the session."""
        return self.journal.part.sessions[self.of]

    def mind_limits(self, session: Session) -> None:
        """Note what the server allows, which it may say late."""
        self.idle_limit = session.idle_limit
        if session.time_limit is not None:
            self.over = self.opened + LEFT * session.time_limit


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
        self.reached = 0.0 if start is None else start
        self.interval = 0.0
        self._state = GroupState.WAITING
        self._wanted = asyncio.Event()
        """Set as soon as it may connect."""
        self._gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when all lines are open, cancelled when that will not be."""
        self._missing = len(lines)
        self._sending: dict[Line, asyncio.Task[None]] = {}

    @property
    def open(self) -> bool:
        """Whether all sessions have been open, and the clock has been started for them."""
        return self._state is GroupState.OPEN or self._state is GroupState.ENDED

    @property
    def ended(self) -> bool:
        """Whether it has been told to end."""
        return self._state is GroupState.ENDED or self._state is GroupState.GIVEN_UP

    @property
    def never_opens(self) -> bool:
        """Whether it was let go before all sessions were open."""
        return self._state is GroupState.GIVEN_UP or self._state is GroupState.REFUSED

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
        return not self._missing and self._state is GroupState.OPENING

    def nearest_to_idleness(self) -> Line | None:
        """The line that its server will end first if it gets nothing; None if no server has such a limit."""
        limited = [line for line in self.lines if line.idle_limit is not None]
        return min(limited, key=lambda line: line.stirred + (line.idle_limit or 0.0), default=None)

    def want(self) -> None:
        """Let it connect."""
        if self._state is GroupState.WAITING:
            self._state = GroupState.OPENING
        self._wanted.set()

    async def may_connect(self) -> None:
        """Wait until it is wanted. Raises `CancelledError` if it has been let go meanwhile."""
        await self._wanted.wait()
        if self.never_opens:
            raise asyncio.CancelledError

    def begin(self) -> None:
        """Let all lines send: every session is open, and the clock has been started."""
        self._state = GroupState.OPEN
        self._gate.set_result(None)

    async def all_open(self) -> None:
        """Wait until every line may send. Raises `CancelledError` if that will never be."""
        await asyncio.shield(self._gate)

    def refuse(self) -> None:
        """Let everybody go, unless all are open: a line has ended, and the others cannot begin without it."""
        if not self._gate.done():
            self._state = GroupState.REFUSED
            self._gate.cancel()

    def end(self) -> None:
        """Send no more; what is open is finished properly, what is not is given up."""
        self._state = GroupState.ENDED if self.open else GroupState.GIVEN_UP
        self._gate.cancel()  # nothing, if all were open
        self._wanted.set()
        for line, task in self._sending.items():
            if line.state is not SessionState.HANDING:
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
