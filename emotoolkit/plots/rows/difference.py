"""The row of one column of two replays: a line for each, and their mean difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.downsampling import downsample, in_view, step_line
from emotoolkit.plots.drawing.fonts import label_text
from emotoolkit.plots.rows.base import add_legend, text_colour
from emotoolkit.tables.access import row_times

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DifferenceRow"]


@dataclass(frozen=True, eq=False)
class DifferenceRow:
    """A column of two tables over each other: the first one's line is solid and coloured, the second one's dotted."""

    one: pd.DataFrame
    other: pd.DataFrame
    column: str
    title: str
    names: tuple[str, str]
    view: tuple[float, float]
    height: ClassVar[float] = 0.8

    def draw(self, ax: Axes) -> None:
        """Draw both lines; the legend has their mean absolute difference over the time in which both have a level."""
        styles: tuple[dict[str, Any], ...] = (
            {"color": colour(self.column), "linewidth": 2.4},
            {"color": text_colour(), "linewidth": 1.2, "linestyle": ":"},
        )
        for table, name, style in zip((self.one, self.other), self.names, styles, strict=True):
            starts, ends = row_times(table)
            values = table[self.column].to_numpy(np.float64, na_value=np.nan)
            seen = in_view(starts, ends, self.view)
            ax.plot(*step_line(starts[seen], ends[seen], values[seen]), label=label_text(name), **style)
        ax.margins(y=0.12)
        add_legend(ax, title=f"{label_text(self.title)}\n{self._difference_text()}")

    def _difference_text(self) -> str:
        one, other = (self._means(table) for table in (self.one, self.other))
        both = ~np.isnan(one) & ~np.isnan(other)
        if not both.any():
            return "never at the same time"
        return f"mean difference {np.abs(one - other)[both].mean():.3g}"

    def _means(self, table: pd.DataFrame) -> np.ndarray:
        values = table[self.column].to_numpy(np.float64, na_value=np.nan)
        return downsample(*row_times(table), values, self.view)[2]
