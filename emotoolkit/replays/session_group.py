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

__all__ = ["LEAVE_FRACTION", "SessionGroup", "StreamSession"]

LEAVE_FRACTION = 0.95
"""Share of a server's limit after which a session is ended in order, before the server would drop it with what it owes:
of the time without media, and of the time that a session may last."""


@dataclass(eq=False)
class StreamSession:
    """One session of a take: whose it is, and how far it is."""

    journal: JournalWriter
    number: int
    settings_index: int
    position: float
    """Media second up to which it has been sent the recording."""
    idle_limit: float | None = None
    """Seconds without media after which its server ends it."""
    opened: float = 0.0
    """Wall time at which its session was open."""
    last_activity: float = 0.0
    """Wall time at which it last got something."""
    no_packets_after: float = math.inf
    """Wall time from which on it gets no more packet, since its server will soon end it in any case."""
    next_packet_end: float | None = None
    """Media second at which its next packet is due, once that is ready."""
    start: float = field(init=False)
    """Media second from which on: a session that has sent nothing is not renewed, or there would be no end of them."""
    state: SessionState = SessionState.SENDING

    def __post_init__(self) -> None:
        self.start = self.position

    @property
    def api(self) -> Api:
        """Settings of the session."""
        return self.journal.spec.sessions[self.settings_index]

    def update_limits(self, session: Session) -> None:
        """Note what the server allows, which it may say late."""
        self.idle_limit = session.idle_limit
        if session.time_limit is not None:
            self.no_packets_after = self.opened + LEAVE_FRACTION * session.time_limit


class SessionGroup:
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

    def __init__(self, why: str, sessions: list[StreamSession], start: float | None) -> None:
        self.why = why
        self.start = start
        self.sessions = sessions
        self.position = 0.0 if start is None else start
        self.interval = 0.0
        self._state = GroupState.WAITING
        self._may_connect = asyncio.Event()
        """Set as soon as it may connect."""
        self._may_send: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when all lines are open, cancelled when that will not be."""
        self._unopened = len(sessions)
        self._sending: dict[StreamSession, asyncio.Task[None]] = {}

    @property
    def open(self) -> bool:
        """Whether all sessions have been open, and the clock has been started for them."""
        return self._state is GroupState.OPEN or self._state is GroupState.ENDED

    @property
    def ended(self) -> bool:
        """Whether it has been told to end."""
        return self._state is GroupState.ENDED or self._state is GroupState.CANCELLED

    @property
    def never_opens(self) -> bool:
        """Whether it was let go before all sessions were open."""
        return self._state is GroupState.CANCELLED or self._state is GroupState.FAILED

    @property
    def next_packet_end(self) -> float | None:
        """Media second at which the next packet of any session is due."""
        return min((line.next_packet_end for line in self.sessions if line.next_packet_end is not None), default=None)

    def next_packet_end_after(self, media: float) -> float | None:
        """Like `next_packet_end`, but None until every line waits for a packet behind this media second."""
        waiting = all(line.next_packet_end is not None and line.next_packet_end > media for line in self.sessions)
        return self.next_packet_end if waiting else None

    def count_opened(self, interval: float) -> bool:
        """Count one that has opened, whose packets last `interval` seconds. Returns whether it was the last."""
        self.interval = min(self.interval, interval) if self.interval else interval
        self._unopened -= 1
        return not self._unopened and self._state is GroupState.OPENING

    def next_to_time_out(self) -> StreamSession | None:
        """The line that its server will end first if it gets nothing; None if no server has such a limit."""
        limited = [line for line in self.sessions if line.idle_limit is not None]
        return min(limited, key=lambda line: line.last_activity + (line.idle_limit or 0.0), default=None)

    def allow_connecting(self) -> None:
        """Let it connect."""
        if self._state is GroupState.WAITING:
            self._state = GroupState.OPENING
        self._may_connect.set()

    async def wait_to_connect(self) -> None:
        """Wait until it is wanted. Raises `CancelledError` if it has been let go meanwhile."""
        await self._may_connect.wait()
        if self.never_opens:
            raise asyncio.CancelledError

    def allow_sending(self) -> None:
        """Let all lines send: every session is open, and the clock has been started."""
        self._state = GroupState.OPEN
        self._may_send.set_result(None)

    async def wait_to_send(self) -> None:
        """Wait until every line may send. Raises `CancelledError` if that will never be."""
        await asyncio.shield(self._may_send)

    def fail(self) -> None:
        """Let everybody go, unless all are open: a line has ended, and the others cannot begin without it."""
        if not self._may_send.done():
            self._state = GroupState.FAILED
            self._may_send.cancel()

    def end(self) -> None:
        """Send no more; what is open is finished properly, what is not is given up."""
        self._state = GroupState.ENDED if self.open else GroupState.CANCELLED
        self._may_send.cancel()  # nothing, if all were open
        self._may_connect.set()
        for stream_session, task in self._sending.items():
            if stream_session.state is not SessionState.HANDING_OVER:
                task.cancel()

    async def send_until_ended(self, stream_session: StreamSession, send: Coroutine[None, None, None]) -> None:
        """Run a session's sending; returns when it has sent everything, or was told to end."""
        if self.ended:  # while it was opened to go on from another one
            send.close()
            return
        sending = asyncio.create_task(send)
        self._sending[stream_session] = sending
        try:
            await sending
        except asyncio.CancelledError:
            given_up = cast("asyncio.Task[None]", asyncio.current_task()).cancelling()
            if given_up or not self.ended:  # else it is the sending alone that was told to end
                sending.cancel()
                raise
        finally:
            del self._sending[stream_session]
