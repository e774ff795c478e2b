"""Tiers: nothing on one overlaps, and everything comes back."""

from hypothesis import given, settings

from emotoolkit.exports import labels, tiers
from emotoolkit.exports.labels import Label
from emotoolkit.exports.tiers import Tier, TierSpan
from tests.support.made_exports import LABELS, rounded


@settings(deadline=None)
@given(LABELS)
def test_nothing_overlaps_and_all_comes_back(found):
    """On each tier spans follow each other; names are never used twice; reading gives the labels again."""
    mine = [each._replace(file="a.wav") for each in found]
    made = tiers.build_tiers(mine, 1000)
    assert len({tier.name for tier in made}) == len(made)
    for tier in made:
        for before, after in zip(tier.spans, tier.spans[1:], strict=False):
            assert before.end <= after.start
            assert not tier.points or before.start < after.start
        assert all((span.start == span.end) is tier.points for span in tier.spans)
        assert tiers.is_points(tier.name) is tier.points
    again = labels.make_table(label for tier in made for label in tiers.tier_labels("a.wav", tier))
    assert again.equals(labels.make_table(rounded(mine, 1000)))


def test_names():
    """Numbers have a tier for each label, words one for each track; what overlaps goes to further ones."""
    found = [
        Label("a.wav", 0, 2000, "emotion_logic", "energy", "channel 0", 63.5),
        Label("a.wav", 0, 2000, "interhuman", "signal", "interest", 3.0),
        Label("a.wav", 1000, 3000, "interhuman", "signal", "a/b", 1.0),
        Label("a.wav", 5000, 5000, "interhuman", "signal", "agreement", float("nan")),
    ]
    assert {tier.name: [span.text for span in tier.spans] for tier in tiers.build_tiers(found)} == {
        "emotion_logic/energy/channel 0": ["63.5"],
        "interhuman/signal": ["interest = 3"],
        "interhuman/signal#2": ["a/b = 1"],
        "interhuman/signal#points": ["agreement"],
    }


def test_tiers_of_others():
    """A tier that somebody has made is a track of its name; texts are labels, and numbers if they are."""
    tier = Tier("A/words", "Anna", (TierSpan(0, 10, "yes = 3"), TierSpan(10, 20, "0.7")), points=False)
    assert list(tiers.tier_labels("a.wav", tier))[1] == Label("a.wav", 10, 20, "", "A/words", "0.7", 0.7, "Anna")
    assert next(tiers.tier_labels("a.wav", tier)).label == "yes = 3"
