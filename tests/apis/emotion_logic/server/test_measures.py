"""The rows of the table of all measures that the local Emotion Logic server fills."""

from __future__ import annotations

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.server.measures import measures


def test_a_row_for_each_rule():
    """Each column has its rule's formula, unit, source and limits."""
    rows = list(measures())
    assert [(row.name, row.formula, row.unit, row.source, row.limits) for row in rows] == [
        (rule.column, rule.formula, rule.unit, rule.source, rule.limits) for rule in scoring.RULES
    ]
    assert {row.of for row in rows} == {"Emotion Logic column"}


def test_relative_columns_are_marked():
    """Columns that need a baseline are marked as relative to it, all others as measured."""
    relative = {row.name for row in measures() if "relative to the speaker's baseline" in row.what}
    assert relative == scoring.RELATIVE_COLUMNS
