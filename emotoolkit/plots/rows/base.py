"""What rows share: text where there is nothing to draw, names on the left, a legend on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from emotoolkit.plots.drawing.fonts import label_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["LANE_INCHES", "LEGEND_LINE_INCHES", "TextRow", "add_legend", "legend_height", "set_y_names", "text_colour"]

LANE_INCHES = 0.24
"""Height of one lane of bars in inches."""

LEGEND_LINE_INCHES = 0.185
"""Height of one line of a legend in inches."""


@dataclass(frozen=True)
class TextRow:
    """A text in place of a row that has nothing to draw."""

    text: str
    height: ClassVar[float] = 2 * LANE_INCHES

    def draw(self, ax: Axes) -> None:
        """Write the text in the middle."""
        text = label_text(self.text, max_chars=140)
        ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=text_colour(), fontsize="small")
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)


def text_colour() -> str:
    """Return the colour of text in the notebook's own style, so that dark styles stay readable."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex

    return to_hex(rcParams["text.color"])


def legend_height(lines: int) -> float:
    """Return the height in inches of a legend of so many lines."""
    return LEGEND_LINE_INCHES * lines


def set_y_names(ax: Axes, places: Sequence[float], names: Sequence[str]) -> None:
    """Write names along y in place of a scale."""
    ax.set_yticks(places, [label_text(each) for each in names])
    ax.tick_params(axis="y", length=0)


def add_legend(ax: Axes, **settings: object) -> None:
    """Put the legend right of the row, where it hides nothing."""
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.015, 1.0),
        borderaxespad=0,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
        alignment="left",
        **settings,
    )
