"""What a figure over media time needs beyond matplotlib: to show itself, one look, ticks at round minutes and seconds.

Only imported when something is drawn, since importing it imports matplotlib. pyplot is never imported: nothing here
knows of a figure that was drawn before.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.plots.drawing.fonts import legible, names, plain, width
from emotoolkit.plots.rows import Unread
from emotoolkit.utils import media_clock
from emotoolkit.utils.extras import needing

with needing("matplotlib"):
    from matplotlib import rcParams
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.ticker import AutoLocator, Formatter, Locator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emotoolkit.plots.rows import Row

__all__ = ["WIDTH", "ClockFormatter", "ClockLocator", "ShownAxes", "ShownFigure", "clock", "dress", "new_axes", "stack"]

WIDTH = 11.0
"""Inches of a figure."""

STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
"""Seconds from tick to tick, as people divide time."""

TICKS = 11
"""At most so many."""

BETWEEN, TITLE, FOOT = 0.11, 0.3, 0.5
"""Inches between two rows, over a row with a title, and under the last one."""

EM = 8.33 / 72
"""Inches of an em of small text."""

SCALE = 0.55
"""Inches of the numbers beside a scale."""

GRID: dict[str, Any] = {"color": "#808080", "alpha": 0.25, "linewidth": 0.6}
"""A grey that is faint on light and on dark paper."""

UNLABELLED = -0.05
"""Where a label beside a scale would stand, in widths of the row: told, so that no place is looked for at each draw."""

QUICK = {"compress_level": 1}
"""What zlib is told for PNG: it takes half as long as with its usual 6."""

NARROWEST = 0.6
"""Inches kept free on the left and on the right."""


class ShownFigure(Figure):
    """A figure that a notebook shows where it is the value of a cell: once, without pyplot and its global list."""

    def savefig(self, fname: Any, **settings: Any) -> None:
        """Save it as matplotlib does, but PNG with the quickest packing: lines and areas become no larger by it."""
        if _kind(fname, settings) == "png":
            settings = {**settings, "pil_kwargs": QUICK | (settings.get("pil_kwargs") or {})}
        super().savefig(fname, **settings)

    def png(self, dots: float | None = None) -> bytes:
        """Draw it as PNG, with so many dots an inch; None: as many as the notebook's style says."""
        image = BytesIO()
        self.savefig(image, format="png", dpi=dots)
        return image.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png()


class ShownAxes(Axes):
    """Axes that a notebook shows as their figure where they are the value of a cell."""

    def _repr_png_(self) -> bytes:
        image = BytesIO()
        whole = self.get_figure(root=True)
        assert whole is not None
        whole.savefig(image, format="png")
        return image.getvalue()


class LevelLocator(AutoLocator):
    """Ticks as matplotlib's own, without those that lie outside: it lays them out too, which costs more than lines."""

    def __call__(self) -> Sequence[float]:
        """Give the ticks for what the axis shows now."""
        assert self.axis is not None
        low, high = sorted(self.axis.get_view_interval())
        rounding = 1e-9 * (high - low)
        return [float(tick) for tick in self.tick_values(low, high) if low - rounding <= tick <= high + rounding]


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
    """Make axes `height` inches high, on a figure of their own that a notebook shows where the axes end a cell."""
    figure = ShownFigure(figsize=(WIDTH, height + 0.8), layout="constrained")
    return figure.add_subplot(axes_class=ShownAxes)


def stack(rows: Sequence[tuple[str, Row | Unread]], view: tuple[float, float]) -> ShownFigure:
    """Draw rows, each with its title or "", under each other over one axis of time.

    A recording is read beside the drawing of all else, and drawn at last: reading a long one is a fourth of the time.

    The places are worked out from the rows' own heights and the lengths of their names and legends. matplotlib's own
    layout draws everything an extra time to find them.
    """
    tops = [TITLE if title else BETWEEN for title, _ in rows]
    heights = [row.height for _, row in rows]
    total = sum(tops) + sum(heights) + FOOT
    figure = ShownFigure(figsize=(WIDTH, total))
    axes: list[Axes] = []
    for _ in rows:
        axes.append(figure.add_axes((0.1, 0.1, 0.8, 0.8), sharex=axes[0] if axes else None, axes_class=ShownAxes))
    for (title, row), ax in _read_meanwhile(rows, axes):
        row.draw(ax)
        finish(ax, title).set_xlim(*view)
    left = max(NARROWEST, *map(_left, axes)) / WIDTH
    right = max(NARROWEST / 2, *map(_right, axes)) / WIDTH
    top = total
    for ax, above, height in zip(axes, tops, heights, strict=True):
        top -= above + height
        ax.set_position((left, top / total, 1 - left - right, height / total))
    for ax in axes[:-1]:
        _rule(ax, view)
    _clock_below(axes[-1])
    return figure


def _read_meanwhile(
    rows: Sequence[tuple[str, Row | Unread]], axes: Sequence[Axes]
) -> Iterator[tuple[tuple[str, Row], Axes]]:
    """Give each row with its axes: first those that are there, while a recording is read for the others."""
    with ThreadPoolExecutor() as threads:
        unread = []
        for (title, row), ax in zip(rows, axes, strict=True):
            if isinstance(row, Unread):
                unread.append((title, threads.submit(row.read), ax))
        for (title, row), ax in zip(rows, axes, strict=True):
            if not isinstance(row, Unread):
                yield (title, row), ax
        for title, read, ax in unread:
            yield (title, read.result()), ax


def dress(ax: Axes, title: str) -> Axes:
    """Give axes over seconds the look that all plots share: ticks of a clock along x, a title on the left."""
    ax.margins(x=0.01)
    _clock_below(ax)
    return finish(ax, title)


def finish(ax: Axes, title: str) -> Axes:
    """Give axes over anything the look that all plots share."""
    ax.tick_params(labelsize="small")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if type(ax.yaxis.get_major_locator()) is AutoLocator:
        ax.yaxis.set_major_locator(LevelLocator())
    if title:
        ax.set_title(plain(title, longest=110), loc="left", fontsize="medium")
    legible(ax)
    return ax


def clock(seconds: float) -> str:
    """Write a media time as m:ss, from one hour on as h:mm:ss, with tenths where there are any.

    Examples
    --------
    >>> clock(75), clock(3600), clock(0.5)
    ('1:15', '1:00:00', '0:00.5')
    """
    return media_clock.clock(seconds, 1).removesuffix(".0")


def _clock_below(ax: Axes) -> None:
    ax.xaxis.set_major_locator(ClockLocator())
    ax.xaxis.set_major_formatter(ClockFormatter())
    ax.set_xlabel("time (min:s)", fontsize="small")
    ax.grid(axis="x", **GRID)


def _rule(ax: Axes, view: tuple[float, float]) -> None:
    """Draw the lines of the axis below through a row that has none of its own: as one artist, not many."""
    ticks = np.asarray(ClockLocator().tick_values(*view))
    x, y = np.repeat(ticks, 3), np.tile([0.0, 1.0, np.nan], len(ticks))
    ax.add_artist(Line2D(x, y, transform=ax.get_xaxis_transform(), zorder=0.5, **GRID))
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)


def _kind(fname: Any, settings: dict[str, Any]) -> str:
    """Say in which format a figure is saved under a name."""
    said = settings.get("format") or (Path(fname).suffix[1:] if isinstance(fname, str | Path) else "")
    return str(said or rcParams["savefig.format"]).lower()


def _left(ax: Axes) -> float:
    """Inches that stand left of a row: names, or a scale with its label."""
    named = names(ax)
    if named:
        return max(map(width, named)) * EM + 0.15
    return SCALE + 2 * EM * bool(ax.get_ylabel())


def _right(ax: Axes) -> float:
    """Inches that stand right of a row: its legend."""
    legend = ax.get_legend()
    if legend is None:
        return 0.0
    entries = max((width(text.get_text()) for text in legend.get_texts()), default=0) * EM + 0.45
    return max(entries, *(width(line) * EM for line in legend.get_title().get_text().split("\n"))) + 0.2
