"""Durations counted by frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emotoolkit.media import frame_counts
from emotoolkit.media.frame_counts import count_frames, ogg_links
from tests.support.media_files import tone

if TYPE_CHECKING:
    from pathlib import Path

MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
"""417 bytes of 128 kbit/s, 44.1 kHz, MPEG 1 layer III."""


@pytest.mark.parametrize("tag", [b"", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10), b"TAG" + bytes(125)])
def test_frames_of_mp3(tmp_path: Path, tag: bytes) -> None:
    """Each has 1152 samples; tags before, between and behind them have none."""
    path = tmp_path / "a.mp3"
    path.write_bytes(tag + 50 * MP3_FRAME + tag + 50 * MP3_FRAME + tag)
    counted = count_frames(path, "mp3")
    assert counted is not None
    assert counted.seconds == pytest.approx(100 * 1152 / 44_100)
    assert (counted.is_estimated, counted.is_cut) == (False, False)


def test_a_long_file_is_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file of many bytes only the first are counted."""
    monkeypatch.setattr(frame_counts, "MAX_COUNTED_BYTES", 10_000)
    path = tmp_path / "a.mp3"
    path.write_bytes(1000 * MP3_FRAME)
    counted = count_frames(path, "mp3")
    assert counted is not None
    assert counted.is_estimated
    assert counted.seconds == pytest.approx(1000 * 1152 / 44_100, rel=0.01)


def test_plain_aac(tmp_path: Path) -> None:
    """As many frames of 1024 samples as there are packets."""
    counted = count_frames(tone(tmp_path / "a.aac", "aac", 44_100, seconds=3.0, silent=2.0), "aac")
    assert counted is not None
    assert counted.seconds == pytest.approx(3.0, abs=0.06)


@pytest.mark.parametrize(("container", "data"), [("wav", b"RIFF"), ("mp3", b""), ("mp3", b"nothing of that kind")])
def test_nothing_to_count(tmp_path: Path, container: str, data: bytes) -> None:
    """What is no such file, or has no frame, is told by its header alone."""
    path = tmp_path / "a"
    path.write_bytes(data)
    assert count_frames(path, container) is None


def test_links_of_ogg(tmp_path: Path) -> None:
    """One recording is one link, also of pages that the reader does not know."""
    (seconds,) = ogg_links(tone(tmp_path / "a.ogg", "libopus", 48_000, seconds=2.0))
    assert seconds == pytest.approx(2.0, abs=0.03)
    (tmp_path / "b.ogg").write_bytes(b"OggS" + b"\0\2" + bytes(8) + b"1234" + bytes(8) + b"\1\4" + b"what")
    assert ogg_links(tmp_path / "b.ogg") == []
