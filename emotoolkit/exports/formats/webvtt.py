"""WebVTT: one file a recording, for players and browsers. Times are whole milliseconds.

A cue says `track: label = number`; its voice is the API and who measured, which players do not show. A cue has a
length, so a moment lasts a millisecond, and its name says that it is one. What others have written is read voice by
voice, without its tags. (W3C, WebVTT: The Web Video Text Tracks Format.)
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from emotoolkit._version import __version__
from emotoolkit.exports import escaping, labels
from emotoolkit.exports.labels import Label
from emotoolkit.utils.file_names import named, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

UNIT = 1000
TIMED = True

HEADER = f"WEBVTT\n\nNOTE written by emotoolkit {__version__}\n"
FILE = "NOTE file "
POINT = "point "
TRACK = r":(?= )|:$"
"""What ends a track in a cue, and so cannot be in one."""

CUE = re.compile(
    r"(?m)(?:^(?P<name>.*)\n)?^[ \t]*(?P<start>[\d:.,]+) --> (?P<end>[\d:.,]+).*\n"
    r"(?P<text>[^\n]*(?:(?<!\n)\n(?!.*-->)[^\n]+)*)"
)
VOICE = re.compile(r"<v(?:\.[^ >]*)? ([^>]*)>")
TAG = re.compile(r"</?[a-z\d][^>]*>")
CAPTION = "caption"
"""The track of what others have written without a voice."""


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write a WebVTT file for each recording."""
    names = named(content.files)
    for file, found in content.by_file(labels.timed(content.labels)):
        path = folder / f"{names[file]}.vtt"
        blocks = [HEADER, f"{FILE}{_escaped(escaping.quoted(file))}\n", *map(_cue, range(1, len(found) + 1), found)]
        with replacing(path) as part:
            part.write_text("\n".join(blocks), encoding="utf-8", newline="")
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read the cues."""
    text = path.read_text(encoding="utf-8-sig")
    said = next((line.removeprefix(FILE) for line in text.split("\n") if line.startswith(FILE)), None)
    file = path.stem if said is None else escaping.unquoted(html.unescape(said))
    of = _ours if said is not None else _foreign
    return labels.table(label for cue in CUE.finditer(text) for label in of(file, cue))


def _cue(number: int, each: Label) -> str:
    start, end = (round(time / UNIT) for time in (each.start, each.end))
    name = f"{POINT if start == end else ''}{number}"
    voice = ", ".join([escaping.quoted(each.api, ","), escaping.quoted(each.source)])
    text = f"{escaping.quoted(each.track, TRACK)}: {escaping.said(each.label, each.value)}"
    return f"{name}\n{_clock(start)} --> {_clock(max(end, start + 1))}\n<v {_escaped(voice)}>{_escaped(text)}\n"


def _ours(file: str, cue: re.Match[str]) -> Iterator[Label]:
    voice = VOICE.match(cue["text"])
    if voice is None:
        yield from _foreign(file, cue)
        return
    api, _, source = html.unescape(voice[1]).partition(", ")
    track, _, said = html.unescape(cue["text"][voice.end() :]).partition(": ")
    start, end = _times(cue)
    point = (cue["name"] or "").startswith(POINT)
    label, value = escaping.heard(said)
    times = (start, start if point else end)
    yield Label(file, *times, escaping.unquoted(api), escaping.unquoted(track), label, value, escaping.unquoted(source))


def _foreign(file: str, cue: re.Match[str]) -> Iterator[Label]:
    """Give what each voice says in a cue: a speaker is a track, as on a tier."""
    before, *voiced = VOICE.split(cue["text"])
    said = list(zip(voiced[::2], voiced[1::2], strict=True))
    if before.strip() or not said:
        said.insert(0, (CAPTION, before))
    for voice, text in said:
        plain = html.unescape(TAG.sub("", text)).strip()
        yield Label(file, *_times(cue), "", html.unescape(voice).strip(), plain, float("nan"))


def _times(cue: re.Match[str]) -> tuple[int, int]:
    return _micro(cue["start"]), _micro(cue["end"])


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{rest:03}"


def _micro(clock: str) -> int:
    *higher, seconds = clock.replace(",", ".").split(":")
    whole, _, rest = seconds.partition(".")
    total = 0
    for part in (*higher, whole):
        total = total * 60 + int(part)
    return total * 1_000_000 + int(rest.ljust(6, "0"))


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
