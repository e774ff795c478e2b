"""Rows: a recording or a table as matplotlib artists over media time.

Each row has one artist per label, never one per interval, so that eight hours draw as quickly as eight minutes. Which
rows are drawn is chosen in `timeline`; ticks and figures are in `figure`. matplotlib is imported where artists are
made.
"""

from __future__ import annotations

from emotoolkit.plots.rows.base import TextRow
from emotoolkit.plots.rows.difference import DifferenceRow
from emotoolkit.plots.rows.levels import QualityRow, SegmentsRow
from emotoolkit.plots.rows.marks import MarksRow
from emotoolkit.plots.rows.media import (
    LoudnessRow,
    PicturesRow,
    UnreadLoudness,
    UnreadPictures,
    UnreadWaveform,
    WaveformRow,
)
from emotoolkit.plots.rows.spans import AnnotationsRow, EngagementRow, SignalsRow
from emotoolkit.tables.access import column_unit, time_range

__all__ = [
    "AnnotationsRow",
    "DifferenceRow",
    "EngagementRow",
    "LoudnessRow",
    "MarksRow",
    "PicturesRow",
    "QualityRow",
    "Row",
    "SegmentsRow",
    "SignalsRow",
    "TextRow",
    "UnreadLoudness",
    "UnreadPictures",
    "UnreadRow",
    "UnreadWaveform",
    "WaveformRow",
    "column_unit",
    "time_range",
]

Row = (
    TextRow
    | PicturesRow
    | WaveformRow
    | LoudnessRow
    | AnnotationsRow
    | SegmentsRow
    | SignalsRow
    | EngagementRow
    | QualityRow
    | MarksRow
    | DifferenceRow
)
"""Each has a height in inches, and draws its view of media time on given axes."""

UnreadRow = UnreadPictures | UnreadWaveform | UnreadLoudness
"""Each has a height too, and `read` makes a row of it from the recording's file."""
