"""Prosody: all measures of one stretch of speech."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure import pitch as pitches
from emotoolkit.measure.perturbation import measure_perturbation
from emotoolkit.measure.pitch import FRAME_STEP_S, Pitch
from emotoolkit.measure.rhythm import find_nuclei
from emotoolkit.measure.spectrum import measure_spectrum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MARGIN_S", "AudioExcerpt", "Prosody", "measure_prosody", "track_pitch"]

MARGIN_S = 0.08
"""Seconds of sound needed before and after a stretch to measure it completely: half the longest window."""

COMMON_RATE_HZ = 11_025
"""Hz near which sound of twice as much or more is downsampled: the vendor's rate, enough for all that is measured."""

MIN_FRAMES = 5
"""Voiced frames below which range and slope are None."""

FILTER_HALF_WIDTH = 24
"""Half the length of the low-pass filter, in samples of its result."""


@dataclass(frozen=True, slots=True)
class AudioExcerpt:
    """A stretch of sound, with a margin around it.

    Attributes
    ----------
    samples : array, shape (n,)
        Sound of one channel.
    rate : float
        In Hz.
    begin, end : float
        Where the stretch begins and ends, in seconds after the first sample.
    """

    samples: Floats
    rate: float
    begin: float
    end: float

    def part(self, begin: float, end: float) -> AudioExcerpt:
        """Return the part of the stretch between these seconds of it, with all the sound around it."""
        return replace(self, begin=self.begin + begin, end=self.begin + end)

    @property
    def first_frame_time(self) -> float:
        """Middle of the first pitch frame, in seconds after the first sample."""
        return self.begin + FRAME_STEP_S / 2


@dataclass(frozen=True, slots=True)
class Prosody:
    """The measures of a stretch; None where one could not be measured.

    Attributes
    ----------
    hertz : float or None
        Pitch, the median of the voiced frames, 75–600 Hz (Boersma 1993).
    span : float or None
        Range of the pitch: 10th to 90th percentile, in semitones, without creak and octave errors.
    slope : float or None
        Slope of the line through the same frames (least squares), in semitones per second.
    level_range : float or None
        10th to 90th percentile of the level of its voiced frames, in dB.
    jitter, shimmer : float or None
        Relative mean difference of neighbouring cycles (0.01 is 1 %): see `perturbation`.
    harmonicity : float or None
        Harmonics-to-noise ratio, the mean of the voiced frames, in dB (Boersma 1993).
    tilt, high : float or None
        Spectral tilt and high-frequency share, in dB: see `spectrum`.
    syllables : int
        Number of syllable nuclei: see `rhythm`.
    rate : float
        Syllables per second of the stretch.
    """

    hertz: float | None
    span: float | None
    slope: float | None
    level_range: float | None
    jitter: float | None
    shimmer: float | None
    harmonicity: float | None
    tilt: float | None
    high: float | None
    syllables: int
    rate: float


def downsample(samples: Floats, rate: float) -> tuple[Floats, float]:
    """Downsample sound by a whole factor to a rate near the common one, after a low pass (a windowed sinc)."""
    factor = int(rate // COMMON_RATE_HZ)
    if factor < 2 or not len(samples):  # noqa: PLR2004 - a factor of 1 changes nothing
        return samples, rate
    return np.convolve(samples, _low_pass(factor), "same")[::factor][: -(-len(samples) // factor)], rate / factor


@cache
def _low_pass(factor: int) -> Floats:
    at = np.arange(-FILTER_HALF_WIDTH * factor, FILTER_HALF_WIDTH * factor + 1) / factor
    taps: Floats = np.sinc(0.9 * at) * np.hanning(len(at))
    taps /= taps.sum()
    return taps


def track_pitch(sound: AudioExcerpt) -> Pitch:
    """Track the pitch of a stretch."""
    return pitches.track(
        sound.samples, sound.rate, sound.first_frame_time, round((sound.end - sound.begin) / FRAME_STEP_S)
    )


def measure_prosody(sound: AudioExcerpt, pitch: Pitch) -> Prosody:
    """Measure a stretch.

    Parameters
    ----------
    sound : AudioExcerpt
        The stretch, with `MARGIN_S` seconds before and after it where the recording has them.
    pitch : Pitch
        Its pitch.
    """
    samples, rate, first = sound.samples, sound.rate, sound.first_frame_time
    hertz = pitch.hertz[pitch.voiced]
    typical = _is_typical(hertz)
    semitones: Floats = 12 * np.log2(hertz[typical])
    perturbation = measure_perturbation(samples, rate, pitch, first)
    spectrum = measure_spectrum(samples, rate, pitch, first)
    syllables = len(find_nuclei(samples, rate, pitch, first))
    return Prosody(
        hertz=float(np.median(hertz)) if len(hertz) else None,
        span=_percentile_range(semitones),
        slope=_slope(FRAME_STEP_S * np.flatnonzero(pitch.voiced)[typical].astype(np.float64), semitones),
        level_range=_percentile_range(_frame_levels(sound, pitch)),
        jitter=perturbation.jitter,
        shimmer=perturbation.shimmer,
        harmonicity=_harmonicity(pitch.strength[pitch.voiced]),
        tilt=None if spectrum is None else spectrum.tilt,
        high=None if spectrum is None else spectrum.high,
        syllables=syllables,
        rate=syllables / (sound.end - sound.begin),
    )


def _is_typical(hertz: Floats) -> NDArray[np.bool_]:
    """Mark the frames from 0.75 × lower to 1.5 × upper quartile: the others are creak or octave errors."""
    if not len(hertz):
        return np.zeros(0, bool)
    lower, upper = np.percentile(hertz, [25, 75])
    typical: NDArray[np.bool_] = (hertz >= 0.75 * lower) & (hertz <= 1.5 * upper)
    return typical


def _percentile_range(values: Floats) -> float | None:
    """Compute the distance from the 10th to the 90th percentile."""
    if len(values) < MIN_FRAMES:
        return None
    low, high = np.percentile(values, [10, 90])
    return float(high - low)


def _slope(times: Floats, semitones: Floats) -> float | None:
    if len(times) < MIN_FRAMES:
        return None
    centred = times - times.mean()
    return float((centred * semitones).sum() / (centred**2).sum())


def _harmonicity(strength: Floats) -> float | None:
    if not len(strength):
        return None
    share = np.clip(strength, 1e-6, 1 - 1e-6)
    return float((10 * np.log10(share / (1 - share))).mean())


def _frame_levels(sound: AudioExcerpt, pitch: Pitch) -> Floats:
    """Compute the level of each voiced frame, in dB."""
    length = round(FRAME_STEP_S * sound.rate)
    middles = sound.first_frame_time + FRAME_STEP_S * np.flatnonzero(pitch.voiced)
    begins = np.rint(middles * sound.rate).astype(np.int64) - length // 2
    begins = begins[(begins >= 0) & (begins <= len(sound.samples) - length)]
    if not len(begins):
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(sound.samples, length)[begins]
    levels: Floats = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    return levels
