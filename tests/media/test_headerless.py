"""Sound without a header: what is advised, and which settings are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotoolkit.errors import SettingsError
from emotoolkit.media.headerless import advice, is_headerless, raw_opening


@pytest.mark.parametrize(
    ("name", "raw", "rate"),
    [
        ("a.ul", "mulaw", 8000),
        ("a.AL", "alaw", 8000),
        ("a.sln16", "s16le", 16_000),
        ("a.sln44", "s16le", 44_100),
        ("a.slin48", "s16le", 48_000),
        ("a.raw", "s16le", 8000),
    ],
)
def test_advice(name: str, raw: str, rate: int) -> None:
    """The suffix says what the samples probably are."""
    found = advice(name, Path(name))
    assert (found["raw"], found["sampling_rate"]) == (raw, rate)


@pytest.mark.parametrize(
    ("name", "format_name", "headerless"),
    [("a.ul", "mulaw", True), ("a.raw", "rawvideo", True), ("a.yuv", "rawvideo", False), ("a.ul", "wav", False)],
)
def test_what_is_headerless(name: str, format_name: str, headerless: bool) -> None:
    """What FFmpeg has chosen by the suffix alone; not a WAV file of such a name."""
    assert is_headerless(Path(name), format_name) is headerless


def test_opening() -> None:
    """Rate and channels are those that are given."""
    opening = raw_opening("alaw", 8000, 2)
    assert opening is not None
    assert (opening.format, dict(opening.options)) == ("alaw", {"sample_rate": "8000", "ch_layout": "stereo"})
    assert raw_opening(None, None, 1) is None


@pytest.mark.parametrize(
    "settings",
    [("mp3", 8000, 1), ("mulaw", None, 1), ("mulaw", 0, 1), ("mulaw", 8000, 0), (None, 8000, 1), (None, None, 2)],
)
def test_settings_that_are_refused(settings: tuple[Any, ...]) -> None:
    """A coding that is none, no rate, or a rate of a file that has a header."""
    with pytest.raises(SettingsError):
        raw_opening(*settings)
