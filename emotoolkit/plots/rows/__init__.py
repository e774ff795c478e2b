"""Rows: how a recording or a table becomes artists over media time.

Each row is one artist per label, never one per interval, so that eight hours draw as quickly as eight minutes. What is
drawn is not chosen here but in `timeline`; ticks and figures are in `figure`. matplotlib is imported where artists are
made.
"""

from __future__ import annotations

from emotoolkit.plots.rows.base import Words
from emotoolkit.plots.rows.difference import Pair
from emotoolkit.plots.rows.levels import Quality, Segments
from emotoolkit.plots.rows.marks import Marks
from emotoolkit.plots.rows.media import Levels, Loudness, Peaks, Pictures, Strip, Waveform
from emotoolkit.plots.rows.spans import Annotations, Engagement, Signals
from emotoolkit.tables.access import span, unit

__all__ = [
    "Annotations",
    "Engagement",
    "Levels",
    "Loudness",
    "Marks",
    "Pair",
    "Peaks",
    "Pictures",
    "Quality",
    "Row",
    "Segments",
    "Signals",
    "Strip",
    "Unread",
    "Waveform",
    "Words",
    "span",
    "unit",
]

Row = Words | Strip | Peaks | Levels | Annotations | Segments | Signals | Engagement | Quality | Marks | Pair
"""Each has a height in inches, and draws itself on given axes for the view it was made for."""

Unread = Pictures | Waveform | Loudness
"""Each has a height too, and becomes a row by reading the recording."""
