"""The page of every number: what is measured, how, whose formula it is and what deceives it. Made from the rules."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.measure.catalogue import NUMBERS, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measures"]


def measures() -> pd.DataFrame:
    """List every number that the local servers measure, and every one that they send.

    Returns
    -------
    pandas.DataFrame
        Index `of` (what it is a number of: a stretch of speech, a turn, a look at the face, an Emotion Logic column, an
        Interhuman signal …), `name`. Columns, all str: `what`, `formula`, `unit` (or range), `source` (author, year;
        "ours" where nobody else's was confirmed), `limits` (what deceives it).

    Examples
    --------
    >>> table = measures()
    >>> table.loc[("Emotion Logic column", "stress"), ["formula", "unit", "source"]].to_list()
    ['5 + 5·pitch', '0–30, baseline 5', 'Giddens et al. 2013']
    """
    rows = [*NUMBERS, *_columns(), *_signals(), *_scores()]
    table = pd.DataFrame([[getattr(row, field.name) for field in fields(Number)] for row in rows], dtype="str")
    table.columns = pd.Index([field.name for field in fields(Number)])
    table = table.set_index(["of", "name"])
    table.attrs["source"] = "local measurement"
    return table


def _columns() -> Iterator[Number]:
    from emotoolkit.apis.emotion_logic.server import scoring

    for rule in scoring.RULES:
        what = "relative to the speaker's baseline, in steps" if rule.column in scoring.RELATIVE else "as measured"
        yield Number(rule.column, "Emotion Logic column", what, rule.formula, rule.unit, rule.source, rule.limits)


def _signals() -> Iterator[Number]:
    from emotoolkit.apis.interhuman.server import scoring

    for name, rule in scoring.SIGNALS.items():
        formula = f"low; medium from {rule.medium:g}, high from {rule.high:g}: {rule.unit}"
        yield Number(name, "Interhuman signal", rule.cause, formula, "low, medium, high", rule.source, rule.limits)


def _scores() -> Iterator[Number]:
    from emotoolkit.apis.interhuman.server import scoring
    from emotoolkit.measure.catalogue import OURS

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
