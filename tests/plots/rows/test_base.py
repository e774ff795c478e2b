"""What rows share: text in place of a drawing, names along y, a legend on the right."""

from __future__ import annotations

import matplotlib as mpl
import pytest

from emotoolkit.plots.figure import new_axes
from emotoolkit.plots.rows.base import TextRow, add_legend, legend_height, set_y_names, text_colour
from tests.support.made_tables import labels, texts, ticks


def test_a_text_row_is_its_text() -> None:
    """The text is written as it is, in the middle, without a scale; a very long one is cut."""
    ax = new_axes(1.0)
    TextRow("no $signals$").draw(ax)
    assert texts(ax) == [r"no \$signals\$"]
    assert ax.texts[0].get_position() == (0.5, 0.5)
    assert list(ax.get_yticks()) == []
    TextRow("long " * 100).draw(ax)
    assert len(texts(ax)[1]) == 140


@pytest.mark.parametrize(("style", "expected"), [("default", "#000000"), ("dark_background", "#ffffff")])
def test_text_has_the_style_s_colour(style: str, expected: str) -> None:
    """The colour is that of the notebook's style at the time of drawing."""
    from matplotlib import style as styles

    with styles.context(style):
        assert text_colour() == expected == mpl.colors.to_hex(mpl.rcParams["text.color"])


def test_names_stand_in_place_of_a_scale() -> None:
    """Names are at their places, without tick marks; a name that is not printable is replaced."""
    ax = new_axes(1.0)
    set_y_names(ax, [0, 2], ["agreement", "\n"])
    assert (list(ax.get_yticks()), ticks(ax)) == ([0, 2], ["agreement", "–"])
    assert {tick.tick1line.get_markersize() for tick in ax.yaxis.get_major_ticks()} == {0}


def test_a_legend_is_outside() -> None:
    """The legend begins right of the axes, whatever its entries."""
    ax = new_axes(1.0)
    ax.plot([0, 1], [0, 1], label="energy")
    add_legend(ax, title="dB")
    legend = ax.get_legend()
    assert legend is not None
    assert (labels(ax), legend.get_title().get_text()) == (["energy"], "dB")
    assert legend.get_bbox_to_anchor().x0 > ax.bbox.x1
    assert legend_height(4) == 2 * legend_height(2)
