"""Movement: how much the picture changes from one moment to the next. Streaming, on a fixed grid of media time.

The picture is sampled five times a second, small and grey, independent of frame rate and message boundaries. Movement
is the mean absolute difference of two samples: 0 for a still picture, 255 for black turning white. A talking head in
front of a resting camera is about 1 to 4; cuts, changes of light and camera shake count as movement, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["RATE_HZ", "SIZE_PX", "MovementMeter", "mean_difference"]

RATE_HZ = 5
"""Samples per second of media time: twice the fastest nod, and a divisor of the usual frame rates."""

SIZE_PX = (80, 45)
"""Width and height of a sample in pixels: camera noise averages out, and a head is still some ten pixels wide."""

EARLY_TOLERANCE_S = 0.006
"""Seconds that a picture may be later than its point on the grid and still be sampled there: containers round times to
milliseconds. Pictures of 24, 25, 30, 50 and 60 per second are all at least 2 ms away from this limit."""


def mean_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Compute the mean absolute difference of two grey pictures of equal shape, 0 to 255."""
    return float(np.abs(one.astype(np.int16) - other).mean())


class MovementMeter:
    """Measure the movement of a stream of pictures.

    Examples
    --------
    >>> black, white = np.zeros((45, 80), np.uint8), np.full((45, 80), 255, np.uint8)
    >>> movement = MovementMeter()
    >>> [*movement.feed(0.0, lambda: black), *movement.feed(0.3, lambda: white), *movement.finish(0.5)]
    [0.0, 255.0]
    """

    def __init__(self) -> None:
        self._observations = 0
        self._picture: Callable[[], NDArray[np.uint8]] | None = None
        self._previous: NDArray[np.uint8] | None = None

    def feed(self, time: float, grey: Callable[[], NDArray[np.uint8]]) -> list[float]:
        """Add the next picture, shown from `time` seconds on.

        Parameters
        ----------
        time : float
            Media seconds.
        grey : callable
            Returns the picture, grey and of size `SIZE_PX`; called only if the picture is sampled.

        Returns
        -------
        list of float
            Movement at the points of the grid before `time`: the *n*-th of all values ever returned (from 1) compares
            the samples at (n − 1)/5 s and n/5 s. Before the first picture it is 0.
        """
        movements = self.finish(time)
        self._picture = grey
        return movements

    def finish(self, end: float) -> list[float]:
        """Sample the latest picture up to `end` seconds. Returns what `feed` returns."""
        movements = []
        while self._observations / RATE_HZ + EARLY_TOLERANCE_S < end:
            movement = self._observe()
            if self._observations > 0:
                movements.append(movement)
            self._observations += 1
        return movements

    def _observe(self) -> float:
        if self._picture is None:
            return 0.0
        before, self._previous = self._previous, self._picture()
        sample = self._previous
        self._picture = lambda: sample  # reused until the next picture comes
        return 0.0 if before is None else mean_difference(before, sample)
