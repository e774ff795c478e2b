"""What the local server sends, as rows of the page of every number. Made from the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.measure.catalogue import OURS, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measures"]


def measures() -> Iterator[Number]:
    """Give signals, scores and engagement."""
    yield from _signals()
    yield from _scores()


def _signals() -> Iterator[Number]:
    for name, rule in scoring.SIGNALS.items():
        formula = f"low; medium from {rule.medium:g}, high from {rule.high:g}: {rule.unit}"
        yield Number(name, "Interhuman signal", rule.cause, formula, "low, medium, high", rule.source, rule.limits)


def _scores() -> Iterator[Number]:
    limits = "what has no evidence carries the wire's 50; it judges neither content nor outcome"
    for name in scoring.DIMENSIONS:
        yield Number(
            name, "Interhuman score", "sum of what was found in a period", scoring.UNITS[name], "0–100", OURS, limits
        )
    yield Number(
        "quality_index",
        "Interhuman score",
        "their mean",
        "mean of the five",
        "0–100",
        "the service's documents",
        limits,
    )
    yield Number(
        "state",
        "Interhuman engagement",
        "engaged, neutral or disengaged",
        f"engaged: voiced {100 * scoring.TALKING:g} % of 8 s, or movement of {scoring.LIVELY:g}, or frontal "
        f"{100 * scoring.ATTENTIVE:g} % and voiced {100 * scoring.SPEAKING:g} %; disengaged: none of it, or the face "
        f"is away for {scoring.AWAY:g} s",
        "one of three",
        OURS,
        "who listens without a camera is disengaged",
    )
