"""The wire's words, both ways: what a client says, what a server says, and how either reads the other. No I/O.

Down come JSON envelopes `{type, timestamp, correlation_id, data}` (§3.1). Up go a config without a type (§2.1), media
as binary messages, and `session.close` (§2.3). The first version had flat messages with a status instead (§3.10).
Section numbers refer to the contract page.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotoolkit.events import (
    Coverage,
    Engagement,
    Fault,
    Quality,
    Ready,
    Repeated,
    Results,
    Scores,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
    Step,
    Unknown,
    shifted,
)
from emotoolkit.interhuman import codes, usual
from emotoolkit.interhuman.codes import LARGEST
from emotoolkit.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from emotoolkit.events import Event

__all__ = [
    "CLOSING",
    "COMPLETED",
    "COVERAGE_DEGRADED",
    "COVERAGE_DROPPED",
    "ENCODING",
    "ENDED",
    "ENGAGEMENT",
    "ERROR",
    "INCLUDE",
    "LARGEST",
    "LISTENER",
    "MODELS",
    "OLDEST",
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
    "Close",
    "Config",
    "Decoder",
    "Refusal",
    "body",
    "close",
    "closing",
    "completed",
    "config",
    "coverage",
    "ended",
    "engagement",
    "envelope",
    "error",
    "flat",
    "pending",
    "processing",
    "quality",
    "read_text",
    "ready",
    "refusal",
    "result",
    "results",
    "said",
    "signal",
    "signal_ended",
    "signals",
    "span",
    "updated",
    "window",
]

PATHS = ("/v1/stream/analyze", "/v2/stream/analyze", "/v0/stream/analyze")
"""The target of the contract, its successor with the same conversation, and its forerunner (§1.1)."""

OLDEST = PATHS[2]
"""The path whose messages are flat, and where neither a config nor an end is said (§3.10)."""

MODELS = ("inter-2", "inter-2-audio")
"""What a client of v2 may choose; the first is the default (§1.1, §2.1)."""

LISTENER = MODELS[1]
"""The model that needs no pictures."""

ENCODING, SAMPLING_RATES = "pcm_s16le", (16_000, 24_000)
"""What raw sound may be: 16 bits, little-endian, one channel, at one of these rates in Hz (§2.1)."""

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

# Statuses of v0 (§3.10); an error is an error there, too.
PROCESSING = "processing"
RESULT = "result"
COMPLETED = "completed"

UPLOADED, JOB = "uploaded", "job"
"""Our names for the answers to an upload, which have none: of v1 (§7.1), and of v2 (§7.2)."""

OVERALL = "conversation_quality_overall"
TIMELINE = "conversation_quality_timeline"
INCLUDE = (OVERALL, TIMELINE)
"""What a config may ask for (§2.1)."""

SIGNALS = "signals"
"""What besides may be asked of a job: the list of signals over the whole file (§7.2)."""

UNITS = {
    "probability": "low < medium < high",
    "state": "engaged, neutral or disengaged",
    **dict.fromkeys(("quality_index", "clarity", "authority", "energy", "rapport", "learning"), "0–100"),
}
"""Range of what a server says (§4.2–4.4)."""

IDLE, LONGEST = 300, 3600
"""Seconds after which a session without media, and any session, ends (§6.2)."""

# What a client says


def config(include: Collection[str], model: str | None = None, samples: int | None = None) -> str:
    """Ask for quality sections, and on v2 for a model (§2.1). Replaces what was asked before.

    With `samples`, a sampling rate in Hz, binary messages are raw samples from then on.
    """
    sound = {"encoding": ENCODING, "sample_rate": samples, "channels": 1}
    chosen = ({} if model is None else {"model": model}) | ({} if samples is None else {"audio_format": sound})
    return json.dumps({"include": list(include)} | chosen)


def close() -> str:
    """Say that no more media comes (§2.3)."""
    return json.dumps({"type": "session.close"})


# What a server says


def envelope(kind: str, data: Mapping[str, Any], session: str, now: datetime) -> str:
    """Wrap what is said (§3.1). `now` is in UTC."""
    timestamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"timestamp": timestamp, "correlation_id": session, "type": kind, "data": data})


def flat(status: str, data: Mapping[str, Any], session: str, now: datetime) -> str:  # noqa: ARG001 - as `envelope`
    """Put what is said into the form of v0, which has no time (§3.10) and another name for codes (§3.7)."""
    named = {{"code": "error_id"}.get(name, name): value for name, value in data.items()}
    return json.dumps({"status": status, **named, "correlation_id": session})


def ready(
    server: str,
    models: Collection[str] = (),
    *,
    idle: float = IDLE,
    longest: float = LONGEST,
    largest: int = LARGEST,
    segment: float = 0.0,
) -> dict[str, Any]:
    """Accept the session and name its limits (§3.2). `server` is our addition: it says what kind of server answers."""
    options: dict[str, Any] = {"include": list(INCLUDE), "goal_dimensions": None}
    return {
        "session_idle_timeout_seconds": math.ceil(idle),  # the vendor's client refuses fractions
        "session_max_duration_seconds": math.ceil(longest),
        "max_segment_duration_seconds": segment or None,
        "min_segment_size_bytes": 1,
        "max_segment_size_bytes": largest,
        "supported_session_config_options": options | ({"model": list(models)} if models else {}),
        "server": server,
    }


def updated(include: Collection[str], model: str | None = None) -> dict[str, Any]:
    """Acknowledge a config with what is now in force (§3.3)."""
    return {"include": list(include), "goal_dimensions": None} | ({} if model is None else {"model": model})


def closing(max_drain: int) -> dict[str, Any]:
    """Accept the wish to end; the rest is analysed within `max_drain` whole seconds (§3.8)."""
    return {"max_drain_seconds": max_drain}


def ended() -> dict[str, Any]:
    """Say the last word (§3.8)."""
    return {"reason": "client_shutdown"}


def signal(
    name: str, start: float, probability: str | None, rationale: str | None, modality: str | None
) -> dict[str, Any]:
    """Describe an active signal, newly detected or changed (§3.4, shape L). v2 never names the modality."""
    described = {"signal_type": name, "start": start, "probability": probability, "rationale": rationale}
    return described | ({} if modality is None else {"modality": [modality]})


def signal_ended(name: str, end: float) -> dict[str, Any]:
    """Say where an active signal stopped (§3.4, shape L)."""
    return {"signal_type": name, "end": end}


def span(name: str, start: float, end: float, probability: str | None, rationale: str | None) -> dict[str, Any]:
    """Describe a signal with both ends: one entry of shape B, of v0 and of an upload (§3.4, §7.1)."""
    return {"type": name, "start": start, "end": end, "probability": probability, "rationale": rationale}


def signals(spans: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Report all signals of a window at once (§3.4, shape B)."""
    return {"signals": [dict(each) for each in spans]}


def engagement(state: str, start: float) -> dict[str, Any]:
    """Say which state begins (§3.5)."""
    return {"state": state, "start": start}


def window(state: str, start: float, end: float) -> dict[str, Any]:
    """Say which state a window had (§3.5, with `end`)."""
    return {"state": state, "start": start, "end": end}


def coverage(ranges: Iterable[tuple[float, float]], reason: str | None = None) -> dict[str, Any]:
    """Say which media were never analysed or, with a `reason`, which only in part (§3.9)."""
    data: dict[str, Any] = {"ranges": [{"start": start, "end": end} for start, end in ranges]}
    return data if reason is None else data | {"reason": reason}


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
    return {"code": code, "message": message or codes.sentence(code), "link": codes.link(code), "segment": segment}


def body(code: str, session: str, message: str | None = None) -> dict[str, Any]:
    """Refuse over HTTP, where the code is called `error_id` (§5)."""
    return {
        "error_id": code,
        "correlation_id": session,
        "link": codes.link(code),
        "message": message or codes.sentence(code),
    }


# What a server of v0 says (§3.10); an upload's answer has the fields of a result (§7.1)


def processing(segment: int, size: int) -> dict[str, Any]:
    """Say that a message of so many bytes has come; `segment` counts from 1."""
    return {"segment": segment, "bytes": size}


def result(
    spans: Iterable[Mapping[str, Any]], windows: Iterable[Mapping[str, Any]], told: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Report signals, engagement windows and, if asked for, quality."""
    data: dict[str, Any] = {"signals": list(spans), "engagement_state": list(windows)}
    return data if told is None else data | {"conversation_quality": dict(told)}


def completed(segment: int) -> dict[str, Any]:
    """Say that this was all there is to say of a message."""
    return {"segment": segment}


# How a server reads a text of a client


@dataclass(frozen=True, slots=True)
class Config:
    """A legal session config: what it asks for, unknown wishes left out; model and sampling rate if it names them."""

    include: tuple[str, ...]
    model: str | None = None
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """The wish to end."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a text, in a sentence."""

    message: str


def read_text(text: str, models: Collection[str] = ()) -> Config | Close | Refusal:
    """Read a text of a client (§2.1, §2.3): unknown wishes are ignored, unknown keys are not.

    Where there are `models` (v2), a config may name one.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal("the text is not JSON")
    if not isinstance(value, dict):
        return Refusal("a session config is one JSON object")
    if value.get("type") == "session.close":
        return Close()
    known = {"include", "goal_dimensions", *(["model", "audio_format"] if models else [])}
    strange = sorted(value.keys() - known)
    if strange:
        return Refusal(f"a session config has no key {strange[0]!r}")
    wishes = value.get("include") or []
    if not isinstance(wishes, list):
        return Refusal("include must be an array of strings")
    model = value.get("model")
    if model is not None and model not in models:
        return Refusal(f"model must be one of {', '.join(models)}")
    sound = value.get("audio_format")
    if sound is not None and not _is_sound(sound):
        rates = " or ".join(map(str, SAMPLING_RATES))
        return Refusal(f"audio_format must be {ENCODING}, {rates} samples a second, one channel")
    samples = None if sound is None else int(sound["sample_rate"])
    return Config(tuple(section for section in INCLUDE if section in wishes), model, samples)


def _is_sound(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"encoding", "sample_rate", "channels"}:
        return False
    return (value["encoding"], value["channels"]) == (ENCODING, 1) and value["sample_rate"] in SAMPLING_RATES


# How a client reads a server


class Decoder:
    """Read one session's messages.

    Signals come in three shapes (§3.4), engagement with or without an end (§3.5), and v0 says several things at once
    (§3.10); each is told by its fields alone. All that is remembered is what has been said, so that a message that
    comes twice (same time stamp, same words) counts once.

    Parameters
    ----------
    time_base : {"session", "segment"}
        Where times count from (§3.4, "Time base"): the beginning of the session, which is what all shapes mean; or, as
        the quickstart has it, of the segment that they are about. That is the one whose number a message names, else
        the last that had been sent.
    """

    def __init__(self, time_base: str = "session") -> None:
        self._seen: set[int] = set()
        self._relative = time_base == "segment"
        self._starts: list[float] = []

    @property
    def relative(self) -> bool:
        """Whether what it reads depends on what has been sent."""
        return self._relative

    def sent(self, start: float) -> None:
        """Hear that the segment was sent that begins at this second of the session."""
        self._starts.append(start)

    def decode(self, raw: str) -> Event:
        """Read one message; what is not understood is `Unknown`, with the text attached. Times are of the session."""
        event = self._decoded(raw)
        return shifted(event, self._base(event)) if self._relative and self._starts else event

    def _base(self, event: Event) -> float:
        number = event.packet if isinstance(event, Results) else None
        return self._starts[-1 if number is None or not 0 < number <= len(self._starts) else number - 1]

    def _decoded(self, raw: str) -> Event:
        try:
            message = usual.read(raw)
            event, stamped = message.event(raw), message.timestamp
        except (RecursionError, ValueError):
            event, stamped = _by_field(raw)
        if stamped:
            mark = hash(raw)
            if mark in self._seen:
                return Repeated(event.kind, raw)
            self._seen.add(mark)
        return event


def said(raw: str, field: str) -> float | None:
    """Find a number in the data of a message that names limits; None where there is no such thing."""
    try:
        return _number(json.loads(raw)["data"][field])
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None


def pending(raw: str) -> str | None:
    """Find the id of a job that is not done yet (§7.2); None where there is none to ask after."""
    try:
        value = json.loads(raw)
        return _words(value["job_id"]) if value["status"] in ("queued", "running") else None
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def refusal(body: str) -> tuple[str | None, str | None, str | None]:
    """Find reason, code and correlation id in the body of a refusal (§5): JSON, if the server cares to say."""
    try:
        value = json.loads(body)
        return _words(value["message"]), _words(value.get("error_id")), _words(value.get("correlation_id"))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None, None, None


def _by_field(raw: str) -> tuple[Event, bool]:
    """Read a message of any shape: what it says, and whether it has a time stamp by which it counts once."""
    kind = "?"
    try:
        message = parsed(raw)
        if "type" not in message:
            if "job_id" in message:
                kind = JOB
                return _read_job(kind, raw, message), False
            kind = str(message.get("status", UPLOADED if "signals" in message else "?"))
            return _read_flat(kind, raw, message), False
        kind = str(message["type"])
        return _read(kind, raw, message, message["data"]), bool(message.get("timestamp"))
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return Unknown(kind, raw), False


def _read(kind: str, raw: str, message: Mapping[str, Any], data: Any) -> Event:
    match kind:
        case "session.ready":
            return Ready(kind, raw, _words(message.get("correlation_id")), _words(data.get("server")))
        case "session.updated" | "session.closing" | "session.ended":
            return Step(kind, raw)
        case "error":
            return _fault(kind, raw, data)
    return _read_finding(kind, raw, data)


def _read_finding(kind: str, raw: str, data: Any) -> Event:
    match kind:
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
        case "coverage.dropped" | "coverage.degraded":
            return Coverage(kind, raw, _ranges(data), _words(data.get("reason")) or kind.partition(".")[2])
    return Unknown(kind, raw)


def _read_flat(status: str, raw: str, message: Mapping[str, Any]) -> Event:
    """Read a message of v0 (§3.10)."""
    match status:
        case "uploaded":
            return results(status, raw, message)
        case "processing" | "completed":
            return Step(status, raw)
        case "result":
            return results(status, raw, message)
        case "error":
            plain = message.get("error")  # until changelog v0.2.0: a sentence, and no code
            return _fault(status, raw, {"message": plain, **message} if isinstance(plain, str) else message)
    return Unknown(status, raw)


def _read_job(kind: str, raw: str, message: Mapping[str, Any]) -> Event:
    """Read what is said of a job of v2 (§7.2): a result has windows, each with a state and its signals."""
    match message["status"]:
        case "queued" | "running":
            return Step(kind, raw)
        case "failed":
            return _fault(kind, raw, message.get("error") or {})
        case "completed":
            told = message["result"]
            by_window = (entry for window in told["windows"] for entry in window.get("signals") or ())
            states = [
                {"state": each["engagement_status"], "start": each["start_seconds"], "end": each["end_seconds"]}
                for each in told["windows"]
            ]
            signals = told.get(SIGNALS, by_window)
            named = {"correlation_id": message["job_id"], "server": message.get("server")}
            quality = told.get("conversation_quality")
            whole = {"signals": signals, "engagement_state": states, "conversation_quality": quality}
            return results(kind, raw, named | whole)
    return Unknown(kind, raw)


def results(kind: str, raw: str, message: Mapping[str, Any]) -> Results:
    """Read what says everything at once: a result of v0 (§3.10), the answer to an upload (§7.1).

    Raises
    ------
    AttributeError, KeyError, TypeError, ValueError
        It is not what the contract means.
    """
    told: list[Event] = [Ready(kind, raw, _words(message.get("correlation_id")), _words(message.get("server")))]
    told += [SignalSpans(kind, raw, tuple(_span(entry) for entry in message["signals"]))]
    told += [_engagement(kind, raw, entry) for entry in message.get("engagement_state") or ()]
    if message.get("conversation_quality") is not None:
        told.append(_quality(kind, raw, message["conversation_quality"]))
    segment = message.get("segment")
    return Results(kind, raw, tuple(told), segment if isinstance(segment, int) else None)


def _ranges(data: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    return tuple((_number(entry["start"]), _number(entry["end"])) for entry in data["ranges"])


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
            Scores(
                _number(entry["start"]),
                _number(entry["end"]),
                _scores(entry["values"], entry.get("measured", measured)),
            )
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
