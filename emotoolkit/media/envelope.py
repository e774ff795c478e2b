"""Envelopes: extremes and mean squares of samples in equal bins. Works on blocks of samples; no file is read here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Block = NDArray[np.float32] | NDArray[np.int16]

__all__ = ["FULL_SCALE", "bin_edges", "extremes", "mean_squares"]

FULL_SCALE = 32_768.0
"""Divisor of 16-bit samples, so that they lie in [−1, 1)."""


def bin_edges(samples: int, points: int) -> NDArray[np.int64]:
    """Divide samples into equal bins.

    Returns
    -------
    numpy.ndarray
        Shape (points + 1,): the first sample of each bin, and the end of the last one. Some bins are empty if there are
        more of them than samples.

    Examples
    --------
    >>> bin_edges(samples=4, points=2).tolist()
    [0, 2, 4]
    """
    return -(-np.arange(points + 1, dtype=np.int64) * samples // points)


def extremes(blocks: Iterable[Block], edges: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Find the lowest and the highest sample of each bin.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray
        Shape (samples, channels), float32 in [−1, 1] or int16. Of int16 only the results are divided by 32768, which is
        five times as fast as dividing all samples.
    edges : numpy.ndarray
        See `bin_edges`; from 0 on. Blocks may hold more samples or fewer.

    Returns
    -------
    low, high : numpy.ndarray
        Shape (points,), float32, over all channels; 0 for a bin without samples.

    Examples
    --------
    >>> low, high = extremes([np.array([[1], [-2], [3], [4]], np.float32)], bin_edges(samples=4, points=2))
    >>> low.tolist(), high.tolist()
    ([-2.0, 3.0], [1.0, 4.0])
    """
    low, high = np.full(len(edges) - 1, np.inf, np.float32), np.full(len(edges) - 1, -np.inf, np.float32)
    for at, cuts, flat in _binned_blocks(blocks, edges):
        scale = np.float32(1 / FULL_SCALE if flat.dtype == np.int16 else 1)
        low[at] = np.minimum(low[at], np.minimum.reduceat(flat, cuts) * scale)
        high[at] = np.maximum(high[at], np.maximum.reduceat(flat, cuts) * scale)
    low[np.isinf(low)] = high[np.isinf(high)] = 0
    return low, high


def mean_squares(blocks: Iterable[Block], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the mean square of the samples of each bin.

    Parameters
    ----------
    blocks, edges
        As for `extremes`.

    Returns
    -------
    numpy.ndarray
        Shape (points,), float64, over all channels; NaN for a bin without samples.

    Examples
    --------
    >>> mean_squares([np.array([[1], [-1], [3], [3]], np.float32)], bin_edges(samples=4, points=2)).tolist()
    [1.0, 9.0]
    """
    total, counted = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for at, cuts, flat in _binned_blocks(blocks, edges):
        scale = 1 / FULL_SCALE**2 if flat.dtype == np.int16 else 1.0
        total[at] += np.add.reduceat(np.square(flat, dtype=np.float32), cuts, dtype=np.float64) * scale
        counted[at] += np.diff(cuts, append=len(flat))
    mean = np.full(len(edges) - 1, np.nan)
    np.divide(total, counted, out=mean, where=counted > 0)
    return mean


def _binned_blocks(
    blocks: Iterable[Block], edges: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int64], Block]]:
    """Yield each block flattened, with the bins that it overlaps and their first positions in it."""
    samples = int(edges[-1])
    filled = np.flatnonzero(np.diff(edges))
    begins = edges[filled]
    done = 0
    for each in blocks:
        block = each[: samples - done]
        if len(block) == 0:
            break
        first, last = np.searchsorted(begins, done, "right") - 1, np.searchsorted(begins, done + len(block), "left")
        # Channels are interleaved: flattened, a block needs one pass over memory for any number of them.
        cuts = np.maximum(begins[first:last] - done, 0) * block.shape[1]
        yield filled[first:last], cuts, block.reshape(-1)
        done += len(block)
        if done == samples:
            break
