"""Media time against wall time: play, pause, seek, speed, and catching up after a stall.

The clock keeps one reference, a pair (media time, wall time) at which both were known, and a speed. Everything follows:

    media time now     = reference media + speed × (now − reference wall)
    a moment is due at   reference wall + (moment − reference media) / speed

Play, pause, seek and a new speed set a new reference; nothing is ever summed up, so nothing drifts. For catching up
after a stall there is a second line beside this one, the schedule: `behind` media seconds ahead, at the plain speed.
Media time follows the faster line until the two meet, so it is always the lower of them.
"""

from __future__ import annotations

import asyncio
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "TimerHandle", "call_later", "monotonic"]


class TimerHandle(Protocol):
    """Handle of a scheduled call."""

    def cancel(self) -> None:
        """Cancel the call."""


_SUSPEND_AWARE_CLOCK_ID: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Clock that counts while the machine sleeps: CLOCK_BOOTTIME on Linux, CLOCK_MONOTONIC on macOS; None on Windows, where
`time.monotonic` does."""

monotonic: Callable[[], float] = (
    time.monotonic if _SUSPEND_AWARE_CLOCK_ID is None else partial(time.clock_gettime, _SUSPEND_AWARE_CLOCK_ID)
)
"""Seconds on a clock that never goes back, and that counts on while the machine sleeps.

`time.monotonic` stands still meanwhile on Linux and macOS, which would hide the stall from a replay. Not wrapped in a
Python function, since it is called five times for each packet.
"""


def call_later(seconds: float, call: Callable[[], object]) -> TimerHandle:
    """Call a function after some seconds, by the running loop's own timer: up to a millisecond late."""
    # uvloop rounds to the nearest millisecond; without rounding up, the remainder would be a busy loop.
    return asyncio.get_running_loop().call_later(math.ceil(seconds * 1000) / 1000, call)


class Clock:
    """Media clock that coroutines can wait for.

    Parameters
    ----------
    speed : float
        Media seconds per wall second; `math.inf` makes everything due at once.
    catch_up : float
        How many times faster it runs after a stall until it is back on schedule, from 1 (never) to 1.1.
    now : callable
        Wall time in seconds, monotonic. Tests pass their own.
    call_later : callable
        Calls a function after some seconds. Tests pass their own.

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
        catch_up: float = 1.0,
        now: Callable[[], float] = monotonic,
        call_later: Callable[[float, Callable[[], object]], TimerHandle] = call_later,
    ) -> None:
        self.now = now
        self.began: float | None = None
        """Wall time of the first start; None before it."""
        self._call_later = call_later
        self._speed = speed
        self._catch_up = catch_up
        self._playing = False
        self._media = 0.0
        self._wall = 0.0
        self._behind = 0.0
        self._previous_speed: float | None = None
        """Speed before the reference; None where media time did not run up to it."""
        self._waiters: set[asyncio.Future[None]] = set()

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
        previous_speed = self.effective_speed if self._playing and not math.isinf(self._speed) else None
        self._rebase()
        self._speed = speed
        if math.isinf(speed):
            self._behind = 0.0
        self._set_reference(self._wall, self._media, previous_speed)

    @property
    def effective_speed(self) -> float:
        """Media seconds per wall second from the reference on: the speed, or more until a stall is caught up."""
        return self._speed * self._catch_up if self._behind else self._speed

    @property
    def behind(self) -> float:
        """Media seconds that are left to be caught up after stalls."""
        return self._behind_after(self._elapsed(self.now()))

    @property
    def reference(self) -> tuple[float, float]:
        """Wall time and media time of the last change of speed, position or state."""
        return self._wall, self._media

    def position(self) -> float:
        """Return media time now, in seconds. At infinite speed it stays at the reference: media time has no "now"."""
        return self._position(self._elapsed(self.now()))

    def due(self, moment: float) -> float:
        """Return the wall time in seconds at which media time `moment` is or was reached."""
        if math.isinf(self._speed):
            return self._wall
        ahead = moment - self._media
        if ahead < 0 and self._previous_speed is not None:
            return self._wall + ahead / self._previous_speed
        if not self._behind:
            return self._wall + ahead / self._speed
        return self._wall + max(ahead / self.effective_speed, (ahead - self._behind) / self._speed)

    def start(self, at: float = 0.0, *, after: float = 0.0) -> None:
        """Let media time run from `at` seconds, now or `after` some seconds of wall time."""
        self._playing = True
        self._behind = 0.0
        self._set_reference(self.now() + after, at)
        if self.began is None:
            self.began = self._wall

    def pause(self) -> None:
        """Hold media time."""
        self._rebase()
        self._playing = False
        self._set_reference(self._wall, self._media)

    def resume(self, *, after: float = 0.0) -> None:
        """Let media time run on from where it was held, now or `after` some seconds of wall time."""
        if not self._playing:
            self._playing = True
            self._set_reference(self.now() + after, self._media)

    def seek(self, to: float) -> None:
        """Continue at media time `to`, playing or paused as before. What is due up to `to` is due now, even paused."""
        self._behind = 0.0
        self._set_reference(self.now(), to)

    def shift(self, seconds: float) -> None:
        """Make everything due `seconds` of wall time later, after a stall: what was missed is never sent in a burst."""
        now = self.now()
        elapsed = self._elapsed(now)
        held = self._position(elapsed - seconds)
        lost = self._position(elapsed) - held
        self._behind = self._behind_after(elapsed) + lost if self._catch_up > 1 else 0.0
        self._set_reference(now, held)

    def finish_catch_up(self) -> bool:
        """Return True once, when media time is back on schedule after a stall; the reference is then where they met."""
        if not self._behind or self.behind:
            return False
        met = self._behind / (self.effective_speed - self._speed)
        self._previous_speed = self.effective_speed
        self._wall, self._media, self._behind = self._wall + met, self._position(met), 0.0
        return True

    async def wait_until(self, moment: float) -> float:
        """Wait until media time `moment`, however often the clock is paused, moved or changed meanwhile.

        Returns
        -------
        float
            Wall seconds by which the return is late; never negative, since an early wake-up sleeps again.
        """
        while True:
            late = self.now() - self.due(moment)
            if self._playing and late >= 0:
                return 0.0 if math.isinf(self._speed) else late
            if self.began is not None and not self._playing and moment <= self._media:
                return self.now() - self._wall
            await self._wait_for_change(-late if self._playing else math.inf)

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds of wall time, whatever media time does."""
        elapsed = asyncio.Event()
        timer = self._call_later(seconds, elapsed.set)
        try:
            await elapsed.wait()
        finally:
            timer.cancel()

    def _elapsed(self, now: float) -> float:
        """Wall seconds that media time has been running since the reference."""
        return max(0.0, now - self._wall) if self._playing and not math.isinf(self._speed) else 0.0

    def _position(self, elapsed: float) -> float:
        if not elapsed:
            return self._media
        return self._media + min(self.effective_speed * elapsed, self._behind + self._speed * elapsed)

    def _behind_after(self, elapsed: float) -> float:
        """Media seconds still behind the schedule after so long."""
        return max(0.0, self._behind - (self.effective_speed - self._speed) * elapsed) if self._behind else 0.0

    def _rebase(self) -> None:
        """Move the reference to this moment."""
        now = self.now()
        elapsed = self._elapsed(now)
        self._media, self._behind, self._wall = self._position(elapsed), self._behind_after(elapsed), now

    def _set_reference(self, wall: float, media: float, previous_speed: float | None = None) -> None:
        """Set the reference, and let those who wait look again."""
        self._wall, self._media, self._previous_speed = wall, media, previous_speed
        for woken in self._waiters:
            _wake(woken)

    async def _wait_for_change(self, seconds: float) -> None:
        """Wait for some seconds, or for a new reference if that comes first."""
        woken = asyncio.get_running_loop().create_future()
        timer = None if math.isinf(seconds) else self._call_later(seconds, lambda: _wake(woken))
        self._waiters.add(woken)
        try:
            await woken
        finally:
            self._waiters.discard(woken)
            if timer is not None:
                timer.cancel()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
