"""Garbage collection in a server while it is idle.

Sessions and requests are cycles of objects that hold images and sound. The automatic collector would find them, but
`subprocesses.run_event_loop` makes it run seldom, for the sake of a thousand sessions at once.
"""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

__all__ = ["IdleCollector"]

SETTLING_S = 0.1
"""Seconds after the end of a request by which its connection has released it."""


class IdleCollector:
    """Counts the sessions and requests in progress; collects garbage soon after the last of them has ended.

    A context manager, entered once for each of them.
    """

    def __init__(self) -> None:
        self._count = 0
        self._due: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._count += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count and self._due is None:
            self._due = asyncio.get_running_loop().call_later(SETTLING_S, self._collect)

    def _collect(self) -> None:
        """Collect even if a session has begun since: a busy server may never be idle, and few sessions are fast."""
        self._due = None
        gc.collect()

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """Make a middleware that counts an application's requests; a WebSocket is one for as long as it is open."""

        @web.middleware
        async def counted(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            with self:
                return await handler(request)

        return counted
