"""How recordings and replays draw themselves in a notebook: numbers and words in, HTML out. Nothing is read here.

Text, waveform and rules have the notebook's own text colour, and labels the colours of the plots, which stand out from
light and from dark paper: the same HTML does for both. Every word is escaped; there is no script in it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

import av
import numpy as np

from emotoolkit.plots.drawing.colours import colour

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Band", "Curve", "recording", "replay"]

WIDTH, HEIGHT = 800, 72
"""Pixels of a card, and of a waveform."""

NAMES, LANE, CURVE = 130, 20, 40
"""Pixels left of bands and curves for their names, and heights of one of each."""

LETTER = 7
"""Pixels of a letter in a band."""

LONGEST = 22
"""Letters of a name beside a band; all of it is in the tooltip."""

INK = "var(--jp-content-font-color1, currentColor)"
"""JupyterLab's text colour, elsewhere that of the text around."""


@dataclass(frozen=True)
class Band:
    """Spans of time with labels, in one line: `spans` are (start, end, label, opacity)."""

    name: str
    spans: Sequence[tuple[float, float, str, float]]


@dataclass(frozen=True, eq=False)
class Curve:
    """A number over time: `points` are seconds and levels; NaN is a gap."""

    name: str
    points: tuple[NDArray[np.float64], NDArray[np.float64]]


def recording(
    title: str,
    facts: Sequence[str],
    duration: float,
    envelope: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
    images: Sequence[tuple[float, NDArray[np.uint8]]],
) -> str:
    """Draw a recording's card: its facts, a strip of pictures if it has any, its waveform if it sounds.

    Parameters
    ----------
    title : str
        Shown in bold.
    facts : sequence of str
        Shown behind the title.
    duration : float
        Length in seconds, for the labels under the waveform.
    envelope : (numpy.ndarray, numpy.ndarray) or None
        Lowest and highest sample per stretch, each of shape (points,), in [−1, 1].
    images : sequence of (float, numpy.ndarray)
        Media time in seconds and RGB picture, shape (height, width, 3), uint8.

    Returns
    -------
    str
        One HTML element.
    """
    parts = []
    if images:
        parts.append("<div style='white-space:nowrap;overflow:hidden'>" + "".join(map(_picture, images)) + "</div>")
    if envelope is not None:
        parts.append(_waveform(*envelope, duration))
    return _frame(title, facts, parts)


def replay(
    title: str,
    facts: Sequence[str],
    duration: float,
    rows: Sequence[Band | Curve],
    table: Mapping[str, str],
    faults: Sequence[str],
) -> str:
    """Draw a replay's card: what came back over time, how it went in numbers, and what went wrong in words.

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
    parts = [_timeline(rows, duration)] if rows else []
    cells = "".join(
        f"<span style='margin-right:18px;white-space:nowrap'><span style='opacity:.75'>{escape(name)}</span> "
        f"{escape(value)}</span>"
        for name, value in table.items()
    )
    parts.append(f"<div style='font-size:smaller;line-height:1.6'>{cells}</div>")
    parts += [f"<div role='alert'>⚠ {escape(fault)}</div>" for fault in faults]
    return _frame(title, facts, parts)


def _frame(title: str, facts: Sequence[str], parts: Sequence[str]) -> str:
    heading = f"<div><b>{escape(title)}</b> · {escape(' · '.join(facts))}</div>"
    style = f"max-width:{WIDTH}px;margin:4px 0;color:{INK};overflow-wrap:anywhere"
    return f'<div style="{style}">{heading}{"".join(parts)}</div>'


def _picture(timed: tuple[float, NDArray[np.uint8]]) -> str:
    time, pixels = timed
    data = base64.b64encode(_jpeg(pixels)).decode()
    return f"<img title='{time:.1f} s' alt='picture at {time:.1f} s' src='data:image/jpeg;base64,{data}'/>"


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    height, width = (size - size % 2 for size in pixels.shape[:2])
    image = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="rgb24")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = (
        width,
        height,
        "yuvj420p",
        Fraction(1, 25),
    )
    return b"".join(bytes(packet) for packet in [*encoder.encode(image.reformat(format="yuvj420p")), *encoder.encode()])


def _waveform(low: NDArray[np.float32], high: NDArray[np.float32], duration: float) -> str:
    x = np.linspace(0, WIDTH, len(low))
    middle = HEIGHT / 2
    # The loudest moment fills the height; a floor of 1 % keeps the noise of a silent file from filling it too.
    scale = middle / max(float(np.max(np.abs([low, high]))), 0.01)
    upper = " ".join(f"{a:.0f},{middle - b * scale:.1f}" for a, b in zip(x, high, strict=True))
    lower = " ".join(f"{a:.0f},{middle - b * scale:.1f}" for a, b in zip(x[::-1], low[::-1], strict=True))
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT + 14}' width='100%' role='img' aria-label='waveform'>"
        f"<polygon points='{upper} {lower}' fill='currentColor' stroke='currentColor' stroke-width='0.5' "
        f"opacity='0.7'/>{_times(0, HEIGHT + 12, duration)}</svg>"
    )


def _timeline(rows: Sequence[Band | Curve], duration: float) -> str:
    """Draw rows over one axis of time."""
    scale, y = (WIDTH - NAMES) / duration, 0
    drawn = []
    for row in rows:
        height = LANE if isinstance(row, Band) else CURVE
        short = row.name if len(row.name) <= LONGEST else row.name[: LONGEST - 1] + "…"
        drawn.append(
            f"<text x='{NAMES - 8}' y='{y + height / 2 + 4:.0f}' text-anchor='end' font-size='12' fill='currentColor'>"
            f"<title>{escape(row.name)}</title>{escape(short)}</text>"
        )
        drawn.append(_band(row, scale, y) if isinstance(row, Band) else _curve(row, scale, y))
        y += height + 4
    return (
        f"<svg viewBox='0 0 {WIDTH} {y + 14}' width='100%' role='img' aria-label='results over time'>"
        f"<line x1='{NAMES}' x2='{NAMES}' y1='0' y2='{y}' stroke='currentColor' opacity='0.4'/>"
        f"{''.join(drawn)}{_times(NAMES, y + 11, duration)}</svg>"
    )


def _band(row: Band, scale: float, y: int) -> str:
    """Draw each span as a bar whose tooltip says what it is."""
    bars = []
    for start, end, label, opacity in row.spans:
        place = f"x='{NAMES + start * scale:.1f}' width='{max(1.0, (end - start) * scale):.1f}'"
        look = f"fill='{colour(label)}' fill-opacity='{opacity:g}' stroke='{colour(label)}'"
        said = f"{label}, {start:.1f}–{end:.1f} s"
        bars.append(f"<rect {place} y='{y + 2}' height='{LANE - 4}' {look}><title>{escape(said)}</title></rect>")
        if label != row.name and len(label) * LETTER < (end - start) * scale:
            middle = NAMES + (start + end) / 2 * scale
            bars.append(
                f"<text x='{middle:.0f}' y='{y + LANE / 2 + 4:.0f}' text-anchor='middle' font-size='11' fill='white' "
                f"pointer-events='none'>{escape(label)}</text>"
            )
    return "".join(bars)


def _curve(row: Curve, scale: float, y: int) -> str:
    x, level = row.points
    known = level[~np.isnan(level)]
    if not len(known):
        return ""
    low, span = known.min(), max(float(np.ptp(known)), 1e-9)
    down = y + 3 + (CURVE - 6) * (1 - (level - low) / span)
    pieces = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(level)))
    lines = "".join(
        "M" + "L".join(f"{NAMES + x[n] * scale:.1f},{down[n]:.1f}" for n in piece if not np.isnan(down[n]))
        for piece in pieces
        if (~np.isnan(down[piece])).any()
    )
    said = escape(f"{row.name}: {known.min():.4g} to {known.max():.4g}")
    look = f"fill='none' stroke='{colour(row.name)}' stroke-width='2'"
    return f"<path d='{lines}' {look}><title>{said}</title></path>"


def _times(left: int, y: float, duration: float) -> str:
    """Write begin and end under an axis, as on a player."""
    last = f"{int(duration // 60)}:{duration % 60:04.1f}"
    return (
        f"<g font-size='11' fill='currentColor'><text x='{left}' y='{y}'>0:00</text>"
        f"<text x='{WIDTH}' y='{y}' text-anchor='end'>{last}</text></g>"
    )
