"""Rhythm: syllables, counted by their nuclei. A nucleus is a voiced peak of loudness with a dip on either side.

The method follows de Jong & Wempe (2009). Loudness is that of 300–2500 Hz, where vowels are strong and most consonants
weak; so dips of 1 dB separate syllables as well as their dips of 2 dB over all frequencies.

de Jong, N. H. & Wempe, T. (2009). Praat script to detect syllable nuclei and measure speech rate automatically.
Behavior Research Methods, 41, 385–390.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.pitch import FRAME_STEP_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotoolkit.measure.pitch import Pitch

    Floats = NDArray[np.float64]

__all__ = ["MARGIN_S", "find_nuclei"]

WINDOW_S = 0.032
"""Seconds of sound over which a value of loudness is computed."""

SMOOTHING_WEIGHTS = np.array([0.25, 0.75, 1.0, 0.75, 0.25]) / 3
"""Weights of neighbouring values, 10 ms apart: shorter than a syllable, longer than the period of a deep voice."""

VOWEL_BAND_HZ = (300.0, 2500.0)
"""Band in Hz in which vowels are strong."""

MIN_DIP_DB = 1.0
"""dB by which loudness falls at least between two nuclei."""

MAX_BELOW_LOUD_DB = 25.0
"""dB that a nucleus may be below the loud parts, the 95th percentile (de Jong & Wempe 2009)."""

VOICED_REACH_FRAMES = 2
"""Frames to either side of a peak, at least one of which must be voiced."""

MARGIN_S = WINDOW_S / 2 + 2 * FRAME_STEP_S
"""Seconds of sound that are needed on either side."""


def find_nuclei(samples: Floats, sampling_rate: float, pitch: Pitch, first: float) -> NDArray[np.int64]:
    """Find the syllable nuclei, as numbers of pitch frames.

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
    if not pitch.voiced.any():
        return np.zeros(0, np.int64)
    loudness = _loudness(samples, sampling_rate, first, len(pitch.hertz))
    found: list[int] = []
    for peak in _peaks(loudness):
        dip = loudness[found[-1] : peak].min() if found else -np.inf
        if min(loudness[peak], loudness[found[-1]] if found else np.inf) - dip >= MIN_DIP_DB:
            found.append(peak)
        elif loudness[peak] > loudness[found[-1]]:
            found[-1] = peak
    return np.array(
        [
            peak
            for peak in found
            if pitch.voiced[max(peak - VOICED_REACH_FRAMES, 0) : peak + VOICED_REACH_FRAMES + 1].any()
        ],
        np.int64,
    )


def _peaks(loudness: Floats) -> list[int]:
    """Find the local maxima that are loud enough."""
    padded = np.concatenate([[-np.inf], loudness, [-np.inf]])
    is_peak = (loudness > padded[:-2]) & (loudness >= padded[2:])
    found: list[int] = np.flatnonzero(is_peak & (loudness > np.percentile(loudness, 95) - MAX_BELOW_LOUD_DB)).tolist()
    return found


def _loudness(samples: Floats, rate: float, first: float, frames: int) -> Floats:
    """Compute the level in the band of the vowels at each frame, in dB."""
    length = 2 * round(WINDOW_S * rate / 2)
    beside = len(SMOOTHING_WEIGHTS) // 2
    middles = np.rint((first + FRAME_STEP_S * np.arange(-beside, frames + beside)) * rate).astype(np.int64)
    silent = np.zeros(2 * length)
    padded = np.concatenate([silent, samples, silent])
    begins = np.clip(middles + 2 * length - length // 2, 0, len(padded) - length)
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)[begins] * np.hanning(length)
    at = np.fft.rfftfreq(length, 1 / rate)
    power = (np.abs(np.fft.rfft(windows)[:, (at >= VOWEL_BAND_HZ[0]) & (at < VOWEL_BAND_HZ[1])]) ** 2).sum(axis=1)
    return 10 * np.log10(np.convolve(power, SMOOTHING_WEIGHTS, "valid") + 1e-12)
