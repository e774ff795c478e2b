"""The client's conversation: open … config … segments … session.close … drain (contract page §2, §3.8, §3.11).

Each step that some servers lack has a fallback, and v0 has neither config nor close (§3.10). The worker runs this; it
knows no clock and no tables.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emotoolkit.apis.base import timeouts
from emotoolkit.apis.base.events import Fault, Repeated, span
from emotoolkit.apis.base.message_text import MAX_MEDIA_TIME_S
from emotoolkit.apis.base.websocket import WebSocketSession, open_connection
from emotoolkit.apis.interhuman.client.continuation import Continuation
from emotoolkit.apis.interhuman.client.http_client import credential
from emotoolkit.apis.interhuman.wire import decoder, messages
from emotoolkit.apis.interhuman.wire.scopes import STREAM
from emotoolkit.errors import (
    ReplayError,
    SegmentTooLarge,
    SegmentTooLong,
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import InvalidStatus

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.interhuman.settings import InterhumanSettings
    from emotoolkit.media.packet import Packet

__all__ = ["InterhumanSession", "connect"]

READY_TIMEOUT_S = 5.0
"""Seconds to wait at most for `session.ready`: servers of the quickstart's time may not send it (§8)."""

QUIET_TIMEOUT_FACTOR = 2.0
"""Timeouts without a word after which a server that does not know `session.close` counts as done: 20 s by default, what
the vendor's example application waits (§6.1)."""

DRAIN_MARGIN_S = 5.0
"""Seconds beyond the server's own `max_drain_seconds` (§6.1)."""

MIN_SESSION_LIMIT_S = 1.0
"""Seconds below which a limit of a session is none: a session per moment is not what anybody can mean."""

MAX_UNANSWERED_S = 20.0
"""Seconds of media that may stay unanswered by a server that was asked for quality and is quiet: windows close every
3 s, and the longest wait that was ever seen is 12 s (§6.1). More is no end but silence."""

NORMAL_CLOSURE = 1000
"""Close code of an orderly end (§6.3)."""

MALFORMED_CODE, SECOND_SEGMENT = "ih5004", 2
"""What a server says that does not take continuations, and of which segment: they are counted from 1 (§2.2)."""

TIME_EPSILON_S = 1e-6
"""Seconds: two ends that are the same moment."""

ACCEPTANCE_MARGIN_S = 0.5
"""Seconds behind the end of the first segment from which on what is said cannot be about that one alone."""

CORRELATION_HEADER = "X-Correlation-ID"


@asynccontextmanager
async def connect(settings: InterhumanSettings, on_message: Callable[[str], None]) -> AsyncIterator[InterhumanSession]:
    """Connect and configure; disconnects at the end of the `async with` block.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    wire = await _open_connection(settings)
    session = InterhumanSession(settings, on_message, wire)
    try:
        await session.begin()
        yield session
    finally:
        await session.close()


class InterhumanSession(WebSocketSession):
    """One session over one WebSocket connection."""

    def __init__(self, settings: InterhumanSettings, on_message: Callable[[str], None], wire: ClientConnection) -> None:
        super().__init__(settings, on_message, wire)
        self._settings: InterhumanSettings = settings
        self._decoder: decoder.Decoder = settings.decoder()
        self._received: dict[str, str] = {}
        self._last_event: Event | None = None
        self.idle_limit: float | None = None
        """Seconds without media after which the server ends the session, as it said itself (§3.2); None if it did not.

        Whether anything but media counts is not stated (§10), so nothing else is taken to.
        """
        self.time_limit: float | None = None
        """Seconds after which the server ends the session, as it said itself (§3.2); None if it did not."""
        self._max_bytes = float(messages.MAX_MESSAGE_BYTES)
        self._max_segment_s = math.inf
        self._start: float | None = None
        self._answered_until = 0.0
        self._segment_count = 0
        self._settled_count = 0
        self._is_v0 = urlsplit(settings.address).path == messages.V0_PATH
        self._fallback = _FileFallback()

    async def begin(self) -> None:
        """Say what is wanted, and wait a moment for the server's consent."""
        if self._is_v0:  # what is wanted is in the address
            return
        await self.send_message(self._config())
        if not await self._wait_for(messages.READY, min(READY_TIMEOUT_S, self._settings.timeout)) and self._ended:
            raise self._end_error()

    async def send(self, packet: Packet) -> None:
        """Send one segment; returns when the socket has room for the next.

        Raises
        ------
        SegmentTooLarge, SegmentTooLong
            It has more bytes, or lasts longer, than the server takes.
        ServerGone, ServerFault, ServerRefused
            The session has ended.
        """
        self._check_limits(packet)
        self._start = packet.start if self._start is None else self._start
        async for repaired in self._fallback.replacements(packet):
            await self._send_segment(repaired)
        self._sent = packet.end
        await asyncio.sleep(0)  # a socket with room suspends nobody, and the listener needs its turn

    async def finish(self) -> None:
        """Ask for the rest and wait for it: until the server says it has ended, closes, or has long been quiet."""
        if self._is_v0:
            await self._wait_for_segments()
            return
        await self._ensure_accepted()
        await self.send_message(messages.close())
        if await self._wait_for(messages.CLOSING, QUIET_TIMEOUT_FACTOR * self._settings.timeout, anew=True):
            await self._drain(decoder.read_number(self._received[messages.CLOSING], "max_drain_seconds"))
        elif self._owes_answers():
            raise self._silence_error("session.close", QUIET_TIMEOUT_FACTOR * self._settings.timeout)
        in_order = self._wire.close_code == NORMAL_CLOSURE and not isinstance(self._last_event, Fault)
        if self._ended and messages.ENDED not in self._received and not in_order:
            raise self._end_error()

    def _config(self) -> str:
        return messages.config(self._settings.include, self._settings.model, self._settings.samples)

    async def _drain(self, promised: float | None) -> None:
        wanted = self._settings.timeout if promised is None else max(0.0, promised)
        timeout = min(wanted, self._max_wait_s()) + DRAIN_MARGIN_S
        if not await self._wait_for(messages.ENDED, timeout) and not self._ended:
            raise self._silence_error("session.close", timeout)

    async def _ensure_accepted(self) -> None:
        """Make sure that the stream was taken, and else send the rest as files.

        Taking is silent, unless something is said of what lies behind the first segment. But a config is acknowledged
        each time (§3.3), and what is answered in front of that is known by then: so it is sent once more. The first
        one's own acknowledgement is waited for before, or it would be taken for the second's.
        """
        timeout = self._settings.timeout
        if (
            self._is_acceptance_unknown()
            and await self._wait_for(messages.UPDATED, timeout)
            and self._is_acceptance_unknown()
        ):
            del self._received[messages.UPDATED]
            await self.send_message(self._config())
            await self._wait_for(messages.UPDATED, timeout, anew=True)
        async for repaired in self._fallback.remaining_files(self._sent):
            await self._send_segment(repaired)

    def _is_acceptance_unknown(self) -> bool:
        """Whether nothing has been said yet that tells if the stream was taken."""
        proven = self._fallback.proves_acceptance((self._start or 0.0) + self._answered_until)
        return self._fallback.possible and (self._decoder.relative or not proven)

    def _owes_answers(self) -> bool:
        """Whether a server that has no word for its end owes more than the last windows."""
        ended = self._ended or messages.ENDED in self._received
        return (
            not ended
            and bool(self._settings.include)
            and self._sent - (self._start or 0.0) - self._answered_until > MAX_UNANSWERED_S
        )

    async def _wait_for_segments(self) -> None:
        """Wait until each segment is completed or refused, as v0 says of each (§3.10)."""
        timeout = QUIET_TIMEOUT_FACTOR * self._settings.timeout
        step = f"segment {self._settled_count + 1}"
        if not await self._wait(step, lambda: self._settled_count >= self._segment_count, timeout, anew=True):
            raise (
                self._end_error() if self._ended else self._silence_error(f"segment {self._settled_count + 1}", timeout)
            )

    def _silence_error(self, step: str, timeout: float) -> ServerSilent:
        return ServerSilent(api=self._settings.title, url=self._settings.address, step=step, timeout=timeout)

    def _check_limits(self, packet: Packet) -> None:
        about = {"file": "the recording", "start": packet.start}
        if len(packet.data) > self._max_bytes:
            raise SegmentTooLarge(**about, bytes=len(packet.data), limit=int(self._max_bytes))
        if packet.duration > self._max_segment_s + TIME_EPSILON_S:
            raise SegmentTooLong(**about, duration=packet.duration, limit=self._max_segment_s)

    async def _send_segment(self, packet: Packet) -> None:
        self._check_limits(packet)
        self._decoder.sent(packet.start - (self._start or 0.0))
        await self.send_message(packet.data)
        self._segment_count += 1

    def _receive(self, raw: str) -> None:
        self._on_message(raw)
        event = self._decoder.decode(raw)
        if isinstance(event, Repeated):
            return
        self._last_event = event
        self._received[event.kind] = raw
        self._settled_count += event.kind in (messages.COMPLETED, messages.ERROR)
        self._answered_until = max(self._answered_until, *(time for time in span(event) if time is not None), 0.0)
        if isinstance(event, Fault):
            self._fallback.receive(event)
        if event.kind == messages.READY:
            self._update_limits(partial(decoder.read_number, raw))
        self._activity.set()

    def _update_limits(self, limit: Callable[[str], float | None]) -> None:
        """Mind what the server allows, whenever it says so."""
        self.idle_limit = _plausible_limit(limit("session_idle_timeout_seconds"))
        self.time_limit = _plausible_limit(limit("session_max_duration_seconds"))
        self._max_bytes = _positive_or_none(limit("max_segment_size_bytes")) or self._max_bytes
        self._max_segment_s = _positive_or_none(limit("max_segment_duration_seconds")) or self._max_segment_s

    async def _wait_for(self, kind: str, quiet: float, *, anew: bool = False) -> bool:
        """Wait for a message of this kind, or the end of the connection. Returns whether it came."""
        step = "session.close" if kind in (messages.CLOSING, messages.ENDED) else kind
        await self._wait(step, lambda: kind in self._received or messages.ENDED in self._received, quiet, anew=anew)
        return kind in self._received

    async def _wait(self, step: str, has_come: Callable[[], bool], quiet: float, *, anew: bool) -> bool:
        """Wait until the answer to a step has come, or the connection has ended. Returns whether it has come.

        The seconds for which the server may be quiet can begin anew with each message: who talks is not silent. But
        that has an end, too.

        Raises
        ------
        ServerEndless
            It talked until then.
        """
        now = asyncio.get_running_loop().time
        deadline, last, talked = now() + quiet, now() + self._max_wait_s(), False
        while not has_come() and not self._ended:
            self._activity.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._activity.wait()
            except TimeoutError:
                break
            if anew:
                deadline, talked = min(now() + quiet, last), True
        if talked and now() >= last and not has_come() and not self._ended:
            raise ServerEndless(**self._silence_error(step, self._max_wait_s()).facts)
        return has_come()

    def _max_wait_s(self) -> float:
        """Seconds that any step may take."""
        return timeouts.step_timeout(self._sent - (self._start or 0.0), QUIET_TIMEOUT_FACTOR * self._settings.timeout)

    def _end_error(self) -> ReplayError:
        """Why the connection ended: the error that was the server's last word, or the code of the close (§3.7)."""
        url, code = self._settings.address, self._wire.close_code
        response = self._wire.response
        known = {"correlation_id": response.headers.get(CORRELATION_HEADER) if response else None}
        if isinstance(self._last_event, Fault):
            kind = ServerFault if self._sent else ServerRefused
            return kind(
                api=self._settings.title,
                url=url,
                reason=self._last_event.message,
                code=self._last_event.code,
                sent=self._sent,
                **known,
            )
        reason = f"close code {code}" + (f": {self._wire.close_reason}" if self._wire.close_reason else "")
        return ServerGone(api=self._settings.title, url=url, sent=self._sent, reason=reason, **known)


def _plausible_limit(seconds: float | None) -> float | None:
    """Take a limit of a session at its word only if one can live with it: 0 or less is a usual word for "none"."""
    return seconds if seconds is not None and MIN_SESSION_LIMIT_S <= seconds <= MAX_MEDIA_TIME_S else None


def _positive_or_none(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


class _FileFallback:
    """Goes over to complete files when a server refuses the first continuation of a stream (`framing="auto"`).

    The server has taken the stream's first segment, and refuses (`ih5004`) every other: so what follows the first is
    sent again, in the same session and on the same session clock, as segments that are files of their own (§2.2). It is
    looked for in the refusal of segment 2 alone. A later one is about that segment, not about the way of sending.
    """

    def __init__(self) -> None:
        self._first: Continuation | None = None
        self._refused = False
        self._files: Iterator[Packet] | None = None
        self._next: Packet | None = None

    @property
    def possible(self) -> bool:
        """Whether there is something to go over from."""
        return self._first is not None and not self._refused

    def proves_acceptance(self, answered: float) -> bool:
        """Whether a server that speaks of this media second must have taken the continuation."""
        return self._first is not None and answered > self._first.start + ACCEPTANCE_MARGIN_S

    def receive(self, fault: Fault) -> None:
        """Hear what a server has against a segment."""
        self._refused = self._refused or (fault.code == MALFORMED_CODE and fault.packet == SECOND_SEGMENT)

    async def replacements(self, packet: Packet) -> AsyncIterator[Packet]:
        """Give what is sent when this packet is due: itself, or the files that end by then."""
        if self._first is None and isinstance(packet, Continuation):
            self._first = packet
        if not self._refused or self._first is None:
            yield packet
            return
        async for file in self._files_until(packet.end):
            yield file

    async def remaining_files(self, sent: float) -> AsyncIterator[Packet]:
        """Give the files that are left of what was due, up to a media second: the recording may go on behind it."""
        if self._refused and self._first is not None:
            async for file in self._files_until(math.inf):
                if file.start >= sent - TIME_EPSILON_S:
                    break
                yield file

    async def _files_until(self, end: float) -> AsyncIterator[Packet]:
        if self._files is None and self._first is not None:
            self._files = self._first.again(self._first.start)
            self._next = await self._next_file()
        while self._next is not None and self._next.end <= end + TIME_EPSILON_S:
            yield self._next
            self._next = await self._next_file()

    async def _next_file(self) -> Packet | None:
        return None if self._files is None else await asyncio.to_thread(next, self._files, None)


async def _open_connection(settings: InterhumanSettings) -> ClientConnection:
    headers = {"X-Client-Request-Id": str(uuid.uuid4())}
    secret = await credential(settings, STREAM)
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return await open_connection(
        _with_include(settings.address, settings.include),
        api=settings.title,
        timeout=settings.timeout,
        headers=headers,
        display_url=settings.address,
        make_error=lambda problem: _refusal_error(problem, settings),
    )


def _with_include(url: str, include: Sequence[str]) -> str:
    """Add to an address of v0 which quality is asked for: there, a config has no other place (§1.6)."""
    if urlsplit(url).path != messages.V0_PATH or not include:
        return url
    wishes = "&".join(f"include[]={section}" for section in include)
    return f"{url}{'&' if urlsplit(url).query else '?'}{wishes}"


def _refusal_error(problem: InvalidStatus, settings: InterhumanSettings) -> ServerRefused:
    """What the server says of its refusal: its JSON body (§1.7), or the status."""
    response = problem.response
    reason, code, session = decoder.read_refusal((response.body or b"").decode(errors="replace"))
    return ServerRefused(
        api=settings.title,
        url=settings.address,
        reason=reason or str(problem),
        code=code or response.status_code,
        correlation_id=session or response.headers.get(CORRELATION_HEADER),
    )
