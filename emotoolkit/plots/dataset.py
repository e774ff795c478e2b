"""A figure of a whole dataset: a heat map of recordings × time, and the distribution of one track.

It is drawn from two tables, so that tables of a run that another program has changed can be drawn as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from emotoolkit.errors import SettingsError
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.downsampling import downsample
from emotoolkit.plots.drawing.fonts import label_text
from emotoolkit.plots.rows.base import TextRow, text_colour
from emotoolkit.tables.access import row_times, rows_by_label
from emotoolkit.tables.from_events import segmented_index

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["RunTables", "plot_dataset"]

HEATMAP_COLUMNS = 300
"""Columns of time in the heat map."""

MAX_ROW_NAMES = 45
"""Recordings that are named on the left, at most; of more, every n-th is named."""

ROW_HEIGHT_INCHES, MIN_HEIGHT_INCHES, MAX_HEIGHT_INCHES = 0.2, 2.2, 9.0
"""Height of a recording's row, and least and greatest height of the figure, in inches."""

SPAN_TRACKS = ("signal", "engagement")
"""Tracks whose labels are spans of time without a value; all other tracks are numbers."""

MIN_ACTIVITY = 1e-9
"""Spans at a time below which a value is a rounding error, and counts as none."""

OK_STATUSES = {"complete", "done", "finished", "ok"}
"""Values of the summary's `status` that are not mentioned in the title."""


class RunTables(Protocol):
    """The two tables of a run that the figure is drawn from."""

    @property
    def tracks(self) -> pd.DataFrame:
        """Index `file`, `start`, `end`; columns `api`, `track`, `label`, `value`: see `tables.from_events.tracks`."""

    @property
    def summary(self) -> pd.DataFrame:
        """Index `file`; columns `duration` (s) and `status`, a row for each recording, also for those that failed.

        Of clips also `start` (timedelta64): where in the file they begin. The same file may have several rows then.
        """


def plot_dataset(run: RunTables, track: str | None = None, *, label: str | None = None) -> Figure:
    """Draw a track of a dataset: recordings × time on the left, its distribution per label on the right.

    Parameters
    ----------
    run : Run
        Or anything with the tables `tracks` and `summary`.
    track : str, optional
        ``signal``, ``engagement``, or the name of a parameter or score. Default: the first of these that there is.
    label : str, optional
        On the left, only this: one signal, one state, one channel (``channel 0``), one scope. Default: of signals how
        many there are at a time; of states each moment's prevailing one, in its colour; of numbers the first label.

    Returns
    -------
    matplotlib.figure.Figure
        Left: a row for each recording or clip, in the summary's order and in its own time, blank where there is no
        result and hatched after its end. Right: for spans, the share of each recording's time with a label, a dot for
        each recording; for numbers, all values of a label. Boxes go from the first quartile to the third, whiskers from
        the 5th percentile to the 95th.

    Raises
    ------
    SettingsError
        There is no such track or label.
    """
    from emotoolkit.plots.figure import WIDTH_INCHES, NotebookFigure, format_axes

    summary = run.summary
    plot = _TrackPlot(run.tracks, summary, _choose_track(run.tracks, track), label)
    height = float(np.clip(ROW_HEIGHT_INCHES * len(summary) + 1.2, MIN_HEIGHT_INCHES, MAX_HEIGHT_INCHES))
    figure = NotebookFigure(figsize=(WIDTH_INCHES, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 1.3))
    title = f"{plot.track}, {label}" if label else plot.track
    if summary.empty or plot.rows.empty:
        for ax in (left, right):
            TextRow("no results").draw(ax)
            ax.set_xticks([])
    else:
        plot.draw_map(left)
        plot.draw_distribution(right)
    format_axes(left, f"{title} · {len(summary)} recordings{plot.failed}")
    format_axes(right, plot.distribution_title)
    return figure


def _choose_track(tracks: pd.DataFrame, track: str | None) -> str:
    there = [str(name) for name in tracks["track"].unique()]
    first = [name for name in SPAN_TRACKS if name in there]
    if track is None:
        return next(iter([*first, *there]), "results")
    if track not in there:
        raise SettingsError(setting="track", value=track, rule=f"there are {', '.join(there) or 'no results'}")
    return track


@dataclass(frozen=True, eq=False)
class _TrackPlot:
    """Draws one track of a dataset."""

    tracks: pd.DataFrame
    summary: pd.DataFrame
    track: str
    label: str | None

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of this track."""
        return self.tracks[self.tracks["track"] == self.track]

    @property
    def failed(self) -> str:
        """The numbers of recordings that are not complete, as text for the title."""
        if "status" not in self.summary:
            return ""
        states = self.summary["status"].astype("str")
        other = states[~states.isin(OK_STATUSES)].value_counts()
        return "".join(f", {number} {state}" for state, number in other.items())

    @property
    def distribution_title(self) -> str:
        """The title of the distribution."""
        return "share of the time" if self.track in SPAN_TRACKS else "values"

    @property
    def end(self) -> float:
        """End of the longest recording in seconds."""
        return float(self.summary["duration"].max())

    @property
    def shown(self) -> pd.DataFrame:
        """The rows in the heat map."""
        labels = sorted(self.rows["label"].unique())
        if self.label is not None and self.label not in labels:
            raise SettingsError(setting="label", value=self.label, rule=f"{self.track} has {', '.join(labels)}")
        if self.label is None and self.track in SPAN_TRACKS:
            return self.rows
        return self.rows[self.rows["label"] == (self.label or ("timeline" if "timeline" in labels else labels[0]))]

    def draw_map(self, ax: Axes) -> None:
        """Draw recordings × time as one image."""
        tables = self._tables_by_row(self.shown)
        extent = (0, self.end, len(tables) - 0.5, -0.5)
        if self.track == "engagement" and self.label is None:
            self._draw_states(ax, tables, extent)
        else:
            self._draw_numbers(ax, tables, extent)
        for row, duration in enumerate(self.summary["duration"]):
            if duration < self.end:
                ax.fill_betweenx(
                    [row - 0.5, row + 0.5],
                    duration,
                    self.end,
                    facecolor="none",
                    edgecolor=text_colour(),
                    hatch="///",
                    linewidth=0,
                    alpha=0.35,
                )
        self._write_statuses(ax)
        self._format_row_names(ax)

    def _write_statuses(self, ax: Axes) -> None:
        """Write its status into the row of each recording without results."""
        if "status" not in self.summary:
            return
        for row, status in enumerate(self.summary["status"].astype("str")):
            if not self._has_results[row]:
                ax.text(0.01 * self.end, row, label_text(status), va="center", fontsize="small", color=text_colour())

    def _draw_numbers(self, ax: Axes, tables: list[pd.DataFrame], extent: tuple[float, float, float, float]) -> None:
        spans = self.track in SPAN_TRACKS
        values = np.array([self._activity(table) if spans else self._mean_levels(table) for table in tables])
        image = ax.imshow(values, aspect="auto", extent=extent, cmap="cividis", interpolation="nearest")
        bar = ax.figure.colorbar(image, ax=ax, fraction=0.03, pad=0.02)
        at_once = "share of the time" if self.label else "at a time"
        bar.set_label(at_once if spans else label_text(self.track), fontsize="small")
        bar.ax.tick_params(labelsize="small")

    def _draw_states(self, ax: Axes, tables: list[pd.DataFrame], extent: tuple[float, float, float, float]) -> None:
        from matplotlib.colors import to_rgba
        from matplotlib.patches import Patch

        states = sorted(self.rows["label"].unique())
        shares = np.array([[self._activity(table[table["label"] == state]) for state in states] for table in tables])
        colours = np.array([to_rgba(colour(state)) for state in states])
        pixels = colours[np.argmax(np.nan_to_num(shares), axis=1)]
        pixels[~(np.nan_to_num(shares).max(axis=1) > 0), 3] = 0
        ax.imshow(pixels, aspect="auto", extent=extent, interpolation="nearest")
        handles = [Patch(color=colour(state), label=label_text(state)) for state in states]
        ax.legend(
            handles=handles,
            fontsize="small",
            frameon=False,
            loc="upper center",
            ncols=len(states),
            bbox_to_anchor=(0.5, -0.16),
        )

    def _format_row_names(self, ax: Axes) -> None:
        from emotoolkit.plots.figure import ClockFormatter, ClockLocator

        every = -(-len(self.summary) // MAX_ROW_NAMES)
        places = range(0, len(self.summary), every)
        ax.set_yticks(places, [label_text(str(self.summary.index[place])) for place in places])
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, self.end)
        ax.xaxis.set_major_locator(ClockLocator())
        ax.xaxis.set_major_formatter(ClockFormatter())
        ax.set_xlabel("time (min:s)", fontsize="small")

    def draw_distribution(self, ax: Axes) -> None:
        """Draw a box for each label, and for spans a dot for each recording."""
        sets = self._shares() if self.track in SPAN_TRACKS else self._values()
        places = np.arange(len(sets))
        styles: dict[str, Any] = {
            name: {"color": text_colour()} for name in ("whiskerprops", "capprops", "medianprops")
        }
        boxes = ax.boxplot(
            list(sets.values()),
            positions=places,
            orientation="horizontal",
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            widths=0.6,
            **styles,
        )
        for box, name in zip(boxes["boxes"], sets, strict=True):
            box.set(facecolor=(colour(name), 0.35), edgecolor=colour(name))
        if self.track in SPAN_TRACKS:
            for place, (name, values) in zip(places, sets.items(), strict=True):
                # Spread by their order, not at random: the same data give the same figure.
                spread = place + 0.22 * np.sin(np.arange(len(values)) * 2.4)
                ax.plot(values, spread, ".", color=colour(name), markersize=5, alpha=0.8)
            ax.set_xlim(left=-0.01)
        ax.set_yticks(places, [label_text(name) for name in sets])
        ax.set_ylim(len(sets) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", alpha=0.25, linewidth=0.6)

    def _shares(self) -> dict[str, NDArray[np.float64]]:
        """Return the share of each recording's time with each label; recordings without results do not count."""
        names = pd.Index(list(rows_by_label(self.rows["label"])))
        seconds = [_label_seconds(each, names) for each in self._tables_by_row(self.rows)]
        shares = np.clip(np.array(seconds) / self.summary["duration"].to_numpy(np.float64)[:, None], 0, 1)
        return dict(zip(names, shares[self._has_results].T, strict=True))

    @cached_property
    def _has_results(self) -> NDArray[np.bool_]:
        """Which rows of the summary have results of any track."""
        found = self.summary.index.isin(self.tracks.index.unique("file"))
        if "start" in self.summary:  # results of the file need not lie in the clip
            found &= np.array([len(each) > 0 for each in self._tables_by_row(self.tracks)], bool)
        return np.asarray(found, bool)

    def _tables_by_row(self, table: pd.DataFrame) -> list[pd.DataFrame]:
        """Return the results of each row of the summary; for a clip those that overlap it, in the clip's own time."""
        by_file = dict(list(table.groupby(level="file", observed=True)))
        own = [by_file.get(file, table.iloc[:0]) for file in self.summary.index]
        if "start" not in self.summary:
            return own
        begins = self.summary["start"].dt.total_seconds().fillna(0.0)
        return [_clip_rows(*each) for each in zip(own, begins, self.summary["duration"], strict=True)]

    def _values(self) -> dict[str, NDArray[np.float64]]:
        values = self.rows["value"].to_numpy(np.float64)
        return {
            label: values[rows][~np.isnan(values[rows])] for label, rows in rows_by_label(self.rows["label"]).items()
        }

    def _mean_levels(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return the mean level in each column of time."""
        ordered = table.sort_index(level="start")
        return downsample(*row_times(ordered), ordered["value"].to_numpy(np.float64), (0, self.end), HEATMAP_COLUMNS)[2]

    def _activity(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return the mean number of simultaneous spans in each column of time; NaN where there is none."""
        edges = np.linspace(0, self.end, HEATMAP_COLUMNS + 1)
        if table.empty:
            return np.full(HEATMAP_COLUMNS, np.nan)
        starts, ends = row_times(table)
        since = [np.clip(edges[:, None] - each[None], 0, None).sum(axis=1) for each in (starts, ends)]
        activity = np.diff(since[0] - since[1]) / np.diff(edges)
        return np.where(activity > MIN_ACTIVITY, activity, np.nan)


def _clip_rows(table: pd.DataFrame, begin: float, duration: float) -> pd.DataFrame:
    """Return a file's rows that overlap a clip of it, cut to the clip and in its own time."""
    starts, ends = (each - begin for each in row_times(table))
    inside = (starts < duration) & ~(ends <= 0)  # negated, so that a row without an end (NaN) is kept
    cut = table[inside]
    bounds = (np.clip(each[inside], 0, duration) for each in (starts, ends))
    return cut.set_axis(segmented_index("", *bounds))


def _label_seconds(table: pd.DataFrame, names: pd.Index) -> NDArray[np.float64]:
    """Return the total duration of each label in seconds."""
    starts, ends = row_times(table)
    return np.bincount(names.get_indexer(pd.Index(table["label"])), np.nan_to_num(ends - starts), len(names)).astype(
        np.float64
    )
