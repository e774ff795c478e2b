"""Scene cuts, found in thumbnails of the pictures before and after."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CutDetector"]

THUMBNAIL_SIZE_PX = (16, 9)
"""Width and height of the thumbnails that are compared to find cuts."""

MIN_THUMBNAIL_SD = 2.0
"""Standard deviation (0–255) below which a thumbnail is blank: black, or a lost picture."""

MAX_CUT_CORRELATION, MIN_CUT_DIFFERENCE = 0.5, 10.0
"""A cut: thumbnails correlate less than this, and differ by at least this on average (0–255). A change of light alone
keeps the correlation high."""


class CutDetector:
    """Detect scene cuts between observations."""

    def __init__(self) -> None:
        self._previous: NDArray[np.float64] | None = None

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        """Whether the next image shows another scene than the one before."""
        import cv2

        thumb = cv2.resize(image, THUMBNAIL_SIZE_PX, interpolation=cv2.INTER_AREA).astype(np.float64)
        if thumb.std() < MIN_THUMBNAIL_SD:
            return False  # blank; the next image is compared with the one before it
        before, self._previous = self._previous, thumb
        if before is None or float(np.abs(thumb - before).mean()) < MIN_CUT_DIFFERENCE:
            return False
        return _correlation(thumb, before) < MAX_CUT_CORRELATION


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Compute Pearson's correlation; 0 if one of the two is constant."""
    one, other = one - one.mean(), other - other.mean()
    power = math.sqrt(float((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / power if power > 0 else 0.0
