"""Recognise the bytes of a message: the beginning of a container, the continuation of one, or neither. No decoding.

The service accepts whole files and pieces of one continuous stream (contract page §2.2, "Server rule"), and only the
first bytes differ. An `ElementParser` follows the elements of a stream across messages, so that foreign bytes are
detected before a demuxer skips them together with the media after them.

Recorders cut streams within an element, and programs put the header before any of the parts. So a message may have the
rest of an element where another one should begin: it is passed over, up to the next element that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ElementParser", "detect_container", "matroska_parser", "mp4_parser", "without_torn"]

EBML_MAGIC = b"\x1a\x45\xdf\xa3"
TS_SYNC_BYTE, TS_PACKET_BYTES = 0x47, 188

MP4_BOXES = frozenset(
    b"ftyp styp moov moof mdat free skip wide sidx ssix mfra emsg prft uuid pdin meta udta pnot".split()
)
"""Boxes that may stand at the top of an MP4 or QuickTime file."""

MP4_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"wide", b"pnot"})
"""Boxes that only occur at the beginning of a file. `mdat`, `free` and others also occur within a stream."""

MATROSKA_MASTERS = frozenset({0x18538067, 0x1F43B675})
"""Matroska's Segment and Cluster: their content is parsed, whatever their size field says."""

MATROSKA_LEAVES = frozenset(
    {
        *(0x1A45DFA3, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1254C367, 0x1043A770, 0x1941A469),
        *(0xE7, 0xA3, 0xA0, 0xAB, 0xA7, 0xAF, 0x5854, 0xEC, 0xBF),
    }
)
"""Matroska's other elements at these levels: header, info, tracks, cues, tags …; blocks and their descriptions."""


def detect_container(message: bytes) -> str | None:
    """Name the container that begins with these bytes: webm (or mkv), mp4 (or mov), avi, ts; None if there is none."""
    if message.startswith(EBML_MAGIC):
        return "webm"
    if message[4:8] in MP4_FIRST_BOXES:
        return "mp4"
    if message.startswith(b"RIFF"):
        return "avi"
    if message[:1] == bytes([TS_SYNC_BYTE]) and message[TS_PACKET_BYTES : TS_PACKET_BYTES + 1] == bytes([TS_SYNC_BYTE]):
        return "ts"
    return None


RESYNC_ELEMENTS = 5
"""Elements with names of one byte that must follow each other for a place to be taken for a beginning: one alone is
often found within coded media. A name of four bytes is enough."""

MAX_RESYNC_BYTES = 1 << 18
"""Bytes of a torn element that are searched for the next one: more than a coded picture has."""

TIMECODE = b"\xe7"
CLUSTER_HEADER = bytes.fromhex("1f43b67501ffffffffffffff")
"""Header of a Matroska cluster of unknown size."""


def without_torn(message: bytes, torn: slice) -> bytes:
    """Leave a torn part out of a message. Where that was the header of a cluster, the cluster gets one again."""
    if not torn.stop:
        return message
    rest = message[torn.stop :]
    return message[: torn.start] + (CLUSTER_HEADER if rest.startswith(TIMECODE) else b"") + rest


class ElementParser:
    """Finds the elements of one stream, however it is cut into messages.

    Attributes
    ----------
    torn : slice
        Where the last message has a rest of an element whose beginning never came; empty if it has none.

    Parameters
    ----------
    read_header : callable
        Reads the header of the element at the start of some bytes: its name, and the number of bytes to the next
        header; None if there are too few bytes. Raises ValueError if no such element exists.
    """

    def __init__(self, read_header: Callable[[bytes], tuple[object, int] | None]) -> None:
        self._read_header = read_header
        self._skip_bytes = 0
        self._incomplete_header = b""
        self.torn = slice(0, 0)

    def feed(self, message: bytes) -> list[object]:
        """Parse the next bytes; returns the names of the elements that begin in them.

        Raises
        ------
        ValueError
            These bytes do not continue the stream. The position in the stream does not change.
        """
        held = len(self._incomplete_header)
        data = self._incomplete_header + message
        torn = slice(0, 0)
        try:
            offset, names = self._parse(data, self._skip_bytes)
        except _UnknownElement as problem:
            begin = self._find_element(data, problem.offset + 1)
            if begin is None:
                raise ValueError(str(problem)) from None
            torn = slice(max(0, problem.offset - held), max(0, begin - held))
            offset, rest = self._parse(data, begin)
            names = problem.names + rest
        self._skip_bytes, self._incomplete_header, self.torn = max(0, offset - len(data)), data[offset:], torn
        return names

    def _parse(self, data: bytes, offset: int) -> tuple[int, list[object]]:
        """Parse from an offset; return where the first element begins that is not there yet, and the names."""
        names: list[object] = []
        while offset < len(data):
            try:
                element = self._read_header(data[offset : offset + 16])
            except ValueError as problem:
                raise _UnknownElement(problem, offset, names) from None
            if element is None:
                break
            names.append(element[0])
            offset += element[1]
        return offset, names

    def _find_element(self, data: bytes, first: int) -> int | None:
        """Find where an element begins from which on the rest of the data can be parsed."""
        for begin in range(first, min(len(data), first + MAX_RESYNC_BYTES)):
            try:
                self._read_header(data[begin : begin + 16])  # most places end here, ten times as fast
                _, names = self._parse(data, begin)
            except ValueError:
                continue
            if names and (len(names) >= RESYNC_ELEMENTS or isinstance(names[0], bytes) or names[0] in MATROSKA_MASTERS):
                return begin
        return None


class _UnknownElement(ValueError):
    """There is no such element; `names` are those before it."""

    def __init__(self, problem: ValueError, offset: int, names: list[object]) -> None:
        super().__init__(str(problem))
        self.offset = offset
        self.names = names


def mp4_parser() -> ElementParser:
    """Make a parser of the boxes of an MP4."""
    return ElementParser(_read_box_header)


def matroska_parser() -> ElementParser:
    """Make a parser of the elements of a WebM or Matroska file."""
    return ElementParser(_read_element_header)


def _read_box_header(head: bytes) -> tuple[object, int] | None:
    size, name = int.from_bytes(head[:4]), head[4:8]
    if len(head) < 8 or (size == 1 and len(head) < 16):  # noqa: PLR2004 - the lengths of the two headers
        return None
    if name not in MP4_BOXES:
        raise ValueError(f"no box of an MP4 is called {name!r}")
    if size == 0:  # to the end of the file
        return name, 1 << 62
    return name, max(8, int.from_bytes(head[8:16]) if size == 1 else size)


def _read_element_header(head: bytes) -> tuple[object, int] | None:
    name_length = _vint_length(head[0], 4)
    if len(head) <= name_length:
        return None
    name = int.from_bytes(head[:name_length])
    size_length = _vint_length(head[name_length], 8)
    if len(head) < name_length + size_length:
        return None
    if name in MATROSKA_MASTERS:
        return name, name_length + size_length
    if name not in MATROSKA_LEAVES:
        raise ValueError(f"no element of a WebM stream is called {name:x}")
    marker = 1 << (7 * size_length)
    return name, name_length + size_length + (int.from_bytes(head[name_length : name_length + size_length]) - marker)


def _vint_length(first: int, max_length: int) -> int:
    """Compute the bytes of a variable-length integer from its first byte, whose leading zeros encode the length."""
    length = 9 - first.bit_length()
    if length > max_length:
        raise ValueError("these are not bytes of a WebM stream")
    return length
