"""Sizes in the header of a WAV file, compared with the file.

Recorders that lose power, streams, and files over 4 GB leave a size that is not that of the sound. Only the headers of
chunks are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["TOLERANCE_S", "WaveSizes", "read_wave_sizes"]

MIN_UNKNOWN_BYTES = 0x7FFF_0000
"""Sizes from which on a program means that it does not know the size, unless the file is that large: 0x7FFFF000 of sox,
0xFFFFFFFF of FFmpeg, 0x80000000 and others of recorders."""

MAX_HEADER_CHUNKS = 64
"""Chunks that are looked at before the sound; more are no header."""

TOLERANCE_S = 0.1
"""Seconds by which a header and its file may differ without a word."""

PADDING_BYTES = 4096
"""Bytes after the sound that are searched for something else than zeros, to which some recorders fill up a file."""


@dataclass(frozen=True)
class WaveSizes:
    """What a WAV file says of its sound, and what there is.

    Attributes
    ----------
    declared : int or None
        Bytes of sound by the header; None where it says that it does not know.
    found : int
        Bytes of sound in the file.
    byte_rate : int
        Bytes per second of sound.
    """

    declared: int | None
    found: int
    byte_rate: int

    def promised(self, duration: float) -> float | None:
        """Seconds that the header promises of sound that lasts `duration`; None if it agrees, or does not know."""
        if self.declared is None or abs(self.declared - self.found) <= TOLERANCE_S * self.byte_rate:
            return None
        return duration * self.declared / max(1, self.found)

    @property
    def seconds(self) -> float:
        """Seconds of sound in the file, of a coding that takes equally many bytes for each."""
        return self.found / self.byte_rate


def read_wave_sizes(path: Path) -> WaveSizes | None:
    """Read the sizes of a RIFF or RF64 file; None if it is neither, or has no sound."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RF64", b"RIFX", b"BW64") or head[8:12] != b"WAVE":
            return None
        return _read_chunks(file, size, "big" if head[:4] == b"RIFX" else "little")


def _read_chunks(file: BinaryIO, size: int, order: str) -> WaveSizes | None:
    byte_rate, large, at = 0, None, 12
    for _ in range(MAX_HEADER_CHUNKS):
        file.seek(at)
        head = file.read(24)
        kind, length = head[:4], _number(head[4:8], order)
        if len(head) < 8:  # noqa: PLR2004 - kind and size of a chunk
            return None
        if kind == b"ds64":
            large = _number(head[16:24], order)
        elif kind == b"fmt ":
            byte_rate = _number(head[16:20], order)
        elif kind == b"data":
            declared = large if large is not None and length == 0xFFFF_FFFF else length  # noqa: PLR2004
            return _compare(file, size, at + 8, declared, byte_rate) if byte_rate else None
        at += 8 + length + length % 2
    return None


def _compare(file: BinaryIO, size: int, begin: int, declared: int, byte_rate: int) -> WaveSizes:
    """Compare the declared size with the file's, whose sound ends with the file or before further chunks."""
    rest = size - begin
    if declared >= rest:
        is_unknown = declared >= MIN_UNKNOWN_BYTES
        return WaveSizes(None if is_unknown else declared, rest, byte_rate)
    if declared and _is_followed_by_chunks(file, begin + declared, size):
        return WaveSizes(declared, declared, byte_rate)
    return WaveSizes(declared, rest, byte_rate)


def _is_followed_by_chunks(file: BinaryIO, end: int, size: int) -> bool:
    """Whether at the declared end of the sound there is a further chunk, padding, or the end of the file."""
    for begin in {end, end + end % 2}:
        file.seek(begin)
        after = file.read(PADDING_BYTES)
        length = int.from_bytes(after[4:8], "little")
        is_chunk = after[:4].isascii() and after[:4].decode("latin-1").isprintable() and begin + 8 + length <= size + 1
        if size - begin < 8 or is_chunk or not any(after):  # noqa: PLR2004 - kind and size of a chunk
            return True
    return False


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "big" if order == "big" else "little")
