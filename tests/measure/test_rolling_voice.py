"""Passages: the last seconds of a voice against the speaker's own first ten."""

from dataclasses import replace

import pytest

from emotoolkit.measure.rolling_voice import MIN_VOICE_S, PassageTracker
from tests.measure.test_baseline import USUAL, stretch

HIGHER = replace(USUAL, hertz=120 * 2 ** (4 / 12))


def calibrated(gap: float = 0.0) -> PassageTracker:
    """A speaker with 10 s of the usual voice, so far apart; the next second is 10 + 5 gaps."""
    passages = PassageTracker()
    for n in range(5):
        assert passages.add(stretch((2 + gap) * n)) is None
    return passages


def test_there_is_none_without_a_baseline():
    """The first passage begins after the calibration, and has its seconds of voice together."""
    passages = calibrated()
    assert passages.add(stretch(10.0)) is None
    passage = passages.add(stretch(12.0))
    assert (passage.start, passage.end, passage.voice) == (10.0, 14.0, MIN_VOICE_S)
    assert passage.known == stretch(12.0).known


def test_it_is_the_latest():
    """It moves on stretch by stretch, and leaves what it does not need behind."""
    passages = calibrated()
    ends = [passages.add(stretch(10.0 + 2 * n, prosody=HIGHER if n > 2 else USUAL)) for n in range(5)]
    assert [each.start for each in ends[1:]] == [10, 12, 14, 16]
    assert [each.deviation("pitch") for each in ends[1:]] == pytest.approx([0, 0, 2, 4])


def test_longer_stretches_weigh_more():
    """Means are weighted by length: 3 s of four semitones and 1 s of none are three."""
    passages = calibrated()
    passages.add(stretch(10.0, 3.0, prosody=HIGHER))
    assert passages.add(stretch(13.0, 1.0)).deviation("pitch") == pytest.approx(3)


def test_another_turn_is_another_passage():
    """Speech after a long silence is not put together with what was before it."""
    passages = calibrated()
    passages.add(stretch(10.0))
    assert passages.add(stretch(15.1)) is None
    assert passages.add(stretch(17.1)).start == 15.1


def test_pauses():
    """Pauses are those inside it, with their share of its time, beside the share of the first 10 s."""
    passages = calibrated(gap=0.5)
    for n in range(4):
        passage = passages.add(stretch(12.5 + 2 * n, 1.0))
    assert passage.pauses == (1.0, 1.0, 1.0)
    assert passage.pausing == pytest.approx(3 / 7)
    assert passage.usual_pausing == pytest.approx(2 / 12)


def test_a_breath_is_no_pause():
    """Silence below 0.3 s counts as speech goes on, in the baseline too."""
    passages = calibrated(gap=0.2)
    passages.add(stretch(11.0))
    passage = passages.add(stretch(13.2))
    assert (passage.pauses, passage.pausing, passage.usual_pausing) == ((), 0.0, 0.0)
