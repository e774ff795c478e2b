"""Make the messages of client and server. No I/O; `requests` and `decoder` parse them.

The server sends JSON envelopes `{type, timestamp, correlation_id, data}` (§3.1). The client sends a config without a
type (§2.1), media as binary messages, and `session.close` (§2.3). The first version had flat messages with a status
instead of envelopes (§3.10). Section numbers refer to the contract page.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.interhuman.wire import error_codes
from emotoolkit.apis.interhuman.wire.error_codes import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

__all__ = [
    "AUDIO_MODEL",
    "CLOSING",
    "COMPLETED",
    "COVERAGE_DEGRADED",
    "COVERAGE_DROPPED",
    "ENCODING",
    "ENDED",
    "ENGAGEMENT",
    "ERROR",
    "INCLUDE",
    "MAX_MESSAGE_BYTES",
    "MODELS",
    "OVERALL",
    "PATHS",
    "PROCESSING",
    "QUALITY",
    "READY",
    "RESULT",
    "SAMPLING_RATES",
    "SIGNALS",
    "SIGNAL_DETECTED",
    "SIGNAL_ENDED",
    "SIGNAL_UPDATED",
    "TIMELINE",
    "UNITS",
    "UPDATED",
    "V0_PATH",
    "close",
    "closing",
    "completed",
    "config",
    "coverage",
    "ended",
    "engagement",
    "engagement_window",
    "envelope",
    "error",
    "error_body",
    "flat",
    "processing",
    "quality",
    "ready",
    "result",
    "signal",
    "signal_ended",
    "signals",
    "span",
    "updated",
]

PATHS = ("/v1/stream/analyze", "/v2/stream/analyze", "/v0/stream/analyze")
"""Paths of v1, of its successor v2 with the same messages, and of its predecessor v0 (§1.1)."""

V0_PATH = PATHS[2]
"""The path of v0, with flat messages and neither config nor close (§3.10)."""

MODELS = ("inter-2", "inter-2-audio")
"""Models of v2; the first is the default (§1.1, §2.1)."""

AUDIO_MODEL = MODELS[1]
"""The model that analyses only sound."""

ENCODING, SAMPLING_RATES = "pcm_s16le", (16_000, 24_000)
"""Raw sound: 16 bits, little-endian, one channel, at one of these sampling rates in Hz (§2.1)."""

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
COVERAGE_DROPPED = "coverage.dropped"
COVERAGE_DEGRADED = "coverage.degraded"
ERROR = "error"

# Statuses of v0 (§3.10); errors are called `error` there, too.
PROCESSING = "processing"
RESULT = "result"
COMPLETED = "completed"

UPLOADED, JOB = "uploaded", "job"
"""Our types of the responses to an upload, which have none: of v1 (§7.1), and of v2 (§7.2)."""

OVERALL = "conversation_quality_overall"
TIMELINE = "conversation_quality_timeline"
INCLUDE = (OVERALL, TIMELINE)
"""Sections that a config may request (§2.1)."""

SIGNALS = "signals"
"""A further section, which a job may request: the list of signals of the whole file (§7.2)."""

UNITS = {
    "probability": "low < medium < high",
    "state": "engaged, neutral or disengaged",
    **dict.fromkeys(("quality_index", "clarity", "authority", "energy", "rapport", "learning"), "0–100"),
}
"""Range of each value of a server (§4.2–4.4)."""

IDLE_TIMEOUT_S, MAX_SESSION_S = 300, 3600
"""Seconds without media, and seconds in total, after which a session ends (§6.2)."""

# Messages of a client


def config(include: Collection[str], model: str | None = None, sampling_rate: int | None = None) -> str:
    """Request quality sections, and on v2 a model (§2.1). Replaces the config before.

    With a `sampling_rate`, in Hz, binary messages are raw samples from then on.
    """
    sound = {"encoding": ENCODING, "sample_rate": sampling_rate, "channels": 1}
    chosen = ({} if model is None else {"model": model}) | ({} if sampling_rate is None else {"audio_format": sound})
    return json.dumps({"include": list(include)} | chosen)


def close() -> str:
    """Announce that no more media follow (§2.3)."""
    return json.dumps({"type": "session.close"})


# Messages of a server


def envelope(kind: str, data: Mapping[str, Any], session: str, now: datetime) -> str:
    """Wrap the data of a message (§3.1). `now` is in UTC."""
    timestamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"timestamp": timestamp, "correlation_id": session, "type": kind, "data": data})


def flat(status: str, data: Mapping[str, Any], session: str, now: datetime) -> str:  # noqa: ARG001 - as `envelope`
    """Make a message of v0, which has no time stamp (§3.10) and another name for codes (§3.7)."""
    named = {{"code": "error_id"}.get(name, name): value for name, value in data.items()}
    return json.dumps({"status": status, **named, "correlation_id": session})


def ready(
    server: str,
    models: Collection[str] = (),
    *,
    idle_timeout_s: float = IDLE_TIMEOUT_S,
    max_session_s: float = MAX_SESSION_S,
    max_bytes: int = MAX_MESSAGE_BYTES,
    max_segment_s: float = 0.0,
) -> dict[str, Any]:
    """Accept the session and name its limits (§3.2). `server` is our addition: which kind of server responds."""
    options: dict[str, Any] = {"include": list(INCLUDE), "goal_dimensions": None}
    return {
        "session_idle_timeout_seconds": math.ceil(idle_timeout_s),  # the vendor's client refuses fractions
        "session_max_duration_seconds": math.ceil(max_session_s),
        "max_segment_duration_seconds": max_segment_s or None,
        "min_segment_size_bytes": 1,
        "max_segment_size_bytes": max_bytes,
        "supported_session_config_options": options | ({"model": list(models)} if models else {}),
        "server": server,
    }


def updated(include: Collection[str], model: str | None = None) -> dict[str, Any]:
    """Acknowledge a config with the options now in force (§3.3)."""
    return {"include": list(include), "goal_dimensions": None} | ({} if model is None else {"model": model})


def closing(max_drain: int) -> dict[str, Any]:
    """Accept the request to end; the rest is analysed within `max_drain` whole seconds (§3.8)."""
    return {"max_drain_seconds": max_drain}


def ended() -> dict[str, Any]:
    """End the session: the last message (§3.8)."""
    return {"reason": "client_shutdown"}


def signal(
    name: str, start: float, probability: str | None, rationale: str | None, modality: str | None
) -> dict[str, Any]:
    """Describe an active signal, newly detected or changed (§3.4, shape L). v2 never names the modality."""
    data = {"signal_type": name, "start": start, "probability": probability, "rationale": rationale}
    return data | ({} if modality is None else {"modality": [modality]})


def signal_ended(name: str, end: float) -> dict[str, Any]:
    """Report the end of an active signal (§3.4, shape L)."""
    return {"signal_type": name, "end": end}


def span(name: str, start: float, end: float, probability: str | None, rationale: str | None) -> dict[str, Any]:
    """Describe a signal with start and end: one entry of shape B, of v0 and of an upload (§3.4, §7.1)."""
    return {"type": name, "start": start, "end": end, "probability": probability, "rationale": rationale}


def signals(spans: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Report all signals of a window at once (§3.4, shape B)."""
    return {"signals": [dict(each) for each in spans]}


def engagement(state: str, start: float) -> dict[str, Any]:
    """Report the state that begins (§3.5)."""
    return {"state": state, "start": start}


def engagement_window(state: str, start: float, end: float) -> dict[str, Any]:
    """Report the state of a window (§3.5, with `end`)."""
    return {"state": state, "start": start, "end": end}


def coverage(ranges: Iterable[tuple[float, float]], reason: str | None = None) -> dict[str, Any]:
    """Report media that were not analysed or, with a `reason`, only in part (§3.9)."""
    data: dict[str, Any] = {"ranges": [{"start": start, "end": end} for start, end in ranges]}
    return data if reason is None else data | {"reason": reason}


def quality(
    include: Collection[str],
    overall: Mapping[str, float],
    period: Mapping[str, float],
    span: tuple[float, float],
    measured: Collection[str],
) -> dict[str, Any]:
    """Report the requested sections (§3.6): `overall` since the start, `period` for the period `span`.

    `measured` is our addition: the scores that are based on evidence. The others have the service's default, 50.
    """
    data: dict[str, Any] = {"measured": sorted(measured)}
    if OVERALL in include:
        data["overall"] = dict(overall)
    if TIMELINE in include:
        data["timeline"] = [{"start": span[0], "end": span[1], "values": dict(period)}]
    return data


def error(code: str, message: str | None = None, segment: int | None = None) -> dict[str, Any]:
    """Report an error (§3.7). `segment` counts binary messages from 1."""
    return {
        "code": code,
        "message": message or error_codes.default_message(code),
        "link": error_codes.link(code),
        "segment": segment,
    }


def error_body(code: str, session: str, message: str | None = None) -> dict[str, Any]:
    """Make the body of an HTTP error, where the code is called `error_id` (§5)."""
    return {
        "error_id": code,
        "correlation_id": session,
        "link": error_codes.link(code),
        "message": message or error_codes.default_message(code),
    }


# Messages of a server of v0 (§3.10); the response to an upload has the fields of a result (§7.1)


def processing(segment: int, size: int) -> dict[str, Any]:
    """Confirm a binary message of `size` bytes; `segment` counts from 1."""
    return {"segment": segment, "bytes": size}


def result(
    spans: Iterable[Mapping[str, Any]], windows: Iterable[Mapping[str, Any]], quality_data: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Report signals, engagement windows and, if requested, quality."""
    data: dict[str, Any] = {"signals": list(spans), "engagement_state": list(windows)}
    return data if quality_data is None else data | {"conversation_quality": dict(quality_data)}


def completed(segment: int) -> dict[str, Any]:
    """Report that a binary message is analysed."""
    return {"segment": segment}
