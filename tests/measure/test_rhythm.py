"""Nuclei of syllables: as many as a voice has been made with, where they were put, whatever the level and the rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parselmouth.praat import call

from emotoolkit.measure import pitch as pitches
from emotoolkit.measure.pitch import FRAME_STEP_S, Pitch
from emotoolkit.measure.rhythm import find_nuclei
from tests.support.voices import RATE, praat, utterances, vowel, white

VOICE = 120.0


def syllables(spans, levels=None, rate: int = RATE, seconds: float = 2.4) -> np.ndarray:
    """A vowel that swells between these seconds, to these levels in dB, and is 40 dB weaker between them."""
    at = np.arange(round(seconds * rate)) / rate
    height = np.full(len(at), 0.01)
    for (begin, end), level in zip(spans, levels or [0.0] * len(spans), strict=True):
        inside = (at >= begin) & (at < end)
        arch = np.sin(np.pi * (at[inside] - begin) / (end - begin)) * 10 ** (level / 20)
        height[inside] = np.maximum(height[inside], arch)
    return vowel(VOICE, seconds, rate) * height


def voiced(seconds: float, spans=((0.0, np.inf),)) -> Pitch:
    """A pitch that is known: there is voice between these seconds."""
    at = FRAME_STEP_S * np.arange(round(seconds / FRAME_STEP_S))
    is_voice = np.any([(at >= begin) & (at < end) for begin, end in spans], axis=0)
    return Pitch(np.where(is_voice, VOICE, 0.0), is_voice.astype(float))


def moments(samples, rate: int = RATE, pitch: Pitch | None = None) -> list[float]:
    """Where the nuclei are, in seconds; the first frame lies on the first sample."""
    return (FRAME_STEP_S * find_nuclei(samples, rate, pitch or voiced(len(samples) / rate), 0.0)).tolist()


@st.composite
def apart(draw):
    """Stretches of 0.12 to 0.3 s, at least 0.08 s apart."""
    spans, at = [], 0.1
    while (end := at + draw(st.floats(0.12, 0.3))) < 2.3:
        spans.append((at, end))
        at = end + draw(st.floats(0.08, 0.4))
    return spans


@given(apart())
@settings(max_examples=6)
def test_each_syllable_is_found_in_its_middle(spans):
    """Law: a vowel that swells and fades n times has n nuclei, each within 20 ms of the moment of its height."""
    found = moments(syllables(spans))
    assert found == pytest.approx([(begin + end) / 2 for begin, end in spans], abs=0.02)


@given(st.floats(1e-3, 9.0), st.integers(0, 4))
@settings(max_examples=6)
def test_how_loud_a_recording_is_does_not_matter(gain, number):
    """Law: a sentence has the same nuclei at any level."""
    samples = utterances()[number][: 2 * RATE]
    pitch = pitches.track(samples, RATE, 0.0, 200)
    np.testing.assert_array_equal(find_nuclei(gain * samples, RATE, pitch, 0.0), find_nuclei(samples, RATE, pitch, 0.0))


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
def test_the_sampling_rate_does_not_matter(rate):
    """The same sound at another rate has the same nuclei, to a frame."""
    spans = [(0.1, 0.3), (0.4, 0.65), (0.8, 1.0), (1.3, 1.5)]
    assert moments(syllables(spans, rate=rate), rate) == pytest.approx([0.2, 0.525, 0.9, 1.4], abs=0.015)


@pytest.mark.parametrize(("dip", "count"), [(0.0, 1), (0.3, 1), (3.0, 4), (12.0, 4)])
def test_a_dip_parts_two_syllables(dip, count):
    """A vowel whose level sways by some dB four times a second: from 1 dB on that is heard as syllables."""
    at = np.arange(RATE) / RATE
    decibels = -dip * (1 + np.cos(2 * np.pi * 4 * at)) / 2
    samples = vowel(240.0) * 10 ** (decibels / 20)
    found = moments(samples)
    if dip >= 1:
        assert found == pytest.approx([0.125, 0.375, 0.625, 0.875], abs=0.02)
    assert len(found) == count or dip == 0.0


@pytest.mark.parametrize(("level", "count"), [(-15.0, 3), (-35.0, 2)])
def test_what_is_faint_is_no_syllable(level, count):
    """An echo 35 dB below the voice is none; a soft syllable 15 dB below is one."""
    samples = syllables([(0.1, 0.4), (0.6, 0.9), (1.1, 1.4)], [0.0, 0.0, level], seconds=1.6)
    assert len(moments(samples)) == count


def test_a_syllable_has_a_voice():
    """A peak of loudness without voice near it is a consonant or a knock; without any voice there is nothing."""
    samples = syllables([(0.1, 0.4), (0.6, 0.9), (1.1, 1.4)], seconds=1.6)
    assert moments(samples, pitch=voiced(1.6, [(0.0, 0.5), (1.0, 1.5)])) == pytest.approx([0.25, 1.25], abs=0.02)
    assert moments(samples, pitch=voiced(1.6, [])) == []


def test_hiss_beside_the_voice_is_not_counted():
    """Consonants are strong above the band of the vowels: bursts of noise above 4 kHz add no syllable."""
    spans = [(0.1, 0.4), (0.6, 0.9), (1.1, 1.4)]
    samples = syllables(spans, seconds=1.6)
    spectrum = np.fft.rfft(white(len(samples), 0.2))
    hiss = np.fft.irfft(np.where(np.fft.rfftfreq(len(samples), 1 / RATE) < 4000, 0, spectrum), len(samples))
    at = np.arange(len(samples)) / RATE
    between = ((at > 0.43) & (at < 0.57)) | ((at > 0.93) & (at < 1.07))
    assert moments(samples + hiss * between) == pytest.approx(moments(samples), abs=0.015)


def test_frames_begin_where_they_are_told_to():
    """The same sound with 0.25 s more before its first frame has its nuclei on the same frames."""
    samples = syllables([(0.1, 0.4), (0.6, 0.9)], seconds=1.2)
    later = np.concatenate([np.zeros(RATE // 4), samples])
    pitch = voiced(1.2)
    np.testing.assert_array_equal(find_nuclei(later, RATE, pitch, 0.25), find_nuclei(samples, RATE, pitch, 0.0))


def test_praat_hears_peaks_there():
    """In real sentences nine of ten nuclei are within 25 ms of a peak of Praat's intensity in that band."""
    near = []
    for samples in utterances():
        length = len(samples) / RATE
        found = FRAME_STEP_S * find_nuclei(
            samples, RATE, pitches.track(samples, RATE, 0.0, round(length / FRAME_STEP_S)), 0.0
        )
        intensity = call(praat(samples), "Filter (pass Hann band)", 300, 2500, 50).to_intensity(100, 0.005)
        for moment in found[(found > 0.1) & (found < length - 0.1)]:
            values = [intensity.get_value(moment + offset) for offset in np.arange(-6, 7) * 0.005]
            near.append(0 < np.argmax(values) < len(values) - 1)
    assert len(near) > 50
    assert np.mean(near) >= 0.9
