"""The table of all benchmarks: one row for each figure, with its peer's."""

from __future__ import annotations

import os
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FILE", "RUNS", "Row", "keep", "measured"]

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
"""Times that each figure is measured."""

FILE = Path(__file__).parents[1] / "docs" / "benchmarks.csv"


@dataclass(frozen=True)
class Row:
    """A figure: the median of some runs, the extremes, the peer's median and extremes, and what it should be."""

    what: str
    ours: float
    ours_range: str
    peer: float
    peer_range: str
    unit: str
    ratio: float
    against: str
    goal: str
    runs: int

    def told(self) -> tuple[str, ...]:
        """The row in words."""
        beside = f"({self.against}: {self.peer:.4g} {self.unit}, {self.ratio:.3g}×)" if self.against else ""
        return f"{self.what}: {self.ours:.4g} {self.unit} [{self.ours_range}]", beside, self.goal


COLUMNS = ["bench", *(field.name for field in fields(Row))]


def measured(
    what: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float] = (),
    against: str = "",
    *,
    goal: str = "",
    more_is_better: bool = False,
) -> Row:
    """Make a row of the figures of some runs. The ratio says how many times better ours is than the peer's."""
    mine, its = median(ours), median(peer) if peer else float("nan")
    better = (mine, its) if more_is_better else (its, mine)
    ratio = better[0] / better[1] if better[1] else float("nan")
    return Row(what, mine, _range(ours), its, _range(peer), unit, ratio, against, goal, len(ours))


def keep(bench: str, rows: Sequence[Row | tuple[str, float, float, str, float, str]]) -> pd.DataFrame:
    """Put the rows of one bench into the file in place of its former ones. Returns the whole table."""
    new = pd.DataFrame([(bench, *astuple(_row(row))) for row in rows], columns=COLUMNS)
    old = (
        pd.read_csv(FILE, keep_default_na=False, na_values={"ours": "", "peer": "", "ratio": ""})
        if FILE.exists()
        else None
    )
    others = [] if old is None else [old[old["bench"] != bench]]
    table = pd.concat([*others, new], ignore_index=True).sort_values("bench", kind="stable")
    table.to_csv(FILE, index=False, float_format="%.4g")
    return table


def _row(row: Row | tuple[str, float, float, str, float, str]) -> Row:
    if isinstance(row, Row):
        return row
    what, ours, peer, unit, ratio, against = row
    return Row(what, ours, "", peer, "", unit, ratio, against, "", 1)


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.3g}–{max(values):.3g}" if values else ""
