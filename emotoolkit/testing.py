"""For tests of what is built on the clock: a time that moves only when told to."""

from __future__ import annotations

import asyncio
import heapq
import itertools

__all__ = ["FakeTime"]

TURNS = 50
"""Turns of the loop that everything woken gets to finish: more than any chain of awaits in the worker is long."""


class FakeTime:
    """A time source and its sleep, for `Clock(now=time.now, sleep=time.sleep)`.

    Examples
    --------
    >>> async def nap(time):
    ...     sleeping = asyncio.ensure_future(time.sleep(3600))
    ...     await time.advance(3600)
    ...     return sleeping.done()
    >>> asyncio.run(nap(FakeTime()))
    True
    """

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Seconds of this time."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until this time has moved on by `seconds`."""
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on, waking sleepers in order, each at its own moment."""
        end = self._now + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._now = max(self._now, due)
                woken.set_result(None)
                await self._settle()
        self._now = max(self._now, end)
        await self._settle()

    def jump(self, seconds: float) -> None:
        """Move on without waking anybody, as a machine does that was asleep itself."""
        self._now += seconds

    async def _settle(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
