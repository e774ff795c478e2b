"""The client's session: handshake, audio …, empty buffer, completed, report (contract page §2.1, §9).

Each step that some servers lack has a fallback: where the end mark is not answered, an answered report request shows
that everything has arrived, and the request has two names. What an address lacks is remembered (`server_traits`), so
that only its first sessions wait for it. A report that fails ends no session: the segments have arrived by then.

A session runs in the worker's loop. Handlers of socket.io events write what came (`_answers`, `_completed`, `_problem`)
and set `_activity`; `open`, `send` and `finish` wait for that, and raise the first problem.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import aiohttp
from socketio.exceptions import SocketIOError

from emotoolkit.apis.base import server_traits, timeouts
from emotoolkit.apis.base.events import Fault, Ready, Step
from emotoolkit.apis.base.server_traits import FIRST_ANSWER
from emotoolkit.apis.base.waits import waiting
from emotoolkit.apis.emotion_logic.client.socketio import SocketIOClient
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder
from emotoolkit.errors import (
    MessageTooLarge,
    OldSocketIO,
    ReplayError,
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from emotoolkit.utils.folders import BYTES_PER_MB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.emotion_logic.settings import EmotionLogicSettings
    from emotoolkit.media.packet import Packet

__all__ = ["EmotionLogicSession", "connect"]

LOW_WATER_BYTES, HIGH_WATER_BYTES = 16_384, 60_000
"""Bytes that may be buffered before a packet is written, and with it. So the socket takes the packet without a wait in
between: it is sent whole or not at all, whenever the replay is stopped."""

POLL_INTERVAL_S = 0.001
"""Seconds between two looks at a full socket; the system's own buffer lasts longer."""

CLOSE_TIMEOUT_S = 1.0
"""Seconds that a server gets to close. By then all its messages have been received."""

MIN_SILENCE_S, SILENCE_FACTOR = 2.0, 3.0
"""Seconds of silence after which a server that never answers the end mark counts as finished, at least; and their
multiple of the longest silence between its last segments."""

MIN_ERROR_STATUS = 400
"""HTTP status from which on it is an error."""

END_STEP = "audio-stream (end)"
"""Name of the end mark's step, in errors."""

STEP_WORDS = {
    messages.HANDSHAKE: "the handshake",
    messages.AUDIO: "the server to read on",
    FIRST_ANSWER: "the first answer",
    END_STEP: "the last segments",
    **dict.fromkeys(messages.REPORT_REQUESTS, "the report"),
}
"""What is waited for in each step, in words for users."""

AnswerT = TypeVar("AnswerT")

logger = logging.getLogger(__name__)


@asynccontextmanager
async def connect(
    settings: EmotionLogicSettings, on_message: Callable[[str], None]
) -> AsyncIterator[EmotionLogicSession]:
    """Connect and shake hands; disconnects at the end of the `async with` block.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent, OldSocketIO
    """
    session = EmotionLogicSession(settings, on_message)
    try:
        await session.open()
        yield session
    finally:
        await session.close()


class EmotionLogicSession:
    """One stream over one socket.io connection."""

    idle_limit: float | None = None
    """None is known: socket.io's pings keep the connection alive."""

    time_limit: float | None = None
    """None is known (contract page §8)."""

    def __init__(self, settings: EmotionLogicSettings, on_message: Callable[[str], None]) -> None:
        self._settings = settings
        self._on_message = on_message
        self._decoder = Decoder()
        self._activity = asyncio.Event()
        self._answers: dict[type[Event], Event] = {}
        self._completed = False
        self._has_answers = False
        """Whether the server has said anything about the media."""
        self._report_requested = False
        self._report_answered = False
        """Whether the request was answered, be it by a failure or by something that cannot be read."""
        self._traits = server_traits.of(settings.address)
        self._problem: ReplayError | None = None
        self._sent = 0.0
        self._media_start = 0.0
        self._may_extend_wait = True
        """Whether messages extend a wait; no longer, once a step has taken `step_timeout`."""
        self._bytes_since_yield = 0
        self._wire = SocketIOClient(int(settings.max_message_mb * BYTES_PER_MB))
        self._wire.on("*", self._on_event)
        self._wire.on("connect_error", self._on_connect_error)
        self._wire.on("disconnect", self._on_disconnect)

    async def open(self) -> None:
        """Connect, announce the stream, and wait until the server accepts it."""
        settings = self._settings
        try:
            # The library's own timeout begins only with the first HTTP answer.
            with waiting("the connection", settings.timeout):
                async with asyncio.timeout(settings.timeout):
                    await self._wire.connect(
                        settings.address,
                        transports=["websocket"],
                        socketio_path=settings.path,
                        wait_timeout=settings.timeout,
                    )
        except TimeoutError:
            raise self._silent_error("connect") from None
        except (SocketIOError, OSError, aiohttp.ClientError) as problem:
            self._raise_problem()
            facts = {"api": settings.title, "url": settings.address}
            if self._wire.redirect is not None:  # consent was given for this address only
                code, place = self._wire.redirect
                raise ServerRefused(**facts, reason=f"it sends us on to {place}", code=code) from None
            status = _http_status(problem)
            if status is not None:
                raise ServerRefused(**facts, reason=f"it answers HTTP {status}", code=status) from problem
            raise ServerUnreachable(**facts, reason=_reason(problem)) from problem
        if self._wire.is_version_2:
            raise OldSocketIO(api=settings.title, url=settings.address)
        await self._wire.emit(messages.HANDSHAKE, settings.handshake())
        await self._wait_for_answer(messages.HANDSHAKE, lambda: self._answers.get(Ready))

    async def send(self, packet: Packet) -> None:
        """Wait until the socket has room for a packet, and write it.

        Raises
        ------
        ServerSilent
            The server has read nothing for `timeout` seconds.
        """
        size = len(packet.data)
        self._bytes_since_yield += size
        if self._bytes_since_yield > HIGH_WATER_BYTES:
            self._bytes_since_yield = size
            await asyncio.sleep(0)  # lets the event handlers and the socket run
        if not self._has_room(size):
            await self._within_timeout(messages.AUDIO, self._wait_for_room(size))
        self._raise_problem()
        try:
            self._wire.send_audio(messages.AUDIO, packet.data)
        except OSError as problem:
            await self._raise_cause(problem)
        if size > HIGH_WATER_BYTES:  # larger than the buffer may be: wait until it is written
            await self._within_timeout(messages.AUDIO, self._wait_for_room(size))
        self._media_start = packet.start if not self._sent else self._media_start
        self._sent = packet.end

    def _has_room(self, size: int) -> bool:
        held = self._wire.buffered_bytes
        return held <= LOW_WATER_BYTES or held + size <= HIGH_WATER_BYTES

    async def _wait_for_room(self, size: int) -> None:
        while not self._has_room(size) and self._problem is None:  # noqa: ASYNC110 - a transport signals no room
            await asyncio.sleep(POLL_INTERVAL_S)

    async def finish(self) -> None:
        """Send the end mark, wait for the last segments, and fetch the report.

        Raises
        ------
        ServerSilent, ServerEndless
            Neither the end mark nor a report request was answered, so it is unknown whether everything has arrived.
        """
        await self._emit(messages.AUDIO, b"")
        endless = await self._wait_for_completed()
        # A server that does not answer the end mark can still show by a report that everything has arrived.
        if self._settings.report or not self._completed:
            await self._fetch_report()
            if not self._completed and not self._report_answered:
                raise endless or self._silent_error(END_STEP)

    async def _wait_for_completed(self) -> ServerEndless | None:
        """Wait until the end mark is answered, which servers from before late 2023 do not do.

        Their report still comes after the last segment. Of an address that is known for that, only a silence is waited
        for that is well beyond those between its last segments.
        """
        traits = self._traits
        silence = self._settings.timeout
        if traits.lacks(messages.COMPLETED):
            silence = min(silence, max(MIN_SILENCE_S, SILENCE_FACTOR * traits.longest_silence))
        endless = None
        try:
            await self._wait_for_first_answer()
            await self._wait_for_answer(END_STEP, lambda: self._completed or None, silence)
        except ServerEndless as problem:
            endless = problem
        except ServerSilent:
            pass
        if self._completed:
            traits.has(messages.COMPLETED)
        return endless

    async def _wait_for_first_answer(self) -> None:
        """Give a server that has said nothing about the media yet `warm_up` seconds, unless that was in vain before.

        Raises
        ------
        ServerSilent, ServerEndless
            It has said nothing.
        """
        traits, now = self._traits, asyncio.get_running_loop().time
        if not self._sent or traits.lacks(FIRST_ANSWER):
            return
        silence = max(self._settings.timeout, self._settings.warm_up)
        if traits.lacks(messages.COMPLETED):
            silence = min(silence, max(MIN_SILENCE_S, SILENCE_FACTOR * traits.longest_first_wait))
        begin = now()
        try:
            await self._wait_for_answer(FIRST_ANSWER, lambda: self._has_answers or None, silence)
        except ServerSilent:
            traits.has_not(FIRST_ANSWER)
            raise
        traits.note_first_wait(now() - begin)

    async def close(self) -> None:
        """Disconnect; abort the connection if the server takes more than `CLOSE_TIMEOUT_S` seconds over it."""
        leaving = asyncio.ensure_future(self._wire.disconnect())
        done, _ = await asyncio.wait([leaving], timeout=CLOSE_TIMEOUT_S)
        if not done:
            self._wire.abort()
        await leaving

    async def _fetch_report(self) -> None:
        """Request it by the name that running programs use; if that is not answered, by the specification's.

        If all segments have arrived, the session does not fail with the report, not even where the connection ends.
        """
        self._report_requested = True
        try:
            for name in sorted(messages.REPORT_REQUESTS, key=self._traits.lacks):
                await self._emit(name, self._settings.report_request())
                if await self._is_report_answered(name):
                    return
        except ServerGone:
            if not self._completed:
                raise

    async def _is_report_answered(self, name: str) -> bool:
        try:
            await self._wait_for_answer(name, lambda: self._report_answered or None)
        except ServerSilent:
            return False
        self._traits.has(name)
        for other in messages.REPORT_REQUESTS[: messages.REPORT_REQUESTS.index(name)]:
            self._traits.has_not(other)
        if not self._completed:
            self._traits.has_not(messages.COMPLETED)
        return True

    async def _emit(self, name: str, value: Any) -> None:
        self._raise_problem()
        try:
            await self._wire.emit(name, value)
        except SocketIOError as problem:
            await self._raise_cause(problem)

    async def _raise_cause(self, problem: Exception) -> NoReturn:
        await self._wire.wait_for_received(CLOSE_TIMEOUT_S)  # the last message may give the reason
        self._raise_problem()
        raise self._gone_error(_reason(problem)) from problem

    async def _on_connect_error(self, reason: Any = None) -> None:
        """Handle a declined connection. Only a reason from the server itself is an object."""
        if isinstance(reason, dict):
            await self._on_event(messages.CONNECT_ERROR, reason)

    async def _on_event(self, name: str, *values: Any) -> None:
        raw = messages.text(name, *values)
        self._on_message(raw)
        event = self._decoder.decode(raw)
        self._answers[type(event)] = event
        if not self._report_requested and name not in (messages.HANDSHAKE_DONE, messages.CONNECT_ERROR):
            self._has_answers = True
            self._traits.has(FIRST_ANSWER)
        if isinstance(event, Step) and event.kind == messages.COMPLETED:
            self._completed = True
        is_fault = isinstance(event, Fault)
        if event.kind == messages.REPORT or (is_fault and self._report_requested and self._completed):
            self._report_answered = True  # whatever it says, and whether or not it can be read
        elif isinstance(event, Fault):
            self._problem = self._problem or self._fault_error(event)
        self._activity.set()

    async def _on_disconnect(self, reason: str = "no reason given") -> None:
        self._problem = self._problem or self._end_error(reason)
        self._activity.set()

    def _fault_error(self, event: Fault) -> ReplayError:
        facts = {
            "api": self._settings.title,
            "url": self._settings.address,
            "reason": event.message,
            "code": event.code,
            "step": event.kind,
            **event.facts,
        }
        if event.kind in (messages.HANDSHAKE_DONE, messages.CONNECT_ERROR):
            return ServerRefused(**facts)
        return ServerFault(**facts, sent=self._sent)

    def _end_error(self, reason: str) -> ReplayError:
        if not self._wire.is_message_too_large:
            return self._gone_error(reason)
        settings = self._settings
        return MessageTooLarge(api=settings.title, url=settings.address, limit=settings.max_message_mb, sent=self._sent)

    def _gone_error(self, reason: str) -> ServerGone:
        return ServerGone(api=self._settings.title, url=self._settings.address, sent=self._sent, reason=reason)

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

    async def _wait_for_answer(
        self, step: str, find: Callable[[], AnswerT | None], silence: float | None = None
    ) -> AnswerT:
        """Wait until `find` finds something. Each message restarts the timeout for silence, but not that of the step.

        The timeout for silence is `silence` seconds, else that of the settings. Once a step has taken `step_timeout`,
        later steps get `timeout` seconds in all, whatever messages come.
        """
        now, timeout = asyncio.get_running_loop().time, self._settings.timeout
        limit = timeouts.step_timeout(self._sent - self._media_start, timeout) if self._may_extend_wait else timeout
        last = now() + limit
        while (answer := find()) is None:
            self._raise_problem()
            if now() >= last:
                self._may_extend_wait = False
                raise ServerEndless(**self._silent_error(step).facts | {"timeout": limit})
            self._activity.clear()
            begin = now()
            await self._within_timeout(step, self._activity.wait(), silence)
            if step == END_STEP:
                self._traits.note_silence(now() - begin)
        return answer

    async def _within_timeout(self, step: str, awaitable: Awaitable[object], timeout_s: float | None = None) -> None:
        limit = self._settings.timeout if timeout_s is None else timeout_s
        try:
            with waiting(STEP_WORDS.get(step, step), limit):
                async with asyncio.timeout(limit):
                    await awaitable
        except TimeoutError:
            raise self._silent_error(step) from None

    def _silent_error(self, step: str) -> ServerSilent:
        logger.info("no answer to %r for %g s, or in all the time that it may take", step, self._settings.timeout)
        return ServerSilent(
            api=self._settings.title, url=self._settings.address, step=step, timeout=self._settings.timeout
        )


def _http_status(problem: BaseException | None) -> int | None:
    """Find the HTTP status of an error by which a server has declined the connection; the libraries hide it."""
    while problem is not None:
        if isinstance(problem, aiohttp.WSServerHandshakeError) and problem.status >= MIN_ERROR_STATUS:
            return problem.status
        problem = problem.__cause__ or problem.__context__
    return None


def _reason(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
