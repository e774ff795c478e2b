"""Sound without a header, as telephone exchanges write it: which files are that, and how they can be read.

FFmpeg reads such a file at 44,100 Hz unless told otherwise, five times too fast.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import SettingsError
from emotoolkit.media.media_facts import Opening
from emotoolkit.utils.checks import check_choice, is_number

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RAW_FORMATS", "SUFFIXES", "advice", "is_headerless", "raw_opening"]

RAW_FORMATS = (
    "mulaw",
    "alaw",
    "s16le",
    "s16be",
    "s8",
    "u8",
    "s24le",
    "s24be",
    "s32le",
    "s32be",
    "f32le",
    "f32be",
    "f64le",
    "f64be",
    "u16le",
    "u16be",
)
"""Formats of samples without a header, by FFmpeg's names."""

FORMATS = {*RAW_FORMATS, "u24le", "u24be", "u32le", "u32be", "vidc"}
"""FFmpeg's names of the formats that it takes by a file's suffix alone, at a rate that nothing says."""

SUFFIXES = {
    **dict.fromkeys((".ul", ".ulaw", ".mulaw", ".mu", ".u"), "mulaw"),
    **dict.fromkeys((".al", ".alaw", ".a"), "alaw"),
    **dict.fromkeys((".raw", ".pcm", ".sw", ".s16", ".sln8", ".sln12", ".sln16", ".sln24", ".sln32"), "s16le"),
    **dict.fromkeys((".sln44", ".sln48", ".sln96", ".sln192", ".slin", ".slin16", ".slin48"), "s16le"),
}
"""Suffixes that say of what kind the samples probably are."""

LAYOUTS = {1: "mono", 2: "stereo"}

TELEPHONE_RATE_HZ = 8000

ODD_RATES_HZ = {44: 44_100}
"""Rates that a suffix rounds to thousands."""


def is_headerless(path: Path, format_name: str) -> bool:
    """Whether FFmpeg has chosen a format by a file's suffix alone, one of samples at a rate that nothing says."""
    is_picture = format_name in {"rawvideo", "image2"}  # what it takes .raw to be
    return format_name in FORMATS or (is_picture and path.suffix.lower() in SUFFIXES)


def advice(file: str, path: Path, format_name: str | None = None) -> dict[str, Any]:
    """Return the data of the error's sentence: the probable format and rate of a file without a header."""
    suffix = path.suffix.lower()
    raw = format_name if format_name in RAW_FORMATS else SUFFIXES.get(suffix, "s16le")
    thousands = re.fullmatch(r"\.sl(?:i)?n(\d+)", suffix)
    rate = TELEPHONE_RATE_HZ
    if thousands is not None:
        rate = ODD_RATES_HZ.get(int(thousands[1]), 1000 * int(thousands[1]))
    return {"file": file, "quoted": shlex.quote(file), "raw": raw, "sampling_rate": rate}


def raw_opening(raw: str | None, sampling_rate: int | None, channels: int) -> Opening | None:
    """Return how a file without a header is opened; None if it has one.

    Raises
    ------
    SettingsError
        A setting is missing or not legal.
    """
    if raw is None:
        for setting, value, default in (("sampling_rate", sampling_rate, None), ("channels", channels, 1)):
            if value != default:
                raise SettingsError(
                    setting=setting, value=value, rule="it is for sound without a header: type raw=, too"
                )
        return None
    check_choice("raw", raw, RAW_FORMATS)
    for setting, value in (("sampling_rate", sampling_rate), ("channels", channels)):
        if not (is_number(value) and value >= 1 and value == int(value)):
            raise SettingsError(setting=setting, value=value, rule="no header says it, so it must be a whole number")
    assert sampling_rate is not None
    return Opening(
        raw, (("sample_rate", str(int(sampling_rate))), ("ch_layout", LAYOUTS.get(channels, f"{int(channels)}c")))
    )
