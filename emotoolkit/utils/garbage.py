"""The garbage collector of a server: it looks through everything when nobody is there whom it could hold up.

Sessions are knots of objects that refer to each other, with pictures and sound in them, and requests are, too. The
collector would find them, but `subprocesses.run_event_loop` has it look seldom, for the sake of a thousand sessions at once.
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
"""Seconds after the last request's end by which its connection has let go of it."""


class IdleCollector:
    """Counts what a server has in progress; soon after the last of it has ended, what is left of it is collected.

    A context manager, entered once for each thing in progress.
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
        """Also where somebody has come meanwhile, or there might always be somebody: so few are soon looked through."""
        self._due = None
        gc.collect()

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        """Give what counts the requests of an application; a WebSocket is one for as long as it is open."""

        @web.middleware
        async def counted(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            with self:
                return await handler(request)

        return counted
