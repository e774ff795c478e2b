"""Durations of sound files whose header does not tell them, from their frames or pages.

These are MP3 without a table of contents, plain AAC, and Ogg files of several recordings in a row. Nothing is decoded.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["WITHOUT_DURATION", "CountedDuration", "count_frames", "ogg_links"]

WITHOUT_DURATION = {"aac"}
"""Containers without a duration. PyAV estimates it from the first bytes, wrong by a factor of 12 for a file that begins
with silence."""

MAX_COUNTED_BYTES = 24_000_000
"""Bytes of a file whose frames are counted; a longer file's duration is estimated from as many. An hour at 48 kbit/s,
counted in less than 0.1 s."""

MP3_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Sampling rates by the version's two bits: MPEG 1, 2 and 2.5."""

MP3_KBITS = {
    (1, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by generation and the layer's two bits (3: layer I)."""

ADTS_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)

ID3_HEADER_BYTES, ID3_FOOTER_BYTES = 10, 128

XING_SEARCH_BYTES = 192
"""Bytes of the first frame in which its table of contents is searched."""

XING_TOLERANCE = 0.05
"""Share by which the size in a table of contents may differ from the file's, with its tags and pictures."""

OGG_HEADER_BYTES, OGG_FIRST_PAGE, NO_GRANULE = 27, 2, 2**64 - 1


@dataclass(frozen=True)
class CountedDuration:
    """Seconds of sound, whether they are estimated from a part of the file, and whether a header promises more."""

    seconds: float
    is_estimated: bool = False
    is_cut: bool = False


def count_frames(path: Path, container: str) -> CountedDuration | None:
    """Count the frames of an MP3 or AAC file; None where its header is to be believed, or has no frames.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    container : str
        FFmpeg's name of its format.
    """
    parse = {"mp3": _mp3_frame, "aac": _adts_frame}.get(container)
    if parse is None or not path.stat().st_size:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = _skip_id3(data, 0)
        described = _described_share(data, begin) if container == "mp3" else None
        if described is not None and abs(described - 1) < XING_TOLERANCE:
            return None
        seconds, end = _walk(data, begin, parse)
        size = len(data) - begin
    if not seconds:
        return None
    is_part = end - begin < size and end - begin >= MAX_COUNTED_BYTES
    is_cut = described is not None and described > 1
    return CountedDuration(seconds * size / (end - begin) if is_part else seconds, is_part, is_cut)


def _walk(data: mmap.mmap, at: int, parse: Callable[[bytes], tuple[int, float] | None]) -> tuple[float, int]:
    """Return the seconds of the frames from a position on, and where counting ended."""
    known: dict[bytes, tuple[int, float] | None] = {}
    seconds, end = 0.0, min(len(data), at + MAX_COUNTED_BYTES)
    keyed = 4 if parse is _mp3_frame else 7
    while at < end:
        head = data[at : at + keyed]
        if head not in known:
            known[head] = parse(head)
        frame = known[head]
        if frame is not None:
            at += frame[0]
            seconds += frame[1]
        else:
            at = _next_frame(data, at)
    return seconds, at


def _next_frame(data: mmap.mmap, at: int) -> int:
    """Skip what is no frame: tags between joined files, and damage."""
    if data[at : at + 3] == b"ID3":
        return _skip_id3(data, at)
    found = data.find(b"\xff", at + 1)
    return len(data) if found < 0 else found


def _skip_id3(data: mmap.mmap, at: int) -> int:
    while data[at : at + 3] == b"ID3":
        size = 0
        for each in data[at + 6 : at + ID3_HEADER_BYTES]:
            size = size << 7 | each & 0x7F
        at += ID3_HEADER_BYTES + size
    return min(at, len(data))


def _described_share(data: mmap.mmap, begin: int) -> float | None:
    """Return the size of which the first frame is a table of contents, by the file's; None if it is none."""
    head = data[begin : begin + XING_SEARCH_BYTES]
    for name in (b"Xing", b"Info"):
        at = head.find(name)
        if at >= 0:
            flags, size = (int.from_bytes(head[at + n : at + n + 4], "big") for n in (4, 12))
            has_frames, has_size = flags & 1, flags & 2
            return size / (len(data) - begin) if has_frames and has_size else None
    at = head.find(b"VBRI")
    return int.from_bytes(head[at + 10 : at + 14], "big") / (len(data) - begin) if at >= 0 else None


def _mp3_frame(head: bytes) -> tuple[int, float] | None:
    """Return bytes and seconds of a frame; None if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 0 or not 0 < bit_rate < 15 or rate == 3:  # noqa: PLR2004
        return None
    generation = 1 if version == 3 else 2  # noqa: PLR2004
    hertz = MP3_RATES_HZ[version][rate]
    bits = 1000 * MP3_KBITS[generation, layer][bit_rate - 1]
    if layer == 3:  # noqa: PLR2004 - layer I
        return (12 * bits // hertz + padding) * 4, 384 / hertz
    samples = 576 if generation == 2 and layer == 1 else 1152  # noqa: PLR2004
    return samples // 8 * bits // hertz + padding, samples / hertz


def _adts_frame(head: bytes) -> tuple[int, float] | None:
    """Return bytes and seconds of a frame; None if it is none."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:  # noqa: PLR2004
        return None
    rate, size = head[2] >> 2 & 15, (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if rate >= len(ADTS_RATES_HZ) or size < 7:  # noqa: PLR2004
        return None
    return size, 1024 * (1 + (head[6] & 3)) / ADTS_RATES_HZ[rate]


def ogg_links(path: Path) -> list[float]:
    """Return the seconds of each recording in an Ogg file of sound, in order; [] if they cannot be told.

    Several recordings in a row, as joined files or a radio stream have, are "chained".
    """
    links: dict[int, list[float]] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for serial, kind, granule, packet in _ogg_pages(data):
            if kind & OGG_FIRST_PAGE:
                clock = _ogg_clock(packet)
                if clock is None:
                    return []
                links[serial] = [*clock, 0.0]
            elif serial in links and granule != NO_GRANULE:
                links[serial][2] = max(links[serial][2], granule)
    return [max(0.0, (last - skip) / rate) for rate, skip, last in links.values()]


def _ogg_pages(data: mmap.mmap) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield serial number, kind, granule position and the first bytes of each page."""
    at = 0
    while at >= 0:
        head = data[at : at + OGG_HEADER_BYTES]
        if head[:4] == b"OggS" and len(head) == OGG_HEADER_BYTES:
            body = at + OGG_HEADER_BYTES + head[26]
            size = sum(data[at + OGG_HEADER_BYTES : body])
            first = data[body : body + 64] if head[5] & OGG_FIRST_PAGE else b""
            yield int.from_bytes(head[14:18], "little"), head[5], int.from_bytes(head[6:14], "little"), first
            at = body + size
        else:
            at = data.find(b"OggS", at + 1)


def _ogg_clock(packet: bytes) -> tuple[int, int] | None:
    """Return ticks per second, and ticks before the first sample, by a codec's first packet; None if it is unknown."""
    if packet[:8] == b"OpusHead":
        return 48_000, int.from_bytes(packet[10:12], "little")
    if packet[:7] == b"\x01vorbis":
        return int.from_bytes(packet[12:16], "little") or 1, 0
    if packet[:5] == b"\x7fFLAC":
        return int.from_bytes(packet[27:30], "big") >> 4 or 1, 0
    if packet[:8] == b"Speex   ":
        return int.from_bytes(packet[36:40], "little") or 1, 0
    return None
