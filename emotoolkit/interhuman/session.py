"""The client's conversation: open … config … segments … session.close … drain (contract page §2, §3.8, §3.11).

Each step that some servers lack has a fallback. The worker runs this; it knows no clock and no tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websockets.asyncio.client import connect as websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from emotoolkit.errors import (
    ReplayError,
    SegmentTooLarge,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from emotoolkit.events import Fault
from emotoolkit.interhuman import messages
from emotoolkit.local_server import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from websockets.asyncio.client import ClientConnection

    from emotoolkit.events import Event
    from emotoolkit.interhuman.api import Interhuman
    from emotoolkit.packet import Packet

__all__ = ["InterhumanSession", "connect"]

READY = 5.0
"""Seconds to wait at most for `session.ready`: servers of the quickstart's time may not send it (§8)."""

QUIET = 2.0
"""Timeouts without a word after which a server that does not know `session.close` counts as done: 20 s by default, what
the vendor's example application waits (§6.1)."""

MARGIN = 5.0
"""Seconds beyond the server's own `max_drain_seconds` (§6.1)."""

NORMAL = 1000
"""Close code of an orderly end (§6.3)."""

API = "Interhuman"


class _Straight(websocket):
    """Connects to the address that was asked for, and nowhere else: consent and key are for that one."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@asynccontextmanager
async def connect(settings: Interhuman, hear: Callable[[str], None]) -> AsyncIterator[InterhumanSession]:
    """Connect and configure; disconnects at the end of the `async with` block.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    wire = await _open(settings)
    session = InterhumanSession(settings, hear, wire)
    try:
        await session.begin()
        yield session
    finally:
        await session.close()


class InterhumanSession:
    """One session over one WebSocket connection."""

    def __init__(self, settings: Interhuman, hear: Callable[[str], None], wire: ClientConnection) -> None:
        self._settings = settings
        self._hear = hear
        self._wire = wire
        self._decoder = messages.Decoder()
        self._stirred = asyncio.Event()
        self._said: dict[str, str] = {}
        self._last: Event | None = None
        self._over = False
        self._limit = messages.LARGEST
        self._sent = 0.0
        self._listener = asyncio.create_task(self._listen())

    async def begin(self) -> None:
        """Say what is wanted, and wait a moment for the server's consent."""
        await self._write(messages.config(self._settings.include))
        if await self._until(messages.READY, min(READY, self._settings.timeout)):
            self._limit = int(messages.said(self._said[messages.READY], "max_segment_size_bytes") or self._limit)
        elif self._over:
            raise self._ending()

    async def send(self, packet: Packet) -> None:
        """Send one segment; returns when the socket has room for the next.

        Raises
        ------
        SegmentTooLarge
            It has more bytes than the server takes.
        ServerGone, ServerFault, ServerRefused
            The session has ended.
        """
        if len(packet.data) > self._limit:
            raise SegmentTooLarge(file="the recording", start=packet.start, bytes=len(packet.data), limit=self._limit)
        await self._write(packet.data)
        self._sent = packet.end
        await asyncio.sleep(0)  # a socket with room suspends nobody, and the listener needs its turn

    async def finish(self) -> None:
        """Ask for the rest and wait for it: until the server says it has ended, closes, or has long been quiet."""
        await self._write(messages.close())
        if await self._until(messages.CLOSING, QUIET * self._settings.timeout, anew=True):
            await self._drain(messages.said(self._said[messages.CLOSING], "max_drain_seconds"))
        in_order = self._wire.close_code == NORMAL and not isinstance(self._last, Fault)
        if self._over and messages.ENDED not in self._said and not in_order:
            raise self._ending()

    async def close(self) -> None:
        """Disconnect."""
        await self._wire.close()
        await self._listener

    async def _drain(self, promised: float | None) -> None:
        timeout = (self._settings.timeout if promised is None else promised) + MARGIN
        if not await self._until(messages.ENDED, timeout) and not self._over:
            raise ServerSilent(api=API, url=self._settings.address, step="session.close", timeout=timeout)

    async def _write(self, data: str | bytes) -> None:
        if self._over:
            raise self._ending()
        try:
            await self._wire.send(data)
        except ConnectionClosed as problem:
            await self._listener  # it may still hear the reason
            raise self._ending() from problem

    async def _listen(self) -> None:
        try:
            with contextlib.suppress(ConnectionClosed):
                async for message in self._wire:
                    self._heard(message if isinstance(message, str) else message.decode(errors="replace"))
        finally:
            self._over = True
            self._stirred.set()

    def _heard(self, raw: str) -> None:
        self._hear(raw)
        self._last = self._decoder.decode(raw)
        self._said[self._last.kind] = raw
        self._stirred.set()

    async def _until(self, kind: str, patience: float, *, anew: bool = False) -> bool:
        """Wait for a message of this kind, or the end of the connection. Returns whether it came.

        The patience, in seconds, may begin anew with each message: who talks is not silent.
        """
        deadline = asyncio.get_running_loop().time() + patience
        while kind not in self._said and messages.ENDED not in self._said and not self._over:
            self._stirred.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._stirred.wait()
            except TimeoutError:
                break
            if anew:
                deadline = asyncio.get_running_loop().time() + patience
        return kind in self._said

    def _ending(self) -> ReplayError:
        """Why the connection ended: the error that was the server's last word, or the code of the close (§3.7)."""
        url, code = self._settings.address, self._wire.close_code
        if isinstance(self._last, Fault):
            kind = ServerFault if self._sent else ServerRefused
            return kind(api=API, url=url, reason=self._last.message, code=self._last.code, sent=self._sent)
        reason = f"close code {code}" + (f": {self._wire.close_reason}" if self._wire.close_reason else "")
        return ServerGone(api=API, url=url, sent=self._sent, reason=reason)


async def _open(settings: Interhuman) -> ClientConnection:
    url = settings.address
    headers = {"X-Client-Request-Id": str(uuid.uuid4())}
    if settings.key is not None:
        headers["Authorization"] = f"Bearer {settings.key}"
    try:
        return await _Straight(
            url,
            additional_headers=headers,
            compression=None,
            max_size=None,
            open_timeout=settings.timeout,
            ping_timeout=None,  # an answer to a ping queues behind the media that the server has not yet taken
            proxy=None if is_loopback(urlsplit(url).hostname) else True,
        )
    except InvalidStatus as problem:
        status = problem.response.status_code
        raise ServerRefused(api=API, url=url, reason=_reason(problem), code=status) from None
    except TimeoutError:
        raise ServerSilent(api=API, url=url, step="connect", timeout=settings.timeout) from None
    except (OSError, InvalidHandshake) as problem:
        raise ServerUnreachable(api=API, url=url, reason=str(problem) or type(problem).__name__) from problem


def _reason(problem: InvalidStatus) -> str:
    """What the server says of its refusal: the message of its JSON body (§1.7), or the status."""
    body = (problem.response.body or b"").decode(errors="replace")
    return messages.refusal(body) or str(problem)
