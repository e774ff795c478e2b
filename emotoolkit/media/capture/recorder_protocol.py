"""What the notebook and a recorder's process say to each other over the recorder's standard input and output.

Down go frames: a length of four bytes, then a letter and what belongs to it. Up come lines of JSON.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
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
    "read_frames",
    "to_line",
    "write_frame",
]

LENGTH_BYTES = 4
"""Bytes of the length in front of a frame."""

START, STOP, PAGE, CHUNK = b"G", b"S", b"P", b"C"
"""Open the devices; end the recording; a message of the page, as JSON; a chunk of the page's, behind its number."""


@dataclass(frozen=True, slots=True)
class RecorderReady:
    """The recorder is ready: the file exists. `address` is where a page reaches it; empty where none has to."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    """The first bytes are in the file."""


@dataclass(frozen=True, slots=True)
class PageMessage:
    """Something for the page, where it cannot be told directly."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecorderFailed:
    """What went wrong: the name of the error, and its facts."""

    error: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The file is complete, and finished."""

    bytes: int


RecorderMessage = RecorderReady | RecordingBegan | PageMessage | RecorderFailed | RecordingEnded

_BY_TAG: dict[str, type[RecorderMessage]] = {
    "waiting": RecorderReady,
    "began": RecordingBegan,
    "told": PageMessage,
    "failed": RecorderFailed,
    "ended": RecordingEnded,
}
_WORDS = {kind: word for word, kind in _BY_TAG.items()}


def to_line(message: RecorderMessage) -> str:
    """Write what is told as one line of JSON, with its end."""
    return json.dumps({"is": _WORDS[type(message)], **asdict(message)}) + "\n"


def from_line(text: str) -> RecorderMessage:
    """Read such a line."""
    fields = json.loads(text)
    return _BY_TAG[fields.pop("is")](**fields)


def write_frame(pipe: BinaryIO, kind: bytes, data: bytes = b"") -> None:
    """Write a frame to the recorder's standard input."""
    pipe.write((len(data) + 1).to_bytes(LENGTH_BYTES, "big") + kind + data)
    pipe.flush()


def read_frames(descriptor: int) -> Iterator[tuple[bytes, bytes]]:
    """Read frames from a pipe until the notebook has ended. Without a buffer: a thread may be waiting here at exit."""
    while head := _read_exactly(descriptor, LENGTH_BYTES):
        data = _read_exactly(descriptor, int.from_bytes(head, "big"))
        yield data[:1], data[1:]


def _read_exactly(descriptor: int, size: int) -> bytes:
    """So many bytes, or none where the pipe ends before."""
    data = b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            return b""
        data += more
    return data
