"""The rules of the columns: each has its formula, and scores follow it."""

from dataclasses import replace

import pytest

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.measure.voice import SpeechStretch
from tests.measure.test_baseline import USUAL, calibrated, stretch


def test_every_rule_says_its_formula():
    """Each column that is sent has a unit and a formula in words."""
    for rule in scoring.RULES:
        assert rule.unit
        assert rule.formula
    assert list(scoring.COLUMNS[:4]) == ["index", "channel", "startPosSec", "endPosSec"]


def score(name: str, spoken: SpeechStretch) -> float:
    """One score of a stretch after the calibration of `test_baseline`."""
    return scoring.row(1, 0, calibrated().normalize(spoken))[scoring.COLUMNS.index(name)]


@pytest.mark.parametrize(
    ("name", "usual"),
    [("stress", 5), ("uncertainty", 15), ("excitement", 15), ("hesitation", 15), ("arousal", 5), ("EDP-Confident", 50)],
)
def test_the_usual_voice_scores_the_middle(name, usual):
    """Who speaks as in their first 10 s gets the normal or neutral score of the contract page (§4.2)."""
    assert score(name, stretch(12.5)) == pytest.approx(usual)


def test_scores_follow_their_formulas():
    """Four semitones higher, 4 dB louder, one syllable slower, after a pause 1 s longer: as the rules say."""
    changed = replace(USUAL, hertz=120 * 2 ** (4 / 12), rate=3.0)
    spoken = stretch(13.5, rms=0.1 * 10**0.2, prosody=changed)
    assert score("stress", spoken) == pytest.approx(5 + 5 * 2)
    assert score("arousal", spoken) == pytest.approx(5 + 5 * (2 + 2 + 0) / 3, abs=1e-3)
    assert score("excitement", spoken) == pytest.approx(15 + 5 * (2 + 0 + 2) / 3, abs=1e-3)
    assert score("hesitation", spoken) == pytest.approx(15 + 5 * (2 + 1) / 2)
    assert score("uncertainty", spoken) == pytest.approx(15 + 5 * (2 + 1 - 2) / 3, abs=1e-3)
    assert score("EDP-Stressful", spoken) == pytest.approx(50)
    assert score("VOL1", spoken) == pytest.approx(0.5 * 32768)


def test_columns_are_in_the_order_of_the_wire():
    """What is sent is a part of the vendor's 51 columns, in their order (§3.2)."""
    there = (
        "validSegment energy stress uncertainty excitement hesitation arousal voiceEnergy EDP-Energetic EDP-Stressful"
    )
    assert scoring.COLUMNS[4:] == (*there.split(), "EDP-Confident", "EDP-Hesitation", "VOL1", "VOL2")
    assert set(scoring.COLUMNS) >= scoring.RELATIVE_COLUMNS


def test_a_row_begins_with_its_place():
    """Index, channel, start and end come first, then a score for each rule, the validity as a whole number."""
    spoken = calibrated().normalize(stretch(12.5))
    made = scoring.row(7, 1, spoken)
    assert made[:5] == [7, 1, 12.5, 14.5, 1]
    assert len(made) == len(scoring.COLUMNS) == 4 + len(scoring.RULES)
    assert type(made[4]) is int


def test_scores_stay_in_their_range():
    """However far above or below the baseline a voice is, its scores end at 0 and 30."""
    high = replace(USUAL, hertz=960.0, span=60.0, rate=0.1, high=40.0)
    low = replace(USUAL, hertz=15.0, span=0.1, rate=40.0, high=-60.0)
    assert score("stress", stretch(12.5, prosody=high)) == 30
    assert score("stress", stretch(12.5, prosody=low)) == 0
    for prosody in (high, low):
        for name in ("uncertainty", "excitement", "hesitation", "arousal"):
            assert 0 <= score(name, stretch(12.5, prosody=prosody)) <= 30
