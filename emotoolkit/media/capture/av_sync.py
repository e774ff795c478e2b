"""Clocks for captured pictures: the sound where there is any, so that the two do not drift apart."""

from __future__ import annotations

__all__ = ["SoundClock", "WallClock"]

SMOOTHING_WEIGHT = 0.02
"""Weight of a new block in the running estimate of the clock's zero: callbacks are irregular."""

MIN_GAP_S = 0.1
"""Seconds between two blocks from which on the samples between them are lost."""


class SoundClock:
    """Convert the machine's monotonic time to seconds of sound.

    Parameters
    ----------
    rate : int
        Nominal samples per second; the sound card's actual rate may differ a little.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._zero: float | None = None
        self.samples = 0

    def add_block(self, began: float, count: int) -> int:
        """Add a block of `count` samples that began at a monotonic time; return how many were lost before it."""
        if self._zero is None:
            self._zero = began
        delay = began - self._zero - self.samples / self._rate
        lost = round(delay * self._rate) if delay > MIN_GAP_S else 0
        self.samples += lost + count
        if not lost:
            self._zero += SMOOTHING_WEIGHT * delay
        return lost

    @property
    def duration(self) -> float:
        """Seconds of sound so far."""
        return self.samples / self._rate

    def seconds(self, time: float) -> float | None:
        """Return the seconds of sound at a monotonic time; None before the first block."""
        return None if self._zero is None else time - self._zero


class WallClock:
    """Where there is no sound: seconds since the first picture."""

    def __init__(self) -> None:
        self._zero: float | None = None

    def seconds(self, time: float) -> float:
        """Return the seconds since the first call's time."""
        if self._zero is None:
            self._zero = time
        return time - self._zero
