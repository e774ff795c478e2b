"""Rows of levels over time: parameters of Emotion Logic, conversation quality of Interhuman."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.downsampling import DOWNSAMPLE_MIN_SEGMENTS, downsample, in_view, step_line
from emotoolkit.plots.drawing.fonts import label_text
from emotoolkit.plots.rows.base import TextRow, add_legend, legend_height
from emotoolkit.tables.access import column_unit, row_times
from emotoolkit.tables.from_events import SCORE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["QualityRow", "SegmentsRow"]

LineStyle = str | tuple[int, tuple[int, ...]]

LINE_STYLES: tuple[LineStyle, ...] = ("-", (0, (2, 1)), (0, (1, 1)), (0, (4, 1, 1, 1)))
"""Line styles by channel, from channel 0."""

LEGEND_TITLE_CHARS = 26
"""Letters in a line of a legend's title, at most."""


@dataclass(frozen=True, eq=False)
class SegmentsRow:
    """Parameters of Emotion Logic: a level for each segment, nothing between segments."""

    table: pd.DataFrame
    names: Sequence[str]
    view: tuple[float, float]
    min_height: float = 0.9

    @property
    def height(self) -> float:
        """Height in inches: `min_height`, or what the legend needs."""
        return max(self.min_height, legend_height(len(self.names) * len(self._channels()) + 1))

    def draw(self, ax: Axes) -> None:
        """Draw one line for each parameter and channel, and the unit as the legend's title if they share it."""
        if self.table.empty or not self.names:
            TextRow("no segments").draw(ax)
            return
        units = {column_unit(self.table, name) for name in self.names}
        shared = units.pop() if len(units) == 1 else None
        channels = self._channels()
        for channel in channels:
            rows = self.table[self.table["channel"] == channel].sort_index(level="start")
            which = f", channel {channel}" if len(channels) > 1 else ""
            for name in self.names:
                own_unit = column_unit(self.table, name) if shared is None else ""
                label = label_text(name) + (f" ({label_text(own_unit)})" if own_unit else "") + which
                style = LINE_STYLES[channel % len(LINE_STYLES)]
                _draw_column(ax, rows, name, self.view, label=label, style=style)
        ax.margins(y=0.1)
        add_legend(ax, title=textwrap.fill(label_text(shared, max_chars=100), LEGEND_TITLE_CHARS) if shared else None)

    def _channels(self) -> list[int]:
        return sorted(int(number) for number in self.table["channel"].unique())


@dataclass(frozen=True, eq=False)
class QualityRow:
    """Conversation quality: a step line for each score, the last overall index as a dotted line."""

    table: pd.DataFrame
    view: tuple[float, float]
    height: ClassVar[float] = legend_height(len(SCORE_NAMES) + 2)

    def draw(self, ax: Axes) -> None:
        """Draw one line for each score."""
        if self.table.empty:
            TextRow("no quality scores").draw(ax)
            return
        periods = self.table[self.table["scope"] == "timeline"].sort_index(level="start")
        for score in map(str, periods.filter(SCORE_NAMES).dropna(axis="columns", how="all")):
            width = 2.2 if score == "quality_index" else 1.2
            # Styles differ, so that six lines that cross can be distinguished without colour.
            style = LINE_STYLES[SCORE_NAMES.index(score) % len(LINE_STYLES)]
            _draw_column(ax, periods, score, self.view, label=score, style=style, linewidth=width)
        # Each overall score is of all media so far: the last one is of the whole recording, whatever is shown.
        overall = self.table[self.table["scope"] == "overall"].filter(["quality_index"]).dropna()
        if len(overall):
            last = float(overall.to_numpy()[-1, 0])
            ax.axhline(last, color=colour("quality_index"), linestyle=":", label="quality_index, overall")
        ax.set_ylim(-3, 103)
        ax.set_yticks([0, 50, 100])
        add_legend(ax, title="conversation quality")


def _draw_column(
    ax: Axes,
    table: pd.DataFrame,
    name: str,
    view: tuple[float, float],
    *,
    label: str,
    style: LineStyle = "-",
    linewidth: float = 1.6,
) -> None:
    """Draw a column: a level for each segment, or mean and extremes per column of time where they are too many."""
    starts, ends = row_times(table)
    values = table[name].to_numpy(np.float64, na_value=np.nan)
    seen = in_view(starts, ends, view)
    line_colour = colour(name)
    if seen.sum() < DOWNSAMPLE_MIN_SEGMENTS:
        points = step_line(starts[seen], ends[seen], values[seen])
    else:
        x, low, mean, high = downsample(starts, ends, values, view)
        ax.fill_between(x, low, high, color=line_colour, alpha=0.3, linewidth=0)
        points = x, mean
    ax.plot(*points, color=line_colour, linestyle=style, linewidth=linewidth, label=label)
