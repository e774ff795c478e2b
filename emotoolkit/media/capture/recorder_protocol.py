"""Protocol between the notebook and a recorder's process.

The recorder's standard input has frames: a length of four bytes, then a letter for the kind, then data. The first has
the recorder's arguments, a file and devices: on a command line they would be in the list of processes, which every user
of the machine can read. Its standard output has messages, each a line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ARGUMENTS",
    "CHUNK",
    "PAGE",
    "START",
    "STOP",
    "PageMessage",
    "RecorderFailed",
    "RecorderReady",
    "RecordingBegan",
    "RecordingEnded",
    "from_line",
    "read_arguments",
    "read_frames",
    "to_line",
    "write_frame",
]

LENGTH_BYTES = 4
"""Bytes of a frame's length."""

ARGUMENTS, START, STOP, PAGE, CHUNK = b"A", b"G", b"S", b"P", b"C"
"""Kinds of frames: the recorder's arguments, as a JSON array; open the devices; end the recording; a page's message, as
JSON; a page's chunk, after its number."""


@dataclass(frozen=True, slots=True)
class RecorderReady:
    """The recorder is ready and the file exists. `address` is for pages to connect to, or empty."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    """The first bytes are in the file."""


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message for a page that is connected through the kernel."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecorderFailed:
    """An error of `emotoolkit.errors`: the name of its class, and its facts."""

    error: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The file is complete and finalized; `bytes` were recorded."""

    bytes: int


RecorderMessage = RecorderReady | RecordingBegan | PageMessage | RecorderFailed | RecordingEnded

_BY_TAG: dict[str, type[RecorderMessage]] = {
    "waiting": RecorderReady,
    "began": RecordingBegan,
    "page": PageMessage,
    "failed": RecorderFailed,
    "ended": RecordingEnded,
}
_TAGS = {kind: tag for tag, kind in _BY_TAG.items()}


def to_line(message: RecorderMessage) -> str:
    """Encode a message as a line of JSON, with its newline."""
    return json.dumps({"is": _TAGS[type(message)], **asdict(message)}) + "\n"


def from_line(text: str) -> RecorderMessage:
    """Decode a message from its line."""
    fields = json.loads(text)
    return _BY_TAG[fields.pop("is")](**fields)


def write_frame(pipe: BinaryIO, kind: bytes, data: bytes = b"") -> None:
    """Write a frame to the recorder's standard input."""
    pipe.write((len(data) + 1).to_bytes(LENGTH_BYTES, "big") + kind + data)
    pipe.flush()


def read_arguments(descriptor: int) -> list[str]:
    """Read the first frame, the recorder's arguments. Exits if there is none: the notebook has ended."""
    for kind, data in read_frames(descriptor):
        assert kind == ARGUMENTS
        return [str(each) for each in json.loads(data)]
    sys.exit()


def read_frames(descriptor: int) -> Iterator[tuple[bytes, bytes]]:
    """Read frames from a pipe until it is closed.

    Unbuffered: a thread that waits in a buffered read when the process exits would hold the buffer's lock.
    """
    while head := _read_exactly(descriptor, LENGTH_BYTES):
        data = _read_exactly(descriptor, int.from_bytes(head, "big"))
        yield data[:1], data[1:]


def _read_exactly(descriptor: int, size: int) -> bytes:
    """Read `size` bytes; none if the pipe ends before."""
    data = b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            return b""
        data += more
    return data
