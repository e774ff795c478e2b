"""Rows of spans of time: signals and states of Interhuman, annotations of people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.fonts import label_text, text_width
from emotoolkit.plots.drawing.lanes import lanes
from emotoolkit.plots.drawing.opacity import OPACITY_BY_PROBABILITY, opacities
from emotoolkit.plots.rows.base import LANE_INCHES, TextRow, add_legend, legend_height, set_y_names, text_colour
from emotoolkit.tables.access import row_times, rows_by_label, rows_within

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["AnnotationsRow", "EngagementRow", "SignalsRow"]

EM_INCHES = 0.11
"""Width of an em of small text in inches."""

PLOT_WIDTH_INCHES = 7.5
"""Approximate width of the plot itself in inches: decides whether a label's text fits into its bar."""

MAX_BAR_TEXTS, MAX_LEGEND_ENTRIES = 200, 10
"""Texts written into bars, and labels in a legend, at most."""


@dataclass(frozen=True, eq=False)
class SignalsRow:
    """Social signals of Interhuman: a lane for each kind, more where signals of a kind overlap."""

    table: pd.DataFrame
    view: tuple[float, float]
    lane_column: str = "signal"
    """Column with the names of the lanes."""

    @property
    def height(self) -> float:
        """Height in inches: of the lanes or of the legend."""
        return max(LANE_INCHES * max(2, int(self._lanes.max(initial=0)) + 1), legend_height(len(self._legend_keys)))

    def draw(self, ax: Axes) -> None:
        """Draw one artist for each kind. The more probable a signal, the more opaque; one without an end is pointed."""
        from matplotlib.collections import PolyCollection
        from matplotlib.colors import to_rgba_array

        if self.table.empty:
            TextRow("no signals").draw(ax)
            return
        opacity = opacities(self._shown["probability"])
        corners = _bar_corners(*row_times(self._shown), self._lanes, self._shown["closed"].to_numpy(bool), self.view)
        for kind, rows in rows_by_label(self._shown["signal"]).items():
            fills, bars = to_rgba_array(colour(kind), opacity[rows]), list(corners[rows])
            artist = PolyCollection(
                bars, facecolors=fills, edgecolors=colour(kind), linewidths=0.8, label=label_text(kind)
            )
            ax.add_collection(artist)
        ax.autoscale_view()
        ax.set_ylim(max(self._lanes.max(initial=1), 1) + 0.5, -0.5)
        # A kind's lanes are adjacent, with its name beside the middle of them.
        named = rows_by_label(self._shown[self.lane_column])
        set_y_names(ax, [np.unique(self._lanes[rows]).mean() for rows in named.values()], list(named))
        add_legend(ax, handles=self._legend_handles())

    @cached_property
    def _shown(self) -> pd.DataFrame:
        return rows_within(self.table, self.view)

    @cached_property
    def _lanes(self) -> NDArray[np.int64]:
        """The lane of each signal, counted from the top over all kinds."""
        return _assign_lanes(self._shown, self._shown[self.lane_column])

    @property
    def _legend_keys(self) -> list[str]:
        """The entries of the legend: only the probabilities and shapes that occur."""
        probabilities = self._shown["probability"]
        given = [each for each in OPACITY_BY_PROBABILITY if (probabilities == each).any()]
        return given + ["hollow"] * bool(probabilities.isna().any()) + ["pointed"] * (not self._shown["closed"].all())

    def _legend_handles(self) -> list[object]:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        black = text_colour()
        handles: dict[str, object] = {
            each: Patch(facecolor=(black, opacity), edgecolor=black, linewidth=0.8, label=f"{each} probability")
            for each, opacity in OPACITY_BY_PROBABILITY.items()
        }
        handles["hollow"] = Patch(facecolor="none", edgecolor=black, linewidth=0.8, label="no probability given")
        handles["pointed"] = Line2D([], [], linestyle="", marker=">", color=black, label="no end came")
        return [handles[each] for each in self._legend_keys]


@dataclass(frozen=True, eq=False)
class EngagementRow:
    """Engagement as one band, coloured by state."""

    table: pd.DataFrame
    view: tuple[float, float]
    name: str = "engagement"
    height: ClassVar[float] = max(2 * LANE_INCHES, legend_height(3))

    def draw(self, ax: Axes) -> None:
        """Draw one artist for each state, with its name in each bar where there is room."""
        if self.table.empty:
            TextRow("no engagement states").draw(ax)
            return
        shown = rows_within(self.table, self.view)
        starts, ends = row_times(shown)
        for state, rows in rows_by_label(shown["state"]).items():
            spans = list(zip(starts[rows], ends[rows] - starts[rows], strict=True))
            ax.broken_barh(spans, (-0.4, 0.8), facecolors=colour(state), linewidth=0, label=label_text(state))
        _write_labels(ax, shown["state"], (starts, ends), np.zeros(len(starts)), self.view, "white")
        ax.set_ylim(-0.5, 0.5)
        set_y_names(ax, [0], [self.name])
        add_legend(ax)


@dataclass(frozen=True, eq=False)
class AnnotationsRow:
    """Annotations of people: lanes for each track, the label written into its bar where there is room."""

    table: pd.DataFrame
    view: tuple[float, float]

    @property
    def height(self) -> float:
        """Height in inches."""
        return LANE_INCHES * max(1, int(self._lanes.max(initial=0)) + 1)

    def draw(self, ax: Axes) -> None:
        """Draw one artist for each label."""
        from matplotlib.collections import PolyCollection

        if self._shown.empty:
            TextRow("no labels here").draw(ax)
            return
        starts, ends = row_times(self._shown)
        corners = _bar_corners(starts, ends, self._lanes, np.ones(len(starts), bool), self.view)
        for label, rows in rows_by_label(self._shown["label"]).items():
            label_colour = colour(label)
            artist = PolyCollection(
                list(corners[rows]), facecolors=(label_colour, 0.3), edgecolors=label_colour, linewidths=0.8
            )
            artist.set_label(label_text(label))
            ax.add_collection(artist)
        ax.autoscale_view()
        ax.set_ylim(self._lanes.max() + 0.5, -0.5)
        tracks = rows_by_label(self._shown["track"])
        set_y_names(ax, [np.unique(self._lanes[rows]).mean() for rows in tracks.values()], list(tracks))
        written = _write_labels(ax, self._shown["label"], (starts, ends), self._lanes, self.view, text_colour())
        self._add_legend(ax, written)

    @cached_property
    def _shown(self) -> pd.DataFrame:
        return rows_within(self.table, self.view)

    @cached_property
    def _lanes(self) -> NDArray[np.int64]:
        return _assign_lanes(self._shown, self._shown["track"])

    def _add_legend(self, ax: Axes, written: set[str]) -> None:
        """Add a legend of the labels that are written into no bar."""
        handles, texts = ax.get_legend_handles_labels()
        left = [(handle, text) for handle, text in zip(handles, texts, strict=True) if text not in written]
        room = max(1, min(MAX_LEGEND_ENTRIES, int(self.height / legend_height(1))))
        if left:
            add_legend(ax, handles=[handle for handle, _ in left[:room]], labels=[text for _, text in left[:room]])


def _write_labels(
    ax: Axes,
    labels: pd.Series[str],
    spans: tuple[NDArray[np.float64], NDArray[np.float64]],
    lane: NDArray[np.int64] | NDArray[np.float64],
    view: tuple[float, float],
    colour_of_text: str,
) -> set[str]:
    """Write labels into their bars where they fit; return those that were written at least once."""
    starts, ends = np.clip(spans, *view)
    inches = (ends - starts) * PLOT_WIDTH_INCHES / (view[1] - view[0])
    texts = [label_text(label) for label in labels]
    fit = np.flatnonzero(inches > np.array([text_width(text) * EM_INCHES for text in texts]))[:MAX_BAR_TEXTS]
    for n in fit:
        middle = (starts[n] + ends[n]) / 2, lane[n]
        ax.text(*middle, texts[n], ha="center", va="center", fontsize="small", color=colour_of_text, clip_on=True)
    return {texts[n] for n in fit}


def _assign_lanes(table: pd.DataFrame, kinds: pd.Series[str]) -> NDArray[np.int64]:
    """Return the lane of each row of a table, counted from the top; the lanes of a kind are adjacent."""
    starts, ends = row_times(table)
    lane = np.zeros(len(table), np.int64)
    first = 0
    for rows in rows_by_label(kinds).values():
        lane[rows] = first + lanes(starts[rows], ends[rows])
        first = lane[rows].max() + 1
    return lane


def _bar_corners(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    lane: NDArray[np.int64],
    closed: NDArray[np.bool_],
    view: tuple[float, float],
) -> NDArray[np.float64]:
    """Return the corners of each bar, shape (bars, 5, 2). A bar without an end has a pointed right side."""
    point = 0.012 * (view[1] - view[0])
    shoulder = np.where(closed, ends, np.maximum(ends - point, starts))
    middle = lane.astype(np.float64)
    top, bottom = middle - 0.38, middle + 0.38
    x = np.stack([starts, shoulder, ends, shoulder, starts], axis=1)
    y = np.stack([bottom, bottom, middle, top, top], axis=1)
    return np.stack([x, y], axis=2)
