"""Rows of levels, judged by what is drawn (lines, labels), never by pixels."""

from __future__ import annotations

import numpy as np
import pytest

from emotoolkit.plots import plot_functions
from emotoolkit.tables.from_events import SCORE_NAMES
from tests.support.made_tables import (
    TWO_UNITS,
    labels,
    quality,
    segments,
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
