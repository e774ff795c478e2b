"""Plots, judged by what is drawn (lines, bars, labels), never by pixels."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox

from emotoolkit import plots
from emotoolkit.errors import SettingsError
from emotoolkit.figure import ClockLocator, clock
from emotoolkit.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

SAMPLE = Path(__file__).resolve().parent.parent / "datasets" / "sample"
TALK, INTERVIEW = SAMPLE / "talk.wav", SAMPLE / "interview.mp4"
LOCAL = "local measurement (emotoolkit 0.1.0)"
UNITS = {"energy": "dB", "voiceEnergy": "16-bit amplitude", "stress": "0–30", "uncertainty": "0–30"}
PROBABILITY = pd.CategoricalDtype(["low", "medium", "high"], ordered=True)
STATE = pd.CategoricalDtype(["engaged", "neutral", "disengaged"])

Signal = tuple[float, float, str, str | None, bool]


def index(starts: Sequence[float], ends: Sequence[float], file: str = "a.wav") -> pd.MultiIndex:
    """Make the index of all tables."""
    times = [pd.to_timedelta(np.asarray(each, float), unit="s") for each in (starts, ends)]
    return pd.MultiIndex.from_arrays([np.full(len(starts), file, object), *times], names=["file", "start", "end"])


def segments(
    starts: Sequence[float] = (), ends: Sequence[float] = (), channel: Any = 0, *, source: str = LOCAL, **columns: Any
) -> pd.DataFrame:
    """Make a table of segments."""
    table = pd.DataFrame(
        {"channel": channel, "index": range(len(starts)), "validSegment": 1.0, **columns}, index(starts, ends)
    ).astype({"channel": int, **dict.fromkeys(columns, float)})
    table.attrs = {"units": UNITS, "source": source}
    return table


def signals(*rows: Signal) -> pd.DataFrame:
    """Make a table of signals from (start, end, signal, probability, closed)."""
    starts, ends, names, probabilities, closed = zip(*rows, strict=True) if rows else ((),) * 5
    columns = {
        "signal": pd.Categorical(names),
        "probability": pd.Categorical(probabilities, dtype=PROBABILITY),
        "rationale": "",
        "updates": 0,
        "closed": np.asarray(closed, bool),
    }
    return pd.DataFrame(columns, index(starts, ends))


def engagement(*rows: tuple[float, float, str]) -> pd.DataFrame:
    """Make a table of states from (start, end, state)."""
    starts, ends, states = zip(*rows, strict=True) if rows else ((),) * 3
    return pd.DataFrame({"state": pd.Categorical(states, dtype=STATE)}, index(starts, ends))


def quality(*rows: tuple[float, float, str, float]) -> pd.DataFrame:
    """Make a table of scores, all the same, from (start, end, scope, score)."""
    starts, ends, scopes, scores = zip(*rows, strict=True) if rows else ((),) * 4
    columns = {"scope": scopes, **{name: np.asarray(scores, float) for name in plots.SCORES}}
    return pd.DataFrame(columns, index(starts, ends))


@dataclass
class Replay:
    """Stands in for a replay: what plots read of one."""

    api: str
    file: str
    segments: pd.DataFrame = field(default_factory=segments)
    signals: pd.DataFrame = field(default_factory=signals)
    engagement: pd.DataFrame = field(default_factory=engagement)
    quality: pd.DataFrame = field(default_factory=quality)


TWO_UNITS = segments([0, 2, 5], [2, 4, 8], energy=[10, 20, 15], stress=[3, 9, 6], uncertainty=[4, 4, 5])
THREE_SIGNALS = signals(
    (1, 4, "interest", "high", True), (3, 6, "interest", None, True), (5, 8, "agreement", "low", False)
)


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    """Close what pyplot holds after each test."""
    yield
    plt.close("all")


def labels(ax: Axes) -> list[str]:
    """Give what the legend says."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def ticks(ax: Axes) -> list[str]:
    """Give the labels of the rows."""
    return [text.get_text() for text in ax.get_yticklabels()]


def texts(ax: Axes) -> list[str]:
    """Give what is written into the axes."""
    return [text.get_text() for text in ax.texts]


def titles(figure: Figure) -> list[str]:
    """Give the titles of the rows that have one."""
    return [title for ax in figure.axes if (title := ax.get_title(loc="left"))]


# -- lanes ------------------------------------------------------------------------------------------------------------

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=40)


def effective(pairs: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Give intervals with the moment that one without length takes."""
    return [(start, start + (length or 0.5)) for start, length in pairs]


@given(INTERVALS)
def test_no_two_intervals_of_a_lane_overlap(pairs: list[tuple[int, int]]) -> None:
    """In no lane is there a moment that two intervals share."""
    lane = plots.lanes([start for start, _ in pairs], [start + length for start, length in pairs])
    spans = effective(pairs)
    for one in range(len(spans)):
        for other in range(one):
            apart = spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0]
            assert apart or lane[one] != lane[other]


@given(INTERVALS)
def test_there_are_no_more_lanes_than_overlaps(pairs: list[tuple[int, int]]) -> None:
    """The number of lanes is the largest number of intervals at any one moment, and none is left out."""
    lane = plots.lanes([start for start, _ in pairs], [start + length for start, length in pairs])
    spans = effective(pairs)
    most = max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)
    assert sorted(set(lane.tolist())) == list(range(most))


def test_lanes_do_not_depend_on_the_order_of_rows() -> None:
    """An interval keeps its lane wherever it stands in the table."""
    starts, ends = np.array([0.0, 1, 2, 5]), np.array([3.0, 4, 6, 7])
    assert plots.lanes(starts[::-1], ends[::-1])[::-1].tolist() == plots.lanes(starts, ends).tolist() == [0, 1, 2, 0]


# -- colour -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        "agreement confidence confusion disagreement frustration hesitation interest skepticism stress uncertainty",
        "engaged neutral disengaged",
        "quality_index clarity authority energy rapport learning",
        "energy voiceEnergy stress uncertainty",
    ],
)
def test_labels_of_one_row_have_different_colours(names: str) -> None:
    """What the APIs' own words stand beside each other in a row can be told apart."""
    assert len({plots.colour(name) for name in names.split()}) == len(names.split())


def test_a_colour_is_the_same_in_every_process() -> None:
    """A label's colour does not change with the interpreter's hash seed."""
    code = "from emotoolkit.plots import colour; print(colour('whatever'), colour('stress'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}, cwd=Path.cwd()
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{plots.colour('whatever')} {plots.colour('stress')}\n".encode()}


def test_importing_plots_does_not_import_matplotlib() -> None:
    """The module is light: matplotlib comes with the first plot."""
    code = "import sys, emotoolkit.plots; print('matplotlib' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=Path.cwd())
    assert said.stdout == b"False\n"


# -- parts ------------------------------------------------------------------------------------------------------------


def test_segments_are_steps_with_gaps() -> None:
    """A line keeps its level through each segment and is broken where no segment follows."""
    ax = plots.plot_segments(TWO_UNITS, ["energy"])
    (line,) = ax.lines
    assert np.asarray(line.get_xdata()).tolist() == [0, 2, 2, 2, 4, 4, 5, 8, 8]
    np.testing.assert_array_equal(np.asarray(line.get_ydata()), [10, 10, 10, 20, 20, np.nan, 15, 15, np.nan])
    assert line.get_color() == plots.colour("energy")


def test_segments_in_disorder_are_drawn_in_order() -> None:
    """The order of the rows of a table does not matter."""
    one, other = (plots.plot_segments(table, ["energy"]).lines[0] for table in (TWO_UNITS, TWO_UNITS.iloc[[2, 0, 1]]))
    np.testing.assert_array_equal(np.asarray(one.get_xydata()), np.asarray(other.get_xydata()))


def test_there_is_one_line_per_parameter_and_channel() -> None:
    """Channels share the colour of a parameter and differ in dashes; the legend names both."""
    table = segments([0, 1, 2, 3], [1, 2, 3, 4], [0, 1, 0, 1], stress=[1, 2, 3, 4], uncertainty=[4, 3, 2, 1])
    ax = plots.plot_segments(table)
    assert labels(ax) == [f"{name}, channel {channel}" for channel in (0, 1) for name in ("stress", "uncertainty")]
    assert ax.lines[0].get_color() == ax.lines[2].get_color() != ax.lines[1].get_color()
    assert ax.lines[0].get_linestyle() != ax.lines[2].get_linestyle()


def test_by_default_parameters_vary_and_share_a_unit() -> None:
    """Without names, what never changes is left out, and what has another unit than the first."""
    table = segments([0, 1], [1, 2], energy=[5, 5], stress=[1, 2], imagination=[1, 3], uncertainty=[3, 4])
    assert labels(plots.plot_segments(table)) == ["stress", "uncertainty"]


def test_a_single_segment_is_drawn() -> None:
    """Where nothing varies, since there is one segment, the first parameters are drawn all the same."""
    assert labels(plots.plot_segments(segments([0], [1], energy=[5]))) == ["energy"]


def test_a_missing_number_is_a_gap() -> None:
    """A parameter that the server left out of a segment has no level there."""
    ax = plots.plot_segments(segments([0, 1], [1, 2], energy=[5, np.nan]), ["energy"])
    assert np.isnan(np.asarray(ax.lines[0].get_ydata(), float)).sum() == 3


def test_units_are_named() -> None:
    """One unit is the legend's title; several stand with their names."""
    one = plots.plot_segments(TWO_UNITS, ["stress", "uncertainty"]).get_legend()
    assert one is not None
    assert one.get_title().get_text() == "0–30"
    assert labels(plots.plot_segments(TWO_UNITS, ["energy", "stress"])) == ["energy (dB)", "stress (0–30)"]


def test_an_unknown_parameter_is_refused() -> None:
    """A name that the table lacks is an error that says what the table has."""
    with pytest.raises(SettingsError, match=r"parameters='joy' .* the table has energy, stress, uncertainty"):
        plots.plot_segments(TWO_UNITS, ["joy"])


def test_signals_have_a_lane_each_and_more_where_they_overlap() -> None:
    """Kinds are named on the left; bars of a kind that overlap lie below each other; one artist a kind."""
    ax = plots.plot_signals(THREE_SIGNALS)
    agreement, interest = ax.collections
    assert ticks(ax) == ["agreement", "interest"]
    assert (agreement.get_label(), interest.get_label()) == ("agreement", "interest")
    assert [path.get_extents().y0 for path in agreement.get_paths()] == pytest.approx([-0.38])
    assert [path.get_extents().y0 for path in interest.get_paths()] == pytest.approx([0.62, 1.62])
    assert [path.get_extents().y1 for path in interest.get_paths()] == pytest.approx([1.38, 2.38])
    assert [(path.get_extents().x0, path.get_extents().x1) for path in interest.get_paths()] == [(1, 4), (3, 6)]
    assert ax.get_ylim() == (2.5, -0.5)


def test_the_fuller_a_bar_the_more_probable() -> None:
    """Opacity rises with probability; without one, a bar is hollow."""
    rows: list[Signal] = [(n, n + 1, "interest", said, True) for n, said in enumerate(["low", "medium", "high", None])]
    ax = plots.plot_signals(signals(*rows))
    (bars,) = ax.collections
    opacity = np.asarray(bars.get_facecolor())[:, 3]
    assert 0 < opacity[0] < opacity[1] < opacity[2]
    assert opacity[3] == 0
    assert labels(ax) == ["low probability", "medium probability", "high probability", "no probability given"]


def test_a_signal_without_an_end_is_pointed() -> None:
    """The right side of a bar is upright where an end came, and a point where none did."""
    ax = plots.plot_signals(THREE_SIGNALS)
    unended, ended = (np.asarray(bars.get_paths()[0].vertices) for bars in ax.collections)
    assert ended[1, 0] == ended[2, 0] == ended[3, 0] == 4
    assert unended[1, 0] == unended[3, 0] < unended[2, 0] == 8
    assert "no end came" in labels(ax)


def test_engagement_is_a_band() -> None:
    """Every state is one artist in its colour, and the legend has them in the order of the categories."""
    ax = plots.plot_engagement(engagement((0, 4, "neutral"), (4, 6, "engaged"), (6, 9, "neutral")))
    assert labels(ax) == ["engaged", "neutral"]
    assert [len(bars.get_paths()) for bars in ax.collections] == [1, 2]


def test_quality_is_a_line_per_score() -> None:
    """Scores of the periods are steps from 0 to 100; the last overall index is a line through all of it."""
    ax = plots.plot_quality(
        quality((0, 5, "timeline", 40), (5, 10, "timeline", 60), (0, 5, "overall", 40), (0, 10, "overall", 50))
    )
    assert labels(ax) == [*plots.SCORES, "quality_index, overall"]
    assert np.asarray(ax.lines[-1].get_xydata()).tolist() == [[0, 50], [10, 50]]
    low, high = ax.get_ylim()
    assert low <= 0
    assert high >= 100


@pytest.mark.parametrize(
    ("plot", "table", "said"),
    [
        (plots.plot_segments, segments(energy=[]), "no segments"),
        (plots.plot_segments, segments([0], [1]), "no segments"),
        (plots.plot_signals, signals(), "no signals"),
        (plots.plot_engagement, engagement(), "no engagement states"),
        (plots.plot_quality, quality(), "no quality scores"),
    ],
)
def test_an_empty_table_says_so(plot: Any, table: pd.DataFrame, said: str) -> None:
    """An empty table, or one without a parameter, draws an empty row with its name."""
    assert texts(plot(table)) == [said]


@pytest.mark.parametrize(
    ("plot", "table"),
    [
        (plots.plot_segments, TWO_UNITS),
        (plots.plot_signals, THREE_SIGNALS),
        (plots.plot_engagement, engagement((0, 4, "neutral"))),
        (plots.plot_quality, quality((0, 5, "timeline", 40))),
    ],
)
def test_parts_draw_where_they_are_told(plot: Any, table: pd.DataFrame) -> None:
    """With ax, that one is drawn on and given back; pyplot knows of no new figure."""
    ax = Figure().subplots()
    assert plot(table, ax=ax) is ax
    assert ax.has_data()
    assert plt.get_fignums() == []


@pytest.mark.parametrize("plot", [plots.plot_segments, plots.plot_signals, plots.plot_engagement, plots.plot_quality])
def test_a_local_measurement_is_called_one(plot: Any) -> None:
    """Numbers of a local server say so above the plot; numbers of a real one have no such title."""
    table = {
        plots.plot_segments: TWO_UNITS,
        plots.plot_signals: THREE_SIGNALS,
        plots.plot_engagement: engagement((0, 4, "neutral")),
        plots.plot_quality: quality((0, 5, "timeline", 40)),
    }[plot].copy()
    table.attrs["source"] = LOCAL
    assert plot(table).get_title(loc="left") == LOCAL
    table.attrs["source"] = "server"
    assert plot(table).get_title(loc="left") == ""


def test_tables_of_many_recordings_are_refused() -> None:
    """A table of a whole dataset is an error that says how to take one recording out of it."""
    both = pd.concat([segments([0], [1], energy=[1]), segments([0], [1], energy=[2]).rename({"a.wav": "b.wav"})])
    with pytest.raises(SettingsError, match=r"2 recordings.*table\.loc\[\['a\.wav'\]\]"):
        plots.plot_segments(both)
    assert plots.plot_segments(both.loc[["a.wav"]]).lines
    assert plots.plot_segments(both.xs("a.wav")).lines


def test_a_waveform_is_one_artist() -> None:
    """The waveform of a stretch is one area over just that stretch."""
    ax = plots.plot_waveform(Recording(TALK), start=5, end=10)
    (area,) = ax.collections
    assert isinstance(area, PolyCollection)
    assert ax.get_xlim() == (5, 10)
    extent = area.get_paths()[0].get_extents()
    assert 5 <= extent.x0 < 5.01
    assert 9.99 < extent.x1 <= 10


# -- the timeline -----------------------------------------------------------------------------------------------------


def voice() -> Replay:
    """Make a replay through Emotion Logic."""
    return Replay("emotion_logic", str(INTERVIEW), segments=TWO_UNITS)


def face() -> Replay:
    """Make a replay through Interhuman."""
    return Replay(
        "interhuman",
        str(INTERVIEW),
        signals=THREE_SIGNALS,
        engagement=engagement((0, 32, "engaged")),
        quality=quality((0, 32, "timeline", 40)),
    )


def test_a_timeline_has_its_rows_in_order() -> None:
    """Pictures, sound, a row for each unit, signals, engagement, quality: over one axis of the recording's length."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), face())
    pictures, sound, energy, stress, signal, state, score = figure.axes
    assert sum(isinstance(artist, AnnotationBbox) for artist in pictures.artists) >= 4
    assert ticks(sound) == ["sound"]
    assert labels(energy) == ["energy"]
    assert labels(stress) == ["stress", "uncertainty"]
    assert ticks(signal) == ["agreement", "interest"]
    assert labels(state) == ["engaged"]
    assert "clarity" in labels(score)
    assert {ax.get_xlim() for ax in figure.axes} == {(0, 32)}
    assert [bool(ax.get_xlabel()) for ax in figure.axes] == [False] * 6 + [True]


def test_a_timeline_names_recording_and_apis() -> None:
    """Over its rows stand the file, and each API with the word that its numbers are a local measurement."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), face())
    assert titles(figure) == [str(INTERVIEW), f"Emotion Logic · {LOCAL}", f"Interhuman · {LOCAL}"]


def test_a_timeline_of_a_recording_alone() -> None:
    """Without a replay, a sound recording is its waveform; there is no row of pictures."""
    figure = plots.plot_timeline(Recording(TALK))
    assert [ticks(ax) for ax in figure.axes] == [["sound"]]


def test_empty_replays_have_empty_rows() -> None:
    """An API that said nothing has its rows, and they say that nothing came."""
    nothing = [Replay("emotion_logic", str(TALK)), Replay("interhuman", str(TALK))]
    figure = plots.plot_timeline(Recording(TALK), *nothing)
    assert [texts(ax) for ax in figure.axes] == [[], ["no segments"], ["no signals"], ["no engagement states"]]


def test_tracks_choose_what_is_drawn() -> None:
    """Named rows and parameters are drawn, nothing else."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), face(), tracks=["waveform", "stress", "engagement"])
    assert [labels(ax) for ax in figure.axes] == [[], ["stress"], ["engaged"]]


def test_tracks_without_anything_to_draw() -> None:
    """A row that the recording cannot have leaves an empty figure that says so."""
    figure = plots.plot_timeline(Recording(TALK), tracks=["pictures"])
    assert [texts(ax) for ax in figure.axes] == [["nothing to draw"]]


def test_a_window_is_drawn() -> None:
    """With start and end, all rows show that window, and the strip only its pictures."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), start=8, end=16)
    assert {ax.get_xlim() for ax in figure.axes} == {(8, 16)}
    places = [artist.xy[0] for artist in figure.axes[0].artists if isinstance(artist, AnnotationBbox)]
    assert places
    assert all(8 <= place < 16 for place in places)


def test_a_narrow_window_of_a_long_film_has_no_strip() -> None:
    """Where too many pictures would have to be read for too few, the strip is left out."""
    figure = plots.plot_timeline(Recording(INTERVIEW), start=8, end=8.5)
    assert [ticks(ax) for ax in figure.axes] == [["sound"]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tracks": ["energy", "joy"]}, r"tracks='joy' .* there are pictures, .* quality, energy, stress, uncertainty"),
        ({"tracks": "energy"}, r"it is a list of names, such as \['energy'\]"),
        ({"start": 5, "end": 5}, r"end=5 .* begins at 5 s and must end later"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], said: str) -> None:
    """An unknown track, a bare name, an empty window: an error that says what to type."""
    with pytest.raises(SettingsError, match=said):
        plots.plot_timeline(Recording(INTERVIEW), voice(), **settings)


def test_a_replay_of_another_recording_is_refused() -> None:
    """Two recordings on one time axis is a mistake; the same file in another folder is not."""
    with pytest.raises(SettingsError, match=r"interview\.mp4.* the recording that is drawn is"):
        plots.plot_timeline(Recording(TALK), voice())
    assert plots.plot_timeline(Recording(TALK), Replay("emotion_logic", "elsewhere/talk.wav"))


def test_eight_hours_are_a_few_artists() -> None:
    """However many segments and signals there are, there is one line per parameter and one artist per kind."""
    starts = np.arange(16_000) * 1.8
    rng = np.random.default_rng(0)
    names = rng.choice(["interest", "stress", "agreement"], 16_000)
    many = Replay(
        "both",
        str(TALK),
        segments=segments(starts, starts + 1.6, **{name: rng.uniform(0, 30, 16_000) for name in UNITS}),
        signals=signals(*[(at, at + 1.5, name, "low", True) for at, name in zip(starts, names, strict=True)]),
    )
    figure = plots.plot_timeline(Recording(TALK), many, end=8 * 3600)
    assert sum(len(ax.lines) + len(ax.collections) + len(ax.patches) for ax in figure.axes) == 1 + 4 + 3


def test_a_timeline_shows_itself_once() -> None:
    """As the value of a cell a timeline is one picture; pyplot, which would show it again, knows nothing of it."""
    from IPython.core.formatters import DisplayFormatter

    figure = plots.plot_timeline(Recording(TALK))
    data, _ = DisplayFormatter().format(figure)
    assert data["image/png"].startswith(b"\x89PNG")
    assert plt.get_fignums() == []


def test_nothing_is_cut_off() -> None:
    """Legends and labels lie within the figure."""
    long = {"units": {"energy": "a unit of which there is very much to say, from 0 to 100"}, "source": LOCAL}
    replay = face()
    replay.segments = TWO_UNITS.copy()
    replay.segments.attrs = long
    figure = plots.plot_timeline(Recording(INTERVIEW), replay)
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= figure.get_figwidth()
    assert box.y1 <= figure.get_figheight()


def test_timeline_rows_do_not_lie_on_each_other() -> None:
    """No row, with its legend, reaches into the next one."""
    figure = plots.plot_timeline(Recording(INTERVIEW), voice(), face())
    figure.draw_without_rendering()
    legends = [legend.get_window_extent() for ax in figure.axes if (legend := ax.get_legend())]
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in pairwise(legends))


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.5, "0:00.5"),
        (59.96, "1:00"),
        (75, "1:15"),
        (3600, "1:00:00"),
        (37_230.1, "10:20:30.1"),
        (-5, "−0:05"),
    ],
)
def test_times_read_as_on_a_player(seconds: float, text: str) -> None:
    """Times are minutes and seconds, with hours and tenths where there are any."""
    assert clock(seconds) == text


@given(st.floats(0, 1e5), st.floats(0.2, 2e5))
def test_ticks_are_few_and_round(start: float, length: float) -> None:
    """Whatever is shown, there are at most a dozen ticks, evenly spread, within it."""
    found = np.asarray(ClockLocator().tick_values(start, start + length))
    assert len(found) <= 12
    assert np.all((found >= start - 1e-3) & (found <= start + length + 1e-3))
    assert np.ptp(np.diff(found)) < 1e-6 if len(found) > 1 else True
