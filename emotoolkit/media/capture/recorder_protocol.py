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
    "GO",
    "PAGE",
    "STOP",
    "Began",
    "Ended",
    "Failed",
    "Told",
    "Waiting",
    "frames",
    "from_line",
    "to_line",
    "write_frame",
]

LENGTH = 4
"""Bytes of the length in front of a frame."""

GO, STOP, PAGE, CHUNK = b"G", b"S", b"P", b"C"
"""Open the devices; end the recording; a message of the page, as JSON; a chunk of the page's, behind its number."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The recorder is ready: the file exists. `address` is where a page reaches it; empty where none has to."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """The first bytes are in the file."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something for the page, where it cannot be told directly."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong: the name of the error, and its facts."""

    error: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """The file is complete, and finished."""

    bytes: int


Line = Waiting | Began | Told | Failed | Ended

_KINDS: dict[str, type[Line]] = {"waiting": Waiting, "began": Began, "told": Told, "failed": Failed, "ended": Ended}
_WORDS = {kind: word for word, kind in _KINDS.items()}


def to_line(line: Line) -> str:
    """Write what is told as one line of JSON, with its end."""
    return json.dumps({"is": _WORDS[type(line)], **asdict(line)}) + "\n"


def from_line(text: str) -> Line:
    """Read such a line."""
    fields = json.loads(text)
    return _KINDS[fields.pop("is")](**fields)


def write_frame(pipe: BinaryIO, kind: bytes, data: bytes = b"") -> None:
    """Write a frame to the recorder's standard input."""
    pipe.write((len(data) + 1).to_bytes(LENGTH, "big") + kind + data)
    pipe.flush()


def frames(descriptor: int) -> Iterator[tuple[bytes, bytes]]:
    """Read frames from a pipe until the notebook has ended. Without a buffer: a thread may be waiting here at exit."""
    while head := _exactly(descriptor, LENGTH):
        data = _exactly(descriptor, int.from_bytes(head, "big"))
        yield data[:1], data[1:]


def _exactly(descriptor: int, size: int) -> bytes:
    """So many bytes, or none where the pipe ends before."""
    data = b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            return b""
        data += more
    return data
