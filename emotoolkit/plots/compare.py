"""Figures that compare two replays of one recording, by one API or by two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.apis.registry import tables_of
from emotoolkit.errors import SettingsError
from emotoolkit.media.same_file import is_other_recording
from emotoolkit.plots import timeline
from emotoolkit.plots.drawing.fonts import label_text
from emotoolkit.plots.rows import DifferenceRow, EngagementRow, SignalsRow, TextRow
from emotoolkit.tables import arguments
from emotoolkit.tables.coincidence import coincidence
from emotoolkit.tables.from_events import SCORE_NAMES, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from emotoolkit.plots.rows import Row
    from emotoolkit.tables.results import Results

__all__ = ["plot_compare"]

FULL_COLOUR_SD = 2.0
"""Standard deviations from the mean at which a cell's colour saturates."""

WHITE_TEXT_MIN_SD = 1.2
"""Standard deviations from which on a cell is so dark that its number is white."""

CELL_HEIGHT_INCHES = 0.3
"""Height of a row of cells in inches."""


def plot_compare(
    one: Results,
    other: Results,
    *,
    names: tuple[str, str] = ("first", "second"),
    start: float = 0.0,
    end: float | None = None,
) -> Figure:
    r"""Draw two replays of one recording against each other.

    Parameters
    ----------
    one, other : Replay
        Of the same API (two servers, two speeds, two versions): every parameter and score as a pair of lines with their
        mean difference, the signals of both in neighbouring lanes, the states of both as two bands. Of two APIs, one
        with parameters and one with signals or states: how far each parameter is from its mean while each signal and
        each state lasts. Of any other two APIs: what they have in common.
    names : (str, str), optional
        Names of the replays in the figure, where they are of the same API.
    start, end : float, optional
        Media time in seconds that is shown, where they are of the same API. Default: all of the recording.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        The replays are of different recordings.

    Examples
    --------
    >>> from emotoolkit import EmotionLogic, replay
    >>> api = EmotionLogic()
    >>> fast, faster = (replay("datasets/sample/talk.wav", api, speed=speed, progress=False) for speed in (30, 60))
    >>> figure = plot_compare(fast, faster, names=("speed 30", "speed 60"), start=5, end=15)
    >>> figure.axes[0].get_legend().get_title().get_text()
    'energy\nmean difference 0'
    """
    from emotoolkit.plots.figure import stack_rows

    arguments.check_replays((one, other), "plot_compare")
    if is_other_recording(one, other):
        raise SettingsError(setting="other", value=other.file, rule=f"it must be of the same recording, {one.file!r}")
    if one.api != other.api:
        for voice, face in ((one, other), (other, one)):
            if _fills_table(voice, "segments") and _fills_table(face, "signals", "engagement"):
                return _draw_coincidence(voice, face)
    view = timeline.window(None, [one, other], start, end)
    rows = list(_comparison_rows(one, other, names, view)) or [TextRow(_empty_reason(one, other))]
    headings = [timeline.heading(each) for each in ((one,) if one.api == other.api else (one, other))]
    title = " · ".join([one.file, *headings])
    return stack_rows([(title, rows[0]), *[("", row) for row in rows[1:]]], view)


def _fills_table(replay: Results, *tables: str) -> bool:
    """Whether the API of a replay is one that fills one of these tables."""
    return not {*tables}.isdisjoint(tables_of(replay.api))


def _empty_reason(one: Results, other: Results) -> str:
    """Return the text that explains an empty comparison."""
    return "neither replay has a result" if one.api == other.api else "the two have nothing in common to be compared"


def _comparison_rows(one: Results, other: Results, names: tuple[str, str], view: tuple[float, float]) -> Iterator[Row]:
    """Yield a row for each kind of result that both replays have."""
    yield from _parameter_rows(one, other, names, view)
    if len(one.signals) or len(other.signals):
        yield SignalsRow(_merge_signals(one.signals, other.signals, names), view, lane_column="lane")
    for replay, name in zip((one, other), names, strict=True):
        if len(replay.engagement):
            yield EngagementRow(replay.engagement, view, name=name)
    one_period, other_period = (
        each.quality[each.quality["scope"] == "timeline"].sort_index(level="start") for each in (one, other)
    )
    for score in SCORE_NAMES:
        if all(table[score].notna().any() for table in (one_period, other_period)):
            yield DifferenceRow(one_period, other_period, score, score, names, view)


def _parameter_rows(one: Results, other: Results, names: tuple[str, str], view: tuple[float, float]) -> Iterator[Row]:
    both = [name for name in timeline.varying_parameters(one.segments) if name in parameters(other.segments)]
    channels = sorted({*one.segments["channel"], *other.segments["channel"]})
    for name in both:
        for channel in channels:
            first, second = (_channel_segments(each.segments, channel) for each in (one, other))
            which = f", channel {channel}" if len(channels) > 1 else ""
            yield DifferenceRow(first, second, name, name + which, names, view)


def _channel_segments(segments: pd.DataFrame, channel: int) -> pd.DataFrame:
    return segments[segments["channel"] == channel].sort_index(level="start")


def _merge_signals(one: pd.DataFrame, other: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Return the signals of both in one table, with a lane for each kind and replay."""
    pieces = []
    for table, name in zip((one, other), names, strict=True):
        kinds = table["signal"].astype("str")
        pieces.append(table.assign(signal=kinds, lane=[f"{kind} · {name}" for kind in kinds]))
    return pd.concat(pieces)


def _draw_coincidence(voice: Results, face: Results) -> Figure:
    """Draw a heat map of the voice's parameters during the face's labels."""
    from emotoolkit.plots.figure import WIDTH_INCHES, NotebookAxes, NotebookFigure, format_axes

    table = coincidence(voice.segments, _signals_and_states(face))
    title = f"{voice.file} · voice during signals and states, against its mean"
    figure = NotebookFigure(figsize=(WIDTH_INCHES, 1.8 + CELL_HEIGHT_INCHES * max(3, len(table))), layout="constrained")
    ax = figure.add_subplot(axes_class=NotebookAxes)
    if table.empty or not table.notna().any(axis=None):
        TextRow("the two never speak of the same moment").draw(ax)
        ax.set_xticks([])
        format_axes(ax, title)
        return figure
    _draw_cells(ax, table)
    format_axes(ax, title)
    ax.spines[:].set_visible(False)
    sources = {timeline.local_measurement_note(each.source) for each in (voice, face)} - {""}
    figure.supxlabel(label_text(" · ".join(sorted(sources)), max_chars=110), fontsize="small")
    return figure


def _signals_and_states(face: Results) -> pd.DataFrame:
    """Return signals and states in one table, the signals first."""
    signals, states = face.signals["signal"].astype("str"), face.engagement["state"].astype("str")
    order = [*dict.fromkeys(sorted(signals)), *dict.fromkeys(sorted(states))]
    labels = pd.concat([signals, states])
    return pd.DataFrame({"label": pd.Categorical(labels, list(dict.fromkeys(order)))}, labels.index)


def _draw_cells(ax: Axes, table: pd.DataFrame) -> None:
    """Draw a coloured cell with its number for each parameter and label."""
    # Violet and orange are distinguishable in every kind of colour vision; the middle of the scale is pale.
    image = ax.imshow(table.to_numpy(), cmap="PuOr_r", vmin=-FULL_COLOUR_SD, vmax=FULL_COLOUR_SD, aspect="auto")
    seconds = table.attrs["seconds"]
    ax.set_xticks(range(table.shape[1]), [f"{label_text(str(name))}\n{seconds[name]:.1f} s" for name in table])
    ax.set_yticks(range(len(table)), [label_text(name) for name in table.index])
    ax.tick_params(length=0)
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        if not np.isnan(value):
            text_colour = "white" if abs(value) > WHITE_TEXT_MIN_SD else "black"
            ax.text(
                column,
                row,
                f"{round(value, 1) + 0.0:+.1f}",
                ha="center",
                va="center",
                fontsize="small",
                color=text_colour,
            )
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.03, pad=0.02)
    bar.set_label("standard deviations from the mean", fontsize="small")
    bar.ax.tick_params(labelsize="small")
