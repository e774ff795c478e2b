"""When something was seen, in seconds of the sound that was heard: so pictures and sound do not drift apart."""

from __future__ import annotations

__all__ = ["SoundClock", "WallClock"]

SMOOTHING_WEIGHT = 0.02
"""Share of a block's own moment in the estimate of when its sound was heard: callbacks come irregularly."""

MIN_GAP_S = 0.1
"""Seconds. A block that begins so much later than the last one ended has lost what was between."""


class SoundClock:
    """Seconds of sound at a moment of the machine's own clock.

    Parameters
    ----------
    rate : int
        Samples per second, as the sound card believes.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._zero: float | None = None
        self.samples = 0

    def add_block(self, began: float, count: int) -> int:
        """Take note of a block that began at a moment; gives how many samples were lost before it."""
        if self._zero is None:
            self._zero = began
        off = began - self._zero - self.samples / self._rate
        lost = round(off * self._rate) if off > MIN_GAP_S else 0
        self.samples += lost + count
        if not lost:
            self._zero += SMOOTHING_WEIGHT * off
        return lost

    def seconds(self, moment: float) -> float | None:
        """Seconds of sound heard at a moment; None before the first."""
        return None if self._zero is None else moment - self._zero


class WallClock:
    """The same where there is no sound: seconds since the first picture."""

    def __init__(self) -> None:
        self._zero: float | None = None

    def seconds(self, moment: float) -> float:
        """Seconds since the first moment that was asked for."""
        if self._zero is None:
            self._zero = moment
        return moment - self._zero
