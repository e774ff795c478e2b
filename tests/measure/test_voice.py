"""Stretches of speech: found where they are, however the samples were cut."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.measure.voice import FRAME_S, FrameSplitter, SpeechDetector, level_dbfs
from tests.support.examples import examples
from tests.support.voices import noisy, pink, utterances, vowel, white

RATE = 11_025
SPEECH = 16_000
"""Hz of the utterances."""


def tones(*stretches: tuple[float, float], seconds: float, amplitude: float = 0.5, rate: int = RATE) -> np.ndarray:
    """Silence with a tone of 200 Hz in each (start, end)."""
    time = np.arange(round(seconds * rate)) / rate
    on = np.zeros(len(time), bool)
    for start, end in stretches:
        on |= (time >= start) & (time < end)
    return np.where(on, amplitude * np.sin(2 * np.pi * 200 * time), 0).astype(np.float32)


def found(samples: np.ndarray, rate: int = RATE, threshold: float = 0.03) -> list:
    """All stretches of some samples, fed at once."""
    stretches = SpeechDetector(rate, threshold)
    return [*stretches.feed(samples), *stretches.finish()]


@pytest.mark.parametrize("rate", [6000, 8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_finds_them_where_they_are(rate):
    """Tones of 0.5 to 1.5 s are found to the frame, at every legal rate."""
    there = [(1.0, 1.5), (2.5, 4.0), (5.0, 5.8)]
    got = [(each.start, each.end) for each in found(tones(*there, seconds=7, rate=rate), rate)]
    assert np.array(got) == pytest.approx(np.array(there), abs=FRAME_S)


@cache
def in_one_piece():
    """Samples, and the stretches found in them."""
    samples = tones((0.5, 1.2), (2.0, 5.5), seconds=6.3) + np.float32(0.01)
    return samples, found(samples)


@given(cuts=st.lists(st.integers(0, 70_000), max_size=30))
@settings(max_examples=examples(60))
def test_cutting_changes_nothing(cuts):
    """Law: however the samples are cut on their way in, the stretches are equal to the last bit."""
    samples, whole = in_one_piece()
    stretches, got, at = SpeechDetector(RATE, 0.03), [], 0
    for cut in sorted({*cuts, len(samples)}):
        got += stretches.feed(samples[at:cut])
        at = max(at, cut)
    assert got + stretches.finish() == whole


def test_positions_are_on_the_grid():
    """Positions are multiples of 0.02 s with two decimals, as in the vendor's log."""
    for each in found(tones((0.513, 2.177), seconds=4)):
        for position in (each.start, each.end):
            assert position == round(position, 2)
            assert round(position / FRAME_S, 6) == round(position / FRAME_S)


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
    assert level_dbfs(stretch.rms) == pytest.approx(-9.03, abs=0.1)


def test_level_has_a_floor():
    """Digital silence is −100 dBFS, not minus infinity."""
    assert level_dbfs(0.0) == pytest.approx(-100)
    assert level_dbfs(1.0) == 0


@given(st.integers(6000, 48_000), st.integers(1, 3000))
@settings(deadline=None)
def test_frames_do_not_drift(rate, frames):
    """Law: after any number of frames, at any rate, the frame's begin is within half a sample of its time."""
    counted = list(FrameSplitter(rate).feed(np.zeros(round(frames * FRAME_S * rate), np.float32)))
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


def mixture(seed: int, decibels: float = 20, noise=white) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """The utterances in another order with pauses between them, in noise; and where they are, in s."""
    parts, there, at = [], [], 0
    order = np.random.default_rng(seed).permutation(5)
    for pause, samples in zip((0.7, 0.5, 1.5, 2.5, 0.6), (utterances()[n] for n in order), strict=True):
        parts += [np.zeros(round(pause * SPEECH)), samples]
        at += len(parts[-2])
        there.append((at / SPEECH, (at + len(samples)) / SPEECH))
        at += len(samples)
    sound = np.concatenate([*parts, np.zeros(SPEECH)])
    speech = np.sqrt((np.concatenate(utterances()) ** 2).mean())
    return sound + noise(len(sound), speech * 10 ** (-decibels / 20), seed=seed), there


def turns(stretches: list) -> list[tuple[float, float]]:
    """Stretches that are less than 0.35 s apart, put together: what lies between two arranged pauses."""
    joined: list[tuple[float, float]] = []
    for each in stretches:
        if joined and each.start - joined[-1][1] < 0.35:
            joined[-1] = (joined[-1][0], each.end)
        else:
            joined.append((each.start, each.end))
    return joined


def active(spans: list[tuple[float, float]], seconds: float) -> np.ndarray:
    """Say of every 10 ms whether it is within one of the spans."""
    time = 0.005 + 0.01 * np.arange(round(seconds / 0.01))
    return np.any([(time >= start) & (time < end) for start, end in spans], axis=0)


@pytest.mark.parametrize("noise", [white, pink])
def test_voice_activity_in_noise(noise):
    """Noise at 20 dB: F1 ≥ 0.97 of 10 ms frames, boundaries within 40 ms (median), and as many turns as there are."""
    same, errors = [], []
    for seed in range(4):
        samples, there = mixture(seed, noise=noise)
        got = found(samples.astype(np.float32), SPEECH, 1000 / 32768)
        truth = active(there, len(samples) / SPEECH)
        ours = active([(each.start, each.end) for each in got], len(samples) / SPEECH)
        same.append((2 * (truth & ours).sum(), truth.sum() + ours.sum()))
        assert len(turns(got)) == len(there)
        errors += [np.abs(np.subtract(mine, true)) for mine, true in zip(turns(got), there, strict=True)]
    both, all_of_them = np.sum(same, axis=0)
    assert both / all_of_them >= 0.97
    assert np.median(errors) <= 0.04


@pytest.mark.parametrize("noise", [white, pink])
@pytest.mark.parametrize("rate", [6000, 16_000, 48_000])
def test_noise_is_no_speech(noise, rate):
    """20 s of white or pink noise, soft or loud, give no stretch at all."""
    for rms in (0.003, 0.01, 0.05, 0.2):
        assert found(noise(20 * rate, rms, seed=5).astype(np.float32), rate, 1000 / 32768) == []


def test_clicks_and_taps_are_no_speech():
    """Taps of 5 ms, ten a second, are loud and have no pitch."""
    samples = np.zeros(10 * RATE, np.float32)
    for tap in np.random.default_rng(2).uniform(0, 9.9, 100):
        samples[round(tap * RATE) :][:55] += np.random.default_rng(int(1000 * tap)).normal(0, 0.3, 55)
    assert found(samples) == []


def test_a_noise_that_goes_on_is_learned():
    """Speech in a room that is as loud as the threshold is found none the less, after the room's first seconds."""
    quiet = white(4 * SPEECH, 0.03)
    speech = np.concatenate([quiet, 6 * utterances()[1], quiet]) + white(8 * SPEECH + len(utterances()[1]), 0.03, 7)
    ((start, end),) = turns(found(speech.astype(np.float32), SPEECH, 0.03))
    assert start == pytest.approx(4, abs=0.1)
    assert end == pytest.approx(4 + len(utterances()[1]) / SPEECH, abs=0.3)


def test_the_last_piece_of_long_speech_is_kept():
    """2.2 s of voice are a stretch of 2 s and one of 0.2 s; 0.2 s alone are none."""
    assert [(each.start, each.end) for each in found(tones((1.0, 3.2), seconds=5))] == [(1.0, 3.0), (3.0, 3.2)]
    assert found(tones((1.0, 1.2), seconds=5)) == []


def test_real_speech_may_be_cut_anywhere():
    """Packets of 37 ms to 1 s, odd ones too, of real speech in noise: each number is the same to the last bit."""
    samples = mixture(3)[0][: 12 * SPEECH].astype(np.float32)
    whole = found(samples, SPEECH)
    assert len(whole) > 3
    for packet in (592, 4800, 4801, 16_000):
        stretches = SpeechDetector(SPEECH, 0.03)
        got = [each for at in range(0, len(samples), packet) for each in stretches.feed(samples[at : at + packet])]
        assert got + stretches.finish() == whole


def test_nothing_is_known_before_it_was_heard():
    """A stretch comes with the very sample that makes it certain: `known` seconds of sound."""
    samples = mixture(1)[0][: 10 * SPEECH].astype(np.float32)
    stretches = SpeechDetector(SPEECH, 0.03)
    for at in range(0, len(samples), 320):
        for each in stretches.feed(samples[at : at + 320]):
            assert each.known == pytest.approx((at + 320) / SPEECH)
            assert each.end <= each.known


@pytest.mark.parametrize("rate", [6000, 8000, 11_025, 22_050, 44_100, 48_000])
def test_pitch_at_every_rate(rate):
    """A vowel in noise has its pitch, and a harmonicity near the noise, at every legal rate."""
    sound = np.concatenate([np.zeros(rate // 2), noisy(vowel(140, rate=rate), 20), np.zeros(rate)])
    (stretch,) = found(sound.astype(np.float32), rate)
    assert stretch.prosody.hertz == pytest.approx(140, rel=0.003)
    assert stretch.prosody.harmonicity > 15


def test_little_is_remembered():
    """After a minute of speech less than 1 MB of it is held."""
    stretches = SpeechDetector(SPEECH, 0.03)
    for seed in range(2):
        stretches.feed(mixture(seed)[0].astype(np.float32))
    assert stretches._buffer._samples.nbytes < 1_000_000


@pytest.mark.parametrize("rate", [6000, 8000, 11_025, 22_050, 44_100, 48_000])
def test_packets_do_not_matter_at_any_rate(rate):
    """At rates without whole samples in 20 ms too, packets of 0.3 s give what the whole gives."""
    sound = np.concatenate(
        [
            vowel(140, seconds, rate) if n % 2 else np.zeros(round(seconds * rate))
            for n, seconds in enumerate((0.31, 0.77, 0.5, 4.3, 0.43, 1.01, 0.6))
        ]
    ).astype(np.float32)
    stretches, packet = SpeechDetector(rate, 0.03), round(0.3 * rate)
    got = [each for at in range(0, len(sound), packet) for each in stretches.feed(sound[at : at + packet])]
    assert got + stretches.finish() == found(sound, rate)
    assert len(turns(got)) == 3
