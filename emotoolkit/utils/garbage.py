"""Garbage collection in a server: while it is idle, and after some sessions where it never is.

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

MAX_LEFT = 8
"""Sessions and requests that may have ended since the last collection, each with a megabyte or two; of a server that
has many open, a quarter of those more, since a collection takes the longer the more there are."""


class IdleCollector:
    """Counts the sessions and requests in progress; collects garbage soon after the last of them has ended.

    Also soon after `MAX_LEFT` have ended, and more where many are in progress: a busy server may never be idle.

    A context manager, entered once for each of them.
    """

    def __init__(self) -> None:
        self._count = 0
        self._ended = 0
        self._due: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._count += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        self._ended += 1
        if self._due is None and (not self._count or self._ended >= MAX_LEFT + self._count // 4):
            self._due = asyncio.get_running_loop().call_later(SETTLING_S, self._collect)

    def _collect(self) -> None:
        """Collect even if a session has begun since: a busy server may never be idle, and few sessions are fast."""
        self._due = None
        self._ended = 0
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
