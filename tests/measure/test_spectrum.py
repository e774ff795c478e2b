"""How power is spread over frequency: of tones and noises of which it is known beforehand, in voiced frames alone."""

from __future__ import annotations

import numpy as np
import pytest

from emotoolkit.measure.pitch import FRAME_STEP_S, Pitch
from emotoolkit.measure.spectrum import measure_spectrum
from tests.support.voices import RATE, vowel, white


def voiced(seconds: float, begin: float = 0.0, end: float = np.inf) -> Pitch:
    """A pitch with voice between these seconds."""
    at = FRAME_STEP_S * np.arange(round(seconds / FRAME_STEP_S))
    is_voice = (at >= begin) & (at < end)
    return Pitch(np.where(is_voice, 120.0, 0.0), is_voice.astype(float))


def tones(*parts: tuple[float, float]) -> np.ndarray:
    """A second of tones: Hz and amplitude of each."""
    at = np.arange(RATE) / RATE
    return sum(amplitude * np.sin(2 * np.pi * hertz * at) for hertz, amplitude in parts)


def of(samples: np.ndarray, pitch: Pitch | None = None, rate: int = RATE):
    """The spectrum of a whole sound; the first frame lies on its first sample."""
    return measure_spectrum(samples, rate, pitch or voiced(len(samples) / rate), 0.0)


@pytest.mark.parametrize("decibels", [-30.0, -6.0, 0.0, 12.0])
def test_a_tone_on_either_side_of_500_hz(decibels):
    """Of two tones, 300 Hz and 2 kHz, the power above is to that below as the squares of their amplitudes."""
    assert of(tones((300, 0.1), (2000, 0.1 * 10 ** (decibels / 20)))).high == pytest.approx(decibels, abs=0.1)


@pytest.mark.parametrize("decibels", [-30.0, 0.0])
def test_the_tilt_is_of_densities(decibels):
    """The band of 3000 Hz has its power spread over 3000/950 as much: 5.0 dB less than the powers say."""
    found = of(tones((300, 0.1), (2000, 0.1 * 10 ** (decibels / 20)))).tilt
    assert found == pytest.approx(decibels - 10 * np.log10(3000 / 950), abs=0.3)


def test_white_noise_is_flat():
    """As much power in each hertz: no tilt, and 7500 Hz above 500 Hz to 450 Hz below."""
    found = of(white(20 * RATE, 0.1))
    assert found.tilt == pytest.approx(0.0, abs=0.3)
    assert found.high == pytest.approx(10 * np.log10(7500 / 450), abs=0.5)


@pytest.mark.parametrize("gain", [1e-3, 10.0])
def test_level_is_no_part_of_it(gain):
    """Louder alone is the same spectrum."""
    samples = vowel(150.0)
    found, expected = of(gain * samples), of(samples)
    assert (found.tilt, found.high) == (pytest.approx(expected.tilt, abs=1e-6), pytest.approx(expected.high, abs=1e-6))


def test_only_voiced_frames_count():
    """A hiss while there is no voice changes nothing."""
    samples = np.concatenate([vowel(150.0), np.zeros(RATE)])
    hissed = samples + np.concatenate([np.zeros(RATE + RATE // 10), white(RATE - RATE // 10, 0.3)])
    pitch = voiced(2.0, end=1.0)
    assert of(hissed, pitch) == of(samples, pitch)
    assert of(hissed).tilt > of(samples).tilt + 6


def test_a_constant_is_no_sound():
    """A microphone's offset is below 50 Hz and in neither band."""
    samples = tones((300, 0.1), (2000, 0.05))
    assert of(samples + 0.2).high == pytest.approx(of(samples).high, abs=0.05)


def test_nothing_is_said_without_voice():
    """No voiced frame, or none that lies whole in the sound, has no spectrum."""
    assert of(tones((300, 0.1)), voiced(1.0, end=-1.0)) is None
    assert measure_spectrum(np.ones(100), RATE, voiced(0.05), 0.0) is None


@pytest.mark.parametrize("rate", [11_025, 16_000, 44_100])
def test_the_sampling_rate_does_not_matter(rate):
    """The same vowel at another rate has the same tilt: its bands end below 4 kHz."""
    assert of(vowel(150.0, rate=rate), rate=rate).tilt == pytest.approx(of(vowel(150.0)).tilt, abs=0.5)
