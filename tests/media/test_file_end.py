"""The end of a file is that of its last packet, whatever its header says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emotoolkit import Recording
from emotoolkit.media.file_end import last_packet_end
from tests.support.media_files import film

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_whole_file(tmp_path: Path, suffix: str) -> None:
    """It goes on to its duration."""
    recording = Recording(film(tmp_path / f"a.{suffix}", "libx264", "aac", seconds=8.0))
    assert last_packet_end(recording) == pytest.approx(recording.duration, abs=0.1)


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    """It ends before that."""
    path = film(tmp_path / "a.mkv", "libx264", "aac", seconds=8.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert last_packet_end(Recording(path)) < 6
