"""Figures and axes over media time: notebook display, the common style, ticks at round minutes and seconds.

Imported only when something is drawn, since it imports matplotlib. pyplot is never imported: it keeps a global list
of figures.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.plots.drawing.fonts import label_text, set_fallback_fonts, text_width, y_names
from emotoolkit.plots.rows import UnreadRow
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

__all__ = [
    "WIDTH_INCHES",
    "ClockFormatter",
    "ClockLocator",
    "NotebookAxes",
    "NotebookFigure",
    "format_clock",
    "format_time_axes",
    "new_axes",
    "stack_rows",
]

WIDTH_INCHES = 11.0
"""Width of a figure in inches."""

TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
"""Seconds from tick to tick: round parts of a minute, an hour and a day."""

MAX_TICKS = 11
"""Ticks on an axis of time, at most."""

ROW_GAP_INCHES, TITLE_INCHES, FOOTER_INCHES = 0.11, 0.3, 0.5
"""Inches between two rows, over a row with a title, and under the last one."""

EM_INCHES = 8.33 / 72
"""Width of an em of small text in inches."""

SCALE_WIDTH_INCHES = 0.55
"""Width of the numbers beside a scale in inches."""

GRID_STYLE: dict[str, Any] = {"color": "#808080", "alpha": 0.25, "linewidth": 0.6}
"""A grey that is faint on a light and on a dark background."""

FAST_PNG_OPTIONS = {"compress_level": 1}
"""Compression level of PNG: takes half as long as the default 6."""

MIN_MARGIN_INCHES = 0.6
"""Inches kept free on the left and on the right."""


class NotebookFigure(Figure):
    """A figure that a notebook shows once where it is the value of a cell, without pyplot and its global list."""

    def savefig(self, fname: Any, **settings: Any) -> None:
        """Save it as matplotlib does, but PNG with the fastest compression: line drawings become no larger by it."""
        if _file_format(fname, settings) == "png":
            settings = {**settings, "pil_kwargs": FAST_PNG_OPTIONS | (settings.get("pil_kwargs") or {})}
        super().savefig(fname, **settings)

    def png(self, dpi: float | None = None) -> bytes:
        """Return it as PNG, at `dpi` dots per inch; None: as the notebook's style says."""
        image = BytesIO()
        self.savefig(image, format="png", dpi=dpi)
        return image.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png()


class NotebookAxes(Axes):
    """Axes whose figure a notebook shows where they are the value of a cell."""

    def _repr_png_(self) -> bytes:
        image = BytesIO()
        whole = self.get_figure(root=True)
        assert whole is not None
        whole.savefig(image, format="png")
        return image.getvalue()


class VisibleTickLocator(AutoLocator):
    """Ticks as matplotlib's own, without those outside of the axis, whose layout costs more than drawing the lines."""

    def __call__(self) -> Sequence[float]:
        """Return the ticks for the axis's present limits."""
        assert self.axis is not None
        low, high = sorted(self.axis.get_view_interval())
        rounding = 1e-9 * (high - low)
        return [float(tick) for tick in self.tick_values(low, high) if low - rounding <= tick <= high + rounding]


class ClockLocator(Locator):
    """Ticks at round seconds, minutes or hours."""

    def __call__(self) -> Sequence[float]:
        """Return the ticks for the axis's present limits."""
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the ticks from `vmin` to `vmax`, in seconds."""
        low, high = sorted((vmin, vmax))
        step = next((step for step in TICK_STEPS_S if (high - low) / step < MAX_TICKS), (high - low) / MAX_TICKS)
        # Multiplied, not summed up: 0.1 + 0.2 is not 0.3.
        return [float(n * step) for n in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]


class ClockFormatter(Formatter):
    """Seconds as minutes and seconds."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - the signature is matplotlib's
        """Return the text of one tick."""
        return format_clock(x)


def new_axes(height: float) -> Axes:
    """Return axes `height` inches high on a new figure, which a notebook shows where the axes are a cell's value."""
    figure = NotebookFigure(figsize=(WIDTH_INCHES, height + 0.8), layout="constrained")
    return figure.add_subplot(axes_class=NotebookAxes)


def stack_rows(rows: Sequence[tuple[str, Row | UnreadRow]], view: tuple[float, float]) -> NotebookFigure:
    """Draw rows, each with its title or "", under each other over one axis of time.

    Recordings are read in threads while the other rows are drawn, and are drawn last: reading a long recording is a
    quarter of the total time.

    Positions are computed from the rows' heights and the lengths of their names and legends. matplotlib's own layout
    would draw everything an extra time to find them.
    """
    tops = [TITLE_INCHES if title else ROW_GAP_INCHES for title, _ in rows]
    heights = [row.height for _, row in rows]
    total = sum(tops) + sum(heights) + FOOTER_INCHES
    figure = NotebookFigure(figsize=(WIDTH_INCHES, total))
    axes: list[Axes] = []
    for _ in rows:
        axes.append(figure.add_axes((0.1, 0.1, 0.8, 0.8), sharex=axes[0] if axes else None, axes_class=NotebookAxes))
    for (title, row), ax in _read_in_background(rows, axes):
        row.draw(ax)
        format_axes(ax, title).set_xlim(*view)
    left = max(MIN_MARGIN_INCHES, *map(_left_margin, axes)) / WIDTH_INCHES
    right = max(MIN_MARGIN_INCHES / 2, *map(_right_margin, axes)) / WIDTH_INCHES
    top = total
    for ax, above, height in zip(axes, tops, heights, strict=True):
        top -= above + height
        ax.set_position((left, top / total, 1 - left - right, height / total))
    for ax in axes[:-1]:
        _draw_time_grid(ax, view)
    _set_time_ticks(axes[-1])
    return figure


def _read_in_background(
    rows: Sequence[tuple[str, Row | UnreadRow]], axes: Sequence[Axes]
) -> Iterator[tuple[tuple[str, Row], Axes]]:
    """Yield each row with its axes: first those that need no reading, while recordings are read for the others."""
    with ThreadPoolExecutor() as threads:
        unread = []
        for (title, row), ax in zip(rows, axes, strict=True):
            if isinstance(row, UnreadRow):
                unread.append((title, threads.submit(row.read), ax))
        for (title, row), ax in zip(rows, axes, strict=True):
            if not isinstance(row, UnreadRow):
                yield (title, row), ax
        for title, read, ax in unread:
            yield (title, read.result()), ax


def format_time_axes(ax: Axes, title: str) -> Axes:
    """Apply the common style to axes over seconds: clock ticks along x, a title on the left."""
    ax.margins(x=0.01)
    _set_time_ticks(ax)
    return format_axes(ax, title)


def format_axes(ax: Axes, title: str) -> Axes:
    """Apply the common style to axes over any quantity."""
    ax.tick_params(labelsize="small")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if type(ax.yaxis.get_major_locator()) is AutoLocator:
        ax.yaxis.set_major_locator(VisibleTickLocator())
    if title:
        ax.set_title(label_text(title, max_chars=110), loc="left", fontsize="medium")
    set_fallback_fonts(ax)
    return ax


def format_clock(seconds: float) -> str:
    """Format a media time as m:ss, from one hour on as h:mm:ss, with tenths where there are any.

    Examples
    --------
    >>> format_clock(75), format_clock(3600), format_clock(0.5)
    ('1:15', '1:00:00', '0:00.5')
    """
    return media_clock.format_time(seconds, 1).removesuffix(".0")


def _set_time_ticks(ax: Axes) -> None:
    ax.xaxis.set_major_locator(ClockLocator())
    ax.xaxis.set_major_formatter(ClockFormatter())
    ax.set_xlabel("time (min:s)", fontsize="small")
    ax.grid(axis="x", **GRID_STYLE)


def _draw_time_grid(ax: Axes, view: tuple[float, float]) -> None:
    """Draw the grid of the lowest row's axis through a row without ticks: as one artist, not many."""
    ticks = np.asarray(ClockLocator().tick_values(*view))
    x, y = np.repeat(ticks, 3), np.tile([0.0, 1.0, np.nan], len(ticks))
    ax.add_artist(Line2D(x, y, transform=ax.get_xaxis_transform(), zorder=0.5, **GRID_STYLE))
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)


def _file_format(fname: Any, settings: dict[str, Any]) -> str:
    """Return the format in which a figure is saved under a name, in lower case."""
    format_name = settings.get("format") or (Path(fname).suffix[1:] if isinstance(fname, str | Path) else "")
    return str(format_name or rcParams["savefig.format"]).lower()


def _left_margin(ax: Axes) -> float:
    """Return the inches needed left of a row: for names, or for a scale with its label."""
    names_shown = y_names(ax)
    if names_shown:
        return max(map(text_width, names_shown)) * EM_INCHES + 0.15
    return SCALE_WIDTH_INCHES + 2 * EM_INCHES * bool(ax.get_ylabel())


def _right_margin(ax: Axes) -> float:
    """Return the inches needed right of a row: for its legend."""
    legend = ax.get_legend()
    if legend is None:
        return 0.0
    entries = max((text_width(text.get_text()) for text in legend.get_texts()), default=0) * EM_INCHES + 0.45
    return max(entries, *(text_width(line) * EM_INCHES for line in legend.get_title().get_text().split("\n"))) + 0.2
