"""Perturbation: how one cycle of a voice differs from the next, in length (jitter) and in amplitude (shimmer).

Cycles are found in two passes: first their peaks, then each period as the shift at which a cycle is most similar to the
next (waveform matching, one of the methods compared by Titze & Liang 1993). Neighbours that differ by more than a
factor are a mistake of the first pass, not two cycles, and do not count, as in Praat (its manual: *Voice 2: jitter*).

Titze, I. R. & Liang, H. (1993). Comparison of F0 extraction methods for high-precision voice perturbation measurements.
Journal of Speech and Hearing Research, 36, 1120–1133.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.pitch import FRAME_STEP_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emotoolkit.measure.pitch import Pitch

    Floats = NDArray[np.float64]

__all__ = ["Perturbation", "measure_perturbation"]

PEAK_SEARCH_PERIODS = 0.15
"""Periods before and after the expected peak within which the next one is searched."""

MAX_SHIFT_PERIODS = 0.2
"""Periods by which a cycle is shifted at most, to either side, to match the next."""

AMPLITUDE_WINDOW_PERIODS = 0.3
"""Periods before and after its peak that count for the amplitude of a cycle, under a Hann window."""

MAX_PERIOD_FACTOR = 1.3
"""Neighbouring periods that differ by a larger factor are not counted (Praat's default)."""

MAX_AMPLITUDE_FACTOR = 1.6
"""Neighbouring amplitudes that differ by a larger factor are not counted (Praat's default)."""

MIN_PAIRS = 5
"""Pairs of neighbours below which the result is None."""

POWER_FLOOR = 1e-30
"""Smallest divisor of a power, against division by zero."""


@dataclass(frozen=True, slots=True)
class Perturbation:
    """How irregular a voice is.

    Attributes
    ----------
    jitter : float or None
        Mean difference between neighbouring periods, relative to the mean period; 0.01 is 1 %. None without enough
        cycles.
    shimmer : float or None
        The same for amplitudes.
    """

    jitter: float | None
    shimmer: float | None


def measure_perturbation(samples: Floats, sampling_rate: float, pitch: Pitch, first: float) -> Perturbation:
    """Measure jitter and shimmer over the voiced parts of a stretch.

    Parameters
    ----------
    samples : array, shape (n,)
        Sound of one channel.
    sampling_rate : float
        In Hz.
    pitch : Pitch
        Its pitch.
    first : float
        Middle of the pitch's first frame, in seconds after the first sample.
    """
    runs = [_cycles(samples, *run) for run in _voiced_runs(pitch, first, sampling_rate)]
    periods = [periods for periods, _ in runs]
    amplitudes = [amplitudes for _, amplitudes in runs]
    return Perturbation(_irregularity(periods, MAX_PERIOD_FACTOR), _irregularity(amplitudes, MAX_AMPLITUDE_FACTOR))


def _irregularity(runs: list[Floats], factor: float) -> float | None:
    """Compute the relative mean difference of neighbours, without those that differ by more than `factor`."""
    before = np.concatenate([run[:-1] for run in runs] or [np.zeros(0)])
    after = np.concatenate([run[1:] for run in runs] or [np.zeros(0)])
    valid = (before < after * factor) & (after < before * factor)
    if valid.sum() < MIN_PAIRS:
        return None
    return float(np.abs(before - after)[valid].mean() / np.concatenate([before[valid], after[valid]]).mean())


def _voiced_runs(pitch: Pitch, first: float, rate: float) -> Iterator[tuple[int, int, Floats]]:
    """Find the voiced parts: first sample, last sample, and the expected period in samples at each frame."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], pitch.voiced, [False]])))
    for begin, end in edges.reshape(-1, 2).tolist():
        yield (
            round((first + FRAME_STEP_S * (begin - 0.5)) * rate),
            round((first + FRAME_STEP_S * (end - 0.5)) * rate),
            rate / pitch.hertz[begin:end],
        )


def _cycles(samples: Floats, begin: int, end: int, expected: Floats) -> tuple[Floats, Floats]:
    """Find the periods (in samples) and amplitudes of the cycles of a voiced part."""
    part = samples[max(begin, 0) : end]
    peaks = _peaks(part, expected)
    if len(peaks) < 2:  # noqa: PLR2004 - a period has two ends
        return np.zeros(0), np.zeros(0)
    period = float(np.median(expected))
    return _matched_periods(part, peaks, period), _amplitudes(part, peaks, period)


def _peaks(part: Floats, expected: Floats) -> NDArray[np.int64]:
    """Find the peaks, from the greatest one to both ends, a period at a time."""
    greatest = int(np.abs(part).argmax()) if len(part) else 0
    upright = part if len(part) == 0 or part[greatest] > 0 else -part
    per_frame = len(part) / len(expected)
    peaks = [greatest]
    for direction in (1, -1):
        at = greatest
        while True:
            period = expected[min(int(at / per_frame), len(expected) - 1)]
            low, high = sorted(
                (
                    at + direction * round((1 - PEAK_SEARCH_PERIODS) * period),
                    at + direction * round((1 + PEAK_SEARCH_PERIODS) * period),
                )
            )
            if low < 0 or high >= len(part):
                break
            at = low + int(upright[low : high + 1].argmax())
            peaks.append(at)
    return np.array(sorted(peaks), np.int64)


def _matched_periods(part: Floats, peaks: NDArray[np.int64], period: float) -> Floats:
    """Measure the periods, in samples, as the shift at which each cycle correlates best with the next."""
    half, max_shift = round(period / 2), max(round(MAX_SHIFT_PERIODS * period), 2)
    wide = _padded_windows(part, half + max_shift, 2 * (half + max_shift))[peaks]
    cycles, following = wide[:-1, max_shift : max_shift + 2 * half], wide[1:]
    shifted = np.lib.stride_tricks.sliding_window_view(following, 2 * half, axis=1)
    correlation = np.einsum("kn,ksn->ks", cycles, shifted)
    power = np.cumsum(np.pad(following**2, ((0, 0), (1, 0))), axis=1)
    correlation /= np.sqrt(np.maximum(power[:, 2 * half :] - power[:, : -2 * half], POWER_FLOOR))
    best = np.clip(correlation.argmax(axis=1), 1, 2 * max_shift - 1)
    left, middle, right = (correlation[np.arange(len(best)), best + step] for step in (-1, 0, 1))
    curvature = np.minimum(left - 2 * middle + right, -POWER_FLOOR)
    periods: Floats = np.diff(peaks) + best - max_shift + np.clip(0.5 * (left - right) / curvature, -0.5, 0.5)
    return periods


def _amplitudes(part: Floats, peaks: NDArray[np.int64], period: float) -> Floats:
    """Compute the windowed root mean square around each peak."""
    half = round(AMPLITUDE_WINDOW_PERIODS * period)
    window = np.hanning(2 * half + 3)[1:-1]
    powers: Floats = _padded_windows(part, half, 2 * half + 1)[peaks] ** 2 @ window
    return np.sqrt(powers / float(window.sum()))


def _padded_windows(part: Floats, margin: int, length: int) -> Floats:
    """View all windows of a length, with silence around the part; shape (windows, length)."""
    silent = np.zeros(margin)
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([silent, part, silent]), length)
