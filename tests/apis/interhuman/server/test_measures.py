"""What the local server sends, as rows of the table of measures."""

from __future__ import annotations

from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.apis.interhuman.server.measures import measures


def test_each_number_that_is_sent_has_a_row():
    """All signals, the five scores with their mean, and the state of engagement: each once."""
    names = [each.name for each in measures()]
    assert names == [*scoring.SIGNALS, *scoring.DIMENSIONS, "quality_index", "state"]


def test_thresholds_are_those_of_the_rules():
    """A signal's formula quotes the thresholds of its rule; engagement's those of face, voice and movement."""
    rows = {each.name: each for each in measures()}
    for name, rule in scoring.SIGNALS.items():
        assert rows[name].formula == f"low; medium from {rule.medium:g}, high from {rule.high:g}: {rule.unit}"
        assert (rows[name].source, rows[name].limits) == (rule.source, rule.limits)
    assert rows["state"].formula == (
        "engaged: voiced 40 % of 8 s, or movement of 4, or frontal 80 % and voiced 20 %; "
        "disengaged: none of it, or the face is away for 1 s"
    )
