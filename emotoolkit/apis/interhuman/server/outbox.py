"""What a server says to one client, on its way out: in order and at once, or as its faults will have it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from emotoolkit.apis.base.fault_injection import Faults, Mouth

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emotoolkit.apis.base.fault_injection import Said

__all__ = ["Speech"]

WAITING = 100
"""Answers that may wait to be sent, before whoever has more to say must wait too."""


class Speech:
    """Sends answers from a task of its own, so that a late answer holds up neither reading nor measuring.

    Parameters
    ----------
    send : callable
        Sends one text; raises ConnectionError when nobody is there any more.
    faults : Faults
        What it does wrong.
    unknown : str
        A message of a kind that nobody knows.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]], faults: Faults, unknown: str) -> None:
        self._send = send
        self._mouth = Mouth(faults, unknown)
        self._waiting: asyncio.Queue[tuple[float, str]] = asyncio.Queue(WAITING)
        self._now = asyncio.get_running_loop().time
        self._silent = False
        self._sending = asyncio.create_task(self._run())

    async def say(self, text: str) -> None:
        """Say something; returns when it is in the queue."""
        await self._put(self._mouth.say(text))

    def fall_silent(self) -> None:
        """Say nothing any more."""
        self._silent = True

    async def rest(self) -> None:
        """Wait until everything has been sent that was said, or nobody is there to hear it."""
        await self._put(self._mouth.rest())
        emptied = asyncio.ensure_future(self._waiting.join())
        await asyncio.wait({emptied, self._sending}, return_when=asyncio.FIRST_COMPLETED)
        emptied.cancel()

    async def close(self) -> None:
        """Say no more."""
        self._sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sending

    async def _put(self, said: list[Said]) -> None:
        for each in said:
            text = each.answer[: len(each.answer) // 2] if each.torn else each.answer
            if not self._silent and not self._sending.done():
                await self._waiting.put((self._now() + each.wait, text))

    async def _run(self) -> None:
        """Send each answer at its time, and none before the one in front of it."""
        with contextlib.suppress(ConnectionError):
            while True:
                due, text = await self._waiting.get()
                try:
                    await asyncio.sleep(max(0.0, due - self._now()))
                    await self._send(text)
                finally:
                    self._waiting.task_done()
        while True:  # nobody listens: what is said goes nowhere, and holds up nobody
            await self._waiting.get()
            self._waiting.task_done()
