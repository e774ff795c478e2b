"""Journals and zips that somebody has damaged or crafted, made from whole ones by rules."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from emotoolkit import EmotionLogic, Interhuman
from emotoolkit.apis.base.journal import Began, Idle, Notice, to_line
from emotoolkit.apis.base.playback.library import INDEX_FILE
from tests.support import journals

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["damaged_journals", "damaged_zips", "whole_journal"]

WRONG_VALUES: tuple[Any, ...] = (
    None,
    "x",
    -1,
    1.5,
    10**30,
    1e300,
    True,
    [],
    {},
    [[]],
    {"a": {}},
    "\ud800",
    float("nan"),
)
"""Values that a field may have instead of its own: some are legal for some fields."""

DEPTH = 100_000

DEEP = "[" * DEPTH + "]" * DEPTH


def whole_journal(api: str, file: str = "talk.wav") -> list[dict[str, Any]]:
    """A whole journal, one dictionary a line, with records of each kind and all settings."""
    if api == "interhuman":
        records, settings = (
            journals.interhuman(file, 8.0, *journals.signal("agreement", 1.0, 2.0)),
            Interhuman().settings(),
        )
    else:
        row = {"start": 0.0, "end": 2.0, "energy": 3.0, "validSegment": 1}
        records, settings = journals.emotion_logic(file, 8.0, row), EmotionLogic().settings()
    lines = [
        json.loads(to_line(each)) for each in [*records, Idle(0, 9.0, 30.0, 1.0), Notice("UnheardWarning", "said")]
    ]
    lines[0]["sessions"] = [settings]
    lines.insert(1, {"is": "media", "sha256": "0" * 64, "bytes": 10})
    assert lines[0]["is"] == Began.__name__.lower()
    return lines


def damaged_journals(api: str) -> Iterator[tuple[str, bytes]]:
    """Yield a name for each damage, and the file's bytes."""
    whole = whole_journal(api)
    text = [json.dumps(line) for line in whole]
    for number, line in enumerate(whole):
        for name in line:
            for value in WRONG_VALUES:
                yield f"line {number + 1}: {name}={value!r:.20}", _file(_with(text, number, line | {name: value}))
            less = {each: line[each] for each in line if each != name}
            yield f"line {number + 1}: no {name}", _file(_with(text, number, less))
            twice = json.dumps(line)[:-1] + f", {json.dumps(name)}: [1]}}"
            yield f"line {number + 1}: {name} twice", _file([*text[:number], twice, *text[number + 1 :]])
        yield f"line {number + 1}: missing", _file([*text[:number], *text[number + 1 :]])
        yield f"line {number + 1}: twice", _file([*text[:number], text[number], *text[number:]])
        for what, odd in _odd_lines().items():
            yield f"line {number + 1}: {what}", _file(text[:number]) + odd + b"\n" + _file(text[number + 1 :])
    for name in whole[0]["sessions"][0]:
        for value in WRONG_VALUES:
            settings = whole[0]["sessions"][0] | {name: value}
            yield f"settings: {name}={value!r:.20}", _file(_with(text, 0, whole[0] | {"sessions": [settings]}))
    yield from _odd_wholes(whole, text)


def _odd_wholes(whole: list[dict[str, Any]], text: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in ("cli", "os", "interhuman.x/../../y", "..", "", "interhuman\x00", "base", "emotion_logic.server"):
        yield f"api {name!r}", _file(_with(text, 0, whole[0] | {"api": name}))
    yield "future format", _file(_with(text, 0, whole[0] | {"journal": 99}))
    yield "no settings", _file(_with(text, 0, whole[0] | {"sessions": []}))
    yield "two settings", _file(_with(text, 0, whole[0] | {"sessions": whole[0]["sessions"] * 2}))
    yield "setting unknown", _file(_with(text, 0, whole[0] | {"sessions": [{"import": "os"}]}))
    yield "empty", b""
    yield "no newline", _file(text)[:-1]
    yield "all in one line", b"".join(line.encode() for line in text) + b"\n"
    yield "carriage returns", _file(text).replace(b"\n", b"\r\n")
    yield "byte order mark", b"\xef\xbb\xbf" + _file(text)
    yield "UTF-16", "\n".join(text).encode("utf-16")
    yield "backwards", _file(text[::-1])
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(200)


def _odd_lines() -> dict[str, bytes]:
    return {
        "no UTF-8": b'{"is": "received", "session": 0, "received": 1.0, "raw": "\xff\xfe"}',
        "deep": DEEP.encode(),
        "deep field": b'{"is": "ended", "session": 0, "at": 1.0, "how": "failed", "facts": {"a": '
        + DEEP.encode()
        + b"}}",
        "deep raw": json.dumps({"is": "received", "session": 0, "received": 1.0, "raw": DEEP}).encode(),
        "raw no UTF-8": b'{"is": "received", "session": 0, "received": 1.0, "raw": "\\ud800{"}',
        "unknown session": b'{"is": "received", "session": 99, "received": 1.0, "raw": "{}"}',
        "packet of unknown session": b'{"is":"sent","session":-7,"start":0,"end":1,"due":1,"sent":1,"bytes":1}',
        "settings of none": b'{"is": "opened", "session": 5, "of": 99, "start": 0.0, "at": 0.0}',
        "settings before the first": b'{"is": "opened", "session": 5, "of": -1, "start": 0.0, "at": 0.0}',
        "renews none": b'{"is": "opened", "session": 5, "of": 0, "start": 0.0, "at": 0.0, "renews": 77}',
        "unknown kind": b'{"is": "os", "session": 0}',
        "no kind": b"{}",
        "a list": b"[1, 2]",
        "a number": b"7",
        "infinite": b'{"is": "received", "session": 0, "received": Infinity, "raw": "{}"}',
        "nothing": b"",
        "zeros": bytes(50),
    }


def _with(text: list[str], number: int, line: dict[str, Any]) -> list[str]:
    return [*text[:number], json.dumps(line), *text[number + 1 :]]


def _file(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def damaged_zips() -> Iterator[tuple[str, bytes]]:
    """Yield a name for each damage, and the zip's bytes."""
    journal = _file([json.dumps(line) for line in whole_journal("interhuman")])
    entry = {"journal": "a.jsonl", "file": "talk.wav", "sha256": None, "api": "interhuman"}
    whole = _zip({"a.jsonl": journal, INDEX_FILE: json.dumps({"cassettes": [entry]}).encode()})
    for name in entry:
        for value in WRONG_VALUES:
            yield f"index: {name}={value!r:.20}", _zip_of(journal, {"cassettes": [entry | {name: value}]})
        yield f"index: no {name}", _zip_of(journal, {"cassettes": [{k: v for k, v in entry.items() if k != name}]})
    for value in (*WRONG_VALUES, 99):
        yield f"index: format={value!r:.20}", _zip_of(journal, {"cassettes": [entry], "format": value})
        yield f"index: {value!r:.20}", _zip_of(journal, value)
        yield f"index: cassettes={value!r:.20}", _zip_of(journal, {"cassettes": value})
    for name in ("b.jsonl", "../a.jsonl", "/etc/passwd", "", "a.jsonl\x00"):
        yield f"index names {name!r}", _zip_of(journal, {"cassettes": [entry | {"journal": name}]})
    for name in ("os", "cli", "interhuman.x/../../y"):
        yield f"index says api {name!r}", _zip_of(journal, {"cassettes": [entry | {"api": name}]})
    for what, data in {"deep": DEEP.encode(), "no UTF-8": b"\xff\xfe", "empty": b"", "two": b"{}{}"}.items():
        yield f"index {what}", _zip({"a.jsonl": journal, INDEX_FILE: data})
    for share in (0.1, 0.3, 0.5, 0.9, 0.99):
        yield f"torn at {share}", whole[: int(len(whole) * share)]
    for at in range(30, len(whole), len(whole) // 12):
        yield f"byte {at} turned", whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
    yield "empty zip", _zip({})
    yield "no journal", _zip({"readme.txt": b"hello"})
    yield "a bomb", _bomb()
    yield "encrypted", _with_flag(whole, 0x1)
    yield (
        "unknown compression",
        whole.replace(b"PK\x03\x04\x14\x00\x00\x00\x08\x00", b"PK\x03\x04\x14\x00\x00\x00\x63\x00").replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63\x00"
        ),
    )


def _with_flag(data: bytes, flag: int) -> bytes:
    """Set a flag in each entry of a zip's directory, and in its local headers."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(signature)
        while at >= 0:
            (old,) = struct.unpack_from("<H", changed, at + offset)
            struct.pack_into("<H", changed, at + offset, old | flag)
            at = data.find(signature, at + 1)
    return bytes(changed)


def _bomb() -> bytes:
    """Make a zip of kilobytes, of which a member has 3 GB in one line by its header."""
    made = bytearray(_zip({"a.jsonl": b"x" * 1_000_000}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", made, made.find(signature) + offset, 3_000_000_000)
    return bytes(made)


def _zip_of(journal: bytes, index: Any) -> bytes:
    return _zip({"a.jsonl": journal, INDEX_FILE: json.dumps(index).encode("utf-8", "surrogatepass")})


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
