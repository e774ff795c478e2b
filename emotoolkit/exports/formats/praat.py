"""Praat: one TextGrid for each recording. Times are in microseconds.

A tier of intervals covers all of the recording without overlap, and an empty text is a gap (see `tiers` and
`escaping`). A TextGrid has no place for who measured, nor for the recording's name, which is read as the file's stem.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import RecordingError
from emotoolkit.exports import labels, tiers
from emotoolkit.exports.tiers import Tier, TierSpan
from emotoolkit.media.recording import Recording
from emotoolkit.utils.file_names import atomic_replace, unique_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    from praatio.data_classes.textgrid_tier import TextgridTier

    from emotoolkit.exports.content import Content
    from emotoolkit.exports.labels import Label

RESOLUTION_US = 1
TIMED_ONLY = True

UNSAFE_PATTERN = r'["\[]'
"""Characters that readers of TextGrids search for in the whole file, texts included."""

US_PER_S = 1_000_000


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write a TextGrid for each recording, as long as the recording is."""
    from praatio.textgrid import Textgrid

    names = unique_paths(content.files)
    for file, found in content.by_file(labels.drop_untimed(content.labels)):
        path = folder / f"{names[file]}.TextGrid"
        end = _grid_end(file, found)
        grid = Textgrid(0.0, end)
        for tier in tiers.build_tiers(found, RESOLUTION_US, UNSAFE_PATTERN):
            grid.addTier(_make_tier(tier, end))
        with atomic_replace(path) as part:
            grid.save(str(part), "long_textgrid", includeBlankSpaces=True, minimumIntervalLength=None)
            part.write_text(_expand_exponents(part.read_text(encoding="utf-8")), encoding="utf-8", newline="")
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read all tiers; intervals without a text are gaps."""
    from praatio.textgrid import PointTier, openTextgrid

    grid = openTextgrid(str(path), includeEmptyIntervals=False, duplicateNamesMode="rename")
    found: list[Label] = []
    for tier in grid.tiers:
        points = isinstance(tier, PointTier)
        spans = tuple(
            TierSpan(_to_microseconds(entry[0]), _to_microseconds(entry[0 if points else 1]), entry[-1])
            for entry in tier.entries
        )
        found += tiers.tier_labels(path.stem, Tier(tier.name, "", spans, points))
    return labels.make_table(found)


def _make_tier(tier: Tier, end: float) -> TextgridTier:
    from praatio.data_classes.interval_tier import IntervalTier
    from praatio.data_classes.point_tier import PointTier
    from praatio.utilities.constants import Interval, Point

    if tier.points:
        return PointTier(tier.name, [Point(_to_seconds(span.start), span.text) for span in tier.spans], 0.0, end)
    entries: list[Any] = [Interval(_to_seconds(span.start), _to_seconds(span.end), span.text) for span in tier.spans]
    return IntervalTier(tier.name, entries, 0.0, end)


def _expand_exponents(text: str) -> str:
    """Expand numbers such as 1e-06, which Praat reads but the library that writes them does not."""
    return re.sub(r"(?<== )\d[\d.]*e-\d+(?= \n)", lambda found: f"{float(found[0]):.6f}", text)


def _grid_end(file: str, found: list[Label]) -> float:
    """Return the end of the grid in seconds: that of the recording, or of the last label if it is later."""
    last = max((_to_seconds(each.end) for each in found), default=0.0)
    try:
        return max(last, Recording(file).duration)
    except (RecordingError, OSError):  # there is no such file, or it is not a valid file name
        return last or 1.0


def _to_seconds(micro: int) -> float:
    return micro / US_PER_S


def _to_microseconds(seconds: Any) -> int:
    return round(float(seconds) * US_PER_S)
