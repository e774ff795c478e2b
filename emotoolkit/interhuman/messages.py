"""The wire's words, both ways: what a client says, what a server says, and how either reads the other. No I/O.

Down come JSON envelopes `{type, timestamp, correlation_id, data}` (§3.1). Up go a config without a type (§2.1), media
as binary messages, and `session.close` (§2.3). Section numbers refer to the contract page.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotoolkit.events import (
    Engagement,
    Fault,
    Quality,
    Ready,
    Scores,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
    Step,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from emotoolkit.events import Event

__all__ = [
    "CLOSING",
    "ENDED",
    "ENGAGEMENT",
    "ERROR",
    "INCLUDE",
    "LARGEST",
    "OVERALL",
    "PATHS",
    "QUALITY",
    "READY",
    "SIGNAL_DETECTED",
    "SIGNAL_ENDED",
    "SIGNAL_UPDATED",
    "TIMELINE",
    "UNITS",
    "UPDATED",
    "Close",
    "Config",
    "Decoder",
    "Refusal",
    "close",
    "closing",
    "config",
    "ended",
    "engagement",
    "envelope",
    "error",
    "quality",
    "read_text",
    "ready",
    "refusal",
    "said",
    "signal",
    "signal_ended",
    "updated",
]

PATHS = ("/v1/stream/analyze", "/v2/stream/analyze")
"""The target of the contract, and its successor with the same conversation (§1.1)."""

# Types of envelopes (§3).
READY = "session.ready"
UPDATED = "session.updated"
CLOSING = "session.closing"
ENDED = "session.ended"
SIGNAL_DETECTED = "signal.detected"
SIGNAL_UPDATED = "signal.updated"
SIGNAL_ENDED = "signal.ended"
ENGAGEMENT = "engagement.updated"
QUALITY = "conversation_quality.updated"
ERROR = "error"

OVERALL = "conversation_quality_overall"
TIMELINE = "conversation_quality_timeline"
INCLUDE = (OVERALL, TIMELINE)
"""What a config may ask for (§2.1)."""

LARGEST = 33_554_432
"""Bytes of the largest message (§6.2), where `session.ready` does not say."""

UNITS = {
    "probability": "low < medium < high",
    "state": "engaged, neutral or disengaged",
    **dict.fromkeys(("quality_index", "clarity", "authority", "energy", "rapport", "learning"), "0–100"),
}
"""Range of what a server says (§4.2–4.4)."""

IDLE, LONGEST = 300, 3600
"""Seconds after which a session without media, and any session, ends (§6.2)."""

ERRORS = {
    "ih5001": ("no-video", "the message has no picture track, and this endpoint looks at pictures"),
    "ih5004": ("malformed-segment", "the message could not be decoded"),
    "ih6001": ("invalid-session-config", "the text is not a session config"),
    "ih6002": ("message-too-large", f"the message exceeds {LARGEST} bytes"),
}
"""The errors of a normal conversation (§5): slug of the link, and what to say where there is nothing more precise."""

LINK = "https://docs.interhuman.ai/api-reference/error-handling"


# What a client says


def config(include: Collection[str]) -> str:
    """Ask for quality sections (§2.1). Replaces what was asked before."""
    return json.dumps({"include": list(include)})


def close() -> str:
    """Say that no more media comes (§2.3)."""
    return json.dumps({"type": "session.close"})


# What a server says


def envelope(kind: str, data: Mapping[str, Any], session: str, now: datetime) -> str:
    """Wrap what is said (§3.1). `now` is in UTC."""
    timestamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"timestamp": timestamp, "correlation_id": session, "type": kind, "data": data})


def ready(server: str) -> dict[str, Any]:
    """Accept the session and name its limits (§3.2). `server` is our addition: it says what kind of server answers."""
    return {
        "session_idle_timeout_seconds": IDLE,
        "session_max_duration_seconds": LONGEST,
        "max_segment_duration_seconds": None,
        "min_segment_size_bytes": 1,
        "max_segment_size_bytes": LARGEST,
        "supported_session_config_options": {"include": list(INCLUDE), "goal_dimensions": None},
        "server": server,
    }


def updated(include: Collection[str]) -> dict[str, Any]:
    """Acknowledge a config with what is now in force (§3.3)."""
    return {"include": list(include), "goal_dimensions": None}


def closing(max_drain: int) -> dict[str, Any]:
    """Accept the wish to end; the rest is analysed within `max_drain` whole seconds (§3.8)."""
    return {"max_drain_seconds": max_drain}


def ended() -> dict[str, Any]:
    """Say the last word (§3.8)."""
    return {"reason": "client_shutdown"}


def signal(name: str, start: float, probability: str, rationale: str, modality: str) -> dict[str, Any]:
    """Describe an active signal, newly detected or changed (§3.4, shape L)."""
    return {
        "signal_type": name,
        "start": start,
        "probability": probability,
        "rationale": rationale,
        "modality": [modality],
    }


def signal_ended(name: str, end: float) -> dict[str, Any]:
    """Say where an active signal stopped (§3.4, shape L)."""
    return {"signal_type": name, "end": end}


def engagement(state: str, start: float) -> dict[str, Any]:
    """Say which state begins (§3.5)."""
    return {"state": state, "start": start}


def quality(
    include: Collection[str],
    overall: Mapping[str, float],
    period: Mapping[str, float],
    span: tuple[float, float],
    measured: Collection[str],
) -> dict[str, Any]:
    """Report the sections that were asked for (§3.6): `overall` since the start, `period` for the stretch `span`.

    `measured` is our addition: which of the scores have evidence behind them. The others are the wire's 50.
    """
    data: dict[str, Any] = {"measured": sorted(measured)}
    if OVERALL in include:
        data["overall"] = dict(overall)
    if TIMELINE in include:
        data["timeline"] = [{"start": span[0], "end": span[1], "values": dict(period)}]
    return data


def error(code: str, message: str | None = None, segment: int | None = None) -> dict[str, Any]:
    """Say what went wrong (§3.7). `segment` counts binary messages from 1."""
    slug, plain = ERRORS[code]
    return {"code": code, "message": message or plain, "link": f"{LINK}#{code}-{slug}", "segment": segment}


# How a server reads a text of a client


@dataclass(frozen=True, slots=True)
class Config:
    """A legal session config: what it asks for, unknown wishes left out."""

    include: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """The wish to end."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a text, in a sentence."""

    message: str


def read_text(text: str) -> Config | Close | Refusal:
    """Read a text of a client (§2.1, §2.3): unknown wishes are ignored, unknown keys are not."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal("the text is not JSON")
    if not isinstance(value, dict):
        return Refusal("a session config is one JSON object")
    if value.get("type") == "session.close":
        return Close()
    strange = sorted(value.keys() - {"include", "goal_dimensions"})
    if strange:
        return Refusal(f"a session config has no key {strange[0]!r}")
    wishes = value.get("include") or []
    if not isinstance(wishes, list):
        return Refusal("include must be an array of strings")
    return Config(tuple(section for section in INCLUDE if section in wishes))


# How a client reads a server


class Decoder:
    """Read one session's messages.

    Signals come in three shapes (§3.4), engagement with or without an end (§3.5); each is told by its fields alone, so
    there is nothing to remember. Times are taken as seconds of the session, which is what all shapes mean (§3.4, "Time
    base"). Servers that count within a segment would need to say which: the message has no such field, so reading
    those belongs to whoever knows what was sent last.
    """

    def decode(self, raw: str) -> Event:
        """Read one message; what is not understood is `Unknown`, with the text attached."""
        kind = "?"
        try:
            message = json.loads(raw)
            kind = str(message["type"])
            return _read(kind, raw, message, message["data"])
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            return Unknown(kind, raw)


def said(raw: str, field: str) -> float | None:
    """Find a number in the data of a message that names limits; None where there is no such thing."""
    try:
        return _number(json.loads(raw)["data"][field])
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None


def refusal(body: str) -> str | None:
    """Find the reason in the body of a refused handshake (§5): JSON with a message, if the server cares to say."""
    try:
        return _words(json.loads(body)["message"])
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def _read(kind: str, raw: str, message: Mapping[str, Any], data: Any) -> Event:
    match kind:
        case "session.ready":
            return Ready(kind, raw, _words(message.get("correlation_id")), _words(data.get("server")))
        case "session.updated" | "session.closing" | "session.ended":
            return Step(kind, raw)
        case "signal.detected":
            return _detected(kind, raw, data)
        case "signal.updated":
            return SignalUpdated(kind, raw, _name(data), _number(data["start"]), *_reasons(data))
        case "signal.ended":
            return SignalEnded(kind, raw, _name(data), _number(data["end"]))
        case "engagement.updated":
            return _engagement(kind, raw, data)
        case "conversation_quality.updated":
            return _quality(kind, raw, data)
        case "error":
            return _fault(kind, raw, data)
    return Unknown(kind, raw)


def _detected(kind: str, raw: str, data: Mapping[str, Any]) -> Event:
    if "signals" in data:  # shape B, the quickstart's
        return SignalSpans(kind, raw, tuple(_span(entry) for entry in data["signals"]))
    if data.get("end") is not None:  # shape F
        return SignalSpans(kind, raw, (_span(data),))
    return SignalDetected(kind, raw, _name(data), _number(data["start"]), *_reasons(data))


def _span(data: Mapping[str, Any]) -> SignalSpan:
    return SignalSpan(_name(data), _number(data["start"]), _number(data["end"]), *_reasons(data))


def _name(data: Mapping[str, Any]) -> str:
    name = data["signal_type"] if "signal_type" in data else data["type"]
    if not isinstance(name, str):
        raise TypeError
    return name


def _reasons(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return _words(data.get("probability")), _words(data.get("rationale"))


def _engagement(kind: str, raw: str, data: Mapping[str, Any]) -> Engagement:
    end = data.get("end")
    return Engagement(kind, raw, str(data["state"]), _number(data["start"]), None if end is None else _number(end))


def _quality(kind: str, raw: str, data: Mapping[str, Any]) -> Quality:
    measured = data.get("measured")
    overall = data.get("overall")
    timeline = data.get("timeline") or ()
    return Quality(
        kind,
        raw,
        None if overall is None else _scores(overall, measured),
        tuple(
            Scores(_number(entry["start"]), _number(entry["end"]), _scores(entry["values"], measured))
            for entry in timeline
        ),
    )


def _scores(values: Mapping[str, Any], measured: Collection[str] | None) -> dict[str, float]:
    """Scores as numbers. Where the server says which are measured, the wire's "no evidence" 50s are left out."""
    return {
        name: _number(value)
        for name, value in values.items()
        if value is not None and (measured is None or name in measured)
    }


def _fault(kind: str, raw: str, data: Mapping[str, Any]) -> Fault:
    code = data.get("code") or data.get("error_id")
    segment = data.get("segment")
    return Fault(
        kind,
        raw,
        None if code is None else str(code),
        str(data.get("message") or "no reason given"),
        segment if isinstance(segment, int) else None,
    )


def _number(value: Any) -> float:
    """Read a finite number; anything else is not what the contract means."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) else None
