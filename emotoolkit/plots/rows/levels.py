"""Rows of levels over time: parameters of Emotion Logic, conversation quality of Interhuman."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.downsampling import DENSE, bands, in_view, steps
from emotoolkit.plots.drawing.fonts import plain
from emotoolkit.plots.rows.base import Words, height_for, legend
from emotoolkit.tables.access import times, unit
from emotoolkit.tables.from_events import SCORES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Quality", "Segments"]

Dashes = str | tuple[int, tuple[int, ...]]

DASHES: tuple[Dashes, ...] = ("-", (0, (2, 1)), (0, (1, 1)), (0, (4, 1, 1, 1)))
"""Line styles by channel, from channel 0."""

WRAP = 26
"""Letters in a line of a legend's title."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Parameters of Emotion Logic: a level for each segment, nothing between segments."""

    table: pd.DataFrame
    names: Sequence[str]
    view: tuple[float, float]
    least: float = 0.9

    @property
    def height(self) -> float:
        """Inches: at least so many, or what the legend needs."""
        return max(self.least, height_for(len(self.names) * len(self._channels()) + 1))

    def draw(self, ax: Axes) -> None:
        """Draw one line for each parameter and channel, and the unit as the legend's title if they share it."""
        if self.table.empty or not self.names:
            Words("no segments").draw(ax)
            return
        units = {unit(self.table, name) for name in self.names}
        shared = units.pop() if len(units) == 1 else None
        channels = self._channels()
        for channel in channels:
            rows = self.table[self.table["channel"] == channel].sort_index(level="start")
            which = f", channel {channel}" if len(channels) > 1 else ""
            for name in self.names:
                own = unit(self.table, name) if shared is None else ""
                label = plain(name) + (f" ({plain(own)})" if own else "") + which
                style = DASHES[channel % len(DASHES)]
                _draw(ax, rows, name, self.view, label=label, style=style)
        ax.margins(y=0.1)
        legend(ax, title=textwrap.fill(plain(shared, longest=100), WRAP) if shared else None)

    def _channels(self) -> list[int]:
        return sorted(int(number) for number in self.table["channel"].unique())


@dataclass(frozen=True, eq=False)
class Quality:
    """Conversation quality: a step line for each score, the last overall index as a dotted line."""

    table: pd.DataFrame
    view: tuple[float, float]
    height: ClassVar[float] = height_for(len(SCORES) + 2)

    def draw(self, ax: Axes) -> None:
        """Draw one line for each score."""
        if self.table.empty:
            Words("no quality scores").draw(ax)
            return
        periods = self.table[self.table["scope"] == "timeline"].sort_index(level="start")
        for score in map(str, periods.filter(SCORES).dropna(axis="columns", how="all")):
            width = 2.2 if score == "quality_index" else 1.2
            style = DASHES[SCORES.index(score) % len(DASHES)]  # six lines that cross are told apart without colour, too
            _draw(ax, periods, score, self.view, label=score, style=style, linewidth=width)
        # The overall scores run on with the recording: the last one is about all of it, whatever is shown.
        overall = self.table[self.table["scope"] == "overall"].filter(["quality_index"]).dropna()
        if len(overall):
            last = float(overall.to_numpy()[-1, 0])
            ax.axhline(last, color=colour("quality_index"), linestyle=":", label="quality_index, overall")
        ax.set_ylim(-3, 103)
        ax.set_yticks([0, 50, 100])
        legend(ax, title="conversation quality")


def _draw(
    ax: Axes,
    table: pd.DataFrame,
    name: str,
    view: tuple[float, float],
    *,
    label: str,
    style: Dashes = "-",
    linewidth: float = 1.6,
) -> None:
    """Draw a column: a level for each segment, or mean and extremes per column of time where they are too many."""
    starts, ends = times(table)
    values = table[name].to_numpy(np.float64, na_value=np.nan)
    seen = in_view(starts, ends, view)
    own = colour(name)
    if seen.sum() < DENSE:
        points = steps(starts[seen], ends[seen], values[seen])
    else:
        x, low, mean, high = bands(starts, ends, values, view)
        ax.fill_between(x, low, high, color=own, alpha=0.3, linewidth=0)
        points = x, mean
    ax.plot(*points, color=own, linestyle=style, linewidth=linewidth, label=label)
