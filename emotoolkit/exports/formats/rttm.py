"""RTTM: who speaks when, one file for each recording, as diarization tools read and score it.

Each stretch of speech is a `SPEAKER` line with the channel as the speaker's name; with `tracks=`, each label of those
tracks is one, with the track as its subtype. Times are in microseconds; blanks in names are percent-encoded. RTTM has
no place for who measured. (NIST, Rich Transcription evaluation plan RT-09, appendix A.)
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from emotoolkit.exports import escaping, labels
from emotoolkit.exports.labels import Label
from emotoolkit.exports.tiers import SPEAKER_TRACK
from emotoolkit.utils.file_names import atomic_replace, unique_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1
TIMED_ONLY = True

MISSING_VALUE = "<NA>"
UNSAFE_PATTERN = r"\s|^<NA>$|^;"
FIELD_SEPARATOR_PATTERN = r"[ \t]+"
"""Only these separate fields; a no-break space is part of a name."""

MIN_FIELDS = 9
"""Fields of a line, at least: many programs leave out the last of the ten."""


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write an RTTM for each recording."""
    names = unique_paths(content.files)
    table = content.speech if content.chosen_tracks is None else content.labels
    for file, found in content.by_file(labels.drop_untimed(table)):
        path = folder / f"{names[file]}.rttm"
        with atomic_replace(path) as part:
            part.write_text(
                "".join(_format_line(str(names[file]), each) for each in found), encoding="utf-8", newline=""
            )
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read the `SPEAKER` lines."""
    lines = (
        re.split(FIELD_SEPARATOR_PATTERN, line.strip()) for line in path.read_text(encoding="utf-8-sig").split("\n")
    )
    return labels.make_table(_parse_fields(fields) for fields in lines if fields[0] == "SPEAKER")


def _format_line(file: str, each: Label) -> str:
    begin, length = (f"{time / 1e6:.6f}" for time in (each.start, each.end - each.start))
    track = MISSING_VALUE if each.track == SPEAKER_TRACK else _escape(each.track)
    value = MISSING_VALUE if math.isnan(each.value) else escaping.format_number(each.value)
    what = f"{MISSING_VALUE} {track} {_escape(each.label)} {value} {MISSING_VALUE}"
    return f"SPEAKER {_escape(file)} 1 {begin} {length} {what}\n"


def _parse_fields(fields: list[str]) -> Label:
    if len(fields) < MIN_FIELDS:
        raise ValueError(f"a SPEAKER line has {len(fields)} fields instead of 10")
    _, file, _, begin, length, _, track, name, value, *_ = fields
    start = round(float(begin) * 1e6)
    end = start + round(float(length) * 1e6)
    named_track = SPEAKER_TRACK if track in (MISSING_VALUE, SPEAKER_TRACK) else escaping.unescape(track)
    return Label(
        escaping.unescape(file), start, end, "", named_track, escaping.unescape(name), escaping.parse_number(value)
    )


def _escape(text: str) -> str:
    return escaping.escape(text, UNSAFE_PATTERN)
