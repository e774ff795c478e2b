"""What a figure over media time needs beyond matplotlib: to show itself, one look, ticks at round minutes and seconds.

Only `plots` imports this, when something is drawn, since importing it imports matplotlib.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, Locator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["WIDTH", "ClockFormatter", "ClockLocator", "ShownFigure", "clock", "dress", "new_axes"]

WIDTH = 11.0
"""Inches of a figure."""

STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
"""Seconds from tick to tick, as people divide time."""

TICKS = 11
"""At most so many."""


class ShownFigure(Figure):
    """A figure that a notebook shows where it is the value of a cell: once, without pyplot and its global list."""

    def _repr_png_(self) -> bytes:
        image = BytesIO()
        self.savefig(image, format="png")
        return image.getvalue()


class ClockLocator(Locator):
    """Ticks at round seconds, minutes or hours."""

    def __call__(self) -> Sequence[float]:
        """Give the ticks for what the axis shows now."""
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Give the ticks from `vmin` to `vmax`, in seconds."""
        low, high = sorted((vmin, vmax))
        step = next((step for step in STEPS if (high - low) / step < TICKS), (high - low) / TICKS)
        # The multiples are counted, not summed up: 0.1 + 0.2 is not 0.3.
        return [float(n * step) for n in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]


class ClockFormatter(Formatter):
    """Seconds as minutes and seconds."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - the signature is matplotlib's
        """Write one tick."""
        return clock(x)


def new_axes(height: float) -> Axes:
    """Make axes `height` inches high that a notebook shows at the end of the cell, as other plotting libraries do."""
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=(WIDTH, height + 0.8), layout="constrained")
    return ax


def dress(ax: Axes, title: str) -> Axes:
    """Give axes over seconds the look that all plots share: ticks of a clock along x, a title on the left."""
    ax.xaxis.set_major_locator(ClockLocator())
    ax.xaxis.set_major_formatter(ClockFormatter())
    ax.set_xlabel("time (min:s)", fontsize="small")
    ax.tick_params(labelsize="small")
    ax.margins(x=0.01)
    ax.grid(axis="x", alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if title:
        ax.set_title(title, loc="left", fontsize="medium")
    return ax


def clock(seconds: float) -> str:
    """Write a media time as m:ss, from one hour on as h:mm:ss, with tenths where there are any.

    Examples
    --------
    >>> clock(75), clock(3600), clock(0.5)
    ('1:15', '1:00:00', '0:00.5')
    """
    tenths = round(abs(seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:" if hours else f"{minutes}:"
    text += f"{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")
    return f"−{text}" if seconds < 0 and tenths else text
