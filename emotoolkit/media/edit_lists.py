"""Edit lists: what an MP4 or MOV has in its packets and does not present, since it was trimmed without coding anew."""

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
"""Seconds. What sound has before 0, or hidden at its end, is the encoder's own filling as long as it is not longer."""

TAIL_S = 1.0
"""Seconds before the end at which it is looked for hidden packets; reading begins with the key picture before them."""

PARENT_BOXES = {b"moov", b"trak", b"edts"}
"""Boxes of an MP4 on the way to its edit lists."""

SIZE_64_BIT, SIZE_TO_FILE_END = 1, 0
"""Sizes of boxes that mean something else: 64 bits of size follow; the box ends with the file."""

EMPTY_EDIT_TIMES = {b"\xff" * 4, b"\xff" * 8}
"""The media time of an edit that presents nothing: a delay."""


def is_trimmed(recording: Recording) -> bool:
    """Whether a file holds pictures or sound that it does not present, so that its packets must not be sent.

    Only its tables, its first packets and its last ones are read.
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
    """Whether hidden packets are at the end."""
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
            return False  # cut off: what can be read presents all that it has
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
    """Whether a track presents more than one stretch of its media."""
    with path.open("rb") as file:
        return any(_count_edits(table) > 1 for table in _edit_lists(file, 0, path.stat().st_size))


def _count_edits(table: bytes) -> int:
    """How many edits of an edit list present something."""
    wide = 8 if table[:1] == b"\x01" else 4
    row = 2 * wide + 4
    count = int.from_bytes(table[4:8], "big")
    rows = (table[8 + number * row : 8 + (number + 1) * row] for number in range(count))
    return sum(each[wide : 2 * wide] not in EMPTY_EDIT_TIMES for each in takewhile(lambda each: len(each) == row, rows))


def _edit_lists(file: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    """Contents of the edit lists between two places of a file."""
    while begin + 8 <= end:
        file.seek(begin)
        head = file.read(16)
        size, kind, inside = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == SIZE_64_BIT:
            size, inside = int.from_bytes(head[8:16], "big"), 16
        if size == SIZE_TO_FILE_END:
            size = end - begin
        if size < inside:
            return  # damaged
        last = min(end, begin + size)
        if kind == b"elst":
            file.seek(begin + inside)
            yield file.read(last - begin - inside)
        elif kind in PARENT_BOXES:
            yield from _edit_lists(file, begin + inside, last)
        begin += size
