"""Pieces of HTML that recordings and replays draw themselves with: a frame, and times under an axis. Pure.

Text, waveform and rules have the notebook's own text colour, so the same HTML does on light and on dark paper. Every
word is escaped; there is no script in it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WIDTH_PX", "card", "time_labels"]

WIDTH_PX = 800
"""Pixels of a card."""

TEXT_COLOUR = "var(--jp-content-font-color1, currentColor)"
"""JupyterLab's text colour, elsewhere that of the text around."""


def card(title: str, facts: Sequence[str], parts: Sequence[str]) -> str:
    """Put a heading over parts of HTML: the title in bold, the facts behind it."""
    heading = f"<div><b>{escape(title)}</b> · {escape(' · '.join(facts))}</div>"
    style = f"max-width:{WIDTH_PX}px;margin:4px 0;color:{TEXT_COLOUR};overflow-wrap:anywhere"
    return f'<div style="{style}">{heading}{"".join(parts)}</div>'


def time_labels(left: int, y: float, duration: float) -> str:
    """Write begin and end under an axis, as on a player."""
    minutes, tenths = divmod(round(10 * duration), 600)
    last = f"{minutes}:{tenths / 10:04.1f}"
    return (
        f"<g font-size='11' fill='currentColor'><text x='{left}' y='{y}'>0:00</text>"
        f"<text x='{WIDTH_PX}' y='{y}' text-anchor='end'>{last}</text></g>"
    )
