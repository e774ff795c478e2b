"""Clipping: samples at full scale, several in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["clipped_samples"]

MIN_RUN = 3
"""Samples in a row at full scale that count: a single one is the peak of a recording that was made as loud as it can
be."""

FULL_SCALE_LEVEL = 0.999
"""Level from which on a sample counts as at full scale: 1.0 is that of the most negative one alone."""

INT16_MAX = 32_767


def clipped_samples(block: NDArray[Any]) -> int:
    """Count the samples of a block, shape (samples, channels), that are in runs at the same end of the scale.

    Examples
    --------
    >>> clipped_samples(np.array([[0.2], [1.0], [1.0], [1.0], [-1.0], [0.1]], np.float32))
    3
    >>> clipped_samples(np.array([[32767], [32767], [-32768], [-32768]], np.int16))
    0
    """
    top = INT16_MAX if block.dtype == np.int16 else FULL_SCALE_LEVEL
    if not block.size or (block.max() < top and block.min() > -top):
        return 0
    return sum(_in_runs(side) for channel in block.T for side in (channel >= top, channel <= -top))


def _in_runs(flags: NDArray[np.bool_]) -> int:
    """Count the flags that are set in runs of `MIN_RUN` or more."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= MIN_RUN].sum())
