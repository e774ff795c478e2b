"""The journal of a replay: one line of JSON for each event of the replay, in order.

The worker writes the line before it does anything else about the event, so a journal survives a crash, and all tables
can be made from it again. The same lines go through the worker's pipe to the notebook. Times are seconds on the
worker's monotonic clock since it was asked to replay; a `Reference` maps such a time to media time.
"""

from __future__ import annotations

import itertools
import json
import math
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from msgspec import Meta, Struct, convert, field
from msgspec.json import Decoder, Encoder

from emotoolkit.utils.folders import BYTES_PER_MB, make_private_folder, open_private, write_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

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
    "check_sessions",
    "from_line",
    "new_file",
    "read",
    "read_stream",
    "repair",
    "sent_line",
    "to_line",
]

VERSION = 2
"""Version of the journal's format: 2 has `Notice` and `Samples`, which readers of 1 do not know."""

SEARCH_BLOCK_BYTES = 1 << 16
"""Bytes that are searched at once for the end of the last whole line."""

MAX_LINE_BYTES = 1_000_000_000
"""Bytes of a line, at most. A message of a server has 64 MB at most by default, and six times as many if all of it is
escaped."""

READ_BLOCK_BYTES = 1 << 16
"""Bytes that are read at once."""

COMPLETE_ENDS = {"finished", "left"}
"""How sessions end that leave nothing unanswered; see `Ended.how`."""


Int64: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A whole number that a table can have."""


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
    bytes: Int64


class Opened(JournalRecord, frozen=True):
    """A session is being opened: its number, its index in `Began.sessions`, and the media second it begins at.

    `renews` is the number of the session that it continues, where that one came to its server's time limit.
    """

    session: Int64
    of: int
    start: float
    at: float
    renews: Int64 | None = None


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

    session: Int64
    start: float
    end: float
    due: float | None
    sent: float
    bytes: Int64


class Received(JournalRecord, frozen=True):
    """A message of the server, as text."""

    session: Int64
    received: float
    raw: str


class Idle(JournalRecord, frozen=True):
    """Media time stands, and the server ends the session when it gets nothing for `limit` seconds.

    In `left` seconds, a little before that, the session is ended in order; resuming opens a new one.
    """

    session: Int64
    at: float
    limit: float
    left: float


class Ended(JournalRecord, frozen=True):
    """A session ended.

    `how` is "finished" (by the protocol's own end), "left" (by a seek before it had opened), "stopped" (by command) or
    "failed" (by an error).
    """

    session: Int64
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

_FIELD_NAMES = {
    kind: kind.__struct_fields__
    for kind in (Began, Media, Opened, Reference, Sent, Received, Idle, Samples, Ended, Notice)
}

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
    ValueError, RecursionError
        It is not a line of a journal, or it is torn.
    """
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return _read_leniently(line)


def _read_leniently(line: str | bytes) -> Record:
    """Read a line that only Python's own JSON reader accepts: with infinity, or half of a surrogate pair.

    Its fields are checked as those of any other line. Half a pair becomes a replacement character, since no
    table can have it.
    """
    fields = json.loads(line if isinstance(line, str) else line.decode())
    return convert(_without_half_pairs(fields), Record)  # type: ignore[no-any-return]


def _without_half_pairs(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_half_pairs(each) for each in value]
        case dict():
            return {_without_half_pairs(name): _without_half_pairs(each) for name, each in value.items()}
        case _:
            return value


def read(path: Path) -> Iterator[Record]:
    """Read a journal, without a last line that a crash has torn.

    Raises
    ------
    ValueError
        It is none, or damaged: the message has the number of the line.
    """
    check_line_lengths(path)
    return chain.from_iterable(_read_blocks(path))


def read_stream(file: IO[bytes]) -> Iterator[Record]:
    """Read a journal from an open file; see `read`."""
    return chain.from_iterable(_decoded_blocks(file))


def _read_blocks(path: Path) -> Iterator[list[Record]]:
    with path.open("rb") as file:
        yield from _decoded_blocks(file)


def _decoded_blocks(file: IO[bytes]) -> Iterator[list[Record]]:
    number = 1
    for lines in _blocks(file):
        yield _records(lines, number)
        number += lines.count(b"\n") + 1


def check_line_lengths(path: Path) -> None:
    """Raise ValueError if a journal has a line that is too long, before any of it is kept in memory."""
    if path.stat().st_size <= MAX_LINE_BYTES:
        return
    number, size = 1, 0
    with path.open("rb") as file:
        while more := file.read(READ_BLOCK_BYTES):
            size += more.find(b"\n") if b"\n" in more else len(more)
            if size > MAX_LINE_BYTES:
                raise _line_too_long(number)
            if b"\n" in more:
                number, size = number + more.count(b"\n"), len(more) - 1 - more.rfind(b"\n")


def _line_too_long(number: int) -> ValueError:
    return ValueError(f"line {number} has more than {MAX_LINE_BYTES / BYTES_PER_MB:g} MB, which no journal has")


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield whole lines, a block at a time."""
    torn: list[bytes] = []
    while more := file.read(READ_BLOCK_BYTES):
        lines, end, rest = more.rpartition(b"\n")
        if end:
            yield b"".join([*torn, lines])
            torn.clear()
        torn.append(rest)


def _records(lines: bytes, number: int) -> list[Record]:
    """Read some lines; `number` is that of the first, for errors."""
    try:
        return _DECODER.decode_lines(lines)
    except (ValueError, RecursionError):
        return [_numbered(line, number + at) for at, line in enumerate(lines.split(b"\n"))]


def _numbered(line: bytes, number: int) -> Record:
    try:
        return from_line(line)
    except RecursionError as problem:
        raise ValueError(f"line {number}: it is nested too deeply") from problem
    except ValueError as problem:
        reason = "it is no UTF-8" if isinstance(problem, UnicodeDecodeError) else str(problem)
        raise ValueError(f"line {number}: {reason}") from problem


def check_sessions(records: Sequence[Record]) -> None:
    """Check that a journal begins with `Began`, and that each session that it speaks of is opened in it.

    Raises
    ------
    ValueError
        It does not; the message has the number of the record, which is that of its line.
    """
    began = records[0] if records else None
    if not isinstance(began, Began):
        raise ValueError("its first line is missing")  # noqa: TRY004
    if began.duration is not None and not 0 <= began.duration < math.inf:
        raise ValueError(f"line 1: no recording lasts {began.duration} s")
    opened = _check_opened(records, len(began.sessions))
    if not {record.session for record in records if isinstance(record, _OF_SESSION)} <= opened:
        number, session = next(
            (number, record.session)
            for number, record in enumerate(records, 1)
            if isinstance(record, _OF_SESSION) and record.session not in opened
        )
        raise ValueError(f"line {number}: it is of session {session}, which was never opened")


def _check_opened(records: Sequence[Record], settings_count: int) -> set[int]:
    """Check the sessions that are opened; return their numbers."""
    opened = set[int]()
    openings = ((number, record) for number, record in enumerate(records, 1) if isinstance(record, Opened))
    for number, record in openings:
        if not 0 <= record.of < settings_count:
            raise ValueError(f"line {number}: of={record.of} is none of its {settings_count} settings")
        if record.renews is not None and record.renews not in opened:
            raise ValueError(f"line {number}: it renews session {record.renews}, which was never opened")
        opened.add(record.session)
    return opened


_OF_SESSION = (Sent, Received, Idle, Ended)


def new_file(folder: Path, name: str, number: int = 0) -> Path:
    """Make an empty file for a journal, `{name}-{number}.jsonl`, with the next number that is free.

    Other processes may use the same names at the same time. The folder is made if need be. Both are for the user alone.

    Raises
    ------
    NotWritable, DiskFull
        The folder or the file cannot be made.
    """
    make_private_folder(folder)
    for each in itertools.count(max(number, _next_numbers.get((folder, name), 0))):
        path = folder / f"{name}-{each}.jsonl"
        try:
            open_private(path, "x").close()
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
