"""Voices to measure: the real utterances of the sample, vowels and noises of which everything is known, and Praat."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import parselmouth
import soundfile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"
RATE = 16_000

FORMANTS = ((700, 80, 1.0), (1220, 90, 0.5), (2600, 120, 0.25))
"""Frequency (Hz), half width (Hz) and height of the formants of an open vowel."""


@cache
def utterances() -> tuple[Floats, ...]:
    """The five sentences of the sample talk, cut at its truth; 16 kHz."""
    samples, rate = soundfile.read(SAMPLE / "talk.wav")
    assert rate == RATE
    with (SAMPLE / "truth.csv").open(newline="", encoding="utf-8") as file:
        spans = [(float(row["start"]), float(row["end"])) for row in csv.DictReader(file) if _is_talk(row)]
    return tuple(samples[round(start * rate) : round(end * rate)] for start, end in spans)


def _is_talk(row: dict[str, str]) -> bool:
    return row["file"] == "talk.wav" and row["track"] == "voice"


def vowel(hertz: float | Floats, seconds: float = 1.0, rate: int = RATE, amplitude: float = 0.1) -> Floats:
    """An open vowel of one pitch, or one pitch a sample; its RMS is `amplitude`."""
    pitch = np.broadcast_to(np.asarray(hertz, float), round(seconds * rate))
    turns = 2 * np.pi * np.cumsum(pitch) / rate
    highest = float(pitch.max())
    sound = np.zeros(len(pitch))
    for harmonic in range(1, int(min(0.475 * rate, 5000) / highest) + 1):
        at = harmonic * pitch
        heights = sum(height / (1 + ((at - middle) / width) ** 2) for middle, width, height in FORMANTS)
        sound += (heights + 1e-3) / harmonic * np.sin(harmonic * turns + 1.7 * harmonic**2)
    return sound * amplitude / np.sqrt((sound**2).mean())


def white(samples: int, rms: float, seed: int = 1) -> Floats:
    """White noise."""
    return rms * np.random.default_rng(seed).standard_normal(samples)


def pink(samples: int, rms: float, rate: int = RATE, seed: int = 1) -> Floats:
    """Pink noise from 20 Hz on: as much power in each octave."""
    spectrum = np.fft.rfft(white(samples, 1.0, seed))
    at = np.fft.rfftfreq(samples, 1 / rate)
    spectrum *= np.where(at < 20, 0, 1 / np.sqrt(np.maximum(at, 20)))
    noise = np.fft.irfft(spectrum, samples)
    return rms * noise / np.sqrt((noise**2).mean())


def noisy(samples: Floats, decibels: float, seed: int = 1) -> Floats:
    """A sound in white noise that is so much weaker."""
    rms = float(np.sqrt((samples**2).mean()))
    return samples + white(len(samples), rms * 10 ** (-decibels / 20), seed)


def praat(samples: Floats, rate: int = RATE) -> parselmouth.Sound:
    """The sound in Praat's hands."""
    return parselmouth.Sound(np.asarray(samples, float), rate)


def ranks(values: list[float]) -> Floats:
    """Rank of each value, the least 0."""
    return np.argsort(np.argsort(values)).astype(float)


def agreement(ours: list[float], theirs: list[float]) -> float:
    """Rank correlation (Spearman), −1 to 1."""
    return float(np.corrcoef(ranks(ours), ranks(theirs))[0, 1])
