"""Features and the evidence in them: real sentences, spoken as usual and then higher, louder or haltingly."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server import evidence, scoring
from emotoolkit.apis.interhuman.server.analysis import Analyzer, DetectedSignal, EndedSignal, Finding
from emotoolkit.apis.interhuman.server.features import FeatureSums, SoundFeatureExtractor
from emotoolkit.apis.interhuman.server.media_items import SAMPLING_RATE_HZ, SoundChunk
from tests.measure.test_prosody import jittered
from tests.support import footage
from tests.support.voices import pink, utterances, white

PIECE = SAMPLING_RATE_HZ // 10


def talk(*sentences: np.ndarray, gap: float = 0.4) -> np.ndarray:
    """Sentences with silence between them."""
    quiet = np.zeros(round(gap * SAMPLING_RATE_HZ))
    return np.concatenate(
        [quiet, *(part for sentence in sentences for part in (sentence, quiet)), np.zeros(SAMPLING_RATE_HZ)]
    )


def usual() -> list[np.ndarray]:
    """Sentences of more than 10 s: what the baseline is made of."""
    return [utterances()[n] for n in (0, 1, 3)]


def higher(samples: np.ndarray, semitones: float) -> np.ndarray:
    """The same played faster, so that pitch and pace rise."""
    step = 2 ** (semitones / 12)
    return np.interp(np.arange(0, len(samples) - 1, step), np.arange(len(samples)), samples)


def halting(samples: np.ndarray, words: float = 0.7, gap: float = 0.8) -> np.ndarray:
    """The same in pieces, with silence between them; each piece fades in and out."""
    size = round(words * SAMPLING_RATE_HZ)
    fade = np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / 160)
    cuts = [samples[at : at + size] * fade for at in range(0, len(samples) - size, size)]
    return np.concatenate([part for cut in cuts for part in (cut, np.zeros(round(gap * SAMPLING_RATE_HZ)))])


def heard(samples: np.ndarray, piece: int = PIECE) -> list[evidence.Evidence]:
    """All causes in some sound, which comes in pieces."""
    track, samples = SoundFeatureExtractor(), samples.astype(np.float32)
    for at in range(0, len(samples), piece):
        track.add(SoundChunk(samples[at : at + piece]))
    track.finish()
    return track.take_evidence(np.inf)


def told(samples: np.ndarray) -> list[Finding]:
    """All findings of a session that has nothing but this sound."""
    analysis = Analyzer()
    for at in range(0, len(samples), PIECE):
        analysis._add_item(SoundChunk(samples[at : at + PIECE].astype(np.float32)))
    return analysis.finish()


def signals(samples: np.ndarray) -> set[str]:
    return {cause.signal for cause in heard(samples)}


def test_the_usual_voice_is_no_signal():
    """Somebody who goes on as they began gives none, in any order of the sentences."""
    for seed in range(6):
        order = np.random.default_rng(seed).permutation(5)
        assert signals(talk(*usual(), *(utterances()[n] for n in order))) == set()


@pytest.mark.parametrize("semitones", [5.0, 7.0])
def test_a_higher_voice_is_stress(semitones):
    """Who goes on several semitones higher is under stress, with the semitones in the sentence; not before."""
    raised = [higher(utterances()[n], semitones) for n in (0, 3, 2, 0)]
    samples = talk(*usual(), *raised)
    begins = (len(talk(*usual())) - SAMPLING_RATE_HZ) / SAMPLING_RATE_HZ
    told_of = [cause for cause in heard(samples) if cause.signal == "stress"]
    assert told_of
    assert min(cause.end for cause in told_of) > begins
    quoted = [float(re.match(r"pitch (\S+) semitones above", cause.rationale)[1]) for cause in told_of]
    assert max(quoted) == pytest.approx(semitones, abs=1.5)
    assert "confidence" not in signals(samples)


def test_jitter_adds_to_stress():
    """The same pitch with more jitter is stronger."""
    smooth, rough = (
        max(cause.strength for cause in heard(talk(*usual(), *each)) if cause.signal == "stress")
        for each in (
            [higher(utterances()[n], 6) for n in (0, 3)],
            [jittered(higher(utterances()[n], 6), 0.05) for n in (0, 3)],
        )
    )
    assert rough > smooth + 0.5


def test_a_lower_voice_is_no_stress():
    """Neither lower nor merely rougher is stress."""
    assert "stress" not in signals(talk(*usual(), *(higher(utterances()[n], -4) for n in (0, 3, 2))))
    assert "stress" not in signals(talk(*usual(), *(jittered(utterances()[n], 0.06) for n in (0, 3))))


@pytest.mark.parametrize("decibels", [6, 9])
def test_a_firm_voice_is_confidence(decibels):
    """Who goes on louder, at the same pitch, is confident, with the dB in the sentence."""
    louder = [10 ** (decibels / 20) * utterances()[n] for n in (0, 3, 0)]
    samples = talk(*(0.5 * each for each in usual()), *(0.5 * each for each in louder))
    told_of = [cause for cause in heard(samples) if cause.signal == "confidence"]
    assert told_of
    quoted = [float(re.match(r"voice (\S+) dB louder", cause.rationale)[1]) for cause in told_of]
    assert np.median(quoted) == pytest.approx(decibels, abs=2)
    assert signals(samples) == {"confidence"}


def test_loud_and_unsteady_is_no_confidence():
    """Louder, but with a voice that shakes or leaps up, is not steady."""
    unsteady = [2 * jittered(utterances()[n], 0.06) for n in (0, 3)]
    high = [2 * higher(utterances()[n], 5) for n in (0, 3)]
    for each in (unsteady, high):
        assert "confidence" not in signals(talk(*(0.4 * part for part in (*usual(), *each))))


def test_halting_delivery_is_uncertainty():
    """The same words with a pause after every few are uncertain: how many, how long, and the share that is usual."""
    samples = talk(*usual(), halting(utterances()[0]), halting(utterances()[3]))
    told_of = [cause for cause in heard(samples) if cause.signal == "uncertainty"]
    assert told_of
    assert re.match(
        r"\d pauses of 0\.[6-9] s on average, \d\d % of the time \(this speaker's baseline: \d+ %\), [+−]\d\.\d "
        r"syllables/s, \d\d\.\d–\d\d\.\d s$",
        told_of[-1].rationale,
    )
    assert signals(samples) <= {"uncertainty", "hesitation"}


def test_who_always_halts_is_not_uncertain():
    """What is usual for a speaker is no signal."""
    assert "uncertainty" not in signals(talk(*(halting(utterances()[n]) for n in (0, 3, 2, 0, 3, 2))))


@pytest.mark.parametrize("make", [white, pink])
def test_null_controls(make):
    """Silence and noise say nothing, and speech that is played backwards is no halting delivery."""
    assert heard(np.zeros(30 * SAMPLING_RATE_HZ)) == heard(make(30 * SAMPLING_RATE_HZ, 0.1)) == []


@pytest.mark.parametrize("piece", [592, 4801, 10**7])
def test_pieces_do_not_matter(piece):
    """However the sound was cut, the causes are the same to the last bit."""
    samples = talk(*usual(), *(higher(utterances()[n], 6) for n in (0, 3)), halting(utterances()[0]))
    assert heard(samples, piece) == heard(samples)


def test_no_second_is_told_twice():
    """Passages overlap; the causes of one signal do not."""
    found = heard(talk(*usual(), *(higher(utterances()[n], 7) for n in (0, 3, 0, 3))))
    stress = [cause for cause in found if cause.signal == "stress"]
    assert len(stress) > 2
    assert all(before.end <= after.start for before, after in zip(stress, stress[1:], strict=False))


def test_a_signal_lasts_as_long_as_the_voice():
    """Raised for a while and then as before: one signal, detected, updated and ended."""
    raised = [higher(utterances()[n], 7) for n in (0, 3, 0)]
    findings = told(talk(*usual(), *raised, *usual(), *usual()))
    stress = [each for each in findings if isinstance(each, DetectedSignal | EndedSignal) and each.signal == "stress"]
    assert [type(each) for each in stress] == [DetectedSignal, EndedSignal]
    begins = (len(talk(*usual())) - SAMPLING_RATE_HZ) / SAMPLING_RATE_HZ
    ends = (len(talk(*usual(), *raised)) - SAMPLING_RATE_HZ) / SAMPLING_RATE_HZ
    assert stress[0].start == pytest.approx(begins, abs=2.5)
    assert stress[1].end == pytest.approx(ends, abs=5)
    assert stress[0].modality == "audio"


def two_turns() -> SoundFeatureExtractor:
    """Twelve seconds of speech with a pause from 6.0 to 7.5 s, measured."""
    track = SoundFeatureExtractor()
    track.add(SoundChunk(footage.talking(12.5, ((0.5, 6.0), (7.5, 12.0)), SAMPLING_RATE_HZ)))
    track.finish()
    return track


@pytest.fixture
def track():
    return two_turns()


MEASURED = cache(two_turns)


@given(st.lists(st.integers(0, 600).map(lambda frame: frame / 50), min_size=3, max_size=3).map(sorted))
def test_sums_of_parts_are_the_sum(times):
    """Law: what is measured of two parts, one behind the other, is what is measured of both together."""
    (start, middle, end), track = times, MEASURED()
    whole, parts = track.measure(start, end), track.measure(start, middle) + track.measure(middle, end)
    assert (parts.voiced, parts.movement_count) == (whole.voiced, 0)
    assert (parts.seconds, parts.power) == pytest.approx((whole.seconds, whole.power))


def test_means_of_nothing():
    """Without a second of media nothing is known; without voice there is no loudness."""
    assert FeatureSums().means() == scoring.MeanFeatures(None, None, None)
    silent = FeatureSums(seconds=2.0, voiced=0).means()
    assert (silent.voiced, silent.loudness, silent.movement, silent.attention) == (0.0, None, None, None)


def test_evidence_is_summed_by_signal():
    """Durations of the same signal add up, also over sums; their share of the time is 1 at most."""
    found = [evidence.pause(1.0, 2.5, 3.0), evidence.pause(4.0, 5.0, 5.5)]
    sums = FeatureSums.of(found) + FeatureSums.of(found[:1]) + FeatureSums(seconds=8.0)
    assert sums.evidence_s == {"hesitation": 4.0}
    assert sums.means().evidence_share == {"hesitation": 0.5}
    assert (sums + FeatureSums.of(found * 9)).means().evidence_share == {"hesitation": 1.0}


def test_evidence_is_taken_when_it_is_certain(track):
    """A pause is certain when speech has gone on behind it, and is taken once."""
    early = [each for each in track.take_evidence(7.0) if each.signal == "hesitation"]
    later = [each for each in track.take_evidence(np.inf) if each.signal == "hesitation"]
    assert early == []
    assert [(each.start, each.end) for each in later] == [(pytest.approx(6.0, abs=0.05), pytest.approx(7.5, abs=0.05))]
    assert track.take_evidence(np.inf) == []


def test_what_is_forgotten_is_not_measured(track):
    """Features before a second can be forgotten; those behind it stay where they were."""
    before = track.measure(8.0, 12.0)
    track.forget(8.0)
    assert track.measure(0.0, 8.0).voiced == 0
    assert track.measure(8.0, 12.0) == before
