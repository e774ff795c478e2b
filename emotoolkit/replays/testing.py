"""Fake time for tests of what is built on the clock."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FakeTime"]

SETTLE_TURNS = 50
"""Turns of the loop in which woken tasks run on: more than any chain of awaits in the worker is long."""


class FakeTime:
    """Time source and timers that move only by `advance` and `jump`.

    For `Clock(now=time.now, call_later=time.call_later)`.

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
        self._timers: list[tuple[float, int, _TimerHandle]] = []

    def now(self) -> float:
        """Return the seconds of this time."""
        return self._now

    def call_later(self, seconds: float, call: Callable[[], object]) -> _TimerHandle:
        """Call a function when this time has moved on by `seconds`."""
        timer = _TimerHandle(call)
        heapq.heappush(self._timers, (self._now + seconds, next(self._order), timer))
        return timer

    async def sleep(self, seconds: float) -> None:
        """Wait until this time has moved on by `seconds`."""
        woken = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: woken.set_result(None))
        try:
            await woken
        finally:
            timer.cancel()

    async def advance(self, seconds: float) -> None:
        """Move on, firing timers in order, each at its own moment."""
        end = self._now + seconds
        await self._settle()
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                self._now = max(self._now, due)
                timer.call()
                await self._settle()
        self._now = max(self._now, end)
        await self._settle()

    def jump(self, seconds: float) -> None:
        """Move on without firing timers, like a machine that was asleep."""
        self._now += seconds

    async def _settle(self) -> None:
        for _ in range(SETTLE_TURNS):
            await asyncio.sleep(0)


class _TimerHandle:
    """A scheduled call."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
