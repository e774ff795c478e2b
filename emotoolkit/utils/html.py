"""Parts of the HTML cards of recordings and replays: the frame, and times under an axis. Pure.

Text, waveform and lines have the notebook's own text colour, so the same HTML suits light and dark themes. All text is
escaped; there is no script.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WIDTH_PX", "card", "time_labels"]

WIDTH_PX = 800
"""Width of a card in pixels."""

TEXT_COLOUR = "var(--jp-content-font-color1, currentColor)"
"""JupyterLab's text colour; elsewhere that of the surrounding text."""


def card(title: str, facts: Sequence[str], parts: Sequence[str]) -> str:
    """Make a card of parts of HTML, under a heading: the title in bold, the facts behind it."""
    heading = f"<div><b>{escape(title)}</b> · {escape(' · '.join(facts))}</div>"
    style = f"max-width:{WIDTH_PX}px;margin:4px 0;color:{TEXT_COLOUR};overflow-wrap:anywhere"
    return f'<div style="{style}">{heading}{"".join(parts)}</div>'


def time_labels(left: int, y: float, duration: float) -> str:
    """Write the times of begin and end under an axis."""
    minutes, tenths = divmod(round(10 * duration), 600)
    last = f"{minutes}:{tenths / 10:04.1f}"
    return (
        f"<g font-size='11' fill='currentColor'><text x='{left}' y='{y}'>0:00</text>"
        f"<text x='{WIDTH_PX}' y='{y}' text-anchor='end'>{last}</text></g>"
    )
