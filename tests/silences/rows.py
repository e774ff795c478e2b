"""The rows: what is provoked, how, and what must come. Nothing here is a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.silences.stage import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.silences.stage import Outcome, Stage

__all__ = ["NOTHING", "Row", "table"]

NOTHING = "nothing"
"""What must come where it works: results, and no word beside them."""


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes
    ----------
    about : str
        What it is about: the disk, words, the report, patience, times, envelopes, servers, deaths, progress, the
        shell, limits, storms, levels.
    api, door : str
        Through which API, and how: replay, batch, live, upload, command line.
    provoked : str
        What happens.
    act : callable
        Makes it happen on a stage.
    comes : str
        Name of the notice or error that must come, and nothing beside it; or `NOTHING`.
    says : str
        Regular expression for its sentence.
    limit : float
        Seconds within which it must be over.
    """

    about: str
    api: str
    door: str
    provoked: str
    act: Callable[[Stage], Outcome]
    comes: str = NOTHING
    says: str = ""
    limit: float = LIMIT_S

    def __str__(self) -> str:
        return f"{self.about}: {self.api}, {self.door}: {self.provoked}"


def table(rows: Iterable[Row], outcomes: Iterable[Outcome]) -> str:
    """Write rows and what came of them as a table in Markdown."""
    lines = ["| about | API | door | what is provoked | what comes | what is said |", "|---|---|---|---|---|---|"]
    for row, outcome in zip(rows, outcomes, strict=True):
        said = "; ".join(sentence.replace("|", "\\|").replace("\n", " ") for _, sentence in outcome.said)
        came = ", ".join(outcome.kinds) or f"it works: {outcome.rows} rows"
        lines.append(f"| {row.about} | {row.api} | {row.door} | {row.provoked} | {came} | {said} |")
    return "\n".join(lines)
