"""The client's conversation: handshake … audio … empty buffer … completed … report (contract page §2.1, §9).

Each step that some servers lack has a fallback. The worker runs this; it knows no clock and no tables.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import aiohttp
from socketio.exceptions import SocketIOError

from emotoolkit.apis.base import patience
from emotoolkit.apis.base.events import Fault, Ready, Report, Step
from emotoolkit.apis.emotion_logic.client.socketio import SocketIOClient
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import (
    OldSocketIO,
    ReplayError,
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.emotion_logic.settings import EmotionLogicSettings
    from emotoolkit.media.packet import Packet

__all__ = ["EmotionLogicSession", "connect"]

LOW_WATER_BYTES, HIGH_WATER_BYTES = 16_384, 60_000
"""Bytes that may wait for the socket before a packet is handed to it, and together with it. So the socket takes it
without a wait in between, and it is sent as a whole or not at all, whenever one is told to stop."""

POLL_INTERVAL_S = 0.001
"""Seconds between two looks at a socket that is full; what the system holds lasts longer."""

CLOSE_TIMEOUT_S = 1.0
"""Seconds that a server gets to close properly. By then everything it had to say has been said."""

END_STEP = "audio-stream (end)"
"""The step of the end mark, in errors."""

AnswerT = TypeVar("AnswerT")


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
    """None is known: pings of socket.io keep the connection alive."""

    time_limit: float | None = None
    """None is known (contract page §8)."""

    def __init__(self, settings: EmotionLogicSettings, on_message: Callable[[str], None]) -> None:
        self._settings = settings
        self._on_message = on_message
        self._decoder = messages.Decoder()
        self._activity = asyncio.Event()
        self._answers: dict[type[Event], Event] = {}
        self._completed = False
        self._problem: ReplayError | None = None
        self._sent = 0.0
        self._media_start = 0.0
        self._may_extend_wait = True
        """Whether a server that talks is waited for; until it has done so for too long."""
        self._bytes_since_yield = 0
        self._wire = SocketIOClient()
        self._wire.on("*", self._on_event)
        self._wire.on("connect_error", self._on_connect_error)
        self._wire.on("disconnect", self._on_disconnect)

    async def open(self) -> None:
        """Connect, announce the stream, and wait for the server's consent to it."""
        settings = self._settings
        try:
            # The library's own limit begins only when somebody has spoken HTTP.
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
            raise ServerUnreachable(api=settings.title, url=settings.address, reason=_reason(problem)) from problem
        if self._wire.redirect is not None:  # consent is for the address that was asked for
            code, place = self._wire.redirect
            reason = f"it sends us on to {place}"
            raise ServerRefused(api=settings.title, url=settings.address, reason=reason, code=code)
        if self._wire.is_version_2:
            raise OldSocketIO(api=settings.title, url=settings.address)
        await self._wire.emit(messages.HANDSHAKE, settings.handshake())
        await self._wait_for_answer(messages.HANDSHAKE, lambda: self._answers.get(Ready))

    async def send(self, packet: Packet) -> None:
        """Wait until the socket has room for a packet, and hand it over.

        Raises
        ------
        ServerSilent
            The server has read nothing for `timeout` seconds.
        """
        size = len(packet.data)
        self._bytes_since_yield += size
        if self._bytes_since_yield > HIGH_WATER_BYTES:
            self._bytes_since_yield = size
            await asyncio.sleep(0)  # for who listens, and for the socket
        if not self._has_room(size):
            await self._within_timeout(messages.AUDIO, self._wait_for_room(size))
        self._raise_problem()
        try:
            self._wire.send_audio(messages.AUDIO, packet.data)
        except OSError as problem:
            await self._raise_cause(problem)
        if size > HIGH_WATER_BYTES:  # only a packet larger than all that may wait can be waited for
            await self._within_timeout(messages.AUDIO, self._wait_for_room(size))
        self._media_start = packet.start if not self._sent else self._media_start
        self._sent = packet.end

    def _has_room(self, size: int) -> bool:
        held = self._wire.buffered_bytes
        return held <= LOW_WATER_BYTES or held + size <= HIGH_WATER_BYTES

    async def _wait_for_room(self, size: int) -> None:
        while not self._has_room(size) and self._problem is None:  # noqa: ASYNC110 - nobody tells when there is room
            await asyncio.sleep(POLL_INTERVAL_S)

    async def finish(self) -> None:
        """Send the end mark, wait for the last segments, and fetch the report.

        Raises
        ------
        ServerSilent, ServerEndless
            Neither the end mark nor any request for the report was answered, so nobody knows whether all has arrived.
        """
        await self._emit(messages.AUDIO, b"")
        # Servers from before late 2023 have no word for it; there the report comes after the last segment all the same.
        endless: ServerEndless | None = None
        try:
            await self._wait_for_answer(END_STEP, lambda: self._completed or None)
        except ServerEndless as problem:
            endless = problem
        except ServerSilent:
            pass
        # Whoever has no word for the end mark can still say by a report that all has arrived.
        if self._settings.report or not self._completed:
            await self._fetch_report()
            if not self._completed and Report not in self._answers:
                raise endless or self._silent_error(END_STEP)

    async def close(self) -> None:
        """Disconnect; without the server's consent if it takes more than `CLOSE_TIMEOUT_S` seconds over it."""
        leaving = asyncio.ensure_future(self._wire.disconnect())
        done, _ = await asyncio.wait([leaving], timeout=CLOSE_TIMEOUT_S)
        if not done:
            self._wire.abort()
        await leaving

    async def _fetch_report(self) -> None:
        """Ask with the name that running programs use and, only if that is not answered, with the specification's."""
        for name in messages.REPORT_REQUESTS:
            await self._emit(name, messages.report_request(fetch_segments=False))
            try:
                await self._wait_for_answer(name, lambda: self._answers.get(Report))
            except ServerSilent:
                continue
            return

    async def _emit(self, name: str, value: Any) -> None:
        self._raise_problem()
        try:
            await self._wire.emit(name, value)
        except SocketIOError as problem:
            await self._raise_cause(problem)

    async def _raise_cause(self, problem: Exception) -> NoReturn:
        await self._wire.wait_for_received(CLOSE_TIMEOUT_S)  # what it said last knows the reason
        self._raise_problem()
        raise self._gone_error(_reason(problem)) from problem

    async def _on_connect_error(self, reason: Any = None) -> None:
        """Hear that the server declines the connection itself. Only its own words come as an object."""
        if isinstance(reason, dict):
            await self._on_event(messages.CONNECT_ERROR, reason)

    async def _on_event(self, name: str, *values: Any) -> None:
        raw = messages.text(name, *values)
        self._on_message(raw)
        event = self._decoder.decode(raw)
        self._answers[type(event)] = event
        if isinstance(event, Step) and name == messages.COMPLETED:
            self._completed = True
        if isinstance(event, Fault):
            self._problem = self._problem or self._fault_error(event)
        self._activity.set()

    async def _on_disconnect(self, reason: str = "no reason given") -> None:
        self._problem = self._problem or self._gone_error(reason)
        self._activity.set()

    def _fault_error(self, event: Fault) -> ReplayError:
        facts = {
            "api": self._settings.title,
            "url": self._settings.address,
            "reason": event.message,
            "code": event.code,
        }
        if event.kind in (messages.HANDSHAKE_DONE, messages.CONNECT_ERROR):
            return ServerRefused(**facts)
        return ServerFault(**facts, sent=self._sent)

    def _gone_error(self, reason: str) -> ServerGone:
        return ServerGone(api=self._settings.title, url=self._settings.address, sent=self._sent, reason=reason)

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

    async def _wait_for_answer(self, step: str, find: Callable[[], AnswerT | None]) -> AnswerT:
        """Wait until `found` finds something. The patience begins anew with each message: who talks is not silent.

        But that has an end, too, and once it was reached there is only the patience for whoever is silent.
        """
        now, timeout = asyncio.get_running_loop().time, self._settings.timeout
        step_timeout = (
            patience.step_timeout(self._sent - self._media_start, timeout) if self._may_extend_wait else timeout
        )
        last = now() + step_timeout
        while (answer := find()) is None:
            self._raise_problem()
            if now() >= last:
                self._may_extend_wait = False
                raise ServerEndless(**self._silent_error(step).facts | {"timeout": step_timeout})
            self._activity.clear()
            await self._within_timeout(step, self._activity.wait())
        return answer

    async def _within_timeout(self, step: str, awaitable: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(self._settings.timeout):
                await awaitable
        except TimeoutError:
            raise self._silent_error(step) from None

    def _silent_error(self, step: str) -> ServerSilent:
        return ServerSilent(
            api=self._settings.title, url=self._settings.address, step=step, timeout=self._settings.timeout
        )


def _reason(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
