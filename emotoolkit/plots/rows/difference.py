"""The row of one number told twice: a line of either replay, and how far they are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.downsampling import bands, in_view, steps
from emotoolkit.plots.drawing.fonts import plain
from emotoolkit.plots.rows.base import ink, legend
from emotoolkit.tables.access import times

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Pair"]


@dataclass(frozen=True, eq=False)
class Pair:
    """A column of two tables over each other: the first one's line is full and coloured, the second one's dotted."""

    one: pd.DataFrame
    other: pd.DataFrame
    column: str
    title: str
    names: tuple[str, str]
    view: tuple[float, float]
    height: ClassVar[float] = 0.8

    def draw(self, ax: Axes) -> None:
        """Draw both lines; the legend has their mean distance over the time in which both have a level."""
        looks: tuple[dict[str, Any], ...] = (
            {"color": colour(self.column), "linewidth": 2.4},
            {"color": ink(), "linewidth": 1.2, "linestyle": ":"},
        )
        for table, name, look in zip((self.one, self.other), self.names, looks, strict=True):
            starts, ends = times(table)
            values = table[self.column].to_numpy(np.float64, na_value=np.nan)
            seen = in_view(starts, ends, self.view)
            ax.plot(*steps(starts[seen], ends[seen], values[seen]), label=plain(name), **look)
        ax.margins(y=0.12)
        legend(ax, title=f"{plain(self.title)}\n{self._apart()}")

    def _apart(self) -> str:
        one, other = (self._means(table) for table in (self.one, self.other))
        both = ~np.isnan(one) & ~np.isnan(other)
        if not both.any():
            return "never at the same time"
        return f"mean difference {np.abs(one - other)[both].mean():.3g}"

    def _means(self, table: pd.DataFrame) -> np.ndarray:
        values = table[self.column].to_numpy(np.float64, na_value=np.nan)
        return bands(*times(table), values, self.view)[2]
