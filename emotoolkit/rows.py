"""Rows: how a recording or a table becomes artists over media time.

Each row is one artist per label, never one per interval, so that eight hours draw as quickly as eight minutes. What is
drawn is not chosen here but in `timeline`; ticks and figures are in `figure`. matplotlib is imported where artists are
made.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from emotoolkit.colours import colour
from emotoolkit.lanes import lanes
from emotoolkit.tables import SCORES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from emotoolkit.recording import Recording

__all__ = ["Engagement", "Pictures", "Quality", "Row", "Segments", "Signals", "Waveform", "Words", "span", "unit"]

STRENGTH = {"low": 0.3, "medium": 0.6, "high": 0.95}
"""Opacity of a signal by its probability. A signal without one is drawn hollow."""

DASHES = ("-", (0, (2, 1)), (0, (1, 1)), (0, (4, 1, 1, 1)))
"""Line styles by channel, from channel 0."""

GREY = "0.35"

FOLLOWS = 1e-6
"""Seconds. Segments that are no further apart than this follow each other: their levels are joined."""

LANE = 0.24
"""Inches of one lane of signals."""

STRIP = 7.7
"""Inches that a strip of pictures may take: what the layout leaves between the labels on the left and the legends."""

PICTURE_PIXELS = 144
"""Height to which a picture is scaled: twice what it has on a screen, for print."""

POINTS = 2000
"""Stretches of the waveform over the width of a plot: more than it has pixels."""


@dataclass(frozen=True)
class Words:
    """A row with nothing to draw says so."""

    text: str
    height: ClassVar[float] = 2 * LANE

    def draw(self, ax: Axes) -> None:
        """Write the text into the middle."""
        ax.text(0.5, 0.5, self.text, transform=ax.transAxes, ha="center", va="center", color=GREY, fontsize="small")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)


@dataclass(frozen=True)
class Pictures:
    """A strip of pictures of a recording, each a key picture at or before the middle of its place."""

    recording: Recording
    view: tuple[float, float]
    height: ClassVar[float] = 0.72

    def draw(self, ax: Axes) -> None:
        """Place the pictures, as many as fit. They are not stretched: a face keeps its shape."""
        from matplotlib.offsetbox import AnnotationBbox, OffsetImage

        assert self.recording.video is not None
        start, end = self.view
        count = max(1, int(STRIP * self.recording.video.height / (self.height * self.recording.video.width)))
        places = start + (np.arange(count) + 0.5) * (end - start) / count
        strip = self.recording.images(count, PICTURE_PIXELS, start, end)
        for place, (_, pixels) in zip(places, strip, strict=False):
            image = OffsetImage(pixels, zoom=self.height * 72 / PICTURE_PIXELS)
            box = AnnotationBbox(image, (place, 0.5), frameon=False, pad=0, annotation_clip=True)
            box.set_in_layout(False)
            ax.add_artist(box)
        ax.set_ylim(0, 1)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)


@dataclass(frozen=True)
class Waveform:
    """The lowest and the highest sample of every moment; the loudest one fills the height."""

    recording: Recording
    view: tuple[float, float]
    height: ClassVar[float] = 0.8

    def draw(self, ax: Axes) -> None:
        """Draw one area."""
        if self.recording.audio is None:
            Words("no sound").draw(ax)
            return
        start, end = self.view
        samples = int((end - start) * self.recording.audio.sampling_rate)
        times, low, high = self.recording.envelope(max(min(POINTS, samples), 1), start, end)
        ax.fill_between(times, low, high, color=GREY, linewidth=0.4)
        # A floor of 1 % keeps the noise of a silent recording from filling the height.
        top = 1.05 * max(float(np.abs([low, high]).max()), 0.01)
        ax.set_ylim(-top, top)
        _name(ax, [0], ["sound"])


@dataclass(frozen=True, eq=False)
class Segments:
    """Parameters of Emotion Logic: a level for each segment, nothing between segments."""

    table: pd.DataFrame
    names: Sequence[str]
    height: ClassVar[float] = 1.0

    def draw(self, ax: Axes) -> None:
        """Draw one line for each parameter and channel, and the unit as the legend's title if they share it."""
        if self.table.empty or not self.names:
            Words("no segments").draw(ax)
            return
        units = {unit(self.table, name) for name in self.names}
        shared = units.pop() if len(units) == 1 else None
        channels = sorted(int(number) for number in self.table["channel"].unique())
        for channel in channels:
            rows = self.table[self.table["channel"] == channel].sort_index(level="start")
            which = f", channel {channel}" if len(channels) > 1 else ""
            for name in self.names:
                own = unit(self.table, name) if shared is None else ""
                label = name + (f" ({own})" if own else "") + which
                style = DASHES[channel % len(DASHES)]
                ax.plot(*_steps(rows, name), color=colour(name), linestyle=style, linewidth=1.6, label=label)
        ax.margins(y=0.1)
        _legend(ax, title=textwrap.fill(shared or "", 26) or None)


@dataclass(frozen=True, eq=False)
class Signals:
    """Social signals of Interhuman: a lane for each kind, more where signals of a kind overlap."""

    table: pd.DataFrame
    view: tuple[float, float]

    @property
    def height(self) -> float:
        """Inches."""
        return LANE * max(2, int(self._lanes.max(initial=0)) + 1)

    def draw(self, ax: Axes) -> None:
        """Draw one artist for each kind. The fuller a bar the more probable; one without an end is pointed."""
        from matplotlib.collections import PolyCollection
        from matplotlib.colors import to_rgba_array

        if self.table.empty:
            Words("no signals").draw(ax)
            return
        opacity = self.table["probability"].astype(object).map(STRENGTH).fillna(0.0).to_numpy(np.float64)
        corners = self._corners()
        kinds = _groups(self.table["signal"])
        for kind, rows in kinds.items():
            fills, bars = to_rgba_array(colour(kind), opacity[rows]), list(corners[rows])
            artist = PolyCollection(bars, facecolors=fills, edgecolors=colour(kind), linewidths=0.8, label=kind)
            ax.add_collection(artist)
        ax.autoscale_view()
        ax.set_ylim(max(self._lanes.max(), 1) + 0.5, -0.5)
        # A kind's lanes lie together, and its name beside the middle of them.
        _name(ax, [np.unique(self._lanes[rows]).mean() for rows in kinds.values()], list(kinds))
        _legend(ax, handles=self._handles())

    @cached_property
    def _lanes(self) -> NDArray[np.int64]:
        """The lane of every signal, counted from the top over all kinds."""
        starts, ends = _times(self.table)
        lane = np.zeros(len(self.table), np.int64)
        first = 0
        for rows in _groups(self.table["signal"]).values():
            lane[rows] = first + lanes(starts[rows], ends[rows])
            first = lane[rows].max() + 1
        return lane

    def _corners(self) -> NDArray[np.float64]:
        """Give the corners of every bar, shape (signals, 5, 2). The right side of one that did not end is a point."""
        starts, ends = _times(self.table)
        point = 0.012 * (self.view[1] - self.view[0])
        shoulder = np.where(self.table["closed"].to_numpy(bool), ends, np.maximum(ends - point, starts))
        middle = self._lanes.astype(np.float64)
        top, bottom = middle - 0.38, middle + 0.38
        x = np.stack([starts, shoulder, ends, shoulder, starts], axis=1)
        y = np.stack([bottom, bottom, middle, top, top], axis=1)
        return np.stack([x, y], axis=2)

    def _handles(self) -> list[object]:
        """Explain the strengths that occur, and no others."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        said = self.table["probability"]
        handles: list[object] = [
            Patch(facecolor=("black", opacity), edgecolor="black", linewidth=0.8, label=f"{name} probability")
            for name, opacity in STRENGTH.items()
            if (said == name).any()
        ]
        if said.isna().any():
            handles.append(Patch(facecolor="none", edgecolor="black", linewidth=0.8, label="no probability given"))
        if not self.table["closed"].all():
            handles.append(Line2D([], [], linestyle="", marker=">", color="black", label="no end came"))
        return handles


@dataclass(frozen=True, eq=False)
class Engagement:
    """Engagement as one band, coloured by state."""

    table: pd.DataFrame
    height: ClassVar[float] = 2 * LANE

    def draw(self, ax: Axes) -> None:
        """Draw one artist for each state."""
        if self.table.empty:
            Words("no engagement states").draw(ax)
            return
        starts, ends = _times(self.table)
        for state, rows in _groups(self.table["state"]).items():
            spans = list(zip(starts[rows], ends[rows] - starts[rows], strict=True))
            ax.broken_barh(spans, (-0.4, 0.8), facecolors=colour(state), linewidth=0, label=state)
        ax.set_ylim(-0.5, 0.5)
        _name(ax, [0], ["engagement"])
        _legend(ax)


@dataclass(frozen=True, eq=False)
class Quality:
    """Conversation quality: a step line for each score, the last overall index as a dotted line."""

    table: pd.DataFrame
    height: ClassVar[float] = 1.3

    def draw(self, ax: Axes) -> None:
        """Draw one line for each score."""
        if self.table.empty:
            Words("no quality scores").draw(ax)
            return
        periods = self.table[self.table["scope"] == "timeline"].sort_index(level="start")
        for score in map(str, periods.filter(SCORES).dropna(axis="columns", how="all")):
            width = 2.2 if score == "quality_index" else 1.2
            ax.plot(*_steps(periods, score), color=colour(score), linewidth=width, label=score)
        # The overall scores run on with the recording: the last one is about all of it, whatever is shown.
        overall = self.table[self.table["scope"] == "overall"].filter(["quality_index"]).dropna()
        if len(overall):
            last = float(overall.to_numpy()[-1, 0])
            ax.axhline(last, color=colour("quality_index"), linestyle=":", label="quality_index, overall")
        ax.set_ylim(-3, 103)
        ax.set_yticks([0, 50, 100])
        _legend(ax, title="conversation quality")


Row = Words | Pictures | Waveform | Segments | Signals | Engagement | Quality
"""Each has a height in inches, and draws itself."""


def unit(table: pd.DataFrame, name: str) -> str:
    """Give the unit of a column, as the table's `attrs` say it; "" if they do not."""
    return str(table.attrs.get("units", {}).get(name, ""))


def span(table: pd.DataFrame) -> tuple[float, float]:
    """Give the earliest start and the latest end in a table, in seconds; one second if it is empty."""
    starts, ends = _times(table)
    return (float(starts.min()), float(ends.max())) if len(table) else (0.0, 1.0)


def _groups(labels: pd.Series[str]) -> dict[str, NDArray[np.intp]]:
    """Give the positions of each label: in the order of the categories, else of the alphabet."""
    return {str(label): np.asarray(rows) for label, rows in labels.groupby(labels, observed=True).indices.items()}


def _times(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give start and end of every row in seconds."""
    starts, ends = (pd.TimedeltaIndex(table.index.get_level_values(level)) for level in ("start", "end"))
    return np.asarray(starts.total_seconds(), np.float64), np.asarray(ends.total_seconds(), np.float64)


def _steps(table: pd.DataFrame, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the points of one line: a level from each start to its end, broken (NaN) where the next does not follow."""
    starts, ends = _times(table)
    values = table[name].to_numpy(np.float64, na_value=np.nan)
    broken = np.append(starts[1:] - ends[:-1] > FOLLOWS, True)
    x = np.column_stack([starts, ends, ends]).ravel()
    y = np.column_stack([values, values, np.where(broken, np.nan, values)]).ravel()
    return x, y


def _name(ax: Axes, places: Sequence[float], names: Sequence[str]) -> None:
    """Write names where a scale would stand."""
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)


def _legend(ax: Axes, **settings: object) -> None:
    """Put the legend right of the row, where it hides nothing; the layout makes room for it."""
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.015, 1.0),
        borderaxespad=0,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
        alignment="left",
        **settings,
    )
