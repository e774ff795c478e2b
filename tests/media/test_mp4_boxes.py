"""Boxes of MP4 files: rotation and codec of each track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emotoolkit.media.mp4_boxes import TrackTable, read_tracks
from tests.support.media_files import film

if TYPE_CHECKING:
    from pathlib import Path


def test_tracks_of_a_film(tmp_path: Path) -> None:
    """Both are there, in order, by the four letters of their codecs."""
    path = film(tmp_path / "a.mp4", "libx264", "aac", seconds=0.4)
    assert read_tracks(path) == [TrackTable(0, "avc1"), TrackTable(0, "mp4a")]


@pytest.mark.parametrize("data", [b"", b"\0\0\0\4tkhd", b"\0\0\0\x10moov\0\0\0\x08trak", b"\0\0\0\x0ctkhd\0\0\0\0"])
def test_damaged_boxes(tmp_path: Path, data: bytes) -> None:
    """What is cut, or no MP4, gives what can be read."""
    (tmp_path / "a.mp4").write_bytes(data)
    assert all(each == TrackTable() for each in read_tracks(tmp_path / "a.mp4"))
