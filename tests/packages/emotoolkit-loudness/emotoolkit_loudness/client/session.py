"""The client's session: start, sound …, end, done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from emotoolkit.apis.base.websocket import WebSocketSession, open_connection
from emotoolkit_loudness.settings import LoudnessSettings
from emotoolkit_loudness.wire import messages


@asynccontextmanager
async def connect(settings: LoudnessSettings, on_message: Callable[[str], None]) -> AsyncIterator[LoudnessSession]:
    """Connect and send the start; disconnects at the end of the `async with` block."""
    websocket = await open_connection(
        settings.address, api=settings.title, timeout=settings.timeout, max_message_mb=settings.max_message_mb
    )
    session = LoudnessSession(settings, on_message, websocket)
    try:
        start = {name: getattr(settings, name) for name in ("sampling_rate", "stretch", "floor")}
        await session.send_message(messages.text(messages.START, **start))
        await session.wait_for_message(messages.STARTED)
        yield session
    finally:
        await session.close()


class LoudnessSession(WebSocketSession):
    """One session; a packet is sent as it is."""

    async def finish(self) -> None:
        """Announce the end, and wait until everything has been answered."""
        await self.send_message(messages.text(messages.END))
        await self.wait_for_message(messages.DONE)
