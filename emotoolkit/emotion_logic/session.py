"""The client's conversation: handshake … audio … empty buffer … completed … report (contract page §2.1, §9).

Each step that some servers lack has a fallback. The worker runs this; it knows no clock and no tables.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import socketio
from socketio.exceptions import SocketIOError

from emotoolkit.emotion_logic import messages
from emotoolkit.errors import ReplayError, ServerFault, ServerGone, ServerRefused, ServerSilent, ServerUnreachable
from emotoolkit.events import Fault, Ready, Report, Step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from emotoolkit.emotion_logic.api import EmotionLogic
    from emotoolkit.events import Event
    from emotoolkit.packet import Packet

__all__ = ["EmotionLogicSession", "connect"]

AHEAD = 32
"""Wire packets that may wait to be written. The socket.io client's own queue has no bound; with this one it is as fast
and its memory is flat."""

FULL_QUEUE_PAUSE = 0.001
"""Seconds between two looks at a full queue."""

API = "Emotion Logic"

Found = TypeVar("Found")


@asynccontextmanager
async def connect(settings: EmotionLogic, hear: Callable[[str], None]) -> AsyncIterator[EmotionLogicSession]:
    """Connect and shake hands; disconnects at the end of the `async with` block.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    session = EmotionLogicSession(settings, hear)
    try:
        await session.open()
        yield session
    finally:
        await session.close()


class EmotionLogicSession:
    """One stream over one socket.io connection."""

    def __init__(self, settings: EmotionLogic, hear: Callable[[str], None]) -> None:
        self._settings = settings
        self._hear = hear
        self._decoder = messages.Decoder()
        self._stirred = asyncio.Event()
        self._answers: dict[type[Event], Event] = {}
        self._completed = False
        self._problem: ReplayError | None = None
        self._sent = 0.0
        self._wire = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, websocket_extra_options={"max_msg_size": 0}
        )
        self._wire.on("*", self._heard)
        self._wire.on("disconnect", self._disconnected)

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
            raise ServerSilent(api=API, url=settings.address, step="connect", timeout=settings.timeout) from None
        except (SocketIOError, OSError, aiohttp.ClientError) as problem:
            raise ServerUnreachable(api=API, url=settings.address, reason=_reason(problem)) from problem
        await self._wire.emit(messages.HANDSHAKE, settings.handshake())
        await self._answer(messages.HANDSHAKE, lambda: self._answers.get(Ready))

    async def send(self, packet: Packet) -> None:
        """Send one packet; returns when fewer than `AHEAD` wire packets wait to be written."""
        await self._emit(messages.AUDIO, packet.data)
        self._sent = packet.end
        while self._waiting() >= AHEAD:
            await asyncio.sleep(FULL_QUEUE_PAUSE)
            self._raise_problem()

    async def finish(self) -> None:
        """Send the end mark, wait for the last segments, and fetch the report."""
        await self._emit(messages.AUDIO, b"")
        # Servers from before late 2023 have no word for it; there the report comes after the last segment all the same.
        with contextlib.suppress(ServerSilent):
            await self._answer("audio-stream (end)", lambda: self._completed or None)
        if self._settings.report:
            await self._fetch_report()

    async def close(self) -> None:
        """Disconnect."""
        await self._wire.disconnect()

    async def _fetch_report(self) -> None:
        """Ask with the name that running programs use and, only if that is not answered, with the specification's."""
        for name in messages.REPORT_REQUESTS:
            await self._emit(name, messages.report_request(fetch_segments=False))
            try:
                await self._answer(name, lambda: self._answers.get(Report))
            except ServerSilent:
                continue
            return

    async def _emit(self, name: str, value: Any) -> None:
        self._raise_problem()
        try:
            await self._wire.emit(name, value)
        except SocketIOError as problem:
            await asyncio.sleep(0)  # let the notice of the disconnection arrive: it knows the reason
            self._raise_problem()
            raise self._gone(_reason(problem)) from problem

    def _waiting(self) -> int:
        queue = self._wire.eio.queue
        return 0 if queue is None else queue.qsize()

    async def _heard(self, name: str, *values: Any) -> None:
        raw = messages.text(name, values[0] if values else None)
        self._hear(raw)
        event = self._decoder.decode(raw)
        self._answers[type(event)] = event
        if isinstance(event, Step) and name == messages.COMPLETED:
            self._completed = True
        if isinstance(event, Fault):
            self._problem = self._problem or self._fault(event)
        self._stirred.set()

    async def _disconnected(self, reason: str = "no reason given") -> None:
        self._problem = self._problem or self._gone(reason)
        self._stirred.set()

    def _fault(self, event: Fault) -> ReplayError:
        facts = {"api": API, "url": self._settings.address, "reason": event.message, "code": event.code}
        if event.kind == messages.HANDSHAKE_DONE:
            return ServerRefused(**facts)
        return ServerFault(**facts, sent=self._sent)

    def _gone(self, reason: str) -> ServerGone:
        return ServerGone(api=API, url=self._settings.address, sent=self._sent, reason=reason)

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

    async def _answer(self, step: str, found: Callable[[], Found | None]) -> Found:
        """Wait until `found` finds something. The patience begins anew with each message: who talks is not silent."""
        timeout = self._settings.timeout
        while (answer := found()) is None:
            self._raise_problem()
            self._stirred.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self._stirred.wait()
            except TimeoutError:
                raise ServerSilent(api=API, url=self._settings.address, step=step, timeout=timeout) from None
        return answer


def _reason(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
