"""Praat: one TextGrid a recording. Times are kept to the microsecond.

A tier of intervals covers all of the recording without overlap, and a text that is empty is a gap: see `tiers` and
`words`. A TextGrid has no place for who measured, nor for the recording's name, which is the file's own stem.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import RecordingError
from emotoolkit.exports import labels, tiers
from emotoolkit.exports.tiers import Span, Tier
from emotoolkit.media.recording import Recording
from emotoolkit.utils.file_names import named, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    from praatio.data_classes.textgrid_tier import TextgridTier

    from emotoolkit.exports.content import Content
    from emotoolkit.exports.labels import Label

UNIT = 1
TIMED = True

AWKWARD = r'["\[]'
"""Readers of TextGrids look for these in all of the file, in texts too."""

MICRO = 1_000_000


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write a TextGrid for each recording, as long as the recording is."""
    from praatio.textgrid import Textgrid

    names = named(content.files)
    for file, found in content.by_file(labels.timed(content.labels)):
        path = folder / f"{names[file]}.TextGrid"
        end = _end(file, found)
        grid = Textgrid(0.0, end)
        for tier in tiers.tiers(found, UNIT, AWKWARD):
            grid.addTier(_tier(tier, end))
        with replacing(path) as part:
            grid.save(str(part), "long_textgrid", includeBlankSpaces=True, minimumIntervalLength=None)
            part.write_text(_without_powers(part.read_text(encoding="utf-8")), encoding="utf-8", newline="")
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read all tiers; intervals without a text are gaps."""
    from praatio.textgrid import PointTier, openTextgrid

    grid = openTextgrid(str(path), includeEmptyIntervals=False, duplicateNamesMode="rename")
    found: list[Label] = []
    for tier in grid.tiers:
        points = isinstance(tier, PointTier)
        spans = tuple(Span(_micro(entry[0]), _micro(entry[0 if points else 1]), entry[-1]) for entry in tier.entries)
        found += tiers.labels(path.stem, Tier(tier.name, "", spans, points))
    return labels.table(found)


def _tier(tier: Tier, end: float) -> TextgridTier:
    from praatio.data_classes.interval_tier import IntervalTier
    from praatio.data_classes.point_tier import PointTier
    from praatio.utilities.constants import Interval, Point

    if tier.points:
        return PointTier(tier.name, [Point(_seconds(span.start), span.text) for span in tier.spans], 0.0, end)
    entries: list[Any] = [Interval(_seconds(span.start), _seconds(span.end), span.text) for span in tier.spans]
    return IntervalTier(tier.name, entries, 0.0, end)


def _without_powers(text: str) -> str:
    """Write out numbers such as 1e-06, which Praat reads and the library that has written them does not."""
    return re.sub(r"(?<== )\d[\d.]*e-\d+(?= \n)", lambda found: f"{float(found[0]):.6f}", text)


def _end(file: str, found: list[Label]) -> float:
    """Seconds that the grid lasts: as long as the recording, and longer only if a label is."""
    last = max((_seconds(each.end) for each in found), default=0.0)
    try:
        return max(last, Recording(file).duration)
    except (RecordingError, OSError):  # it is not there, or has a name that no disk takes
        return last or 1.0


def _seconds(micro: int) -> float:
    return micro / MICRO


def _micro(seconds: Any) -> int:
    return round(float(seconds) * MICRO)
