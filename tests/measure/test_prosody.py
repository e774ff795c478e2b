"""What is measured of a stretch: as Praat measures it, over real utterances and perturbed copies of them."""

import csv
import math
from functools import cache

import numpy as np
import pytest
from parselmouth.praat import call

from emotoolkit.measure.perturbation import measure_perturbation
from emotoolkit.measure.prosody import AudioExcerpt, Prosody, downsample, measure_prosody, track_pitch
from emotoolkit.measure.voice import SpeechDetector, level_dbfs
from tests.support.voices import RATE, SAMPLE, agreement, noisy, praat, utterances, vowel

SYLLABLES = {
    "a": 1, "amiable": 4, "an": 1, "and": 1, "be": 1, "been": 1, "cold": 1, "consider": 3, "dashwood": 2,
    "disposed": 2, "do": 1, "even": 2, "for": 1, "had": 1, "have": 1, "he": 1, "hearted": 2, "himself": 2, "his": 1,
    "how": 1, "ill": 1, "in": 1, "is": 1, "john": 1, "leisure": 2, "made": 1, "man": 1, "married": 2, "might": 1,
    "mister": 2, "more": 1, "much": 1, "not": 1, "power": 2, "prudently": 3, "rather": 2, "respectable": 4,
    "selfish": 2, "still": 1, "than": 1, "them": 1, "then": 1, "there": 1, "to": 1, "unless": 2, "was": 1, "woman": 2,
    "young": 1,
}  # fmt: skip
"""Of each word of the sample, as a dictionary has them."""


DRAWN = (1, 11, 21, 31)
"""Seeds of perturbed copies."""

LONG = (pytest.mark.soak, pytest.mark.timeout(600))


def measured(samples: np.ndarray, rate: float = RATE) -> Prosody:
    """Everything of a whole sound."""
    length = math.floor(len(samples) / rate / 0.02) * 0.02
    sound = AudioExcerpt(samples, rate, 0.0, length)
    return measure_prosody(sound, track_pitch(sound))


def jittered(samples: np.ndarray, amount: float, seed: int = 1) -> np.ndarray:
    """A copy that runs faster and slower, newly drawn every 5 ms."""
    knots = np.arange(0, len(samples), 80)
    run = 80 * np.cumsum(1 + amount * np.random.default_rng(seed).standard_normal(len(knots)))
    every = np.arange(len(samples))
    return np.interp(np.interp(every, knots, run), every, samples)


def shimmered(samples: np.ndarray, amount: float, seed: int = 2) -> np.ndarray:
    """A copy that is louder and softer, newly drawn every 10 ms."""
    knots = np.arange(0, len(samples), 160)
    gains = 1 + amount * np.random.default_rng(seed).standard_normal(len(knots))
    return samples * np.interp(np.arange(len(samples)), knots, gains)


def tilted(samples: np.ndarray, decibels: float) -> np.ndarray:
    """A copy with so much more for each octave above 100 Hz."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE), 100) / 100)
    return np.fft.irfft(np.fft.rfft(samples) * 10 ** (decibels * octaves / 20), len(samples))


@cache
def copies(seed: int) -> list[np.ndarray]:
    """Each utterance, and noisier, rougher and brighter copies of it."""
    return [
        copy
        for samples in utterances()
        for copy in (
            samples,
            *(noisy(samples, decibels, seed) for decibels in (30, 20, 15)),
            *(jittered(samples, amount, seed) for amount in (0.03, 0.06, 0.1)),
            *(shimmered(samples, amount, seed + 1) for amount in (0.1, 0.2, 0.4)),
            *(tilted(samples, decibels) for decibels in (-3, 3)),
        )
    ]


@cache
def ours(seed: int) -> list[Prosody]:
    """What we measure of the copies."""
    return [measured(copy) for copy in copies(seed)]


@pytest.mark.parametrize(
    ("which", "seeds", "least"),
    [
        ("jitter", DRAWN[:1], 0.88),
        ("shimmer", DRAWN[:1], 0.88),
        ("harmonicity", DRAWN[:1], 0.9),
        ("tilt", DRAWN[:1], 0.9),
        pytest.param("jitter", DRAWN, 0.9, marks=LONG),
        pytest.param("shimmer", DRAWN, 0.9, marks=LONG),
    ],
)
def test_ranks_are_those_of_praat(which, seeds, least):
    """Jitter, shimmer, harmonics-to-noise ratio and tilt put the copies into Praat's order: rank correlation ≥ 0.9.

    One drawing of 60 copies says 0.88 to 0.95 of jitter and shimmer, by chance; four together say 0.90 to 0.92.
    """
    here = [getattr(each, which) for seed in seeds for each in ours(seed)]
    theirs = [THEIRS[which](praat(copy)) for seed in seeds for copy in copies(seed)]
    assert agreement(here, theirs) >= least


def _pulses(sound):
    return call(sound, "To PointProcess (periodic, cc)", 75, 600)


def _harmonicity(sound):
    values = sound.to_harmonicity_ac(0.01, 75, 0.1, 4.5).values
    return values[values > -200].mean()


def _tilt(sound):
    spectrum = call(sound, "To Ltas (pitch-corrected)", 75, 600, 5000, 100, 0.0001, 0.02, 1.3)
    return call(spectrum, "Get slope", 50, 1000, 1000, 4000, "energy")


THEIRS = {
    "jitter": lambda sound: call(_pulses(sound), "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3),
    "shimmer": lambda sound: call([sound, _pulses(sound)], "Get shimmer (local)", 0, 0, 0.0001, 0.02, 1.3, 1.6),
    "harmonicity": _harmonicity,
    "tilt": _tilt,
}
"""How Praat measures each, with its standard settings."""


def test_level_is_that_of_praat():
    """The level of each stretch is within 0.5 dB of Praat's, but for the reference: full scale, not 20 µPa."""
    for samples in utterances():
        stretches = SpeechDetector(RATE, 1000 / 32768)
        for each in [*stretches.feed(samples.astype(np.float32)), *stretches.finish()]:
            cut = samples[round(each.start * RATE) : round(each.end * RATE)]
            there = praat(cut).get_intensity() + 20 * math.log10(2e-5)
            assert level_dbfs(each.rms) == pytest.approx(there, abs=0.5)


@pytest.mark.parametrize("hertz", [110, 180, 250])
@pytest.mark.parametrize("amount", [0.005, 0.01, 0.02, 0.03])
def test_jitter_of_known_size(hertz, amount):
    """Pulses whose periods differ by a known amount: it is read within 20 % (Praat's own spread is 10–15 %)."""
    periods = 1 / hertz * (1 + amount * np.random.default_rng(3).uniform(-1.5, 1.5, 2 * hertz))
    there = np.abs(np.diff(periods)).mean() / periods.mean()
    at = np.cumsum(periods)
    time = np.arange(2 * RATE) / RATE
    sound = np.zeros(len(time))
    for pulse in at[(at > 0.02) & (at < 1.95)]:
        near = slice(round(pulse * RATE) - 1, round(pulse * RATE) + 200)
        after = np.maximum(time[near] - pulse, 0)
        sound[near] += np.exp(-after * 500) * np.sin(2 * np.pi * 700 * after)
    pitch = track_pitch(part := AudioExcerpt(sound, RATE, 0.0, 2.0))
    assert measure_perturbation(sound, RATE, pitch, part.first_frame_time).jitter == pytest.approx(there, rel=0.2)


def test_a_steady_voice_has_no_perturbation():
    """A vowel without jitter and shimmer has less than 0.1 % and 1 % of them."""
    for hertz in (80, 150, 300):
        steady = measured(vowel(hertz))
        assert steady.jitter < 0.001
        assert steady.shimmer < 0.01


def test_slope_and_span():
    """A glide of an octave in 2 s has a slope of 6 semitones/s, and four fifths of its 12 semitones as span."""
    glide = measured(vowel(np.geomspace(100, 200, 2 * RATE), 2.0))
    assert glide.slope == pytest.approx(6, abs=0.1)
    assert glide.span == pytest.approx(0.8 * 12, abs=0.3)
    assert glide.hertz == pytest.approx(141.4, rel=0.01)


def words() -> list[list[str]]:
    """The words of each utterance of the talk."""
    with (SAMPLE / "manifest.csv").open(newline="", encoding="utf-8") as file:
        spoken = next(row["words"] for row in csv.DictReader(file) if row["file"] == "talk.wav")
    return [sentence.split() for sentence in spoken.split("/")]


def test_syllables_are_those_of_the_transcript():
    """As many syllables are heard as were spoken: ±15 % in each sentence, ±5 % in all."""
    there = [sum(SYLLABLES[word] for word in sentence) for sentence in words()]
    heard = [measured(samples).syllables for samples in utterances()]
    assert heard == [pytest.approx(count, rel=0.15) for count in there]
    assert sum(heard) == pytest.approx(sum(there), rel=0.05)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_high_rates_are_eased(rate):
    """Sound of a high rate is brought near 11 kHz: a tone below 4 kHz stays as it was, one above 8 kHz goes."""
    time = np.arange(rate) / rate
    for hertz, kept in ((300, 1.0), (4000, 1.0), (9000, 0.0)):
        samples, slower = downsample(np.sin(2 * np.pi * hertz * time), rate)
        assert 11_025 <= slower < 22_050
        if hertz < rate / 2:
            assert np.sqrt(2 * (samples[200:-200] ** 2).mean()) == pytest.approx(kept, abs=0.03)
