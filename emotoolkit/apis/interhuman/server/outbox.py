"""The queue of messages to one client: sent in order and at once, or delayed and altered by injected faults."""

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
"""Messages that may wait to be sent; beyond that, `put` waits."""


class SendQueue:
    """Sends messages from a task of its own, so that a delayed message blocks neither receiving nor analysis.

    If the client has disconnected, the task goes on to empty the queue, so that nothing waits for it forever.

    Parameters
    ----------
    send : callable
        Sends one text; raises ConnectionError if the client has disconnected.
    faults : Faults
        Faults to inject.
    unknown : str
        A message of an unknown type, for the fault of that name.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]], faults: Faults, unknown: str) -> None:
        self._send = send
        self._fault_injector = FaultInjector(faults, unknown)
        self._queue: asyncio.Queue[tuple[float, str]] = asyncio.Queue(MAX_QUEUED)
        self._now = asyncio.get_running_loop().time
        self._muted = False
        self._sender = asyncio.create_task(self._run())

    async def put(self, text: str) -> None:
        """Add a message; returns when it is in the queue."""
        await self._enqueue(self._fault_injector.apply(text))

    def mute(self) -> None:
        """Ignore all further messages."""
        self._muted = True

    async def flush(self) -> None:
        """Wait until all messages are sent, or the client has disconnected."""
        await self._enqueue(self._fault_injector.flush())
        is_empty = asyncio.ensure_future(self._queue.join())
        await asyncio.wait({is_empty, self._sender}, return_when=asyncio.FIRST_COMPLETED)
        is_empty.cancel()

    async def close(self) -> None:
        """Stop sending; messages in the queue are dropped."""
        self._sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sender

    async def _enqueue(self, delayed: list[DelayedMessage]) -> None:
        for each in delayed:
            text = each.answer[: len(each.answer) // 2] if each.torn else each.answer
            if not self._muted and not self._sender.done():
                await self._queue.put((self._now() + each.wait, text))

    async def _run(self) -> None:
        """Send each message at its time, in order."""
        with contextlib.suppress(ConnectionError):
            while True:
                due, text = await self._queue.get()
                try:
                    await asyncio.sleep(max(0.0, due - self._now()))
                    await self._send(text)
                finally:
                    self._queue.task_done()
        while True:  # the client has disconnected: empty the queue
            await self._queue.get()
            self._queue.task_done()
