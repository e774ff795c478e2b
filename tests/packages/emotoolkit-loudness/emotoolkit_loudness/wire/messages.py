"""The words of the wire, both ways, and what the server's words mean."""

from __future__ import annotations

import json
from typing import Any

from emotoolkit.apis.base.events import Event, Fault, Ready, Segment, Segments, Step
from emotoolkit.apis.base.message_text import NAMELESS, is_moment, parsed, unreadable

STARTED, LEVEL, DONE, ERROR = KINDS = ("started", "level", "done", "error")
"""What the server says."""

SAMPLING_RATES = (8_000, 16_000, 48_000)


def start(sampling_rate: int, stretch: float, floor: float) -> str:
    """Client: what will be sent, and what is wanted of it."""
    return json.dumps({"type": "start", "sampling_rate": sampling_rate, "stretch": stretch, "floor": floor})


def end() -> str:
    """Client: no more sound comes."""
    return json.dumps({"type": "end"})


def started(session: str, server: str) -> str:
    """Server: the session is taken."""
    return json.dumps({"type": STARTED, "session": session, "server": server})


def level(number: int, start: float, end: float, level: float) -> str:
    """Server: how loud a stretch is, which is counted from 0 and in seconds since the session's beginning."""
    return json.dumps({"type": LEVEL, "number": number, "start": start, "end": end, "level": level})


def done() -> str:
    """Server: everything has been answered."""
    return json.dumps({"type": DONE})


def error(code: str, message: str) -> str:
    """Server: it cannot go on."""
    return json.dumps({"type": ERROR, "code": code, "message": message})


class Decoder:
    """Reads the server's messages. It never fails: what it cannot read is kept as it came."""

    def decode(self, raw: str) -> Event:
        """Read one message."""
        kind = NAMELESS
        try:
            message = parsed(raw)
            kind = str(message["type"])
            return _event(kind, raw, message)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return unreadable(kind, raw, KINDS)

    def sent(self, start: float) -> None:
        """Nothing depends on packets: all times count from the session's beginning."""


def _event(kind: str, raw: str, message: Any) -> Event:
    if kind == STARTED:
        return Ready(kind, raw, str(message["session"]), str(message["server"]))
    if kind == LEVEL:
        values = {"index": int(message["number"]), "level": float(message["level"])}
        return Segments(kind, raw, (Segment(0, _second(message["start"]), _second(message["end"]), values),))
    if kind == DONE:
        return Step(kind, raw)
    if kind == ERROR:
        return Fault(kind, raw, str(message["code"]), str(message["message"]))
    return unreadable(kind, raw, KINDS)


def _second(value: Any) -> float:
    seconds = float(value)
    if not is_moment(seconds):
        raise ValueError("no time of a recording")
    return seconds
