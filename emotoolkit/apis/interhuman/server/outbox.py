"""What a server says to one client, on its way out: in order and at once, or as its faults will have it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from emotoolkit.apis.base.fault_injection import FaultInjector, Faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emotoolkit.apis.base.fault_injection import DelayedMessage

__all__ = ["SendQueue"]

MAX_QUEUED = 100
"""Answers that may wait to be sent, before whoever has more to say must wait too."""


class SendQueue:
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
        self._fault_injector = FaultInjector(faults, unknown)
        self._queue: asyncio.Queue[tuple[float, str]] = asyncio.Queue(MAX_QUEUED)
        self._now = asyncio.get_running_loop().time
        self._muted = False
        self._sender = asyncio.create_task(self._run())

    async def put(self, text: str) -> None:
        """Say something; returns when it is in the queue."""
        await self._enqueue(self._fault_injector.apply(text))

    def mute(self) -> None:
        """Say nothing any more."""
        self._muted = True

    async def flush(self) -> None:
        """Wait until everything has been sent that was said, or nobody is there to hear it."""
        await self._enqueue(self._fault_injector.flush())
        emptied = asyncio.ensure_future(self._queue.join())
        await asyncio.wait({emptied, self._sender}, return_when=asyncio.FIRST_COMPLETED)
        emptied.cancel()

    async def close(self) -> None:
        """Say no more."""
        self._sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sender

    async def _enqueue(self, delayed: list[DelayedMessage]) -> None:
        for each in delayed:
            text = each.answer[: len(each.answer) // 2] if each.torn else each.answer
            if not self._muted and not self._sender.done():
                await self._queue.put((self._now() + each.wait, text))

    async def _run(self) -> None:
        """Send each answer at its time, and none before the one in front of it."""
        with contextlib.suppress(ConnectionError):
            while True:
                due, text = await self._queue.get()
                try:
                    await asyncio.sleep(max(0.0, due - self._now()))
                    await self._send(text)
                finally:
                    self._queue.task_done()
        while True:  # nobody listens: what is said goes nowhere, and holds up nobody
            await self._queue.get()
            self._queue.task_done()
