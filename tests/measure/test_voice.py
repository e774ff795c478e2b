"""Stretches of speech: found where they are, however the samples were cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.measure.voice import FRAME, Frames, Stretches, level

RATE = 11_025


def tones(*stretches: tuple[float, float], seconds: float, amplitude: float = 0.5, rate: int = RATE) -> np.ndarray:
    """Silence with a tone of 200 Hz in each (start, end)."""
    time = np.arange(round(seconds * rate)) / rate
    on = np.zeros(len(time), bool)
    for start, end in stretches:
        on |= (time >= start) & (time < end)
    return np.where(on, amplitude * np.sin(2 * np.pi * 200 * time), 0).astype(np.float32)


def found(samples: np.ndarray, rate: int = RATE, threshold: float = 0.03) -> list:
    """All stretches of some samples, fed at once."""
    stretches = Stretches(rate, threshold)
    return [*stretches.feed(samples), *stretches.finish()]


@pytest.mark.parametrize("rate", [6000, 8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_finds_them_where_they_are(rate):
    """Tones of 0.5 to 1.5 s are found to the frame, at every legal rate."""
    there = [(1.0, 1.5), (2.5, 4.0), (5.0, 5.8)]
    got = [(each.start, each.end) for each in found(tones(*there, seconds=7, rate=rate), rate)]
    assert np.array(got) == pytest.approx(np.array(there), abs=FRAME)


@given(cuts=st.lists(st.integers(0, 70_000), max_size=30))
@settings(deadline=None)
def test_cutting_changes_nothing(cuts):
    """Law: however the samples are cut on their way in, the stretches are equal to the last bit."""
    samples = tones((0.5, 1.2), (2.0, 5.5), seconds=6.3) + np.float32(0.01)
    stretches, got, at = Stretches(RATE, 0.03), [], 0
    for cut in sorted({*cuts, len(samples)}):
        got += stretches.feed(samples[at:cut])
        at = max(at, cut)
    assert got + stretches.finish() == found(samples)


def test_positions_are_on_the_grid():
    """Positions are multiples of 0.02 s with two decimals, as in the vendor's log."""
    for each in found(tones((0.513, 2.177), seconds=4)):
        for position in (each.start, each.end):
            assert position == round(position, 2)
            assert round(position / FRAME, 6) == round(position / FRAME)


def test_long_speech_is_cut_at_two_seconds():
    """Continuous speech gives stretches of 2 s without a gap."""
    got = [(each.start, each.end) for each in found(tones((1.0, 6.0), seconds=8))]
    assert got == [(1.0, 3.0), (3.0, 5.0), (5.0, 6.0)]


def test_a_short_pause_does_not_cut():
    """A pause of 0.2 s is within speech, one of 0.4 s is not."""
    assert len(found(tones((1.0, 1.6), (1.8, 2.4), seconds=4))) == 1
    assert len(found(tones((1.0, 1.6), (2.0, 2.6), seconds=4))) == 2


def test_short_sounds_are_dropped():
    """A click and a sound of 0.3 s are no stretch of speech."""
    assert found(tones((1.0, 1.01), (2.0, 2.3), seconds=4)) == []


def test_silence_says_nothing():
    """Silence, and hum below the threshold, give nothing."""
    assert found(np.zeros(RATE * 3, np.float32)) == []
    assert found(tones((0, 3), seconds=3, amplitude=0.02)) == []


def test_loudness():
    """The RMS of a sine is its amplitude by the square root of two, and its level follows."""
    (stretch,) = found(tones((1.0, 2.0), seconds=3, amplitude=0.5))
    assert stretch.rms == pytest.approx(0.5 / 2**0.5, rel=0.01)
    assert stretch.peak == pytest.approx(0.5, rel=0.01)
    assert stretch.voiced == 1.0
    assert level(stretch.rms) == pytest.approx(-9.03, abs=0.1)


def test_level_has_a_floor():
    """Digital silence is −100 dBFS, not minus infinity."""
    assert level(0.0) == pytest.approx(-100)
    assert level(1.0) == 0


@given(st.integers(6000, 48_000), st.integers(1, 3000))
@settings(deadline=None)
def test_frames_do_not_drift(rate, frames):
    """Law: after any number of frames, at any rate, the frame's begin is within half a sample of its time."""
    counted = list(Frames(rate).feed(np.zeros(round(frames * FRAME * rate), np.float32)))
    assert len(counted) == frames
    assert [frame.number for frame in counted] == list(range(frames))


def test_real_speech_is_found(talk, sample):
    """In the sample talk, each true stretch of voice is found and the long pauses are not."""
    import pandas as pd

    truth = pd.read_csv(sample / "truth.csv").query("file == 'talk.wav' and track == 'voice'")
    samples = np.concatenate(list(talk.blocks()))[:, 0]
    got = found(samples, talk.audio.sampling_rate, threshold=1000 / 32768)
    inside = [
        any(
            start - 0.05 <= each.start and each.end <= end + 0.05
            for start, end in zip(truth.start, truth.end, strict=True)
        )
        for each in got
    ]
    assert all(inside)
    covered = sum(each.end - each.start for each in got)
    assert covered / (truth.end - truth.start).sum() > 0.8
