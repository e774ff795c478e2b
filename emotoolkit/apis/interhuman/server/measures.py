"""Rows of the documentation's table of measures for what the local server sends, made from the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.measure.catalogue import OURS, Measure

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measures"]


def measures() -> Iterator[Measure]:
    """List signals, scores and engagement."""
    yield from _signals()
    yield from _scores()


def _signals() -> Iterator[Measure]:
    for name, rule in scoring.SIGNALS.items():
        formula = f"low; medium from {rule.medium:g}, high from {rule.high:g}: {rule.unit}"
        yield Measure(name, "Interhuman signal", rule.cause, formula, "low, medium, high", rule.source, rule.limits)


def _scores() -> Iterator[Measure]:
    limits = "what has no evidence carries the wire's 50; it judges neither content nor outcome"
    for name in scoring.DIMENSIONS:
        yield Measure(
            name, "Interhuman score", "sum of what was found in a period", scoring.UNITS[name], "0–100", OURS, limits
        )
    yield Measure(
        "quality_index",
        "Interhuman score",
        "their mean",
        "mean of the five",
        "0–100",
        "the service's documents",
        limits,
    )
    yield Measure(
        "state",
        "Interhuman engagement",
        "engaged, neutral or disengaged",
        f"engaged: voiced {100 * scoring.ENGAGED_VOICED_SHARE:g} % of 8 s, or movement of "
        f"{scoring.ENGAGED_MOVEMENT:g}, or frontal {100 * scoring.ATTENTIVE_FRONTAL_SHARE:g} % and voiced "
        f"{100 * scoring.ATTENTIVE_VOICED_SHARE:g} %; disengaged: none of it, or the face is away for "
        f"{scoring.MIN_ABSENCE_S:g} s",
        "one of three",
        OURS,
        "who listens without a camera is disengaged",
    )
