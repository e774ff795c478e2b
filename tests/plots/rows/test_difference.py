"""The row of one column of two replays: both lines, and their mean difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.figure import new_axes
from emotoolkit.plots.rows.difference import DifferenceRow
from tests.support.made_tables import labels, segments


def drawn(one, other, view=(0.0, 8.0)):
    """The axes of a row with two tables, and the second line of its legend's title."""
    ax = new_axes(1.0)
    DifferenceRow(one, other, "energy", "energy, channel 1", ("first", "second"), view).draw(ax)
    title, difference = ax.get_legend().get_title().get_text().split("\n")
    assert title == "energy, channel 1"
    return ax, difference


def test_both_are_steps() -> None:
    """The first line is solid in the column's colour, the second dotted over it; the legend names both."""
    ax, difference = drawn(segments([0, 2], [2, 4], energy=[10, 20]), segments([0], [4], energy=[12]))
    first, second = ax.lines
    assert labels(ax) == ["first", "second"]
    assert (first.get_color(), first.get_linestyle(), second.get_linestyle()) == (colour("energy"), "-", ":")
    assert np.asarray(second.get_xydata()).tolist()[:2] == [[0, 12], [4, 12]]
    assert difference == "mean difference 5"


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_constant_levels_differ_by_their_distance(one: float, other: float) -> None:
    """Law: of two constant levels the mean difference is their distance, and it does not matter which is first."""
    tables = segments([0], [8], energy=[one]), segments([0], [8], energy=[other])
    expected = f"mean difference {abs(one - other):.3g}"
    assert drawn(*tables)[1] == drawn(*tables[::-1])[1] == expected


@pytest.mark.parametrize(
    "other", [segments([4], [8], energy=[1]), segments([0], [4], energy=[np.nan]), segments(energy=[])]
)
def test_without_a_common_time_there_is_no_difference(other) -> None:
    """Replays that never have a level at the same time are said not to have one."""
    assert drawn(segments([0], [4], energy=[1]), other)[1] == "never at the same time"
