"""Muxing: each piece as a file of its own, or all of them as one stream."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import pytest

from emotoolkit import Recording
from emotoolkit.media.video import coded, cut, mux
from emotoolkit.media.video.coded import SeekPoint
from tests.support.clips import numbered_clip, read_numbers
from tests.support.grey_frames import luma

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIPS = {
    "h264.mp4": {"bframes": 2, "gop": 1},
    "vp9.webm": {"codec": "libvpx-vp9", "audio": "libopus", "gop": 1},
}


@pytest.fixture(params=CLIPS)
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Recording:
    """Five seconds of numbered pictures, with sound."""
    return Recording(numbered_clip(tmp_path / request.param, seconds=5, **CLIPS[request.param]).path)


def muxed(recording: Recording, muxer: type, *, anywhere: bool) -> Iterator[bytes]:
    with recording.open() as container:
        tracks, packets = coded.copy_packets(container, recording, SeekPoint(0.0, 0.0))
        made = muxer(tracks)
        for piece in cut.cut_pieces(packets, start=0.0, length=1.5, anywhere=anywhere, sound=True):
            yield made.mux_piece(piece)


def numbers(data: bytes) -> list[int | None]:
    with av.open(io.BytesIO(data)) as container:
        return read_numbers([luma(frame) for frame in container.decode(video=0)])


def samples(data: bytes) -> int:
    with av.open(io.BytesIO(data)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def test_files_stand_alone(recording: Recording) -> None:
    """Each has a header, decodes by itself, and together they have every picture once."""
    files = list(muxed(recording, mux.FileMuxer, anywhere=False))
    assert len(files) == 3
    assert [number for each in files for number in numbers(each)] == list(range(125))


def test_the_sound_of_files_is_that_of_the_whole(recording: Recording) -> None:
    """What is sent before a piece for the decoder's sake is left out again: no sample is there twice."""
    files = list(muxed(recording, mux.FileMuxer, anywhere=False))
    assert sum(map(samples, files)) == samples(recording.path.read_bytes())


def test_a_stream_is_one_file(recording: Recording) -> None:
    """Only the first message has the header; all of them one behind the other are the recording."""
    messages = list(muxed(recording, mux.StreamMuxer, anywhere=True))
    assert len(messages) == 4
    assert numbers(b"".join(messages)) == list(range(125))
    heads = {
        b"ftyp": [each[4:8] == b"ftyp" for each in messages],
        b"webm": [each[:4] == b"\x1aE\xdf\xa3" for each in messages],
    }
    assert [True, False, False, False] in heads.values()


def test_the_same_packets_are_the_same_bytes(recording: Recording) -> None:
    """No random number is in what is sent."""
    for muxer, anywhere in ((mux.FileMuxer, False), (mux.StreamMuxer, True)):
        once, again = (list(muxed(recording, muxer, anywhere=anywhere)) for _ in range(2))
        assert once == again
