"""RTTM: who speaks when, one file a recording, as diarization tools read and score it.

Each stretch of speech is a `SPEAKER` line with the channel as the speaker's name; with `tracks=` the labels of those
tracks are, and the track is the subtype. Times are kept to the microsecond; a name has percent signs for blanks. RTTM
has no place for who measured. (NIST, Rich Transcription evaluation plan RT-09, appendix A.)
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from emotoolkit.exports import escaping, labels
from emotoolkit.exports.labels import Label
from emotoolkit.exports.tiers import SPEAKER
from emotoolkit.utils.file_names import named, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

UNIT = 1
TIMED = True

NONE = "<NA>"
AWKWARD = r"\s|^<NA>$|^;"
BLANK = r"[ \t]+"
"""What is between fields; a blank that does not break is part of a name."""

FIELDS = 9
"""A line has ten fields; many programs leave out the last."""


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write an RTTM for each recording."""
    names = named(content.files)
    table = content.speech if content.chosen is None else content.labels
    for file, found in content.by_file(labels.timed(table)):
        path = folder / f"{names[file]}.rttm"
        with replacing(path) as part:
            part.write_text("".join(_line(str(names[file]), each) for each in found), encoding="utf-8", newline="")
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read the `SPEAKER` lines."""
    lines = (re.split(BLANK, line.strip()) for line in path.read_text(encoding="utf-8-sig").split("\n"))
    return labels.table(_label(fields) for fields in lines if fields[0] == "SPEAKER")


def _line(file: str, each: Label) -> str:
    begin, length = (f"{time / 1e6:.6f}" for time in (each.start, each.end - each.start))
    track = NONE if each.track == SPEAKER else _quoted(each.track)
    value = NONE if math.isnan(each.value) else escaping.text_of(each.value)
    return f"SPEAKER {_quoted(file)} 1 {begin} {length} {NONE} {track} {_quoted(each.label)} {value} {NONE}\n"


def _label(fields: list[str]) -> Label:
    if len(fields) < FIELDS:
        raise ValueError(f"a SPEAKER line has {len(fields)} fields instead of 10")
    _, file, _, begin, length, _, track, name, value, *_ = fields
    start = round(float(begin) * 1e6)
    end = start + round(float(length) * 1e6)
    named_track = SPEAKER if track in (NONE, SPEAKER) else escaping.unquoted(track)
    return Label(escaping.unquoted(file), start, end, "", named_track, escaping.unquoted(name), escaping.number(value))


def _quoted(text: str) -> str:
    return escaping.quoted(text, AWKWARD)
