"""The messages of the wire, in both directions, and the decoder of the server's."""

from __future__ import annotations

import json
from typing import Any

from emotoolkit.apis.base.events import Event, Fault, Ready, Segment, Segments, Step
from emotoolkit.apis.base.message_text import NO_KIND, classify_unreadable, is_media_time, parse_message

START, END = "start", "end"
"""Messages of the client, besides sound."""

STARTED, LEVEL, DONE, ERROR = KINDS = ("started", "level", "done", "error")
"""Messages of the server."""

SAMPLING_RATES = (8_000, 16_000, 48_000)


def text(kind: str, **fields: Any) -> str:
    """Write a message of either side; the package's own docstring says which fields each has."""
    return json.dumps({"type": kind, **fields})


class Decoder:
    """Reads the server's messages. It never fails: a message that cannot be read keeps its text."""

    def decode(self, raw: str) -> Event:
        """Read one message."""
        kind = NO_KIND
        try:
            message = parse_message(raw)
            kind = str(message["type"])
            return _event(kind, raw, message)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return classify_unreadable(kind, raw, KINDS)

    def sent(self, start: float) -> None:
        """Do nothing: all times count from the session's beginning, not from a packet."""


def _event(kind: str, raw: str, message: Any) -> Event:
    if kind == STARTED:
        return Ready(kind, raw, str(message["session"]), str(message["server"]))
    if kind == LEVEL:
        start, end = float(message["start"]), float(message["end"])
        if not (is_media_time(start) and is_media_time(end)):
            raise ValueError("not a media time")
        values = {"index": int(message["number"]), "level": float(message["level"])}
        return Segments(kind, raw, (Segment(0, start, end, values),))
    if kind == DONE:
        return Step(kind, raw)
    if kind == ERROR:
        return Fault(kind, raw, str(message["code"]), str(message["message"]))
    return classify_unreadable(kind, raw, KINDS)
