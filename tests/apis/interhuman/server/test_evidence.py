"""Evidence of signals, with the sentence that quotes the measurements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emotoolkit.apis.interhuman.server import evidence, scoring
from emotoolkit.measure.head import HeadGesture
from emotoolkit.measure.posture import Lean
from emotoolkit.measure.rolling_voice import Passage


def passage(**steps: float) -> Passage:
    return Passage(10.0, 14.4, 15.0, 4.0, {"pitch": 0.0, "level": 0.0, "jitter": 0.0, "rate": 0.0} | steps, (), 0, 0)


@pytest.mark.parametrize(
    ("steps", "signal", "name"),
    [
        ({"pitch": 1.6}, "stress", "low"),
        ({"pitch": 1.6, "jitter": 0.7}, "stress", "medium"),
        ({"pitch": 3.0}, "stress", "high"),
        ({"level": 1.8}, "confidence", "low"),
        ({"level": 3.0}, "confidence", "high"),
        ({"level": 3.0, "pitch": 1.2}, None, None),
        ({"level": 3.0, "jitter": 0.6}, None, None),
        ({"pitch": 1.4, "jitter": 3.0}, None, None),
    ],
)
def test_rules(steps, signal, name):
    """Each threshold, with the probability that follows from the strength."""
    found = evidence.delivery(passage(**steps))
    assert [each.signal for each in found] == ([signal] if signal else [])
    assert [scoring.SIGNALS[each.signal].probability(each.strength) for each in found] == ([name] if name else [])


def test_rationale():
    """The sentence quotes pitch, voice, jitter and time."""
    (found,) = evidence.delivery(passage(pitch=1.55, jitter=-0.5))
    assert found.rationale == (
        "pitch 3.1 semitones above this speaker's baseline for 4.0 s of voice, jitter −0.2 percent points, 10.0–14.4 s"
    )
    assert (found.start, found.end, found.known) == (10.0, 14.4, 15.0)


def test_a_lean_that_looks_away_is_no_interest():
    """Interest needs both: nearer, and turned to the camera."""
    assert evidence.lean(Lean(14.0, 18.0, 1.3, 0.9, 19.0)).signal == "interest"
    assert evidence.lean(Lean(14.0, 18.0, 1.3, 0.5, 19.0)) is None


@pytest.mark.parametrize(("count", "name"), [(2, "low"), (3, "medium"), (4, "high"), (9, "high")])
def test_more_nods_are_more_probable(count, name):
    """The more nods in one go, the more probable the agreement."""
    cause = evidence.motion(HeadGesture("nod", 1.0, 2.0, count, 2.0, 8.0, 0.05, 2.5))
    assert scoring.SIGNALS[cause.signal].probability(cause.strength) == name


def test_a_pause_quotes_its_borders():
    """Hesitation lasts as long as the silence, which is its strength, and is certain when speech goes on."""
    found = evidence.pause(2.0, 3.504, 3.9)
    assert (found.signal, found.start, found.end, found.strength, found.known) == ("hesitation", 2.0, 3.504, 1.5, 3.9)
    assert found.rationale == ("1.50 s of silence (below −45 dBFS) between speech until 2.00 s and from 3.50 s")


@pytest.mark.parametrize(
    ("kind", "signal", "verb"), [("nod", "agreement", "nodded"), ("shake", "disagreement", "shook")]
)
def test_nodding_agrees_and_shaking_disagrees(kind, signal, verb):
    """The strength is the number of movements, and the sentence has it beside rate, size and time."""
    found = evidence.motion(HeadGesture(kind, 1.0, 2.5, 3, 2.0, 8.0, 0.05, 3.0))
    assert (found.signal, found.strength, found.known) == (signal, 3, 3.0)
    assert found.rationale.startswith(verb)
    assert found.rationale.endswith("3 times at 2.0 Hz, ±8 px (5 % of the face's width), 1.0–2.5 s")


def test_halting_needs_pauses_and_more_of_them_than_usual():
    """Uncertainty: three pauses at least, and a share of the time well above the speaker's own."""
    halting = replace(passage(), pauses=(0.5, 0.5, 0.6), pausing=0.45, usual_pausing=0.2)
    assert [each.signal for each in evidence.delivery(halting)] == ["uncertainty"]
    assert evidence.delivery(replace(halting, pauses=(0.8, 0.8))) == []
    assert evidence.delivery(replace(halting, usual_pausing=0.3)) == []
