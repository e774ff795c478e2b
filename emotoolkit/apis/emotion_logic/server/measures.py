"""The columns that the local server sends, as rows of the table of all measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.measure.catalogue import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measures"]


def measures() -> Iterator[Measure]:
    """Yield a row for each column of a segment."""
    for rule in scoring.RULES:
        what = (
            "relative to the speaker's baseline, in steps" if rule.column in scoring.RELATIVE_COLUMNS else "as measured"
        )
        yield Measure(rule.column, "Emotion Logic column", what, rule.formula, rule.unit, rule.source, rule.limits)
