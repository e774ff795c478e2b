"""Spectrum of a voice: how its power is spread over frequency. A louder voice has more in the high frequencies.

Sundberg, J. & Nordenberg, M. (2006). Effects of vocal loudness variation on spectrum balance as reflected by the alpha
measure of long-term-average spectra of speech. Journal of the Acoustical Society of America, 120, 453–457.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.pitch import FRAME_STEP_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotoolkit.measure.pitch import Pitch

    Floats = NDArray[np.float64]

__all__ = ["Spectrum", "measure_spectrum"]

WINDOW_S = 0.032
"""Seconds of a frame: narrow enough to follow speech, wide enough to separate 50 Hz from a constant."""

LOW_BAND_HZ, HIGH_BAND_HZ = (50.0, 1000.0), (1000.0, 4000.0)
"""The two bands of the tilt in Hz (as in Praat's Ltas *Get slope*; the alpha measure of Sundberg & Nordenberg 2006 has
its border at 1 kHz too)."""

BORDER_HZ = 500.0
"""Hz above which the power is "high"."""

POWER_FLOOR = 1e-20
"""Smallest power, so that logarithms stay finite."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The spectrum of the voiced frames of a stretch.

    Attributes
    ----------
    tilt : float
        Mean power density of 1–4 kHz relative to that of 50–1000 Hz, in dB; negative in nearly every voice.
    high : float
        Power above 500 Hz relative to that below, in dB.
    """

    tilt: float
    high: float


def measure_spectrum(samples: Floats, sampling_rate: float, pitch: Pitch, first: float) -> Spectrum | None:
    """Measure the mean spectrum of the voiced frames; None if there are none.

    Parameters
    ----------
    samples : array, shape (n,)
        Sound of one channel.
    sampling_rate : float
        In Hz; below 8000 the upper band ends at half of it.
    pitch : Pitch
        Its pitch.
    first : float
        Middle of the pitch's first frame, in seconds after the first sample.
    """
    length = round(WINDOW_S * sampling_rate)
    begins = (
        np.rint((first + FRAME_STEP_S * np.flatnonzero(pitch.voiced)) * sampling_rate).astype(np.int64) - length // 2
    )
    begins = begins[(begins >= 0) & (begins <= len(samples) - length)]
    if len(begins) == 0:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)[begins] * np.hanning(length)
    power = (np.abs(np.fft.rfft(frames)) ** 2).mean(axis=0)
    at = np.fft.rfftfreq(length, 1 / sampling_rate)
    low, high = (power[(at >= begin) & (at < end)].mean() for begin, end in (LOW_BAND_HZ, HIGH_BAND_HZ))
    above, below = power[at >= BORDER_HZ].sum(), power[(at >= LOW_BAND_HZ[0]) & (at < BORDER_HZ)].sum()
    return Spectrum(_decibels(high, low), _decibels(above, below))


def _decibels(power: float, reference: float) -> float:
    return 10 * math.log10(max(power, POWER_FLOOR) / max(reference, POWER_FLOOR))
