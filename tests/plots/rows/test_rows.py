"""Rows, judged by what is drawn (lines, bars, labels), never by pixels."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from emotoolkit.media.recording import Recording
from emotoolkit.plots import plot_functions
from emotoolkit.tables.from_events import SCORE_NAMES
from tests.support.made_tables import (
    TALK,
    THREE_SIGNALS,
    TWO_UNITS,
    Signal,
    engagement,
    labels,
    quality,
    segments,
    signals,
    ticks,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


def test_segments_are_steps_with_gaps() -> None:
    """A line keeps its level through each segment and is broken where no segment follows."""
    ax = plot_functions.plot_parameters(TWO_UNITS, ["energy"])
    (line,) = ax.lines
    assert np.asarray(line.get_xdata()).tolist() == [0, 2, 2, 2, 4, 4, 5, 8, 8]
    np.testing.assert_array_equal(np.asarray(line.get_ydata()), [10, 10, 10, 20, 20, np.nan, 15, 15, np.nan])
    assert line.get_color() == plot_functions.colour("energy")


def test_segments_in_disorder_are_drawn_in_order() -> None:
    """The order of the rows of a table does not matter."""
    one, other = (
        plot_functions.plot_parameters(table, ["energy"]).lines[0] for table in (TWO_UNITS, TWO_UNITS.iloc[[2, 0, 1]])
    )
    np.testing.assert_array_equal(np.asarray(one.get_xydata()), np.asarray(other.get_xydata()))


def test_there_is_one_line_per_parameter_and_channel() -> None:
    """Channels share the colour of a parameter and differ in dashes; the legend names both."""
    table = segments([0, 1, 2, 3], [1, 2, 3, 4], [0, 1, 0, 1], stress=[1, 2, 3, 4], uncertainty=[4, 3, 2, 1])
    ax = plot_functions.plot_parameters(table)
    assert labels(ax) == [f"{name}, channel {channel}" for channel in (0, 1) for name in ("stress", "uncertainty")]
    assert ax.lines[0].get_color() == ax.lines[2].get_color() != ax.lines[1].get_color()
    assert ax.lines[0].get_linestyle() != ax.lines[2].get_linestyle()


def test_a_missing_number_is_a_gap() -> None:
    """A parameter that the server left out of a segment has no level there."""
    ax = plot_functions.plot_parameters(segments([0, 1], [1, 2], energy=[5, np.nan]), ["energy"])
    assert np.isnan(np.asarray(ax.lines[0].get_ydata(), float)).sum() == 3


def test_units_are_named() -> None:
    """One unit is the legend's title; several stand with their names."""
    one = plot_functions.plot_parameters(TWO_UNITS, ["stress", "uncertainty"]).get_legend()
    assert one is not None
    assert one.get_title().get_text() == "0–30"
    assert labels(plot_functions.plot_parameters(TWO_UNITS, ["energy", "stress"])) == ["energy (dB)", "stress (0–30)"]


def test_signals_have_a_lane_each_and_more_where_they_overlap() -> None:
    """Kinds are named on the left; bars of a kind that overlap lie below each other; one artist a kind."""
    ax = plot_functions.plot_signals(THREE_SIGNALS)
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
    ax = plot_functions.plot_signals(signals(*rows))
    (bars,) = ax.collections
    opacity = np.asarray(bars.get_facecolor())[:, 3]
    assert 0 < opacity[0] < opacity[1] < opacity[2]
    assert opacity[3] == 0
    assert labels(ax) == ["low probability", "medium probability", "high probability", "no probability given"]


def test_a_signal_without_an_end_is_pointed() -> None:
    """The right side of a bar is upright where an end came, and a point where none did."""
    ax = plot_functions.plot_signals(THREE_SIGNALS)
    unended, ended = (np.asarray(bars.get_paths()[0].vertices) for bars in ax.collections)
    assert ended[1, 0] == ended[2, 0] == ended[3, 0] == 4
    assert unended[1, 0] == unended[3, 0] < unended[2, 0] == 8
    assert "no end came" in labels(ax)


def test_engagement_is_a_band() -> None:
    """Every state is one artist in its colour, and the legend has them in the order of the categories."""
    ax = plot_functions.plot_engagement(engagement((0, 4, "neutral"), (4, 6, "engaged"), (6, 9, "neutral")))
    assert labels(ax) == ["engaged", "neutral"]
    assert [len(bars.get_paths()) for bars in ax.collections] == [1, 2]


def test_quality_is_a_line_per_score() -> None:
    """Scores of the periods are steps from 0 to 100; the last overall index is a line through all of it."""
    ax = plot_functions.plot_quality(
        quality((0, 5, "timeline", 40), (5, 10, "timeline", 60), (0, 5, "overall", 40), (0, 10, "overall", 50))
    )
    assert labels(ax) == [*SCORE_NAMES, "quality_index, overall"]
    assert np.asarray(ax.lines[0].get_xydata()).tolist()[:4] == [[0, 40], [5, 40], [5, 40], [5, 60]]
    assert np.asarray(ax.lines[-1].get_ydata()).tolist() == [50, 50]
    low, high = ax.get_ylim()
    assert low <= 0
    assert high >= 100


def test_scores_that_were_not_given_are_not_drawn() -> None:
    """A score without a number has no line and no place in the legend; an overall index needs no period."""
    table = quality((0, 5, "timeline", 40), (0, np.nan, "overall", 50)).assign(rapport=np.nan, learning=np.nan)
    assert labels(plot_functions.plot_quality(table)) == [*SCORE_NAMES[:4], "quality_index, overall"]
    assert labels(plot_functions.plot_quality(table.iloc[1:])) == ["quality_index, overall"]


def test_a_waveform_is_one_artist() -> None:
    """The waveform of a stretch is one area over just that stretch."""
    ax = plot_functions.plot_waveform(Recording(TALK), start=5, end=10)
    (area,) = ax.collections
    assert isinstance(area, PolyCollection)
    assert ax.get_xlim() == (5, 10)
    extent = area.get_paths()[0].get_extents()
    assert 5 <= extent.x0 < 5.01
    assert 9.99 < extent.x1 <= 10


def test_a_waveform_can_be_looked_into() -> None:
    """In a stretch with fewer samples than points there is one for each sample, and no holes."""
    recording = Recording(TALK)
    ax = plot_functions.plot_waveform(recording, start=5, end=5.01)
    (area,) = ax.collections
    assert recording.audio is not None
    # An outline goes along the lower edge and back along the upper one, with a point to begin and to turn.
    assert len(area.get_paths()[0].vertices) == pytest.approx(2 * 0.01 * recording.audio.sampling_rate, abs=5)
