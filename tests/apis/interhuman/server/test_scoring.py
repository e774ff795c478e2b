"""The rules of signals, engagement and scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server import scoring


@pytest.mark.parametrize(
    ("pause", "name"), [(1.0, "low"), (1.48, "low"), (1.5, "medium"), (2.25, "high"), (3.0, "high")]
)
def test_probabilities(pause, name):
    """The longer the pause, the more probable the hesitation."""
    assert scoring.SIGNALS["hesitation"].probability(pause) == name


@pytest.mark.parametrize(
    ("voiced", "movement", "state"),
    [
        (0.5, 0.0, "engaged"),
        (None, 5.0, "engaged"),
        (0.2, 0.0, "neutral"),
        (0.0, 1.0, "neutral"),
        (0.0, 0.0, "disengaged"),
        (None, None, "disengaged"),
    ],
)
def test_engagement_rule(voiced, movement, state):
    """Engaged by voice or movement, disengaged without either."""
    assert scoring.engagement(scoring.MeanFeatures(voiced, None, movement)) == state


def test_no_evidence():
    """Without sound and pictures each score is the wire's 50, and none is said to be measured."""
    nothing = scoring.MeanFeatures(None, None, None)
    assert set(scoring.quality(nothing).values()) == {50.0}
    assert scoring.measured_scores(nothing) == ()


SHARES = st.dictionaries(st.sampled_from(list(scoring.SIGNALS)), st.floats(0, 1))
FEATURES = st.builds(
    scoring.MeanFeatures,
    voiced=st.none() | st.floats(0, 1),
    loudness=st.none() | st.floats(-100, 0),
    movement=st.none() | st.floats(0, 255),
    attention=st.none() | st.floats(0, 1),
    evidence_share=SHARES,
)


@given(FEATURES)
def test_scores_are_0_to_100_and_the_index_their_mean(features):
    """Law: whatever was measured, each score is in its range, and the index is the mean of the five."""
    scores = scoring.quality(features)
    index = scores.pop("quality_index")
    assert tuple(scores) == scoring.DIMENSIONS
    assert all(0 <= score <= 100 for score in scores.values())
    assert index == pytest.approx(sum(scores.values()) / 5, abs=0.005)


@given(FEATURES)
def test_what_is_not_measured_is_50(features):
    """Law: a score that is not listed as measured has the value for no evidence."""
    scores, measured = scoring.quality(features), scoring.measured_scores(features)
    assert all(scores[name] == 50.0 for name in scoring.DIMENSIONS if name not in measured)


@pytest.mark.parametrize("signal", scoring.SIGNALS)
def test_evidence_moves_scores_as_its_rule_has_it(signal):
    """Evidence for half of the time moves each score by half of the points, and no other score."""
    rule = scoring.SIGNALS[signal]
    scores = scoring.quality(scoring.MeanFeatures(None, None, None, evidence_share={signal: 0.5}))
    assert {name: scores[name] for name in rule.points} == {name: 50 + each / 2 for name, each in rule.points.items()}
    assert all(scores[name] == 50 for name in scoring.DIMENSIONS if name not in rule.points)


@pytest.mark.parametrize("rule", scoring.SIGNALS.values(), ids=scoring.SIGNALS)
def test_thresholds_of_probability_are_inclusive(rule):
    """From a threshold on the probability is the higher one, just below it the lower."""
    strengths = rule.medium - 1e-6, rule.medium, rule.high - 1e-6, rule.high
    assert [rule.probability(each) for each in strengths] == ["low", "medium", "medium", "high"]


def test_attention_decides_where_voice_is_little():
    """A frontal face makes a little voice engagement, and silence without movement neutral."""
    looking = [scoring.engagement(scoring.MeanFeatures(voiced, None, 0.0, attention=0.9)) for voiced in (0.2, 0.0)]
    assert looking == ["engaged", "neutral"]
