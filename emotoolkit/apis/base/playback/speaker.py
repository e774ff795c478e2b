"""Sends a script's messages when they are due: at once, or with their recorded delay."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING

from emotoolkit.apis.base.playback.script import Moment, Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emotoolkit.apis.base.playback.script import Script

__all__ = ["PlaybackSender"]

BEFORE_OPENING = Moment(Stage.OPENING, -1.0)


class PlaybackSender:
    """Plays one session.

    Parameters
    ----------
    script : Script
        The messages.
    send, cut, close : callable
        Send a message; break off the connection; close it properly, when all messages have been sent.
    timing : bool
        Whether each message has its recorded delay. Else `advance_to` returns only when all due messages have been
        sent, so the client's next message is read after that.
    """

    def __init__(
        self,
        script: Script,
        send: Callable[[str], Awaitable[None]],
        cut: Callable[[], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        *,
        timing: bool = False,
    ) -> None:
        self._pending = deque(script.messages)
        self._cut_at = script.cut
        self._send = send
        self._cut = cut
        self._close = close
        self._timing = timing
        self._reached = BEFORE_OPENING
        self._due: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._send_task: asyncio.Task[None] | None = None

    async def advance_to(self, moment: Moment) -> None:
        """Send what is due now that the client has come to this moment."""
        self._reached = max(self._reached, moment)
        now = asyncio.get_running_loop().time()
        while self._pending and self._pending[0].moment <= self._reached:
            message = self._pending.popleft()
            self._due.put_nowait((now + message.wait, message.raw))
        if not self._timing:
            await self._send_due()
        elif self._send_task is None or self._send_task.done():
            self._send_task = asyncio.create_task(self._send_due())

    async def stop(self) -> None:
        """Stop sending: the client has disconnected."""
        if self._send_task is not None:
            self._send_task.cancel()
            await asyncio.wait([self._send_task])

    async def _send_due(self) -> None:
        with contextlib.suppress(ConnectionError):
            while not self._due.empty():
                due, raw = self._due.get_nowait()
                if self._timing:
                    await asyncio.sleep(due - asyncio.get_running_loop().time())
                await self._send(raw)
            if not self._pending:
                await self._end()

    async def _end(self) -> None:
        if self._cut_at is not None and self._reached >= self._cut_at:
            await self._cut()
        elif self._reached.stage is Stage.LAST:
            await self._close()
