"""The public plots: recordings and result tables over one axis of media time.

They keep no state, and a label has the same colour in every plot of every notebook. `timeline` decides which rows are
shown, `rows` draws them. matplotlib is imported when something is drawn.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from emotoolkit.errors import SettingsError
from emotoolkit.media.recording import Recording
from emotoolkit.plots import timeline
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.lanes import lanes
from emotoolkit.plots.rows import (
    EngagementRow,
    QualityRow,
    SegmentsRow,
    SignalsRow,
    TextRow,
    UnreadWaveform,
    time_range,
)
from emotoolkit.tables import arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from emotoolkit.plots.rows import Row
    from emotoolkit.tables.results import Results

__all__ = [
    "colour",
    "lanes",
    "plot_engagement",
    "plot_parameters",
    "plot_quality",
    "plot_segments",
    "plot_signals",
    "plot_timeline",
    "plot_waveform",
]


PANEL_HEIGHT_INCHES = 0.55
"""Height of one of many small plots in inches."""


def plot_timeline(
    recording: Recording | Results | str | os.PathLike[str],
    *replays: Results,
    tracks: Sequence[str] | None = None,
    start: float = 0.0,
    end: float | None = None,
    labels: pd.DataFrame | None = None,
) -> Figure:
    """Draw a recording and what the APIs said of it, row by row over one time axis.

    Parameters
    ----------
    recording : Recording, str or path; or Replay
        A recording's pictures and waveform are the upper rows. Where its file is not at hand, pass a replay first: its
        journal has the recording's name and duration.
    *replays : Replay
        Replays of this recording, in the order of their rows. Parameters of Emotion Logic that share a unit share a
        row; a dashed line is a further channel. Signals of Interhuman are bars, the fuller the more probable, hollow
        where no probability was given, pointed where no end came. What was not analysed or not sent is hatched; stalls
        and errors are marked at their moment.
    tracks : sequence of str, optional
        What is drawn: ``pictures``, ``waveform``, ``loudness``, ``labels``, ``segments``, ``signals``, ``engagement``,
        ``quality``, ``gaps``, or names of single parameters. Default: everything there is but the loudness, and of the
        parameters the first few that vary.
    start, end : float, optional
        Media time in seconds that is shown. Default: all of the recording. A window is drawn from the file and the
        tables, not from a coarser figure: it has every sample's peak and every segment, however long the recording is.
    labels : pandas.DataFrame, optional
        What people labelled. `file`, `start`, `end` as index levels or columns (Timedelta or seconds), and a column
        `label`, with `track` beside it if there are several; or, without those, a column for each track.

    Returns
    -------
    matplotlib.figure.Figure
        It shows itself where it is the value of a notebook's cell. `figure.savefig("timeline.pdf")` keeps it.

    Raises
    ------
    SettingsError
        A replay is of another recording, `tracks` has a name that nothing has, `end` is not after `start`, or `labels`
        lacks one of its columns.

    Examples
    --------
    >>> from emotoolkit import Recording
    >>> figure = plot_timeline(Recording("datasets/sample/talk.wav"), start=5, end=20)
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['datasets/sample/talk.wav']
    """
    from emotoolkit.plots.figure import stack_rows

    if isinstance(recording, Recording | str | os.PathLike) or not hasattr(recording, "segments"):
        medium = arguments.as_recording(recording, "plot_timeline")
    else:
        medium, replays = None, (recording, *replays)
    arguments.check_replays(replays, "plot_timeline")
    view = timeline.window(medium, replays, start, end)
    return stack_rows(timeline.rows(medium, replays, tracks, view, labels), view)


def plot_waveform(
    recording: Recording | str | os.PathLike[str],
    *,
    ax: Axes | None = None,
    start: float = 0.0,
    end: float | None = None,
) -> Axes:
    """Draw the lowest and the highest sample of every moment of a recording.

    Parameters
    ----------
    recording : Recording, str or path
        Without sound, the row says so.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.
    start, end : float, optional
        Media time in seconds that is shown. Default: all of the recording.

    Returns
    -------
    matplotlib.axes.Axes
        Time in seconds along x, written as m:ss; amplitude in [−1, 1] along y.

    Examples
    --------
    >>> from emotoolkit import Recording
    >>> axes = plot_waveform(Recording("datasets/sample/talk.wav"))
    >>> len(axes.collections)
    1
    """
    medium = arguments.as_recording(recording, "plot_waveform")
    view = medium.window(start, end)
    target = _draw_row(UnreadWaveform(medium, view).read(), ax, 1.2, medium.file if ax is None else "")
    target.set_xlim(*view)
    return target


def plot_segments(
    table: pd.DataFrame, parameters: Sequence[str] | None = None, *, start: float = 0.0, end: float | None = None
) -> Figure:
    """Draw parameters of Emotion Logic as small multiples: a row with its own scale for each, over one time axis.

    Parameters
    ----------
    table : pandas.DataFrame
        `replay.segments`: index file, start, end; columns by wire name. Of one recording.
    parameters : sequence of str, optional
        Names of columns. Default: all that vary.
    start, end : float, optional
        Media time in seconds that is shown. Default: from 0 to the end of the last segment.

    Returns
    -------
    matplotlib.figure.Figure
        One axes for each parameter, in the order of the names.

    Raises
    ------
    SettingsError
        The table has no such parameter, or holds more than one recording.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_arrays(
    ...     [["a.wav"] * 2, pd.to_timedelta([0, 2], unit="s"), pd.to_timedelta([1, 3], unit="s")],
    ...     names=["file", "start", "end"])
    >>> figure = plot_segments(pd.DataFrame({"channel": 0, "energy": [4.0, 9.0], "stress": [1.0, 3.0]}, index))
    >>> [axes.lines[0].get_label() for axes in figure.axes]
    ['energy', 'stress']
    """
    from emotoolkit.plots.figure import stack_rows

    arguments.check_table(table, "plot_segments", "segments")
    _check_one_recording(table)
    names = timeline.varying_parameters(table) if parameters is None else timeline.choose_parameters(table, parameters)
    view = (start, time_range(table)[1] if end is None else end)
    if not view[0] < view[1]:
        raise SettingsError(setting="end", value=end, rule=f"the window begins at {start:g} s and must end later")
    rows: list[Row] = (
        [SegmentsRow(table, [name], view, min_height=PANEL_HEIGHT_INCHES) for name in names] if len(table) else []
    )
    title = timeline.local_measurement_note(table.attrs.get("source", ""))
    first, *others = rows or [TextRow("no segments")]
    return stack_rows([(title, first), *[("", row) for row in others]], view)


def plot_parameters(table: pd.DataFrame, parameters: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw parameters of Emotion Logic on one scale, as steps: a level for each segment, nothing between segments.

    Parameters
    ----------
    table : pandas.DataFrame
        `replay.segments`: index file, start, end; columns by wire name. Of one recording.
    parameters : sequence of str, optional
        Names of columns, drawn whatever their units. Default: of the first few that vary, those that share the first
        one's unit, since there is only one scale.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One line for each parameter and channel; channels after the first are dashed.

    Raises
    ------
    SettingsError
        The table has no such parameter, or holds more than one recording.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_arrays(
    ...     [["a.wav"] * 2, pd.to_timedelta([0, 2], unit="s"), pd.to_timedelta([1, 3], unit="s")],
    ...     names=["file", "start", "end"])
    >>> axes = plot_parameters(pd.DataFrame({"channel": 0, "energy": [4.0, 9.0]}, index))
    >>> [line.get_label() for line in axes.lines]
    ['energy']
    """
    arguments.check_table(table, "plot_parameters", "segments")
    names = timeline.choose_parameters(table, parameters)
    if parameters is None and names:
        names = timeline.group_by_unit(table, names)[0]
    return _draw_table(SegmentsRow(table, names, time_range(table)), ax, 2.4)


def plot_signals(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw social signals as bars, a lane for each kind, more where bars of a kind overlap.

    Parameters
    ----------
    table : pandas.DataFrame
        `replay.signals`: index file, start, end; columns signal, probability, closed. Of one recording.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Kinds from top to bottom in the order of the alphabet. The fuller a bar, the more probable (low, medium, high);
        hollow: no probability was given; pointed: no end came.

    Raises
    ------
    SettingsError
        The table holds more than one recording.
    """
    arguments.check_table(table, "plot_signals", "signals")
    row = SignalsRow(table, time_range(table))
    return _draw_table(row, ax, row.height)


def plot_engagement(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw engagement as one band, coloured by state.

    Parameters
    ----------
    table : pandas.DataFrame
        `replay.engagement`: index file, start, end; column state. Of one recording.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One collection of bars for each state.

    Raises
    ------
    SettingsError
        The table holds more than one recording.
    """
    arguments.check_table(table, "plot_engagement", "engagement")
    return _draw_table(EngagementRow(table, time_range(table)), ax, 0.6)


def plot_quality(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw conversation quality: a step line for each score, and the last overall index as a dotted line.

    Parameters
    ----------
    table : pandas.DataFrame
        `replay.quality`: index file, start, end; column scope (timeline or overall) and scores from 0 to 100. Of one
        recording.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Scores from 0 to 100 along y.

    Raises
    ------
    SettingsError
        The table holds more than one recording.
    """
    arguments.check_table(table, "plot_quality", "quality")
    return _draw_table(QualityRow(table, time_range(table)), ax, 2.4)


def _draw_table(row: SegmentsRow | SignalsRow | EngagementRow | QualityRow, ax: Axes | None, height: float) -> Axes:
    """Draw a row of one table, under the note that it is a local measurement if it is one."""
    _check_one_recording(row.table)
    return _draw_row(row, ax, height, timeline.local_measurement_note(row.table.attrs.get("source", "")))


def _check_one_recording(table: pd.DataFrame) -> None:
    files = list(table.index.unique("file")) if "file" in table.index.names else []
    if len(files) > 1:
        raise SettingsError(
            setting="table",
            value=f"{len(files)} recordings",
            rule=f"a plot shows one; take it by table.loc[[{files[0]!r}]]",
        )


def _draw_row(row: Row, ax: Axes | None, height: float, title: str) -> Axes:
    from emotoolkit.plots.figure import format_time_axes, new_axes

    target = ax or new_axes(height)
    row.draw(target)
    return format_time_axes(target, title)
