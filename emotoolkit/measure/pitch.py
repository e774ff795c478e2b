"""Pitch: the fundamental frequency of a voice, and which frames are unvoiced.

The method is that of Boersma (1993), which Praat made the field's reference: the autocorrelation of a windowed frame
is divided by that of the window, its peaks are the candidates of the frame, and the cheapest path through the
candidates (unvoiced being one of them) is the pitch. The strength of a candidate is the share of the sound that
repeats, which gives the harmonics-to-noise ratio too.

Boersma, P. (1993). Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound. Proceedings of the Institute of Phonetic Sciences, University of Amsterdam, 17, 97–110.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CEILING_HZ", "FLOOR_HZ", "FRAME_STEP_S", "MARGIN_S", "Pitch", "track"]

FRAME_STEP_S = 0.01
"""Seconds from frame to frame. Voicing changes faster than the 20 ms of the wire's grid."""

FLOOR_HZ, CEILING_HZ = 75.0, 600.0
"""Range of the pitch in Hz, from a deep voice to a child's; as in Praat, so that both find the same."""

WINDOW_S = 3 / FLOOR_HZ
"""Seconds of a frame: three of the longest periods, the least in which two of them can be compared (Boersma 1993)."""

MARGIN_S = WINDOW_S / 2
"""Seconds of sound that a frame needs on either side of its middle."""

MAX_CANDIDATES = 4
"""Candidates of a frame: the strongest peaks of its autocorrelation."""

VOICING_THRESHOLD = 0.45
"""Strength that a candidate must have to be voiced, 0 to 1 (Boersma 1993)."""

SILENCE_THRESHOLD = 0.03
"""Loudness, relative to the loudest frame, below which a frame is unvoiced (Boersma 1993)."""

OCTAVE_COST = 0.02
"""By how much a candidate is preferred to the one an octave below, which repeats as well. At Boersma's 0.01 a voice of
500 Hz in noise of 10 dB is found an octave too low in one frame of fifty."""

OCTAVE_JUMP_COST = 0.35
"""Cost of a jump by an octave from frame to frame (Boersma 1993, at 10 ms)."""

VOICED_UNVOICED_COST = 0.14
"""Cost of a change between voiced and unvoiced (Boersma 1993, at 10 ms)."""

POWER_FLOOR = 1e-30
"""Smallest divisor of a power, against division by zero."""

BLOCK_FRAMES = 50
"""Frames that are transformed at once: with more, the system clears new memory for each array, which takes longer than
the transforms do."""

HIGH_PASS_HZ = 25.0
"""Hz below which power is ignored: DC offset, and wind in the microphone."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """The pitch of a stretch, frame by frame.

    Attributes
    ----------
    hertz : array, shape (frames,)
        Fundamental frequency; 0 where unvoiced.
    strength : array, shape (frames,)
        Share of the frame's power that repeats after one period, 0 to 1; 0 where unvoiced.
    """

    hertz: Floats
    strength: Floats

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which frames are voiced."""
        return self.hertz > 0

    def cut(self, begin: int, end: int) -> Pitch:
        """Return the pitch of the frames from `begin` to before `end`."""
        return Pitch(self.hertz[begin:end], self.strength[begin:end])


def track(samples: Floats, sampling_rate: float, first: float, frames: int) -> Pitch:
    """Track the pitch.

    Parameters
    ----------
    samples : array, shape (n,)
        Sound of one channel; silence is assumed beyond its ends.
    sampling_rate : float
        In Hz.
    first : float
        Middle of the first frame, in seconds after the first sample.
    frames : int
        Number of frames, `FRAME_STEP_S` apart.

    Returns
    -------
    Pitch
        Of all frames.
    """
    blocks = [
        (*_candidates(windows, sampling_rate), _loudness(windows))
        for windows in _windows(samples, sampling_rate, first, frames)
    ]
    hertz, strength, loudness = (np.concatenate(each) for each in zip(*blocks, strict=True))
    chosen = _best_path(hertz, strength, _unvoiced_strength(loudness))
    rows = np.arange(frames)
    voiced = chosen < MAX_CANDIDATES
    chosen = np.minimum(chosen, MAX_CANDIDATES - 1)
    return Pitch(np.where(voiced, hertz[rows, chosen], 0.0), np.where(voiced, strength[rows, chosen], 0.0))


def _windows(samples: Floats, rate: float, first: float, frames: int) -> Iterator[NDArray[np.float32]]:
    """Yield the frames block by block: shape (frames, samples of a window), each frame without its mean."""
    length = 2 * round(WINDOW_S * rate / 2)
    begins = np.rint((first + FRAME_STEP_S * np.arange(frames)) * rate).astype(np.int64) - length // 2
    # Single precision is enough for frames of a thousand samples, and takes half the time and memory.
    padded = np.concatenate([np.zeros(length), samples, np.zeros(length)]).astype(np.float32)
    at = np.clip(begins + length, 0, len(padded) - length)
    all_windows = np.lib.stride_tricks.sliding_window_view(padded, length)
    for begin in range(0, max(frames, 1), BLOCK_FRAMES):
        windows: NDArray[np.float32] = all_windows[at[begin : begin + BLOCK_FRAMES]]
        windows -= windows.mean(axis=1, keepdims=True)
        yield windows


class _FrameConstants(NamedTuple):
    """What is the same for all frames of a length: window, lags, the window's autocorrelation, octave costs."""

    window: NDArray[np.float32]
    size: int
    min_lag: int
    lags: Floats
    window_autocorrelation: NDArray[np.float32]
    octave_costs: NDArray[np.float32]


@cache
def _frame_constants(length: int, rate: float) -> _FrameConstants:
    window = np.hanning(length + 1)[:-1]
    size = _fft_length(math.ceil(length + rate / FLOOR_HZ + 2))
    autocorrelation = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)
    min_lag, max_lag = int(LAG_OVERSAMPLING * rate / CEILING_HZ), int(LAG_OVERSAMPLING * rate / FLOOR_HZ) + 1
    lags = np.arange(max_lag + 2) / LAG_OVERSAMPLING
    return _FrameConstants(
        window.astype(np.float32),
        size,
        min_lag,
        lags,
        np.interp(lags, np.arange(len(autocorrelation)), autocorrelation / autocorrelation[0]).astype(np.float32),
        (OCTAVE_COST * np.log2(FLOOR_HZ / rate * lags[min_lag : max_lag + 1])).astype(np.float32),
    )


def _fft_length(min_length: int) -> int:
    """Find a fast length of a transform: a power of two, times 1, 1.25 or 1.5."""
    power: int = 2 ** math.floor(math.log2(min_length))
    return next(size for size in (power, power * 5 // 4, power * 3 // 2, 2 * power) if size >= min_length)


LAG_OVERSAMPLING = 2
"""Lags per sample: with two, a parabola through three of them is as exact as the full interpolation."""


def _candidates(windows: NDArray[np.float32], rate: float) -> tuple[Floats, Floats]:
    """Find frequencies and strengths of the strongest peaks, shape (frames, MAX_CANDIDATES) each."""
    window, size, min_lag, lags, window_autocorrelation, octave_costs = _frame_constants(windows.shape[1], rate)
    max_lag = len(lags) - 2
    spectrum = np.fft.rfft(windows * window, size)
    power = spectrum.real**2 + spectrum.imag**2
    power[:, : int(HIGH_PASS_HZ * size / rate) + 1] = 0
    # Zeros above the power make the lags finer; left to irfft, adding them takes longer than the transform.
    padded = np.zeros((len(power), LAG_OVERSAMPLING * size // 2 + 1), np.complex64)
    padded[:, : power.shape[1]] = power
    correlation = np.fft.irfft(padded, LAG_OVERSAMPLING * size)[:, : max_lag + 2]
    correlation = correlation / np.maximum(correlation[:, :1], POWER_FLOOR) / window_autocorrelation
    before, peak, after = (correlation[:, min_lag + step : max_lag + 1 + step] for step in (-1, 0, 1))
    is_peak = (peak > before) & (peak >= after) & (peak > VOICING_THRESHOLD / 2)
    ranked = np.where(is_peak, peak - octave_costs, -np.inf)
    best = np.argpartition(-ranked, MAX_CANDIDATES, axis=1)[:, :MAX_CANDIDATES]
    left, middle, right = (np.take_along_axis(each, best, axis=1).astype(float) for each in (before, peak, after))
    valid = np.take_along_axis(is_peak, best, axis=1)
    curvature = np.where(valid, left - 2 * middle + right, -1.0)
    shift = np.where(valid, 0.5 * (left - right) / curvature, 0.0)
    height = middle - 0.25 * (left - right) * shift
    # Division by the small autocorrelation of the window may give a peak above 1; it is inverted (Boersma 1993).
    height = np.where(height > 1, 1 / np.maximum(height, 1), height)
    return rate * LAG_OVERSAMPLING / (best + min_lag + shift), np.where(valid, height, -np.inf)


def _loudness(windows: NDArray[np.float32]) -> Floats:
    """Find the largest magnitude within one longest period around the middle of each frame."""
    middle, half = windows.shape[1] // 2, windows.shape[1] // 6
    loudness: Floats = np.abs(windows[:, middle - half : middle + half + 1]).max(axis=1).astype(np.float64)
    return loudness


def _unvoiced_strength(loudness: Floats) -> Floats:
    """Compute the strength of each frame's unvoiced candidate: greater where the frame is quiet."""
    loudest = loudness.max(initial=1e-12)
    strength: Floats = VOICING_THRESHOLD + np.maximum(
        0, 2 - loudness / loudest / (SILENCE_THRESHOLD / (1 + VOICING_THRESHOLD))
    )
    return strength


def _best_path(hertz: Floats, strength: Floats, unvoiced: Floats) -> NDArray[np.int64]:
    """Find the candidates on the best path (Viterbi), shape (frames,); number `MAX_CANDIDATES` means unvoiced."""
    frames = len(hertz)
    if not frames:
        return np.zeros(0, np.int64)
    gains = np.concatenate([strength - OCTAVE_COST * np.log2(FLOOR_HZ / hertz), unvoiced[:, None]], axis=1)
    octaves = np.log2(hertz)
    costs = np.full((frames - 1, MAX_CANDIDATES + 1, MAX_CANDIDATES + 1), VOICED_UNVOICED_COST)
    costs[:, :-1, :-1] = OCTAVE_JUMP_COST * np.abs(octaves[:-1, :, None] - octaves[1:, None, :])
    costs[:, -1, -1] = 0
    previous = np.zeros((frames, MAX_CANDIDATES + 1), np.int64)
    total = gains[0]
    candidates = np.arange(MAX_CANDIDATES + 1)
    for frame in range(1, frames):
        totals = total[:, None] - costs[frame - 1]
        previous[frame] = totals.argmax(axis=0)
        total = totals[previous[frame], candidates] + gains[frame]
    path = np.empty(frames, np.int64)
    path[-1] = total.argmax()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = previous[frame, path[frame]]
    return path
