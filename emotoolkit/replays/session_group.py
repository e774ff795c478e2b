"""Sessions that begin together, at the start or after a seek: which are open, what each has sent, when they end.

For the states and their transitions see `states`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from emotoolkit.errors import SessionsTooShort
from emotoolkit.media.sound_tally import SoundTally
from emotoolkit.replays.states import GroupState, SessionState
from emotoolkit.replays.wait_reports import WaitReporter
from emotoolkit.utils.process_log import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from emotoolkit.apis.base.protocols import Api, Session
    from emotoolkit.replays.journal_writer import JournalWriter

__all__ = ["LEAVE_FRACTION", "SessionGroup", "StreamSession"]

LEAVE_FRACTION = 0.95
"""Share of a server's limit (of idle time, of a session's duration) after which a session is finished in order, before
the server would drop it with results still to come."""


MARGIN_PACKETS = 2
"""Lengths of a packet by which a session is left before that."""

MIN_LIMIT_PACKETS = 5
"""Lengths of a packet that the limit of a session's duration has, at least. A shorter one is ignored: in such a session
two packets would hardly have room."""

MAX_SHORT_SESSIONS = 5
"""Sessions in a row that took one packet each: no more is opened after them."""


@dataclass(eq=False)
class StreamSession:
    """State of one session of a stream."""

    journal: JournalWriter
    number: int
    settings_index: int
    position: float
    """Media second up to which the recording has been sent."""
    idle_limit: float | None = None
    """Seconds without media after which the server ends the session."""
    opened: float = 0.0
    """Wall time at which the session was open."""
    last_activity: float = 0.0
    """Wall time of the last packet, or of the opening."""
    time_limit: float | None = None
    """Seconds since the opening after which the server ends the session."""
    packets: int = 0
    """Packets that were sent."""
    short_before: int = 0
    """Sessions in a row before it that took one packet each."""
    next_packet_end: float | None = None
    """Media second at which the next packet is due, once that is ready."""
    start: float = field(init=False)
    """Media second at which it began."""
    state: SessionState = SessionState.SENDING
    tally: SoundTally = field(default_factory=SoundTally)
    """Counts of the samples that were read for it."""

    def __post_init__(self) -> None:
        self.start = self.position

    def __str__(self) -> str:
        """Name it as log lines do."""
        return f"{name_of(self.journal.spec.recording.file)} through {self.api.name}, session {self.number}"

    def wait_reporter(self, elapsed: Callable[[], float]) -> WaitReporter:
        """Make a reporter of its waits; `elapsed` returns the seconds since the worker was asked to replay."""
        return WaitReporter(self.number, self, elapsed, self.journal.report)

    @property
    def api(self) -> Api:
        """Settings of the session."""
        return self.journal.spec.sessions[self.settings_index]

    def update_limits(self, session: Session) -> None:
        """Update the server's limits, which may arrive after the session was opened."""
        self.idle_limit = session.idle_limit
        self.time_limit = session.time_limit

    def count_packet(self, end: float, now: float) -> None:
        """Count a packet that was sent, up to a media second."""
        self.packets += 1
        self.position = end
        self.last_activity = now

    def has_to_renew(self, now: float, packet_s: float) -> bool:
        """Whether another session has to go on, since the server will soon end this one.

        One that has sent nothing is not renewed, or renewing would never end. `packet_s` is how long a packet takes.
        """
        if self.time_limit is None or not self.packets or self.time_limit < MIN_LIMIT_PACKETS * packet_s:
            return False
        return now >= self.opened + LEAVE_FRACTION * self.time_limit - MARGIN_PACKETS * packet_s

    def renewed(self, number: int, start: float) -> StreamSession:
        """Return the session that goes on after this one."""
        short = self.short_before + 1 if self.packets == 1 else 0
        return StreamSession(self.journal, number, self.settings_index, start, short_before=short)

    def check_progress(self) -> None:
        """Raise `SessionsTooShort` if this and those before it took one packet each, and they are too many."""
        if self.packets == 1 and self.short_before + 1 >= MAX_SHORT_SESSIONS:
            facts = {"api": self.api.title, "url": self.api.address, "limit": self.time_limit}
            raise SessionsTooShort(**facts, sent=self.position, sessions=MAX_SHORT_SESSIONS)


class SessionGroup:
    """Sessions on one clock, which all begin to send when the last of them is open.

    Each session runs in a task of its own, and these tasks meet here: at `wait_to_connect`, until the group may
    connect, and at `wait_to_send`, until all sessions are open. Both raise `CancelledError` if that will not happen.

    Parameters
    ----------
    why : str
        Why it begins; see `journal.Reference`.
    sessions : list of StreamSession
        Those that are still sending; they are removed when they have sent everything.
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
        """Set as soon as the sessions may connect."""
        self._may_send: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when all sessions are open, cancelled when that will not happen."""
        self._unopened = len(sessions)
        self._sending: dict[StreamSession, asyncio.Task[None]] = {}

    @property
    def open(self) -> bool:
        """Whether all sessions have been open, and the clock has been started for them."""
        return self._state is GroupState.OPEN or self._state is GroupState.ENDED

    @property
    def ended(self) -> bool:
        """Whether `end` has been called."""
        return self._state is GroupState.ENDED or self._state is GroupState.CANCELLED

    @property
    def never_opens(self) -> bool:
        """Whether it failed or was ended before all sessions were open."""
        return self._state is GroupState.CANCELLED or self._state is GroupState.FAILED

    @property
    def next_packet_end(self) -> float | None:
        """Media second at which the next packet of any session is due."""
        return min((each.next_packet_end for each in self.sessions if each.next_packet_end is not None), default=None)

    def next_packet_end_after(self, media: float) -> float | None:
        """Return `next_packet_end`, but None until every session waits for a packet after this media second."""
        waiting = all(each.next_packet_end is not None and each.next_packet_end > media for each in self.sessions)
        return self.next_packet_end if waiting else None

    def count_opened(self, interval: float) -> bool:
        """Count a session that is open, with packets of `interval` seconds. Returns whether it was the last."""
        self.interval = min(self.interval, interval) if self.interval else interval
        self._unopened -= 1
        return not self._unopened and self._state is GroupState.OPENING

    def next_to_time_out(self) -> StreamSession | None:
        """Return the session whose server's idle limit ends first; None if no server has such a limit."""
        limited = [each for each in self.sessions if each.idle_limit is not None]
        return min(limited, key=lambda each: each.last_activity + (each.idle_limit or 0.0), default=None)

    def allow_connecting(self) -> None:
        """Let the sessions connect."""
        if self._state is GroupState.WAITING:
            self._state = GroupState.OPENING
        self._may_connect.set()

    async def wait_to_connect(self) -> None:
        """Wait until the sessions may connect. Raises `CancelledError` if the group has failed or ended meanwhile."""
        await self._may_connect.wait()
        if self.never_opens:
            raise asyncio.CancelledError

    def allow_sending(self) -> None:
        """Let all sessions send: every one is open, and the clock has been started."""
        self._state = GroupState.OPEN
        self._may_send.set_result(None)

    async def wait_to_send(self) -> None:
        """Wait until the sessions may send. Raises `CancelledError` if that will not happen."""
        await asyncio.shield(self._may_send)

    def fail(self) -> None:
        """Cancel the group after one of its sessions has ended, unless all were open already."""
        if not self._may_send.done():
            self._state = GroupState.FAILED
            self._may_send.cancel()

    def end(self) -> None:
        """Send no more: open sessions are finished in order, others are cancelled."""
        self._state = GroupState.ENDED if self.open else GroupState.CANCELLED
        self._may_send.cancel()  # without effect if all were open
        self._may_connect.set()
        for stream_session, task in self._sending.items():
            if stream_session.state is not SessionState.HANDING_OVER:
                task.cancel()

    async def send_until_ended(self, stream_session: StreamSession, send: Coroutine[None, None, None]) -> None:
        """Run a session's sending; returns when everything has been sent, or after `end`."""
        if self.ended:  # while a renewing session was being opened
            send.close()
            return
        sending = asyncio.create_task(send)
        self._sending[stream_session] = sending
        try:
            await sending
        except asyncio.CancelledError:
            outer_cancelled = cast("asyncio.Task[None]", asyncio.current_task()).cancelling()
            if outer_cancelled or not self.ended:  # else `end` has cancelled the sending alone
                sending.cancel()
                raise
        finally:
            del self._sending[stream_session]
