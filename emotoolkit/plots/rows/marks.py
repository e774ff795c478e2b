"""The row of marks: where results are missing, sending was held up, or something went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.plots.drawing.fonts import label_text
from emotoolkit.plots.rows.base import LANE_INCHES, set_y_names, text_colour
from emotoolkit.tables.access import row_times, rows_by_label, rows_within

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["MarksRow"]

MARKERS = {"stall": "|", "error": "x", "past the end": ">"}
"""Matplotlib markers of marks without length, by kind; all other kinds are hatched stretches."""

MIN_TEXT_CHARS = 12
"""Letters of a sentence below which it is left out."""

MAX_TEXTS = 6
"""Marks of a kind above which no sentences are written: they would overlap."""


@dataclass(frozen=True, eq=False)
class MarksRow:
    """Gaps and errors of a replay: a lane for each kind."""

    table: pd.DataFrame
    view: tuple[float, float]

    @property
    def height(self) -> float:
        """Height in inches."""
        return LANE_INCHES * max(1, self.table["kind"].nunique())

    def draw(self, ax: Axes) -> None:
        """Draw one artist for each kind: stretches hatched, moments as markers with their sentence."""
        shown = rows_within(self.table, self.view)
        starts, ends = np.clip(row_times(shown), *self.view)
        kinds = rows_by_label(shown["kind"])
        for lane, (kind, rows) in enumerate(kinds.items()):
            if kind in MARKERS:
                places = np.full(len(rows), lane)
                ax.plot(
                    starts[rows], places, MARKERS[kind], color=text_colour(), markersize=7, clip_on=False, label=kind
                )
                self._write_texts(ax, starts[rows], lane, list(shown["text"].iloc[rows]))
            else:
                spans = list(zip(starts[rows], ends[rows] - starts[rows], strict=True))
                bars = ax.broken_barh(
                    spans, (lane - 0.3, 0.6), facecolors="none", edgecolors=text_colour(), hatch="////"
                )
                bars.set_label(kind)
        ax.set_ylim(max(len(kinds), 1) - 0.5, -0.5)
        set_y_names(ax, range(len(kinds)), list(kinds))

    def _write_texts(self, ax: Axes, places: np.ndarray, lane: int, texts: list[str]) -> None:
        """Write each sentence on the side of its marker where there is more room, unless sentences would overlap."""
        middle = sum(self.view) / 2
        if len(texts) > MAX_TEXTS:
            return
        free = np.diff(np.sort(places), prepend=self.view[0], append=self.view[1]).min() / (self.view[1] - self.view[0])
        max_chars = 90 if len(texts) == 1 else int(120 * free)
        if max_chars < MIN_TEXT_CHARS:
            return
        for place, text in zip(places, texts, strict=True):
            side = "left" if place < middle else "right"
            shift = 6 if side == "left" else -6
            ax.annotate(
                label_text(text, max_chars),
                (place, lane),
                (shift, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize="small",
                color=text_colour(),
            )
