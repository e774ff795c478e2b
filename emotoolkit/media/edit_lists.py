"""Edit lists: detect MP4 and MOV files that were trimmed without re-encoding and still hold the packets trimmed off."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from emotoolkit.media.recording import Recording

__all__ = ["is_trimmed"]

MAX_PRIMING_S = 0.1
"""Seconds of sound before 0, or hidden at the end, up to which they are the encoder's priming and padding."""

TAIL_S = 1.0
"""Seconds before the end in which hidden packets are searched; reading begins with the key picture before them."""

PARENT_BOXES = {b"moov", b"trak", b"edts"}
"""Boxes of an MP4 that contain its edit lists."""

SIZE_64_BIT, SIZE_TO_FILE_END = 1, 0
"""Special values of a box's size: a 64-bit size follows; the box ends with the file."""

EMPTY_EDIT_TIMES = {b"\xff" * 4, b"\xff" * 8}
"""Media times of an edit without media: a delay."""


def is_trimmed(recording: Recording) -> bool:
    """Whether a file holds pictures or sound that it does not present, so that its packets must not be copied.

    Only its tables, its first and its last packets are read.
    """
    if recording.container != "mov":
        return False
    return _has_several_edits(recording.path) or _has_hidden_start(recording) or _has_hidden_end(recording)


def _has_hidden_start(recording: Recording) -> bool:
    """Whether anything but priming comes before media time 0."""
    with recording.open() as container:
        streams = _streams(container)
        for packet in container.demux(streams):
            if packet.pts is None or not packet.size:
                continue
            if _is_hidden(packet, recording.origin):
                return True
            streams = [stream for stream in streams if stream.index != packet.stream_index]
            if not streams:
                break
    return False


def _has_hidden_end(recording: Recording) -> bool:
    """Whether there are hidden packets at the end, apart from the sound's padding."""
    if math.isinf(recording.duration):
        return False
    with recording.open() as container:
        container.seek(int((max(0.0, recording.duration - TAIL_S) + recording.origin) * av.time_base))
        hidden = dict.fromkeys((stream.index for stream in _streams(container)), 0.0)
        try:
            for packet in container.demux(_streams(container)):
                if packet.size and packet.is_discard:
                    if packet.stream.type == "video":
                        return True
                    hidden[packet.stream_index] += float((packet.duration or 0) * packet.time_base)
        except av.error.FFmpegError:
            return False  # truncated: nothing that can be read is hidden
    return any(seconds > MAX_PRIMING_S for seconds in hidden.values())


def _streams(container: Any) -> list[Any]:
    cover = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & cover]
    return [*pictures[:1], *container.streams.audio[:1]]


def _is_hidden(packet: Any, origin: float) -> bool:
    time = float(packet.pts * packet.time_base) - origin
    if packet.stream.type == "video":
        return packet.is_discard or time < 0
    return time < -MAX_PRIMING_S


def _has_several_edits(path: Path) -> bool:
    """Whether a track presents more than one part of its media."""
    with path.open("rb") as file:
        return any(_count_edits(table) > 1 for table in _edit_lists(file, 0, path.stat().st_size))


def _count_edits(table: bytes) -> int:
    """Count the edits of an edit list that present media."""
    wide = 8 if table[:1] == b"\x01" else 4
    row = 2 * wide + 4
    count = int.from_bytes(table[4:8], "big")
    rows = (table[8 + number * row : 8 + (number + 1) * row] for number in range(count))
    return sum(each[wide : 2 * wide] not in EMPTY_EDIT_TIMES for each in takewhile(lambda each: len(each) == row, rows))


def _edit_lists(file: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    """Yield the contents of the edit lists between two positions of a file."""
    while begin + 8 <= end:
        file.seek(begin)
        head = file.read(16)
        size, kind, header_size = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == SIZE_64_BIT:
            size, header_size = int.from_bytes(head[8:16], "big"), 16
        if size == SIZE_TO_FILE_END:
            size = end - begin
        if size < header_size:
            return  # damaged
        box_end = min(end, begin + size)
        if kind == b"elst":
            file.seek(begin + header_size)
            yield file.read(box_end - begin - header_size)
        elif kind in PARENT_BOXES:
            yield from _edit_lists(file, begin + header_size, box_end)
        begin += size
