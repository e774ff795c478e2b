"""High-resolution timers: scheduled calls, exact to some microseconds.

Event loops count milliseconds, which made up most of a packet's lateness. Linux has timers that a loop can watch like a
socket (timerfd); elsewhere the loop's own are used.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import itertools
import math
import os
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from emotoolkit.replays.clock import call_later, monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotoolkit.replays.clock import TimerHandle

__all__ = ["HighResolutionTimer", "precise_call_later"]

BOOTTIME, NONBLOCK, CLOEXEC, ABSOLUTE = 7, 0o4000, 0o2000000, 1
"""Linux's constants for the clock that `monotonic` reads, and for its timers' flags (timerfd_create(2))."""

NS_PER_S = 1_000_000_000

MIN_INTERVAL_S = 0.0007
"""Seconds between two wake-ups. With a thousand sessions, whose packets are 0.3 ms apart, two or three are woken at
once: waking each by itself takes a fifth more of the processor."""


class _ITimerSpec(ctypes.Structure):
    _fields_ = (("again_s", ctypes.c_long), ("again_ns", ctypes.c_long), ("s", ctypes.c_long), ("ns", ctypes.c_long))


class HighResolutionTimer:
    """One timer of the operating system, shared by all calls scheduled on the running loop.

    Raises
    ------
    OSError
        There is no such timer on this system.
    """

    def __init__(self) -> None:
        self._timer = _TimerFd()
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, _PendingCall]] = []
        self._fired_at = -math.inf
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._timer.fd, self._fire)

    def call_later(self, seconds: float, call: Callable[[], object]) -> TimerHandle:
        """Call a function after some seconds, and not before."""
        moment = monotonic() + seconds
        pending = _PendingCall(call)
        heappush(self._waiting, (moment, next(self._order), pending))
        if self._waiting[0][2] is pending:
            self._rearm()
        return pending

    def close(self) -> None:
        """Drop all scheduled calls and free the timer."""
        self._loop.remove_reader(self._timer.fd)
        self._timer.close()

    def _fire(self) -> None:
        self._fired_at = monotonic()
        try:
            while self._waiting and self._waiting[0][0] <= self._fired_at:
                heappop(self._waiting)[2].run()
        finally:
            self._rearm()

    def _rearm(self) -> None:
        while self._waiting and self._waiting[0][2].call is None:
            heappop(self._waiting)
        if self._waiting:
            self._timer.set(max(self._waiting[0][0], self._fired_at + MIN_INTERVAL_S))
        else:
            self._timer.stop()


class _PendingCall:
    """A scheduled call."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def run(self) -> None:
        if self.call is not None:
            self.call()

    def cancel(self) -> None:
        self.call = None


class _TimerFd:
    """Linux's timer: its file is readable once the moment has come, until it is set again."""

    def __init__(self) -> None:
        try:
            # Not CDLL: it releases the interpreter lock, and taking that back costs more than these calls.
            self._libc = ctypes.PyDLL(None, use_errno=True)
            self.fd: int = self._libc.timerfd_create(BOOTTIME, NONBLOCK | CLOEXEC)
        except (AttributeError, TypeError):  # macOS knows no such function, Windows no such library
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def set(self, moment: float) -> None:
        """Set it to a moment of `monotonic`, or a nanosecond after it; a past moment fires at once."""
        # Zero nanoseconds would stop it.
        self._set_time(max(1, int(moment * NS_PER_S) + 1))

    def stop(self) -> None:
        """Stop it."""
        self._set_time(0)

    def close(self) -> None:
        os.close(self.fd)

    def _set_time(self, nanoseconds: int) -> None:
        spec = _ITimerSpec(0, 0, *divmod(nanoseconds, NS_PER_S))
        self._libc.timerfd_settime(self.fd, ABSOLUTE, ctypes.byref(spec), None)


@contextmanager
def precise_call_later() -> Iterator[Callable[[float, Callable[[], object]], TimerHandle]]:
    """Provide the most exact `call_later` of this system, for the running loop."""
    try:
        timer = HighResolutionTimer()
    except OSError:
        yield call_later
        return
    try:
        yield timer.call_later
    finally:
        timer.close()
