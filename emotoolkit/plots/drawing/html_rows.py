"""A replay's card as HTML: bands and curves over time as SVG, its numbers, and what went wrong.

Pure. Labels have the colours of the plots, which are readable on a light and on a dark background.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.plots.drawing.colours import colour
from emotoolkit.utils.html import WIDTH_PX, card, time_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Band", "Curve", "replay_html"]

NAME_WIDTH_PX, BAND_HEIGHT_PX, CURVE_HEIGHT_PX = 130, 20, 40
"""Width of the names left of bands and curves, height of a band, and height of a curve, in pixels."""

LETTER_WIDTH_PX = 7
"""Width of a letter in a band, in pixels."""

MAX_NAME_CHARS = 22
"""Letters of a name beside a band, at most; the tooltip has all of it."""


@dataclass(frozen=True)
class Band:
    """Labelled spans of time in one row: `spans` are (start, end, label, opacity)."""

    name: str
    spans: Sequence[tuple[float, float, str, float]]


@dataclass(frozen=True, eq=False)
class Curve:
    """A number over time: `points` are seconds and levels; a level of NaN is a gap."""

    name: str
    points: tuple[NDArray[np.float64], NDArray[np.float64]]


def replay_html(
    title: str,
    facts: Sequence[str],
    duration: float,
    rows: Sequence[Band | Curve],
    table: Mapping[str, str],
    faults: Sequence[str],
) -> str:
    """Return a replay's card: its results over time, its numbers, and sentences about what went wrong.

    Parameters
    ----------
    title : str
        Shown in bold.
    facts : sequence of str
        Shown behind the title.
    duration : float
        Length of the recording in seconds: the width of the rows.
    rows : sequence of Band or Curve
        From top to bottom.
    table : mapping of str to str
        Numbers with their names.
    faults : sequence of str
        Sentences, shown one to a line.

    Returns
    -------
    str
        One HTML element.
    """
    parts = [_draw_rows(rows, duration)] if rows else []
    cells = "".join(
        f"<span style='margin-right:18px;white-space:nowrap'><span style='opacity:.75'>{escape(name)}</span> "
        f"{escape(value)}</span>"
        for name, value in table.items()
    )
    parts.append(f"<div style='font-size:smaller;line-height:1.6'>{cells}</div>")
    parts += [f"<div role='alert'>⚠ {escape(fault)}</div>" for fault in faults]
    return card(title, facts, parts)


def _draw_rows(rows: Sequence[Band | Curve], duration: float) -> str:
    """Draw rows over one axis of time."""
    scale, y = (WIDTH_PX - NAME_WIDTH_PX) / duration, 0
    drawn = []
    for row in rows:
        height = BAND_HEIGHT_PX if isinstance(row, Band) else CURVE_HEIGHT_PX
        short = row.name if len(row.name) <= MAX_NAME_CHARS else row.name[: MAX_NAME_CHARS - 1] + "…"
        drawn.append(
            f"<text x='{NAME_WIDTH_PX - 8}' y='{y + height / 2 + 4:.0f}' text-anchor='end' font-size='12' "
            f"fill='currentColor'><title>{escape(row.name)}</title>{escape(short)}</text>"
        )
        drawn.append(_draw_band(row, scale, y) if isinstance(row, Band) else _draw_curve(row, scale, y))
        y += height + 4
    return (
        f"<svg viewBox='0 0 {WIDTH_PX} {y + 14}' width='100%' role='img' aria-label='results over time'>"
        f"<line x1='{NAME_WIDTH_PX}' x2='{NAME_WIDTH_PX}' y1='0' y2='{y}' stroke='currentColor' opacity='0.4'/>"
        f"{''.join(drawn)}{time_labels(NAME_WIDTH_PX, y + 11, duration)}</svg>"
    )


def _draw_band(row: Band, scale: float, y: int) -> str:
    """Draw each span as a bar with its label and times as tooltip."""
    bars = []
    for start, end, label, opacity in row.spans:
        place = f"x='{NAME_WIDTH_PX + start * scale:.1f}' width='{max(1.0, (end - start) * scale):.1f}'"
        style = f"fill='{colour(label)}' fill-opacity='{opacity:g}' stroke='{colour(label)}'"
        tooltip = f"{label}, {start:.1f}–{end:.1f} s"
        bars.append(
            f"<rect {place} y='{y + 2}' height='{BAND_HEIGHT_PX - 4}' {style}><title>{escape(tooltip)}</title></rect>"
        )
        if label != row.name and len(label) * LETTER_WIDTH_PX < (end - start) * scale:
            middle = NAME_WIDTH_PX + (start + end) / 2 * scale
            bars.append(
                f"<text x='{middle:.0f}' y='{y + BAND_HEIGHT_PX / 2 + 4:.0f}' text-anchor='middle' font-size='11' "
                f"fill='white' pointer-events='none'>{escape(label)}</text>"
            )
    return "".join(bars)


def _draw_curve(row: Curve, scale: float, y: int) -> str:
    x, level = row.points
    known = level[~np.isnan(level)]
    if not len(known):
        return ""
    low, span = known.min(), max(float(np.ptp(known)), 1e-9)
    down = y + 3 + (CURVE_HEIGHT_PX - 6) * (1 - (level - low) / span)
    pieces = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(level)))
    lines = "".join(
        "M" + "L".join(f"{NAME_WIDTH_PX + x[n] * scale:.1f},{down[n]:.1f}" for n in piece if not np.isnan(down[n]))
        for piece in pieces
        if (~np.isnan(down[piece])).any()
    )
    tooltip = escape(f"{row.name}: {known.min():.4g} to {known.max():.4g}")
    style = f"fill='none' stroke='{colour(row.name)}' stroke-width='2'"
    return f"<path d='{lines}' {style}><title>{tooltip}</title></path>"
