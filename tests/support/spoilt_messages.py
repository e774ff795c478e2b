"""Messages of both wires with one field spoilt: every field of every kind, by everything that JSON can say.

Nothing here is a test. `messages()` yields them without end; each says which of its entries must be in the tables in
spite of the spoilt field, and how many entries are to be accounted for.
"""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.emotion_logic.wire import messages as voice
from emotoolkit.apis.interhuman.wire import messages as film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOLE = "@hole@"
"""Stands in a template for what is spoilt."""

LEVELS = 100_000
"""Of nested lists: far beyond what Python's own reader takes."""

LONG_BYTES = 10_000_000

TOKENS = (
    *("null", "true", "false", "0", "-1", "7.5", "1e308", "1e400", "-1e400", "NaN", "-Infinity", "1e12", "-0.0"),
    *("1" + "0" * 30, "1" + "0" * 5000, '""', '"words"', '"7"', '"1e400"', '"NaN"', r'"\ud800"', r'"a\udfff"'),
    *(r'"\u0000"', '"🙂"', "[]", "{}", "[null]", "[[]]", '{"a":{"b":[1]}}', '[{"start":"x"}]', '"{"', '"[1"'),
    *('"[' + "[" * 50 + "]" * 50 + ']"', "[" * 200 + "]" * 200),
)
"""What a field is spoilt by, as JSON text. Some of it is no JSON, but is read and written by many programs."""

DEEP = "[" * LEVELS + "]" * LEVELS
LONG = '"' + "w" * LONG_BYTES + '"'


@dataclass(frozen=True)
class Spoilt:
    """A message with one spoilt field.

    Attributes
    ----------
    raw : str
        Its text.
    kept : tuple of float
        Marks of the entries that must be in a table, whatever became of the spoilt one.
    entries : int or None
        How many entries there are, each of which must be read or counted; None where the message is spoilt as a whole.
    named : bool
        Whether its kind can still be known.
    """

    raw: str
    kept: tuple[float, ...] = ()
    entries: int | None = None
    named: bool = True


@dataclass(frozen=True)
class Template:
    """A kind of message: made of the marks of its entries, which are at `entries` in it. `absent` is no entry."""

    make: Callable[[list[float]], Any]
    entries: tuple[Any, ...] = ()
    absent: tuple[str, ...] = ("-",)

    def spoilt(self, path: tuple[Any, ...], how: str, marks: list[float]) -> Spoilt:
        """Make the message with one field spoilt: by a token; `"-"`: left out; `"+token"`: there twice."""
        value = json.loads(json.dumps(self.make(marks)))
        holder, key = _at(value, path[:-1]), path[-1]
        before = holder[key]
        if how == "-":
            del holder[key]
        else:
            holder[key] = HOLE
        token = how
        if how.startswith("+"):
            token = f"{json.dumps(before)},{json.dumps(key)}:{how[1:]}" if isinstance(key, str) else how[1:]
        raw = json.dumps(value).replace(f'"{HOLE}"', token)
        depth = len(self.entries)
        if not self.entries or path[:depth] != self.entries or len(path) <= depth:
            return Spoilt(raw, named=path not in ((0,), ("type",), ("status",)))
        count = len(marks) - (how in self.absent and len(path) == depth + 1)
        return Spoilt(raw, tuple(mark for n, mark in enumerate(marks) if n != path[depth]), count)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*before, key)
        yield from _paths(each, (*before, key))


def _envelope(kind: str, data: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": "2026-01-01T00:00:00Z", "correlation_id": "c", "data": data}


def _span(mark: float) -> dict[str, Any]:
    return {
        "signal_type": "interest",
        "start": 1.0,
        "end": 2.0,
        "probability": "high",
        "rationale": f"{mark}",
        "sources": ["a"],
    }


def _scores(mark: float) -> dict[str, float]:
    return {"quality_index": 50.0, "clarity": 50.0, "authority": 50.0, "energy": mark, "rapport": 50.0, "learning": 9.0}


def _periods(marks: list[float]) -> list[Any]:
    return [{"start": 0.0, "end": 3.0, "values": _scores(mark)} for mark in marks]


def _states(marks: list[float]) -> list[Any]:
    return [{"state": "engaged", "start": mark, "end": mark + 1} for mark in marks]


def _film(kind: str, make: Callable[[list[float]], Any], entries: tuple[Any, ...] = ()) -> Template:
    return Template(lambda marks: _envelope(kind, make(marks)), ("data", *entries) if entries else ())


READY_DATA = film.ready("label", film.MODELS)

FILM = {
    "signals": _film(film.SIGNAL_DETECTED, lambda marks: {"signals": [_span(mark) for mark in marks]}, ("signals",)),
    "detected": _film(film.SIGNAL_DETECTED, lambda _: film.signal("interest", 1.0, "low", "words", "audio")),
    "whole": _film(film.SIGNAL_DETECTED, lambda _: _span(1.5)),
    "updated": _film(film.SIGNAL_UPDATED, lambda _: film.signal("interest", 1.0, "low", "words", "audio")),
    "ended": _film(film.SIGNAL_ENDED, lambda _: film.signal_ended("interest", 2.0)),
    "engagement": _film(film.ENGAGEMENT, lambda _: {"state": "engaged", "start": 0.0, "end": 4.0}),
    "quality": _film(
        film.QUALITY,
        lambda marks: {"overall": _scores(50.0), "timeline": _periods(marks), "measured": list(_scores(0))},
        ("timeline",),
    ),
    "coverage": _film(
        film.COVERAGE_DROPPED,
        lambda marks: {"ranges": [{"start": mark, "end": mark + 0.5} for mark in marks], "reason": "load"},
        ("ranges",),
    ),
    "degraded": _film(film.COVERAGE_DEGRADED, lambda _: film.coverage([(1.0, 2.0)])),
    "ready": _film(film.READY, lambda _: dict(READY_DATA)),
    "acknowledged": _film(film.UPDATED, lambda _: film.updated(film.INCLUDE)),
    "error": _film(film.ERROR, lambda _: film.error("ih5004", segment=2)),
    "result": Template(
        lambda marks: {
            "status": "result",
            "segment": 1,
            "correlation_id": "c",
            "signals": [_span(mark) for mark in marks],
            "engagement_state": _states([1.0]),
            "conversation_quality": {"overall": _scores(50.0)},
        },
        ("signals",),
    ),
}
"""Messages that may come at any time."""

FILM_ENDS = {
    "closing": _film(film.CLOSING, lambda _: film.closing(3)),
    "end": _film(film.ENDED, lambda _: {"reason": "client", "duration_seconds": 3}),
}
"""Messages with which a session ends, so that one is the last."""

COLUMNS = ["index", "channel", "startPosSec", "endPosSec", "validSegment", "energy"]


def _row(mark: float) -> list[Any]:
    return [1, 0, 0.5, 1.5, 1, mark]


def _voice(name: str, make: Callable[[list[float]], Any], entries: tuple[Any, ...] = (), *absent: str) -> Template:
    return Template(lambda marks: [name, make(marks)], (1, *entries) if entries else (), ("-", *absent))


NO_ROWS = tuple(f"{twice}{token}" for twice in ("", "+") for token in ("null", '""', "[]", "{}"))
"""In the place of a row: none has ended."""

VOICE = {
    "analysis": _voice(
        voice.ANALYSIS,
        lambda marks: voice.analysis(COLUMNS, [_row(mark) for mark in marks]),
        ("data", "channels"),
        *NO_ROWS,
    ),
    "objects": _voice(
        voice.ANALYSIS,
        lambda marks: {
            "success": True,
            "data": [dict(zip(COLUMNS, _row(mark), strict=True)) for mark in marks],
        },
        ("data",),
        *NO_ROWS,
    ),
    "not ready": _voice(voice.ANALYSIS, lambda _: voice.not_ready()),
}
"""Messages that may come at any time."""

VOICE_ENDS = {
    "refusal": _voice(voice.ANALYSIS, lambda _: voice.not_ready()),
    "completed": _voice(voice.COMPLETED, lambda _: voice.completed()),
    "report": _voice(
        voice.REPORT, lambda marks: voice.report({"a": {"b": [1]}}, COLUMNS, [_row(mark) for mark in marks])
    ),
    "analysis error": _voice(voice.ANALYSIS_ERROR, lambda _: {"errorCode": 13, "error": "lost", "requestId": "r"}),
    "other error": _voice(voice.OTHER_ERROR, lambda _: {"errorCode": 13, "error": {"code": 1, "message": "m"}}),
}
VOICE_BEGINNINGS = {"handshake": _voice(voice.HANDSHAKE_DONE, lambda _: voice.handshake_done("s", "label"))}
FILM_BEGINNINGS = {"ready": FILM["ready"]}

ENTRIES = 3


def marks(number: int) -> list[float]:
    """Marks of a message's entries, which no other message of some 100 000 has; between 0 and 100, as scores are."""
    return [round((number * ENTRIES + n) % 3_000_000 / 30_000, 6) for n in range(ENTRIES)]


def places(templates: dict[str, Template]) -> list[tuple[Template, tuple[Any, ...]]]:
    """All fields of all kinds, but those whose other values are a refusal, with which a session ends."""
    found = [(each, path) for each in templates.values() for path in _paths(each.make(marks(0)))]
    return [(each, path) for each, path in found if templates is not VOICE or path != (1, "success")]


def every(templates: dict[str, Template], tokens: tuple[str, ...] = TOKENS) -> Iterator[Spoilt]:
    """Every field of every kind, by every token; left out; and there twice."""
    numbers = itertools.count()
    for template, path in places(templates):
        for how in (*tokens, "-", "+null", "+7"):
            yield template.spoilt(path, how, marks(next(numbers)))


def some(templates: dict[str, Template], dice: random.Random) -> Iterator[Spoilt]:
    """Any field of any kind by any token, without end."""
    fields = places(templates)
    for number in itertools.count():
        template, path = dice.choice(fields)
        how = dice.choice((*TOKENS, "-", f"+{dice.choice(TOKENS)}"))
        yield template.spoilt(path, how, marks(number))
