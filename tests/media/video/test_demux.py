"""Demuxing: packets whose time goes on, whatever the file's clock does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotoolkit import Recording
from emotoolkit.media.video.demux import demux_packets, lacks_pts
from tests.support.media_files import film

if TYPE_CHECKING:
    from pathlib import Path


def times(path: Path, kind: str) -> list[float]:
    """Decoding times of a track's packets, in seconds."""
    with Recording(path).open() as container:
        streams = [*container.streams.video, *container.streams.audio]
        return [
            float((packet.pts if packet.dts is None else packet.dts) * packet.time_base)
            for packet in demux_packets(container, streams)
            if packet.stream.type == kind
        ]


def test_every_picture_is_a_packet(tmp_path: Path) -> None:
    """Nothing is left out of a plain file, and nothing empty is given."""
    path = film(tmp_path / "film.mp4", "libx264", "aac", seconds=2.0)
    assert len(times(path, "video")) == 50


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_time_goes_on_where_a_file_begins_anew(tmp_path: Path, kind: str) -> None:
    """Two recordings in one file: the second follows the first, in both tracks, to within a packet of sound."""
    one = film(tmp_path / "one.ts", "libx264", "aac", seconds=2.0)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() * 2)
    found = times(both, kind)
    assert np.diff(found).min() > -0.03
    assert found[-1] - found[0] == pytest.approx(4.0, abs=0.1)
    assert np.diff(found).max() < 0.1


def test_a_file_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    """The end of the bytes is the end of the packets, not an error."""
    path = film(tmp_path / "film.ts", "libx264", "aac", seconds=2.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 < len(times(path, "video")) < 50


@pytest.mark.parametrize(("suffix", "codec", "lacks"), [("avi", "mpeg4", True), ("mp4", "libx264", False)])
def test_an_avi_has_decoding_times_only(tmp_path: Path, suffix: str, codec: str, lacks: bool) -> None:
    """Of the containers we read, it is the one whose pictures do not say when they are shown."""
    assert lacks_pts(Recording(film(tmp_path / f"film.{suffix}", codec, None, seconds=0.2))) is lacks
