"""The journal of a replay: one line of JSON for each event of the replay, in order.

The worker writes the line before it does anything else about the event, so a journal survives a crash, and all tables
can be made from it again. The same lines go through the worker's pipe to the notebook. Times are seconds on the
worker's monotonic clock since it was asked to replay; a `Reference` maps such a time to media time.
"""

from __future__ import annotations

import itertools
import json
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.json import Decoder, Encoder

from emotoolkit.utils.folders import make_folder, write_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "COMPLETE_ENDS",
    "Began",
    "Ended",
    "Idle",
    "JournalRecord",
    "Media",
    "Notice",
    "Opened",
    "Received",
    "Record",
    "Reference",
    "Samples",
    "Sent",
    "from_line",
    "new_file",
    "read",
    "repair",
    "sent_line",
    "to_line",
]

VERSION = 2
"""Version of the journal's format: 2 has `Notice` and `Samples`, which readers of 1 do not know."""

SEARCH_BLOCK_BYTES = 1 << 16
"""Bytes that are searched at once for the end of the last whole line."""

READ_BLOCK_BYTES = 1 << 16
"""Bytes that are read at once."""

COMPLETE_ENDS = {"finished", "left"}
"""How sessions end that leave nothing unanswered; see `Ended.how`."""


class JournalRecord(Struct, frozen=True, gc=False, tag_field="is", tag=str.lower):
    """Base of all records: their tag is `is`, and the garbage collector skips them, since they form no cycles."""


class Began(JournalRecord, frozen=True):
    """The first line: which recording is replayed, through which API, and how. It has no key and no credentials."""

    emotoolkit: str
    file: str
    duration: float | None
    """Seconds; None if it is live, so not known yet."""
    api: str
    sessions: list[dict[str, Any]]
    """The settings of the sessions that run side by side: one, or one per channel."""
    speed: float | None
    """None stands for as fast as the server reads."""
    utc: str
    epoch: float = 0.0
    """Time of the machine's monotonic clock when the worker was asked."""
    journal: int = VERSION


class Media(JournalRecord, frozen=True):
    """Hash and size of the recording's file: known once all of it has been read, before the first `Ended`."""

    sha256: str
    bytes: int


class Opened(JournalRecord, frozen=True):
    """A session is being opened: its number, its index in `Began.sessions`, and the media second it begins at.

    `renews` is the number of the session that it continues, where that one came to its server's time limit.
    """

    session: int
    of: int
    start: float
    at: float
    renews: int | None = None


class Reference(JournalRecord, frozen=True):
    """A change of the clock: at `at` it was media second `media`, and from then on it ran at `speed`, or stood.

    `why` is "start", "seek", "loop" or "idle" where new sessions begin ("idle": the old ones had been paused up to
    their server's idle limit), else "pause", "resume", "speed", "step", "stall" (the sender was held up, so the rest is
    due later), "caught up" (with `catch_up`: the rest is due as if there had been no stall) or "sooner" (live: media
    came with less delay than any before, so what follows is due sooner).
    """

    at: float
    media: float
    speed: float | None
    playing: bool
    why: str


class Sent(JournalRecord, frozen=True):
    """A packet was handed to the network. `due` is None at infinite speed."""

    session: int
    start: float
    end: float
    due: float | None
    sent: float
    bytes: int


class Received(JournalRecord, frozen=True):
    """A message of the server, as text."""

    session: int
    received: float
    raw: str


class Idle(JournalRecord, frozen=True):
    """Media time stands, and the server ends the session when it gets nothing for `limit` seconds.

    In `left` seconds, a little before that, the session is ended in order; resuming opens a new one.
    """

    session: int
    at: float
    limit: float
    left: float


class Ended(JournalRecord, frozen=True):
    """A session ended.

    `how` is "finished" (by the protocol's own end), "left" (by a seek before it had opened), "stopped" (by command) or
    "failed" (by an error).
    """

    session: int
    at: float
    how: str
    error: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


class Samples(JournalRecord, frozen=True):
    """What was odd about the samples that a session was sent, before its `Ended`; none if nothing was.

    `counts` has the fields of `media.sound_tally.SoundTally`.
    """

    session: int
    counts: dict[str, Any]


class Notice(JournalRecord, frozen=True):
    """Something that nobody would expect, found by whoever ended the replay: after all other records.

    `kind` is the name of a class in `emotoolkit.errors`, `text` its sentence, `facts` the data of that sentence.
    """

    kind: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


Record = Began | Media | Opened | Reference | Sent | Received | Idle | Samples | Ended | Notice

_TYPES_BY_TAG: dict[str, type[Record]] = {
    kind.__name__.lower(): kind
    for kind in (Began, Media, Opened, Reference, Sent, Received, Idle, Samples, Ended, Notice)
}

_FIELD_NAMES = {kind: kind.__struct_fields__ for kind in _TYPES_BY_TAG.values()}

_FIELD_VALUES = {kind: attrgetter(*names) for kind, names in _FIELD_NAMES.items()}

_DECODER: Decoder[Record] = Decoder(Record)

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)

_SENT_ENCODER = Encoder()


def to_line(record: Record) -> str:
    """Write a record as one line of JSON, without the line's end."""
    if isinstance(record, Sent):
        return sent_line(record).decode()
    kind = type(record)
    fields = zip(_FIELD_NAMES[kind], _FIELD_VALUES[kind](record), strict=True)
    return _ENCODER.encode({"is": kind.__name__.lower(), **dict(fields)})


def sent_line(sent: Sent) -> bytes:
    """Write the most frequent record in a fifth of the time: it has no text, so no secret and nothing to escape."""
    return _SENT_ENCODER.encode(sent)


def from_line(line: str | bytes) -> Record:
    """Read a record from its line.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is not a line of a journal, or it is torn.
    """
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return _read_leniently(line)


def _read_leniently(line: str | bytes) -> Record:
    """Read a line that only Python's own JSON reader accepts: with infinity, or half of a surrogate pair."""
    fields = json.loads(line if isinstance(line, str) else line.decode())
    if not isinstance(fields, dict):
        raise TypeError("not a record")
    return _TYPES_BY_TAG[fields.pop("is")](**fields)


def read(path: Path) -> Iterator[Record]:
    """Read a journal, without a last line that a crash has torn."""
    return chain.from_iterable(map(_records, _blocks(path)))


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield whole lines, a block at a time."""
    torn: list[bytes] = []
    with path.open("rb") as file:
        while more := file.read(READ_BLOCK_BYTES):
            lines, end, rest = more.rpartition(b"\n")
            if end:
                yield b"".join([*torn, lines])
                torn.clear()
            torn.append(rest)


def _records(lines: bytes) -> list[Record]:
    try:
        return _DECODER.decode_lines(lines)
    except (ValueError, RecursionError):
        return [from_line(line) for line in lines.split(b"\n")]


def new_file(folder: Path, name: str, number: int = 0) -> Path:
    """Make an empty file for a journal, `{name}-{number}.jsonl`, with the next number that is free.

    Other processes may use the same names at the same time. The folder is made if need be.

    Raises
    ------
    NotWritable, DiskFull
        The folder or the file cannot be made.
    """
    make_folder(folder)
    for each in itertools.count(max(number, _next_numbers.get((folder, name), 0))):
        path = folder / f"{name}-{each}.jsonl"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        except OSError as problem:
            raise write_error(folder, problem) from problem
        if each != number:
            _next_numbers[folder, name] = each + 1
        return path
    raise AssertionError("there is always a next number")


_next_numbers: dict[tuple[Path, str], int] = {}
"""The next number to try by folder and name, so that thousands of taken ones are not tried each time."""


def repair(path: Path) -> None:
    """Cut off a last line that a crash has torn, so that the file is whole lines again."""
    with path.open("rb+") as file:
        size = end = file.seek(0, 2)
        while end > 0:
            begin = max(0, end - SEARCH_BLOCK_BYTES)
            file.seek(begin)
            found = file.read(end - begin).rfind(b"\n")
            if found >= 0:
                end = begin + found + 1
                break
            end = begin
        if end < size:
            file.truncate(end)
