"""Edit lists: detect MP4 and MOV files that were trimmed without re-encoding and still hold the packets trimmed off."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.media.mp4_boxes import find_boxes

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit.media.recording import Recording

__all__ = ["is_trimmed"]

MAX_PRIMING_S = 0.1
"""Seconds of sound before 0, or hidden at the end, up to which they are the encoder's priming and padding."""

TAIL_S = 1.0
"""Seconds before the end in which hidden packets are searched; reading begins with the key picture before them."""

PARENT_BOXES = {b"moov", b"trak", b"edts"}
"""Boxes of an MP4 that contain its edit lists."""

EMPTY_EDIT_TIMES = {b"\xff" * 4, b"\xff" * 8}
"""Media times of an edit without media: a delay."""


def is_trimmed(recording: Recording) -> bool:
    """Whether a file holds pictures or sound that it does not present, so that its packets must not be copied.

    Only its tables, its first and its last packets are read.
    """
    if recording.container != "mov":
        return False
    return _has_hidden_start(recording) or _has_several_edits(recording.path) or _has_hidden_end(recording)


def _has_hidden_start(recording: Recording) -> bool:
    """Whether anything but priming comes before media time 0."""
    with recording.open() as container:
        streams = _streams(container, recording)
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
        hidden = dict.fromkeys((stream.index for stream in _streams(container, recording)), 0.0)
        try:
            for packet in container.demux(_streams(container, recording)):
                if packet.size and packet.is_discard:
                    if packet.stream.type == "video":
                        return True
                    hidden[packet.stream_index] += float((packet.duration or 0) * packet.time_base)
        except av.error.FFmpegError:
            return False  # truncated: nothing that can be read is hidden
    return any(seconds > MAX_PRIMING_S for seconds in hidden.values())


def _streams(container: Any, recording: Recording) -> list[Any]:
    return [container.streams[track.index] for track in recording.tracks]


def _is_hidden(packet: Any, origin: float) -> bool:
    time = float(packet.pts * packet.time_base) - origin
    if packet.stream.type == "video":
        return packet.is_discard or time < 0
    return time < -MAX_PRIMING_S


def _has_several_edits(path: Path) -> bool:
    """Whether a track presents more than one part of its media."""
    with path.open("rb") as file:
        tables = find_boxes(file, 0, path.stat().st_size, {b"elst"}, PARENT_BOXES)
        return any(_count_edits(content) > 1 for _, content in tables)


def _count_edits(table: bytes) -> int:
    """Count the edits of an edit list that present media."""
    wide = 8 if table[:1] == b"\x01" else 4
    row = 2 * wide + 4
    count = int.from_bytes(table[4:8], "big")
    rows = (table[8 + number * row : 8 + (number + 1) * row] for number in range(count))
    return sum(each[wide : 2 * wide] not in EMPTY_EDIT_TIMES for each in takewhile(lambda each: len(each) == row, rows))
