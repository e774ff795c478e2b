"""Boxes of MP4 and MOV files: what FFmpeg's interface does not tell of their tracks. Only tables are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["TrackTable", "find_boxes", "read_tracks"]

SIZE_64_BIT, SIZE_TO_FILE_END = 1, 0
"""Special values of a box's size: a 64-bit size follows; the box ends with the file."""

TRACK_PATHS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
"""Boxes that contain a track's header and its sample description."""

MATRIX_FROM_END = 44
"""Bytes from the matrix in a track's header to its end: nine numbers, width and height."""


@dataclass(frozen=True)
class TrackTable:
    """What a track's tables say: degrees by which it is turned clockwise when shown, and its codec's four letters."""

    rotation: int = 0
    codec: str = ""


def find_boxes(
    file: BinaryIO, begin: int, end: int, wanted: set[bytes], parents: set[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the wanted boxes between two positions of a file, in order."""
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
        if kind in wanted:
            file.seek(begin + header_size)
            yield kind, file.read(box_end - begin - header_size)
        elif kind in parents:
            yield from find_boxes(file, begin + header_size, box_end, wanted, parents)
        begin += size


def read_tracks(path: Path) -> list[TrackTable]:
    """Read the tables of all tracks, in the order of FFmpeg's streams."""
    tracks: list[TrackTable] = []
    with path.open("rb") as file:
        for kind, content in find_boxes(file, 0, path.stat().st_size, {b"tkhd", b"stsd"}, TRACK_PATHS):
            if kind == b"tkhd":
                tracks.append(TrackTable(rotation=_rotation(content)))
            elif tracks:
                codec = content[12:16].decode("latin-1").strip("\0 ")
                tracks[-1] = TrackTable(tracks[-1].rotation, codec if codec.isprintable() else "")
    return tracks


def _rotation(header: bytes) -> int:
    """Return by how many degrees a track is turned clockwise: 0, 90, 180 or 270."""
    begin = len(header) - MATRIX_FROM_END
    if begin < 0:
        return 0
    a, b = (int.from_bytes(header[begin + at : begin + at + 4], "big", signed=True) for at in (0, 4))
    return round(math.degrees(math.atan2(b, a)) / 90) % 4 * 90
