"""The public plots: where they draw, what they refuse, how they show themselves."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox

from emotoolkit.errors import SettingsError
from emotoolkit.media.recording import Recording
from emotoolkit.plots import plot_functions
from tests.support.made_tables import (
    INTERVIEW,
    LOCAL,
    TALK,
    THREE_SIGNALS,
    TWO_UNITS,
    engagement,
    face,
    labels,
    quality,
    segments,
    signals,
    texts,
    ticks,
    voice,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


def test_importing_plots_does_not_import_matplotlib() -> None:
    """The module is light: matplotlib comes with the first plot."""
    code = "import sys, emotoolkit.plots.plot_functions; print('matplotlib' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=Path.cwd())
    assert said.stdout == b"False\n"


def test_by_default_parameters_vary_and_share_a_unit() -> None:
    """Without names, what never changes is left out, and what has another unit than the first."""
    table = segments([0, 1], [1, 2], energy=[5, 5], stress=[1, 2], imagination=[1, 3], uncertainty=[3, 4])
    assert labels(plot_functions.plot_parameters(table)) == ["stress", "uncertainty"]


def test_a_single_segment_is_drawn() -> None:
    """Where nothing varies, since there is one segment, the first parameters are drawn all the same."""
    assert labels(plot_functions.plot_parameters(segments([0], [1], energy=[5]))) == ["energy"]


def test_an_unknown_parameter_is_refused() -> None:
    """A name that the table lacks is an error that says what the table has."""
    with pytest.raises(SettingsError, match=r"parameters='joy' .* the table has energy, stress, uncertainty"):
        plot_functions.plot_parameters(TWO_UNITS, ["joy"])


@pytest.mark.parametrize(
    ("plot", "table", "said"),
    [
        (plot_functions.plot_parameters, segments(energy=[]), "no segments"),
        (plot_functions.plot_parameters, segments([0], [1]), "no segments"),
        (plot_functions.plot_signals, signals(), "no signals"),
        (plot_functions.plot_engagement, engagement(), "no engagement states"),
        (plot_functions.plot_quality, quality(), "no quality scores"),
    ],
)
def test_an_empty_table_says_so(plot: Any, table: pd.DataFrame, said: str) -> None:
    """An empty table, or one without a parameter, draws an empty row with its name."""
    assert texts(plot(table)) == [said]


@pytest.mark.parametrize(
    ("plot", "table"),
    [
        (plot_functions.plot_parameters, TWO_UNITS),
        (plot_functions.plot_signals, THREE_SIGNALS),
        (plot_functions.plot_engagement, engagement((0, 4, "neutral"))),
        (plot_functions.plot_quality, quality((0, 5, "timeline", 40))),
    ],
)
def test_parts_draw_where_they_are_told(plot: Any, table: pd.DataFrame) -> None:
    """With ax, that one is drawn on and given back; pyplot knows of no new figure."""
    ax = Figure().subplots()
    assert plot(table, ax=ax) is ax
    assert ax.has_data()
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "plot",
    [
        plot_functions.plot_parameters,
        plot_functions.plot_signals,
        plot_functions.plot_engagement,
        plot_functions.plot_quality,
    ],
)
def test_a_local_measurement_is_called_one(plot: Any) -> None:
    """Numbers of a local server say so above the plot; numbers of a real one have no such title."""
    table = {
        plot_functions.plot_parameters: TWO_UNITS,
        plot_functions.plot_signals: THREE_SIGNALS,
        plot_functions.plot_engagement: engagement((0, 4, "neutral")),
        plot_functions.plot_quality: quality((0, 5, "timeline", 40)),
    }[plot].copy()
    table.attrs["source"] = LOCAL
    assert plot(table).get_title(loc="left") == LOCAL
    table.attrs["source"] = "server"
    assert plot(table).get_title(loc="left") == ""


def test_tables_of_many_recordings_are_refused() -> None:
    """A table of a whole dataset is an error that says how to take one recording out of it."""
    both = pd.concat([segments([0], [1], energy=[1]), segments([0], [1], energy=[2]).rename({"a.wav": "b.wav"})])
    with pytest.raises(SettingsError, match=r"2 recordings.*table\.loc\[\['a\.wav'\]\]"):
        plot_functions.plot_parameters(both)
    assert plot_functions.plot_parameters(both.loc[["a.wav"]]).lines
    assert plot_functions.plot_parameters(both.xs("a.wav")).lines


def test_a_timeline_has_its_rows_in_order() -> None:
    """Pictures, sound, a row for each unit, signals, engagement, quality: over one axis of the recording's length."""
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), voice(), face())
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


def test_a_window_is_drawn() -> None:
    """With start and end, all rows show that window, and the strip only its pictures."""
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), voice(), start=8, end=16)
    assert {ax.get_xlim() for ax in figure.axes} == {(8, 16)}
    places = [artist.xy[0] for artist in figure.axes[0].artists if isinstance(artist, AnnotationBbox)]
    assert places
    assert all(8 <= place < 16 for place in places)


def test_a_narrow_window_has_its_pictures() -> None:
    """However narrow a window is, its strip is full, and its sound is that of the window."""
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), start=8, end=8.5)
    pictures, sound = figure.axes
    assert sum(isinstance(artist, AnnotationBbox) for artist in pictures.artists) >= 4
    extent = sound.collections[0].get_paths()[0].get_extents()
    assert 8 <= extent.x0 < extent.x1 <= 8.5


def test_a_timeline_shows_itself_once() -> None:
    """As the value of a cell a timeline is one picture; pyplot, which would show it again, knows nothing of it."""
    from IPython.core.formatters import DisplayFormatter

    figure = plot_functions.plot_timeline(Recording(TALK))
    data, _ = DisplayFormatter().format(figure)
    assert data["image/png"].startswith(b"\x89PNG")
    assert plt.get_fignums() == []


def test_nothing_is_cut_off() -> None:
    """Legends and labels lie within the figure."""
    long = {"units": {"energy": "a unit of which there is very much to say, from 0 to 100"}, "source": LOCAL}
    replay = face()
    replay.segments = TWO_UNITS.copy()
    replay.segments.attrs = long
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), replay)
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= figure.get_figwidth()
    assert box.y1 <= figure.get_figheight()


def test_timeline_rows_do_not_lie_on_each_other() -> None:
    """No row, with its legend, reaches into the next one."""
    figure = plot_functions.plot_timeline(Recording(INTERVIEW), voice(), face())
    figure.draw_without_rendering()
    legends = [legend.get_window_extent() for ax in figure.axes if (legend := ax.get_legend())]
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in pairwise(legends))
