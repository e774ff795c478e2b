"""Movement: how much the picture changes from one moment to the next. Streaming, on a fixed grid of media time.

The picture is looked at five times a second, small and grey, whatever its frame rate and however its messages are cut.
Movement is the mean absolute difference of two such looks: 0 for a still picture, 255 for black turning white. A
talking head in front of a resting camera is about 1 to 4; the formula sees cuts, light and camera shake just as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["RATE_HZ", "SIZE_PX", "MovementMeter", "mean_difference"]

RATE_HZ = 5
"""Looks per second of media time: twice the fastest nod, and a divisor of the usual frame rates."""

SIZE_PX = (80, 45)
"""Width and height in pixels of a look: the noise of a camera averages out, a head is still some ten pixels wide."""

EARLY_TOLERANCE_S = 0.006
"""Seconds that a picture may come after its moment on the grid and still be the one seen there: containers round times
to milliseconds. Pictures of 24, 25, 30, 50 and 60 per second are all at least 2 ms away from this edge."""


def mean_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two grey pictures of equal shape, 0 to 255."""
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
        """Take the next picture, shown from `time` seconds on; `grey` makes it small and grey, should it be looked at.

        Returns
        -------
        list of float
            Movement at the moments of the grid that are now decided: number *n* of all that were ever returned (from 1)
            compares the looks at (n − 1)/5 s and n/5 s. Before the first picture it is 0.
        """
        movements = self.finish(time)
        self._picture = grey
        return movements

    def finish(self, end: float) -> list[float]:
        """Look at the picture shown last until `end` seconds. Returns what `feed` returns."""
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
        seen = self._previous
        self._picture = lambda: seen  # until the next picture comes, it is the same one
        return 0.0 if before is None else mean_difference(before, seen)
