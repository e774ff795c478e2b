"""Media time against wall time: play, pause, seek, speed.

The clock keeps one reference, a pair (media time, wall time) at which both were known, and a speed. Everything follows:

    media time now     = reference media + speed × (now − reference wall)
    a moment is due at   reference wall + (moment − reference media) / speed

Play, pause, seek and a new speed set a new reference; nothing is ever summed up, so nothing drifts.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Clock"]


class Clock:
    """A media clock that can be waited for.

    Parameters
    ----------
    speed : float
        Media seconds per wall second; `math.inf` makes everything due at once.
    now : callable
        Wall time in seconds, monotonic. Tests pass their own.
    sleep : callable
        Coroutine function that waits for some seconds. Tests pass their own.

    Examples
    --------
    >>> wall = [100.0]
    >>> clock = Clock(speed=2.0, now=lambda: wall[0])
    >>> clock.start()
    >>> wall[0] += 3
    >>> clock.position(), clock.due(10.0)
    (6.0, 105.0)
    """

    def __init__(
        self,
        speed: float = 1.0,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.now = now
        self.began: float | None = None
        """Wall time of the first start; None before it."""
        self._sleep = sleep
        self._speed = speed
        self._playing = False
        self._media = 0.0
        self._wall = 0.0
        self._changed = asyncio.Event()

    @property
    def playing(self) -> bool:
        """Whether media time is running."""
        return self._playing

    @property
    def speed(self) -> float:
        """Media seconds per wall second. Setting it keeps the position."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._refer(*self.snapshot())
        self._speed = speed

    def position(self) -> float:
        """Media time now, in seconds. At infinite speed it stays at the reference: there is no "now" in the media."""
        return self.snapshot()[1]

    def due(self, moment: float) -> float:
        """Wall time in seconds at which media time `moment` is reached at the present speed."""
        if math.isinf(self._speed):
            return self._wall
        return self._wall + (moment - self._media) / self._speed

    @property
    def reference(self) -> tuple[float, float]:
        """Wall time and media time of the last change: from there on media time runs straight, or stands."""
        return self._wall, self._media

    def snapshot(self) -> tuple[float, float]:
        """Wall time now, and the media time that belongs to it."""
        now = self.now()
        running = self._playing and not math.isinf(self._speed)
        return now, self._media + self._speed * (now - self._wall) if running else self._media

    def start(self, at: float = 0.0) -> None:
        """Let media time run from `at` seconds."""
        self._playing = True
        self._refer(self.now(), at)
        if self.began is None:
            self.began = self._wall

    def pause(self) -> None:
        """Hold media time."""
        self._refer(*self.snapshot())
        self._playing = False

    def resume(self) -> None:
        """Let media time run on from where it was held."""
        if not self._playing:
            self._playing = True
            self._refer(self.now(), self._media)

    def seek(self, to: float) -> None:
        """Go on at media time `to`, playing or paused as before. What is due up to `to` is due now, even paused."""
        self._refer(self.now(), to)

    def shift(self, seconds: float) -> None:
        """Make everything due `seconds` of wall time later, after a stall: what was missed is not hurried after."""
        now, media = self.snapshot()
        self._refer(now, media - self._speed * seconds)

    async def reach(self, moment: float) -> float:
        """Wait until media time `moment`, however often the clock is paused, moved or changed meanwhile.

        Returns
        -------
        float
            Wall seconds by which the return is late; never negative, since an early wake-up sleeps again.
        """
        while True:
            changed = self._changed
            late = self.now() - self.due(moment)
            if self._playing and late >= 0:
                return 0.0 if math.isinf(self._speed) else late
            if self.began is not None and not self._playing and moment <= self._media:
                return self.now() - self._wall
            await self._sleep_or_change(-late if self._playing else math.inf, changed)

    async def _sleep_or_change(self, seconds: float, changed: asyncio.Event) -> None:
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(changed.wait())}
        if seconds < math.inf:
            waits.add(asyncio.ensure_future(self._sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _refer(self, wall: float, media: float) -> None:
        """Set the reference, and let those who wait look again."""
        self._wall, self._media = wall, media
        self._changed.set()
        self._changed = asyncio.Event()
