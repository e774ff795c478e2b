"""WebVTT: one file for each recording, for players and browsers. Times are whole milliseconds.

The text of a cue is `track: label = number`; its voice is the API and who measured, which players do not show. A cue
has a length, so a point lasts a millisecond, and the cue's name marks it as one. Files of other programs are read with
a track for each voice, without tags. (W3C, WebVTT: The Web Video Text Tracks Format.)
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from emotoolkit._version import __version__
from emotoolkit.exports import escaping, labels
from emotoolkit.exports.labels import Label
from emotoolkit.utils.file_names import atomic_replace, unique_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1000
TIMED_ONLY = True

HEADER = f"WEBVTT\n\nNOTE written by emotoolkit {__version__}\n"
FILE_PREFIX = "NOTE file "
POINT_PREFIX = "point "
TRACK_END_PATTERN = r":(?= )|:$"
"""The end of a track in a cue, which therefore cannot be part of a track's name."""

CUE_PATTERN = re.compile(
    r"(?m)(?:^(?P<name>.*)\n)?^[ \t]*(?P<start>[\d:.,]+) --> (?P<end>[\d:.,]+).*\n"
    r"(?P<text>[^\n]*(?:(?<!\n)\n(?!.*-->)[^\n]+)*)"
)
VOICE_PATTERN = re.compile(r"<v(?:\.[^ >]*)? ([^>]*)>")
TAG_PATTERN = re.compile(r"</?[a-z\d][^>]*>")
CAPTION_TRACK = "caption"
"""The track of text without a voice."""


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write a WebVTT file for each recording."""
    names = unique_paths(content.files)
    for file, found in content.by_file(labels.drop_untimed(content.labels)):
        path = folder / f"{names[file]}.vtt"
        blocks = [
            HEADER,
            f"{FILE_PREFIX}{_escape_html(escaping.escape(file))}\n",
            *map(_format_cue, range(1, len(found) + 1), found),
        ]
        with atomic_replace(path) as part:
            part.write_text("\n".join(blocks), encoding="utf-8", newline="")
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read the cues."""
    text = path.read_text(encoding="utf-8-sig")
    escaped_file = next(
        (line.removeprefix(FILE_PREFIX) for line in text.split("\n") if line.startswith(FILE_PREFIX)), None
    )
    file = path.stem if escaped_file is None else escaping.unescape(html.unescape(escaped_file))
    parse_cue = _parse_own_cue if escaped_file is not None else _parse_foreign_cue
    return labels.make_table(label for cue in CUE_PATTERN.finditer(text) for label in parse_cue(file, cue))


def _format_cue(number: int, each: Label) -> str:
    start, end = (round(time / RESOLUTION_US) for time in (each.start, each.end))
    name = f"{POINT_PREFIX if start == end else ''}{number}"
    voice = ", ".join([escaping.escape(each.api, ","), escaping.escape(each.source)])
    text = f"{escaping.escape(each.track, TRACK_END_PATTERN)}: {escaping.format_label(each.label, each.value)}"
    times = f"{_format_timestamp(start)} --> {_format_timestamp(max(end, start + 1))}"
    return f"{name}\n{times}\n<v {_escape_html(voice)}>{_escape_html(text)}\n"


def _parse_own_cue(file: str, cue: re.Match[str]) -> Iterator[Label]:
    voice = VOICE_PATTERN.match(cue["text"])
    if voice is None:
        yield from _parse_foreign_cue(file, cue)
        return
    api, _, source = html.unescape(voice[1]).partition(", ")
    track, _, label_text = html.unescape(cue["text"][voice.end() :]).partition(": ")
    start, end = _cue_times(cue)
    point = (cue["name"] or "").startswith(POINT_PREFIX)
    label, value = escaping.parse_label(label_text)
    times = (start, start if point else end)
    yield Label(file, *times, escaping.unescape(api), escaping.unescape(track), label, value, escaping.unescape(source))


def _parse_foreign_cue(file: str, cue: re.Match[str]) -> Iterator[Label]:
    """Yield a label for each voice in a cue of another program: the voice is the track."""
    before, *voiced = VOICE_PATTERN.split(cue["text"])
    texts = list(zip(voiced[::2], voiced[1::2], strict=True))
    if before.strip() or not texts:
        texts.insert(0, (CAPTION_TRACK, before))
    for voice, text in texts:
        plain = html.unescape(TAG_PATTERN.sub("", text)).strip()
        yield Label(file, *_cue_times(cue), "", html.unescape(voice).strip(), plain, float("nan"))


def _cue_times(cue: re.Match[str]) -> tuple[int, int]:
    return _parse_timestamp(cue["start"]), _parse_timestamp(cue["end"])


def _format_timestamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{rest:03}"


def _parse_timestamp(clock: str) -> int:
    *higher, seconds = clock.replace(",", ".").split(":")
    whole, _, rest = seconds.partition(".")
    total = 0
    for part in (*higher, whole):
        total = total * 60 + int(part)
    return total * 1_000_000 + int(rest.ljust(6, "0"))


def _escape_html(text: str) -> str:
    return html.escape(text, quote=False)
