"""Timelines: recordings and result tables over one axis of media time.

Functions of tables. None of them keeps anything, and a label has the same colour in every plot of every notebook. What
is drawn is one artist per row and label, never one per interval, so that eight hours draw as quickly as eight minutes.
matplotlib is imported when something is drawn.
"""

from __future__ import annotations

import heapq
import textwrap
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from emotoolkit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from emotoolkit.recording import Recording

__all__ = [
    "Replayed",
    "colour",
    "lanes",
    "plot_engagement",
    "plot_quality",
    "plot_segments",
    "plot_signals",
    "plot_timeline",
    "plot_waveform",
]

PALETTE = (
    "#b9ac70",
    "#ffa90e",
    "#3f90da",
    "#e76300",
    "#94a4a2",
    "#832db6",
    "#bd1f01",
    "#a96b59",
    "#717581",
    "#92dadd",
)
"""Ten colours that people with any colour vision tell apart: M. A. Petroff, arXiv:2107.02270."""

SALT = b"85696"
"""Chosen so that Interhuman's ten signals get ten colours, and so do its states and scores among themselves."""

FIRST = ("energy", "voiceEnergy", "stress", "uncertainty", "excitement", "concentration", "hesitation", "arousal")
"""Parameters of Emotion Logic that are drawn without being asked for, in this order, as far as they are there."""

SHOWN = 4
"""How many of them."""

NOT_PARAMETERS = ("channel", "index", "validSegment")

SCORES = ("quality_index", "clarity", "authority", "energy", "rapport", "learning")

STRENGTH = {"low": 0.3, "medium": 0.6, "high": 0.95}
"""Opacity of a signal by its probability. A signal without one is drawn hollow."""

DASHES = ("-", (0, (2, 1)), (0, (1, 1)), (0, (4, 1, 1, 1)))
"""Line styles by channel, from channel 0."""

GREY = "0.35"
WIDTH = 11.0
"""Inches of a figure."""

FOLLOWS = 1e-6
"""Seconds. Segments that are no further apart than this follow each other: their levels are joined."""

LANE = 0.24
"""Inches of one lane of signals."""

PICTURE_HEIGHT, PICTURE_PIXELS = 0.72, 144
"""Height of a picture in a strip, in inches, and in pixels."""

STRIP_ALONE, STRIP_BESIDE_LEGENDS = 9.8, 7.7
"""Inches that a strip may take: what the layout leaves between the labels on the left and the legends, if any."""

PICTURES_READ = 140
"""Most pictures read for a strip: a narrower window of a long recording has no strip."""

POINTS = 2000
"""Stretches of the waveform over the width of a plot: more than it has pixels."""

POINTS_READ = 400_000
"""Most stretches into which a whole recording is divided for a narrow window."""

ROWS = {
    "pictures": "pictures of the recording",
    "waveform": "its sound",
    "segments": "parameters of Emotion Logic",
    "signals": "social signals of Interhuman",
    "engagement": "its engagement states",
    "quality": "its conversation quality",
}
"""What `tracks` can name, besides the names of single parameters."""


class Replayed(Protocol):
    """What a plot reads of a replay: the name of its API, the file that was replayed, and the tables."""

    @property
    def api(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def segments(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def signals(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def engagement(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def quality(self) -> pd.DataFrame: ...  # noqa: D102


def colour(label: str) -> str:
    """Give the colour of a label: the same in every plot, whatever else is drawn.

    Parameters
    ----------
    label : str
        Name of a parameter, a signal, a state or a score.

    Returns
    -------
    str
        One of ten colours, as ``#rrggbb``.

    Examples
    --------
    >>> colour("agreement") == colour("agreement"), colour("agreement") == colour("confusion")
    (True, False)
    """
    return PALETTE[int.from_bytes(blake2b(label.encode(), digest_size=4, salt=SALT).digest(), "big") % len(PALETTE)]


def lanes(starts: ArrayLike, ends: ArrayLike) -> NDArray[np.int64]:
    """Give every interval a lane, so that no two in the same lane overlap, with as few lanes as there can be.

    Parameters
    ----------
    starts, ends : array_like
        Shape (intervals,), in any unit and order. An end is not part of its interval: one may begin where another
        ends. An interval without length still takes its lane for that moment.

    Returns
    -------
    numpy.ndarray
        Shape (intervals,), int64: number of the lane, from 0. Earlier intervals have lower lanes.

    Examples
    --------
    >>> lanes([0, 1, 2], [2, 3, 4]).tolist()
    [0, 1, 0]
    """
    first = np.asarray(starts, np.float64)
    last = np.maximum(np.asarray(ends, np.float64), np.nextafter(first, np.inf))
    lane = np.zeros(len(first), np.int64)
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    for at in np.argsort(first, kind="stable"):
        while busy and busy[0][0] <= first[at]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane[at] = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (float(last[at]), int(lane[at])))
    return lane


def plot_timeline(
    recording: Recording,
    *replays: Replayed,
    tracks: Sequence[str] | None = None,
    start: float | None = None,
    end: float | None = None,
) -> Figure:
    """Draw a recording and what the APIs said of it, row by row over one time axis.

    Parameters
    ----------
    recording : Recording
        Its pictures and its waveform are the upper rows.
    *replays : Replay
        Replays of this recording, in the order of their rows. Parameters of Emotion Logic that share a unit share a
        row; a dashed line is a further channel. Signals of Interhuman are bars, the fuller the more probable, hollow
        where no probability was given, pointed where no end came.
    tracks : sequence of str, optional
        What is drawn: ``pictures``, ``waveform``, ``segments``, ``signals``, ``engagement``, ``quality``, or names of
        single parameters. Default: everything there is, and of the parameters the first few that vary.
    start, end : float, optional
        Media time in seconds that is shown. Default: all of the recording.

    Returns
    -------
    matplotlib.figure.Figure
        It shows itself where it is the value of a notebook's cell. `figure.savefig("timeline.pdf")` keeps it.

    Raises
    ------
    SettingsError
        A replay is of another recording, `tracks` has a name that nothing has, or `end` is not after `start`.

    Examples
    --------
    >>> from emotoolkit import Recording
    >>> figure = plot_timeline(Recording("datasets/sample/talk.wav"), start=5, end=20)
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['datasets/sample/talk.wav']
    """
    from emotoolkit.figure import ShownFigure

    view = _view(recording, start, end)
    _check_files(recording, replays)
    _check_tracks(tracks, replays)
    rows = [*_recording_rows(recording, view, tracks, STRIP_BESIDE_LEGENDS if replays else STRIP_ALONE)]
    for replay in replays:
        rows += _replay_rows(replay, view, tracks)
    rows = rows or [_Row(lambda ax: _empty(ax, "nothing to draw"), LANE)]
    heights = [row.height for row in rows]
    figure = ShownFigure(figsize=(WIDTH, sum(heights) + 0.28 * len(rows) + 0.5), layout="constrained")
    axes = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for ax, row in zip(axes, rows, strict=True):
        row.draw(ax)
        _dress(ax, row.title)
        ax.set_xlim(*view)
    if not rows[0].title:
        axes[0].set_title(recording.file, loc="left", fontsize="medium")
    for ax in axes[:-1]:
        ax.set_xlabel("")
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="x", length=0)
    return figure


def plot_waveform(
    recording: Recording, *, ax: Axes | None = None, start: float | None = None, end: float | None = None
) -> Axes:
    """Draw the lowest and the highest sample of every moment of a recording.

    Parameters
    ----------
    recording : Recording
        One without sound gives an empty row that says so.
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
    view = _view(recording, start, end)
    target = ax or _new_axes(1.2)
    _draw_waveform(target, recording, view)
    _dress(target, recording.file if ax is None else "")
    target.set_xlim(*view)
    return target


def plot_segments(table: pd.DataFrame, parameters: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw parameters of Emotion Logic as steps: a level for each segment, nothing between segments.

    Parameters
    ----------
    table : pandas.DataFrame
        `replay.segments`: index file, start, end; columns by wire name. Of one recording.
    parameters : sequence of str, optional
        Names of columns. Default: of the first few that vary, those that share the first one's unit, since there is
        but one scale. Named ones are drawn whatever their units.
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
    >>> axes = plot_segments(pd.DataFrame({"channel": 0, "energy": [4.0, 9.0]}, index))
    >>> [line.get_label() for line in axes.lines]
    ['energy']
    """
    _check_one_file(table)
    target = ax or _new_axes(2.4)
    names = _chosen(table, parameters)
    if parameters is None and names:
        names = _by_unit(table, names)[0]
    _draw_segments(target, table, names)
    return _dress(target, _headline(table, ""))


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

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_arrays(
    ...     [["a.mp4"], pd.to_timedelta([3.0], unit="s"), pd.to_timedelta([8.0], unit="s")],
    ...     names=["file", "start", "end"])
    >>> table = pd.DataFrame({"signal": ["interest"], "probability": ["high"], "closed": [True]}, index)
    >>> [text.get_text() for text in plot_signals(table).get_yticklabels()]
    ['interest']
    """
    _check_one_file(table)
    target = ax or _new_axes(_signals_height(table))
    _draw_signals(target, table, _span(table))
    return _dress(target, _headline(table, ""))


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

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_arrays(
    ...     [["a.mp4"], pd.to_timedelta([0.0], unit="s"), pd.to_timedelta([8.0], unit="s")],
    ...     names=["file", "start", "end"])
    >>> [bars.get_label() for bars in plot_engagement(pd.DataFrame({"state": ["engaged"]}, index)).collections]
    ['engaged']
    """
    _check_one_file(table)
    target = ax or _new_axes(0.6)
    _draw_engagement(target, table)
    return _dress(target, _headline(table, ""))


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

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_arrays(
    ...     [["a.mp4"], pd.to_timedelta([0.0], unit="s"), pd.to_timedelta([8.0], unit="s")],
    ...     names=["file", "start", "end"])
    >>> axes = plot_quality(pd.DataFrame({"scope": ["timeline"], "clarity": [60.0]}, index))
    >>> [line.get_label() for line in axes.lines]
    ['clarity']
    """
    _check_one_file(table)
    target = ax or _new_axes(2.4)
    _draw_quality(target, table)
    return _dress(target, _headline(table, ""))


@dataclass(frozen=True)
class _Row:
    """One row of a timeline: how it draws itself, its height in inches, and what stands over it."""

    draw: Callable[[Axes], None]
    height: float
    title: str = ""


# -- what is to be drawn ----------------------------------------------------------------------------------------------


def _view(recording: Recording, start: float | None, end: float | None) -> tuple[float, float]:
    first = 0.0 if start is None else start
    last = recording.duration if end is None else end
    if not first < last:
        raise SettingsError(setting="end", value=last, rule=f"what is shown begins at {first:g} s and must end later")
    return first, last


def _check_files(recording: Recording, replays: Sequence[Replayed]) -> None:
    for replay in replays:
        # Only the last part is compared: a dataset may have moved since it was replayed.
        if Path(replay.file).name != Path(recording.file).name:
            raise SettingsError(
                setting="replays", value=replay.file, rule=f"the recording that is drawn is {recording.file!r}"
            )


def _check_tracks(tracks: Sequence[str] | None, replays: Sequence[Replayed]) -> None:
    if tracks is None:
        return
    if isinstance(tracks, str):
        raise SettingsError(setting="tracks", value=tracks, rule=f"it is a list of names, such as [{tracks!r}]")
    known = [*ROWS, *dict.fromkeys(name for replay in replays for name in _parameters(replay.segments))]
    for track in tracks:
        if track not in known:
            raise SettingsError(setting="tracks", value=track, rule=f"there are {', '.join(known)}")


def _check_one_file(table: pd.DataFrame) -> None:
    if "file" in table.index.names:
        files = table.index.unique("file")
        if len(files) > 1:
            raise SettingsError(
                setting="table",
                value=f"{len(files)} recordings",
                rule=f"a plot shows one; take it by table.loc[[{files[0]!r}]]",
            )


def _recording_rows(
    recording: Recording, view: tuple[float, float], tracks: Sequence[str] | None, width: float
) -> Iterator[_Row]:
    if recording.video is not None and (tracks is None or "pictures" in tracks):
        strip = _strip(recording, view, width)
        if strip:
            yield _Row(lambda ax: _draw_pictures(ax, strip, view), PICTURE_HEIGHT)
    if recording.audio is not None and (tracks is None or "waveform" in tracks):
        yield _Row(lambda ax: _draw_waveform(ax, recording, view), 0.8)


def _replay_rows(replay: Replayed, view: tuple[float, float], tracks: Sequence[str] | None) -> list[_Row]:
    rows = [
        *_segment_rows(replay, tracks),
        *_signal_rows(replay, view, tracks),
    ]
    # One title for the replay, over its first row.
    return [_Row(row.draw, row.height, _title(replay) if number == 0 else "") for number, row in enumerate(rows)]


def _segment_rows(replay: Replayed, tracks: Sequence[str] | None) -> Iterator[_Row]:
    table = replay.segments
    named = [name for name in tracks or () if name in _parameters(table)]
    if not named and tracks is not None and "segments" not in tracks:
        return
    if table.empty:
        if "emotion" in replay.api.lower():
            yield _Row(lambda ax: _draw_segments(ax, table, []), LANE * 2)
        return
    for names in _by_unit(table, _chosen(table, named or None)):
        yield _Row(lambda ax, names=names: _draw_segments(ax, table, names), 1.0)  # type: ignore[misc]


def _signal_rows(replay: Replayed, view: tuple[float, float], tracks: Sequence[str] | None) -> Iterator[_Row]:
    expected = "interhuman" in replay.api.lower()
    signals, engagement, quality = replay.signals, replay.engagement, replay.quality
    if _wanted("signals", tracks) and (expected or not signals.empty):
        yield _Row(lambda ax: _draw_signals(ax, signals, view), _signals_height(signals))
    if _wanted("engagement", tracks) and (expected or not engagement.empty):
        yield _Row(lambda ax: _draw_engagement(ax, engagement), LANE * 2)
    # Quality is sent only where it was asked for: its absence is nothing to show.
    if _wanted("quality", tracks) and not quality.empty:
        yield _Row(lambda ax: _draw_quality(ax, quality), 1.3)


def _wanted(row: str, tracks: Sequence[str] | None) -> bool:
    return tracks is None or row in tracks


def _title(replay: Replayed) -> str:
    tables = [replay.segments, replay.signals, replay.engagement, replay.quality]
    table = next((table for table in tables if table.attrs.get("source")), tables[0])
    return _headline(table, replay.api.replace("_", " ").title())


def _headline(table: pd.DataFrame, name: str) -> str:
    """Say whose numbers these are; a local measurement must be called one wherever it is shown."""
    source = str(table.attrs.get("source", ""))
    return " · ".join(part for part in (name, source if "local measurement" in source else "") if part)


def _parameters(table: pd.DataFrame) -> list[str]:
    return [
        str(name)
        for name in table.columns
        if name not in NOT_PARAMETERS and pd.api.types.is_numeric_dtype(table[name].dtype)
    ]


def _chosen(table: pd.DataFrame, parameters: Sequence[str] | None) -> list[str]:
    there = _parameters(table)
    if parameters is None:
        ordered = sorted(there, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
        return ([name for name in ordered if table[name].nunique() > 1] or ordered)[:SHOWN]
    for name in parameters:
        if name not in there:
            raise SettingsError(setting="parameters", value=name, rule=f"the table has {', '.join(there) or 'none'}")
    return list(parameters)


def _by_unit(table: pd.DataFrame, names: Sequence[str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_unit(table, name), []).append(name)
    return list(groups.values())


def _unit(table: pd.DataFrame, name: str) -> str:
    return str(table.attrs.get("units", {}).get(name, ""))


def _strip(recording: Recording, view: tuple[float, float], width: float) -> list[Picture]:
    """Read the pictures that fill the view, each the key picture at or before the middle of its place."""
    assert recording.video is not None
    across = max(1, int(width * recording.video.height / (PICTURE_HEIGHT * recording.video.width)))
    places = max(1, round(across * recording.duration / (view[1] - view[0])))
    if places > PICTURES_READ:
        return []
    middles = (np.arange(places) + 0.5) * recording.duration / places
    images = recording.images(places, PICTURE_PIXELS)
    return [
        (float(middle), pixels)
        for middle, (_, pixels) in zip(middles, images, strict=False)
        if view[0] <= middle < view[1]
    ]


def _times(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give start and end of every row in seconds."""
    starts, ends = (pd.TimedeltaIndex(table.index.get_level_values(level)) for level in ("start", "end"))
    return np.asarray(starts.total_seconds(), np.float64), np.asarray(ends.total_seconds(), np.float64)


def _span(table: pd.DataFrame) -> tuple[float, float]:
    if table.empty:
        return 0.0, 1.0
    starts, ends = _times(table)
    return float(starts.min()), float(ends.max())


def _steps(
    starts: NDArray[np.float64], ends: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the points of one line: a level from each start to its end, broken (NaN) where the next does not follow."""
    broken = np.append(starts[1:] - ends[:-1] > FOLLOWS, True)
    x = np.column_stack([starts, ends, ends]).ravel()
    y = np.column_stack([values, values, np.where(broken, np.nan, values)]).ravel()
    return x, y


def _kinds(table: pd.DataFrame) -> list[str]:
    return sorted(str(kind) for kind in table["signal"].dropna().unique())


def _states(table: pd.DataFrame) -> list[str]:
    """Give the states that occur: in the order of the categories, else of the alphabet."""
    there = {str(state) for state in table["state"].dropna().unique()}
    if isinstance(table["state"].dtype, pd.CategoricalDtype):
        return [str(state) for state in table["state"].cat.categories if state in there]
    return sorted(there)


def _packed(table: pd.DataFrame) -> tuple[NDArray[np.int64], dict[str, tuple[int, int]]]:
    """Give every signal its lane, counted over all kinds, and every kind its first lane and how many it has."""
    starts, ends = _times(table)
    names = table["signal"].astype(str).to_numpy()
    lane = np.zeros(len(table), np.int64)
    blocks: dict[str, tuple[int, int]] = {}
    first = 0
    for kind in _kinds(table):
        rows = names == kind
        lane[rows] = first + lanes(starts[rows], ends[rows])
        count = int(lane[rows].max()) + 1 - first
        blocks[kind] = (first, count)
        first += count
    return lane, blocks


def _signals_height(table: pd.DataFrame) -> float:
    if table.empty:
        return LANE * 2
    _, blocks = _packed(table)
    return LANE * max(2, sum(count for _, count in blocks.values()))


# -- drawing ----------------------------------------------------------------------------------------------------------


def _new_axes(height: float) -> Axes:
    """Make a figure that a notebook shows at the end of the cell, as other plotting libraries do."""
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(WIDTH, height + 0.8), layout="constrained")
    return ax


def _dress(ax: Axes, title: str) -> Axes:
    from emotoolkit.figure import ClockFormatter, ClockLocator

    ax.xaxis.set_major_locator(ClockLocator())
    ax.xaxis.set_major_formatter(ClockFormatter())
    ax.set_xlabel("time (min:s)")
    ax.margins(x=0)
    ax.grid(axis="x", alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if title:
        ax.set_title(title, loc="left", fontsize="medium")
    return ax


def _legend(ax: Axes, **settings: object) -> None:
    """Put the legend right of the row, where it hides nothing; the layout makes room for it."""
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.005, 1.0),
        borderaxespad=0,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
        alignment="left",
        **settings,
    )


def _empty(ax: Axes, text: str) -> None:
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=GREY, fontsize="small")
    ax.set_yticks([])


def _draw_pictures(ax: Axes, strip: Sequence[Picture], view: tuple[float, float]) -> None:
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    # Placed, not stretched: a face keeps its shape whatever the width of the axes.
    for time, pixels in strip:
        image = OffsetImage(pixels, zoom=PICTURE_HEIGHT * 72 / pixels.shape[0])
        box = AnnotationBbox(image, (time, 0.5), frameon=False, pad=0, annotation_clip=True)
        box.set_in_layout(False)
        ax.add_artist(box)
    ax.set_xlim(*view)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _draw_waveform(ax: Axes, recording: Recording, view: tuple[float, float]) -> None:
    if recording.audio is None:
        _empty(ax, "no sound")
        return
    points = min(round(POINTS * recording.duration / (view[1] - view[0])), POINTS_READ)
    times, low, high = recording.envelope(max(points, 1))
    shown = (times >= view[0]) & (times <= view[1])
    ax.fill_between(times[shown], low[shown], high[shown], color=GREY, linewidth=0.4)
    top = max(float(np.max(np.abs([low[shown], high[shown]]), initial=0.0)), 0.01)
    ax.set_ylim(-1.05 * top, 1.05 * top)
    ax.set_yticks([0], ["sound"], fontsize="small")
    ax.tick_params(axis="y", length=0)


def _draw_segments(ax: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    if table.empty or not names:
        _empty(ax, "no segments")
        return
    units = {_unit(table, name) for name in names}
    for channel in sorted(int(number) for number in table["channel"].unique()):
        rows = table[table["channel"] == channel].sort_index(level="start")
        starts, ends = _times(rows)
        for name in names:
            x, y = _steps(starts, ends, rows[name].to_numpy(np.float64, na_value=np.nan))
            label = _line_label(table, name, channel, one_unit=len(units) == 1)
            style = DASHES[channel % len(DASHES)]
            ax.plot(x, y, color=colour(name), linestyle=style, linewidth=1.6, label=label)
    ax.margins(y=0.1)
    title = units.pop() if len(units) == 1 else ""
    _legend(ax, title=textwrap.fill(title, 26) or None)


def _line_label(table: pd.DataFrame, name: str, channel: int, *, one_unit: bool) -> str:
    unit = "" if one_unit or not _unit(table, name) else f" ({_unit(table, name)})"
    return f"{name}{unit}" + (f", channel {channel}" if table["channel"].nunique() > 1 else "")


def _draw_signals(ax: Axes, table: pd.DataFrame, view: tuple[float, float]) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba

    if table.empty:
        _empty(ax, "no signals")
        return
    lane, blocks = _packed(table)
    strengths = table["probability"].astype(object).map(STRENGTH).fillna(0.0).to_numpy(np.float64)
    bars = _bars(table, lane, 0.012 * (view[1] - view[0]))
    names = table["signal"].astype(str).to_numpy()
    for kind in blocks:
        rows = names == kind
        fills = np.tile(to_rgba(colour(kind)), (rows.sum(), 1))
        fills[:, 3] = strengths[rows]
        ax.add_collection(
            PolyCollection(bars[rows], facecolors=fills, edgecolors=colour(kind), linewidths=0.8, label=kind)
        )
    ax.autoscale_view()
    ax.set_yticks([first + (count - 1) / 2 for first, count in blocks.values()], list(blocks), fontsize="small")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(sum(count for _, count in blocks.values()), 2) - 0.5, -0.5)
    _legend(ax, handles=_signal_handles(table))


def _bars(table: pd.DataFrame, lane: NDArray[np.int64], point: float) -> NDArray[np.float64]:
    """Give the corners of every bar, shape (signals, 5, 2). The right side of one that did not end is a point."""
    starts, ends = _times(table)
    shoulder = np.where(table["closed"].to_numpy(bool), ends, np.maximum(ends - point, starts))
    top, bottom = lane - 0.38, lane + 0.38
    x = np.stack([starts, shoulder, ends, shoulder, starts], axis=1)
    y = np.stack([bottom, bottom, lane.astype(np.float64), top, top], axis=1)
    return np.stack([x, y], axis=2)


def _signal_handles(table: pd.DataFrame) -> list[object]:
    """Explain the strengths that occur, and no others."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    said = set(table["probability"].dropna())
    handles: list[object] = [
        Patch(facecolor=("black", opacity), edgecolor="black", linewidth=0.8, label=f"{name} probability")
        for name, opacity in STRENGTH.items()
        if name in said
    ]
    if table["probability"].isna().any():
        handles.append(Patch(facecolor="none", edgecolor="black", linewidth=0.8, label="no probability given"))
    if not table["closed"].all():
        handles.append(Line2D([], [], linestyle="", marker=">", color="black", label="no end came"))
    return handles


def _draw_engagement(ax: Axes, table: pd.DataFrame) -> None:
    if table.empty:
        _empty(ax, "no engagement states")
        return
    starts, ends = _times(table)
    states = table["state"].astype(str).to_numpy()
    for state in _states(table):
        rows = states == state
        spans = list(zip(starts[rows], ends[rows] - starts[rows], strict=True))
        ax.broken_barh(spans, (-0.4, 0.8), facecolors=colour(state), linewidth=0, label=state)
    ax.set_ylim(-0.5, 0.5)
    ax.set_yticks([0], ["engagement"], fontsize="small")
    ax.tick_params(axis="y", length=0)
    _legend(ax)


def _draw_quality(ax: Axes, table: pd.DataFrame) -> None:
    if table.empty:
        _empty(ax, "no quality scores")
        return
    periods = table[table["scope"] == "timeline"].sort_index(level="start")
    overall = table[table["scope"] == "overall"].sort_index(level="end")
    starts, ends = _times(periods)
    for score in (score for score in SCORES if score in table.columns and len(periods)):
        x, y = _steps(starts, ends, periods[score].to_numpy(np.float64, na_value=np.nan))
        width = 2.2 if score == "quality_index" else 1.2
        ax.plot(x, y, color=colour(score), linewidth=width, label=score)
    if len(overall) and "quality_index" in overall:
        _draw_overall(ax, float(overall["quality_index"].iloc[-1]), _span(table))
    ax.set_ylim(-3, 103)
    ax.set_yticks([0, 50, 100])
    _legend(ax, title="conversation quality")


def _draw_overall(ax: Axes, score: float, span: tuple[float, float]) -> None:
    """The overall scores run on with the recording: the last one is about all of it."""
    ax.plot(span, (score, score), color=colour("quality_index"), linestyle=":", label="quality_index, overall")


if TYPE_CHECKING:
    Picture = tuple[float, NDArray[np.uint8]]
