"""Rows of spans, judged by what is drawn (bars, labels), never by pixels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emotoolkit.plots import plot_functions
from emotoolkit.plots.figure import new_axes
from emotoolkit.plots.rows.spans import AnnotationsRow, EngagementRow, SignalsRow
from tests.support.made_tables import (
    THREE_SIGNALS,
    Signal,
    engagement,
    index,
    labels,
    signals,
    texts,
    ticks,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


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


def test_annotations_are_named_once() -> None:
    """A label is written into its bar where it fits; one that fits into none is in the legend."""
    table = pd.DataFrame(
        {"track": ["emotion", "emotion", "emotion"], "label": ["joy", "joy", "a very long label indeed"]},
        index([0, 5, 9.8], [4, 9, 10]),
    )
    ax = new_axes(1.0)
    AnnotationsRow(table, (0.0, 10.0)).draw(ax)
    assert texts(ax) == ["joy", "joy"]
    assert labels(ax) == ["a very long label indeed"]
    assert ticks(ax) == ["emotion"]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (SignalsRow(signals(), (0.0, 1.0)), "no signals"),
        (EngagementRow(engagement(), (0.0, 1.0)), "no engagement states"),
        (AnnotationsRow(pd.DataFrame({"track": ["a"], "label": ["b"]}, index([5], [6])), (0.0, 1.0)), "no labels here"),
    ],
    ids=["signals", "engagement", "annotations"],
)
def test_an_empty_row_says_so(row, text) -> None:
    """Without anything in view there is a text."""
    ax = new_axes(1.0)
    row.draw(ax)
    assert texts(ax) == [text]
