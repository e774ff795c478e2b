"""The client's session: open, config, segments, session.close, drain (contract page §2, §3.8, §3.11).

Each step that some servers lack has a fallback, and v0 has neither config nor close (§3.10). The session runs in the
worker process and has neither clock nor tables.

All of it runs on one event loop, in two tasks. The listener receives messages, updates what is known of the server (its
limits, the last event, the messages by type) and sets `_activity`. The worker's task sends, and waits in `_wait` until
a condition on that state holds, the connection has ended, or the time is up; it clears `_activity` before each wait.
"""

from __future__ import annotations

import asyncio
import logging
import math
import uuid
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emotoolkit.apis.base import server_traits, timeouts
from emotoolkit.apis.base.events import Fault, Repeated, span
from emotoolkit.apis.base.message_text import MAX_MEDIA_TIME_S, NO_KIND
from emotoolkit.apis.base.server_traits import FIRST_ANSWER
from emotoolkit.apis.base.waits import waiting
from emotoolkit.apis.base.websocket import WebSocketSession, open_connection
from emotoolkit.apis.interhuman.client.file_fallback import FileFallback
from emotoolkit.apis.interhuman.client.http_client import credential
from emotoolkit.apis.interhuman.wire import messages, values
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
    from collections.abc import AsyncIterator, Callable, Sequence

    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import InvalidStatus

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.interhuman.settings import InterhumanSettings
    from emotoolkit.apis.interhuman.wire.decoder import Decoder
    from emotoolkit.media.packet import Packet

__all__ = ["InterhumanSession", "connect"]

READY_TIMEOUT_S = 5.0
"""Seconds to wait for `session.ready`, at most: servers as in the quickstart may not send it (§8)."""

QUIET_TIMEOUT_FACTOR = 2.0
"""Timeouts without a message after which a server that does not know `session.close` counts as finished: 20 s by
default, as in the vendor's example application (§6.1)."""

STATUS_KINDS = messages.READY, messages.UPDATED, messages.CLOSING, messages.ENDED, messages.PROCESSING
"""Messages about the session, not about the media."""

STEP_WORDS = {"session.close": "the last answers", FIRST_ANSWER: "the first answer"}
"""What is waited for in these steps, in words for users."""

DRAIN_MARGIN_S = 5.0
"""Seconds beyond the server's own `max_drain_seconds` (§6.1)."""

MIN_SESSION_LIMIT_S, MIN_IDLE_LIMIT_S = 5.0, 1.0
"""Seconds. A shorter limit of a session's duration, or of its pauses, is ignored: it would need a new session all the
time."""

MAX_UNANSWERED_S = 20.0
"""Seconds of media without results after which a server that was asked for quality and sends nothing is an error, not
finished: windows close every 3 s, and the longest delay observed is 12 s (§6.1)."""

NORMAL_CLOSURE = 1000
"""Close code of a normal end (§6.3)."""

logger = logging.getLogger(__name__)

TIME_EPSILON_S = 1e-6
"""Seconds by which two equal times may differ."""

CORRELATION_HEADER = "X-Correlation-ID"


@asynccontextmanager
async def connect(settings: InterhumanSettings, on_message: Callable[[str], None]) -> AsyncIterator[InterhumanSession]:
    """Connect and configure a session; disconnects at the end of the `async with` block.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    websocket = await _open_connection(settings)
    session = InterhumanSession(settings, on_message, websocket)
    try:
        await session.begin()
        yield session
    finally:
        await session.close()


class InterhumanSession(WebSocketSession):
    """One session over one WebSocket connection."""

    def __init__(
        self, settings: InterhumanSettings, on_message: Callable[[str], None], websocket: ClientConnection
    ) -> None:
        super().__init__(settings, on_message, websocket)
        self._settings: InterhumanSettings = settings
        self._decoder: Decoder = settings.decoder()
        self._received: dict[str, str] = {}
        self._last_event: Event | None = None
        self.idle_limit: float | None = None
        """Seconds without media after which the server ends the session (§3.2); None if it names no such limit.

        Whether other messages reset it is not documented (§10), so only media are assumed to.
        """
        self.time_limit: float | None = None
        """Seconds after which the server ends the session (§3.2); None if it names no such limit."""
        self._max_bytes = float(messages.MAX_MESSAGE_BYTES)
        self._max_segment_s = math.inf
        self._start: float | None = None
        self._answered_until = 0.0
        self._segment_count = 0
        self._settled_count = 0
        self._has_answers = False
        """Whether the server has said anything about the media."""
        self._traits = server_traits.of(settings.address)
        self._is_v0 = urlsplit(settings.address).path == messages.V0_PATH
        self._fallback = FileFallback()

    async def begin(self) -> None:
        """Send the config, and wait a few seconds for `session.ready`, unless the server is known not to send it."""
        if self._is_v0:  # the config is in the address
            return
        await self.send_message(self._config())
        if self._traits.lacks(messages.READY):
            return
        if not await self._wait_for(messages.READY, min(READY_TIMEOUT_S, self._settings.timeout)) and self._ended:
            raise self._end_error()

    async def send(self, packet: Packet) -> None:
        """Send one segment; returns when the socket has room for the next.

        Raises
        ------
        SegmentTooLarge, SegmentTooLong
            It has more bytes, or lasts longer, than the server accepts.
        ServerGone, ServerFault, ServerRefused
            The session has ended.
        """
        self._check_limits(packet)
        self._start = packet.start if self._start is None else self._start
        async for segment in self._fallback.replacements(packet):
            await self._send_segment(segment)
        self._sent = packet.end
        await asyncio.sleep(0)  # sending does not yield while the socket has room, and the listener must run

    async def finish(self) -> None:
        """Request the remaining results and wait for them: until the server ends, closes, or stops sending."""
        if self._is_v0:
            await self._wait_for_segments()
            return
        await self._ensure_accepted()
        await self.send_message(messages.close())
        if await self._wait_for_closing():
            await self._drain(values.read_number(self._received[messages.CLOSING], "max_drain_seconds"))
        elif self._owes_answers():
            raise self._silence_error("session.close", QUIET_TIMEOUT_FACTOR * self._settings.timeout)
        ended_normally = self._wire.close_code == NORMAL_CLOSURE and not isinstance(self._last_event, Fault)
        if self._ended and messages.ENDED not in self._received and not ended_normally:
            raise self._end_error()

    async def _wait_for_closing(self) -> bool:
        """Wait for the answer to `session.close`, or until the server has been quiet. Returns whether it came.

        A server that has said nothing about the media yet gets `warm_up` seconds for its first answer, unless such a
        wait was in vain at this address before.
        """
        quiet = QUIET_TIMEOUT_FACTOR * self._settings.timeout
        closing = await self._wait_for(messages.CLOSING, quiet, restart=True)
        if self._has_answers and messages.READY not in self._received:
            self._traits.has_not(messages.READY)
        is_patient = self._segment_count and not self._has_answers and not self._traits.lacks(FIRST_ANSWER)
        if closing or self._is_over() or not is_patient:
            return closing
        answered = await self._wait(
            FIRST_ANSWER, lambda: self._has_answers or self._is_over(), self._settings.warm_up - quiet, restart=False
        )
        if not answered and not self._ended:
            self._traits.has_not(FIRST_ANSWER)
        return answered and await self._wait_for(messages.CLOSING, quiet, restart=True)

    def _is_over(self) -> bool:
        return self._ended or messages.CLOSING in self._received or messages.ENDED in self._received

    def _config(self) -> str:
        return messages.config(self._settings.include, self._settings.model, self._settings.samples)

    async def _drain(self, promised: float | None) -> None:
        wanted = self._settings.timeout if promised is None else max(0.0, promised)
        timeout = min(wanted, self._max_wait_s()) + DRAIN_MARGIN_S
        if not await self._wait_for(messages.ENDED, timeout) and not self._ended:
            raise self._silence_error("session.close", timeout)

    async def _ensure_accepted(self) -> None:
        """Make sure that the server accepted the stream; if it rejected it, send the rest as files.

        A server does not confirm continuations, and only results about media after the first segment prove that it
        accepted them. But it acknowledges each config (§3.3), in order with its other messages, so a rejection arrives
        before the acknowledgement of a config that is sent now. The acknowledgement of the first config is awaited
        before that, or it would be mistaken for the second.
        """
        timeout = self._settings.timeout
        if (
            self._is_acceptance_unknown()
            and await self._wait_for(messages.UPDATED, timeout)
            and self._is_acceptance_unknown()
        ):
            del self._received[messages.UPDATED]
            await self.send_message(self._config())
            await self._wait_for(messages.UPDATED, timeout, restart=True)
        async for file in self._fallback.remaining_files(self._sent):
            await self._send_segment(file)

    def _is_acceptance_unknown(self) -> bool:
        """Whether the server has neither accepted nor rejected the stream so far."""
        proven = self._fallback.proves_acceptance((self._start or 0.0) + self._answered_until)
        return self._fallback.possible and (self._decoder.relative or not proven)

    def _owes_answers(self) -> bool:
        """Whether a server that does not announce its end has left more than the last windows without results."""
        ended = self._ended or messages.ENDED in self._received
        return (
            not ended
            and bool(self._settings.include)
            and self._sent - (self._start or 0.0) - self._answered_until > MAX_UNANSWERED_S
        )

    async def _wait_for_segments(self) -> None:
        """Wait until v0 has reported each segment as completed or rejected (§3.10)."""
        timeout = QUIET_TIMEOUT_FACTOR * self._settings.timeout
        timeout = timeout if self._has_answers else max(timeout, self._settings.warm_up)
        step = f"segment {self._settled_count + 1}"
        if not await self._wait(step, lambda: self._settled_count >= self._segment_count, timeout, restart=True):
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
        if event.kind not in (*STATUS_KINDS, NO_KIND):
            self._has_answers = True
            self._traits.has(FIRST_ANSWER)
        self._settled_count += event.kind in (messages.COMPLETED, messages.ERROR)
        self._answered_until = max(self._answered_until, *(time for time in span(event) if time is not None), 0.0)
        if isinstance(event, Fault):
            self._fallback.receive(event)
        if event.kind == messages.READY:
            self._traits.has(messages.READY)
            self._update_limits(partial(values.read_number, raw))
        self._activity.set()

    def _update_limits(self, limit: Callable[[str], float | None]) -> None:
        """Adopt the limits that a message of the server names."""
        self.idle_limit = _plausible_limit(limit("session_idle_timeout_seconds"), MIN_IDLE_LIMIT_S)
        self.time_limit = _plausible_limit(limit("session_max_duration_seconds"), MIN_SESSION_LIMIT_S)
        self._max_bytes = _positive_or_none(limit("max_segment_size_bytes")) or self._max_bytes
        self._max_segment_s = _positive_or_none(limit("max_segment_duration_seconds")) or self._max_segment_s

    async def _wait_for(self, kind: str, timeout_s: float, *, restart: bool = False) -> bool:
        """Wait for a message of this type, or the end of the connection. Returns whether it came."""
        step = "session.close" if kind in (messages.CLOSING, messages.ENDED) else kind
        await self._wait(
            step, lambda: kind in self._received or messages.ENDED in self._received, timeout_s, restart=restart
        )
        return kind in self._received

    async def _wait(self, step: str, is_done: Callable[[], bool], timeout_s: float, *, restart: bool) -> bool:
        """Wait until a step is done, the time is up, or the connection has ended. Returns whether it is done.

        With `restart`, each message of the server restarts the timeout, up to a total of `_max_wait_s()`.

        Raises
        ------
        ServerEndless
            The server went on sending messages until that total without finishing the step.
        """
        now = asyncio.get_running_loop().time
        deadline, last_deadline, has_activity = now() + timeout_s, now() + self._max_wait_s(), False
        while not is_done() and not self._ended:
            self._activity.clear()
            try:
                with waiting(STEP_WORDS.get(step, step), timeout_s):
                    async with asyncio.timeout_at(deadline):
                        await self._activity.wait()
            except TimeoutError:
                logger.info("no %r within %g s", step, timeout_s)
                break
            if restart:
                deadline, has_activity = min(now() + timeout_s, last_deadline), True
        if has_activity and now() >= last_deadline and not is_done() and not self._ended:
            raise ServerEndless(**self._silence_error(step, self._max_wait_s()).facts)
        return is_done()

    def _max_wait_s(self) -> float:
        """Seconds that any step may take."""
        return timeouts.step_timeout(self._sent - (self._start or 0.0), QUIET_TIMEOUT_FACTOR * self._settings.timeout)

    def _end_error(self) -> ReplayError:
        """Make the error that ended the connection: the server's last message if it was one, else the close code."""
        if self._is_message_too_large:
            return self._too_large_error()
        code, fault = self._wire.close_code, self._last_event
        response = self._wire.response
        facts = self._server_facts | {"correlation_id": response.headers.get(CORRELATION_HEADER) if response else None}
        if isinstance(fault, Fault):
            kind = ServerFault if self._sent else ServerRefused
            said = {"reason": fault.message, "code": fault.code, "step": fault.kind, "sent": self._sent}
            return kind(**facts | said | fault.facts)
        reason = f"close code {code}" + (f": {self._wire.close_reason}" if self._wire.close_reason else "")
        return ServerGone(**facts, sent=self._sent, reason=reason, code=code)


def _plausible_limit(seconds: float | None, least: float) -> float | None:
    """Ignore a limit that is not usable: 0 or less commonly means "no limit"."""
    return seconds if seconds is not None and least <= seconds <= MAX_MEDIA_TIME_S else None


def _positive_or_none(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


async def _open_connection(settings: InterhumanSettings) -> ClientConnection:
    headers = {"X-Client-Request-Id": str(uuid.uuid4())}
    secret = await credential(settings, STREAM)
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return await open_connection(
        _with_include(settings.address, settings.include),
        api=settings.title,
        timeout=settings.timeout,
        max_message_mb=settings.max_message_mb,
        headers=headers,
        display_url=settings.address,
        make_error=lambda problem: _refusal_error(problem, settings),
    )


def _with_include(url: str, include: Sequence[str]) -> str:
    """Add the requested quality to an address of v0, which has no config message (§1.6)."""
    if urlsplit(url).path != messages.V0_PATH or not include:
        return url
    fields = "&".join(f"include[]={section}" for section in include)
    return f"{url}{'&' if urlsplit(url).query else '?'}{fields}"


def _refusal_error(problem: InvalidStatus, settings: InterhumanSettings) -> ServerRefused:
    """Make the error of a rejected handshake, with the reason of its JSON body (§1.7) or its HTTP status."""
    response = problem.response
    reason, code, session = values.read_refusal((response.body or b"").decode(errors="replace"))
    return ServerRefused(
        api=settings.title,
        url=settings.address,
        reason=reason or str(problem),
        code=code or response.status_code,
        correlation_id=session or response.headers.get(CORRELATION_HEADER),
    )
