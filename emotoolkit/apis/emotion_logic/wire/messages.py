"""The messages of the wire, both ways, and how a server reads a client's. No I/O; a client reads with `decoder`.

A message is an event name and one value. As text, which is what journals keep, it is the JSON array `[name, value]`.
Section numbers refer to the contract page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.emotion_logic.wire import text_output

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ANALYSIS",
    "ANALYSIS_ERROR",
    "AUDIO",
    "COMPLETED",
    "CONNECT_ERROR",
    "ERROR_CODES",
    "FILE_ANALYSIS",
    "HANDSHAKE",
    "HANDSHAKE_DONE",
    "OTHER_ERROR",
    "REPORT",
    "REPORT_REQUESTS",
    "SAMPLING_RATES",
    "SERVER_FAILED",
    "FileRequest",
    "Handshake",
    "Refusal",
    "analysis",
    "completed",
    "failure",
    "handshake",
    "handshake_done",
    "is_success",
    "read_handshake",
    "report",
    "report_request",
    "text",
]

SERVER_FAILED = "the server failed"
"""Text of a failure that is the local server's own fault."""

# Event names, client to server (§2).
HANDSHAKE = "handshake"
AUDIO = "audio-stream"
REPORT_REQUESTS = ("fetch-analysis-report", "fetch-analysis-call")
"""The name that running programs send, and the specification's (§2.4)."""

# Event names, server to client (§3).
HANDSHAKE_DONE = "handshake-done"
ANALYSIS = "audio-analysis"
COMPLETED = "audio-analysis-completed"
ANALYSIS_ERROR = "audio-analysis-error"
OTHER_ERROR = "analysis-error"
REPORT = "analysis-report-ready"
CONNECT_ERROR = "connect_error"
"""Not an event of the contract: socket.io's own, when the server declines the connection."""
FILE_ANALYSIS = "analyzeFile"
"""Not an event either: a journal keeps the answer to an uploaded file (§7) under this name."""

SAMPLING_RATES = (6000, 8000, 11025, 16000, 22050, 44100, 48000)
"""Legal rates in Hz (§2.2)."""

ERROR_CODES = {
    "isPCM": 9001,
    "channels": 9002,
    "backgroundNoise": 9003,
    "bitRate": 9004,
    "sampleRate": 9005,
    "outputType": 9006,
    "outputFormat": 9007,
    "order": 9010,
    "payload": 9011,
    "licence": 9020,
    "engine": 9021,
    "file": 9030,
    "sensitivity": 9031,
    "segments": 9032,
    "requestId": 9033,
}
"""Error numbers of the local server, by subject: our own, since the vendor's catalogue is not public (§6)."""

BITS = (8, 16)
"""Legal bits per sample (§2.2)."""

JSON, TEXT = OUTPUT_TYPES = ("json", "text")
"""Output formats. The specification names the field differently in a handshake and in a report request."""

STANDARD_NOISE = 1000.0
"""`backgroundNoise` of a standard recording (§2.2)."""

SENSITIVITIES = ("normal", "high", "low")
MAX_REQUEST_ID_CHARS = 36

Row = Sequence[Any] | None

Rows = Sequence[Row] | Mapping[str, Row]
"""Rows by channel: an array, or an object keyed "0", "1"; a channel without a segment has an empty row, or none."""


# Words and values that both ends read alike

FALSE_WORDS = ("", "0", "false", "no", "null", "none")
TRUE_WORDS = ("1", "true", "yes")


def is_success(value: Any) -> bool:
    """Whether a `success` means yes. The specification writes it in quotes, so "false" is a refusal (§3)."""
    return value.strip().casefold() not in FALSE_WORDS if isinstance(value, str) else bool(value)


# Messages of a client


def handshake(
    *, channels: int, background_noise: float, bits: int, sampling_rate: int, output: str = JSON
) -> dict[str, Any]:
    """Announce a stream (§2.2). `bits` are bits per sample, though the wire calls them `bitRate`."""
    return {
        "isPCM": True,
        "channels": channels,
        "backgroundNoise": background_noise,
        "bitRate": bits,
        "sampleRate": sampling_rate,
        "outputType": output,
    }


def report_request(*, fetch_segments: bool, output: str = JSON) -> dict[str, Any]:
    """Ask for the call report (§2.4), with every segment in it or without."""
    return {"outputFormat": output, "fetchSegments": fetch_segments}


def file_request(*, background_noise: float, output: str = JSON, sensitivity: str = "normal") -> dict[str, str]:
    """Write the form fields beside the file (§7.2)."""
    return {"outputType": output, "sensitivity": sensitivity, "backgroundNoise": f"{background_noise:g}"}


# Messages of a server


def handshake_done(stream: str, server: str) -> dict[str, Any]:
    """Accept a stream (§3.1). `server`, the kind of server, is our addition."""
    return {"success": True, "data": {"streamId": stream, "server": server}}


def failure(about: str, message: str) -> dict[str, Any]:
    """Report a failure (§3), with our error number for its subject."""
    return {"success": False, "errorCode": ERROR_CODES[about], "error": message}


def analysis(columns: Sequence[str] | None, rows: Rows) -> dict[str, Any]:
    """Report finished segments (§3.2). Without `columns` they are those of the message before."""
    named = {} if columns is None else {"headers": _positions(columns)}
    return {"success": True, "data": {"done": True, **named, "channels": _by_channel(rows)}}


def analysis_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Report finished segments as text (§3.2): our own convention, see `text_output`."""
    return {"success": True, "data": text_output.table(columns, rows)}


def not_ready() -> dict[str, Any]:
    """Report that no segment is finished yet (§3.2)."""
    return {"success": True, "data": {"done": False}}


def completed() -> dict[str, Any]:
    """Report that the last segment has been analysed (§3.3)."""
    return {"success": True}


def report(
    reports: Mapping[str, Any], columns: Sequence[str] = (), rows: Iterable[Sequence[Any]] | None = None
) -> dict[str, Any]:
    """Send the call report (§3.6, §7.3), with all segments where `rows` are given."""
    data: dict[str, Any] = {"reports": dict(reports)}
    if rows is not None:
        data["segments"] = {"headersPositions": _positions(columns), "data": [list(row) for row in rows]}
    return {"success": True, "data": data}


def report_text(
    reports: Mapping[str, Any], columns: Sequence[str] = (), rows: Iterable[Sequence[Any]] | None = None
) -> dict[str, Any]:
    """Send the call report as text: our own convention, see `text_output`."""
    return {"success": True, "data": text_output.report(reports, columns, rows)}


def text(name: str, *values: Any) -> str:
    """Write a message as one line of JSON, for the journal. Messages of the contract have one value."""
    line = json.dumps([name, *values], ensure_ascii=False, separators=(",", ":"), default=repr)
    return line.encode("utf-8", "backslashreplace").decode()  # half of a surrogate pair has no UTF-8, but a JSON escape


def _positions(columns: Sequence[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(columns)}


def _by_channel(rows: Rows) -> Any:
    if isinstance(rows, Mapping):
        return {number: row and list(row) for number, row in rows.items()}
    return [None if row is None else list(row) for row in rows]


# How a server reads a client


@dataclass(frozen=True, slots=True)
class Handshake:
    """A valid announcement of a stream."""

    channels: int
    background_noise: float
    bits: int
    sampling_rate: int
    output: str = JSON


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A valid request for the report: its output format, and whether it has all segments."""

    output: str = JSON
    segments: bool = True


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Valid fields beside a file: the output format, and how noisy the recording is."""

    output: str = JSON
    background_noise: float = STANDARD_NOISE


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an announcement or request is not valid: the field, and a sentence."""

    about: str
    message: str


def read_handshake(value: Any) -> Handshake | Refusal:
    """Check an announcement field by field (§2.2)."""
    if not isinstance(value, dict):
        return Refusal("payload", "the handshake must be one JSON object")
    if not _is_true(value.get("isPCM")):
        return Refusal("isPCM", "isPCM must be true")
    for field, legal in (("channels", (1, 2)), ("bitRate", BITS), ("sampleRate", SAMPLING_RATES)):
        if _number(value.get(field)) not in legal:
            return Refusal(field, f"{field} must be one of {', '.join(map(str, legal))}")
    noise = _number(value.get("backgroundNoise"))
    if noise is None or not 0 <= noise < math.inf:
        return Refusal("backgroundNoise", "backgroundNoise must be a number, 0 or more; 1000 is standard")
    output = _output(value.get("outputType"))
    if output is None:
        return Refusal("outputType", 'outputType must be "json" or "text"')
    channels, bits, rate = (int(float(value[field])) for field in ("channels", "bitRate", "sampleRate"))
    return Handshake(channels, noise, bits, rate, output)


def read_report_request(value: Any) -> ReportRequest | Refusal:
    """Check a request for the report (§2.4). Both fields have defaults, and some programs send no object."""
    wanted = value if isinstance(value, dict) else {}
    output = _output(wanted.get("outputFormat"))
    if output is None:
        return Refusal("outputFormat", 'outputFormat must be "json" or "text"')
    segments = wanted.get("fetchSegments")
    return ReportRequest(output, segments=_is_absent(segments) or is_success(segments))


def read_file_request(fields: Mapping[str, str]) -> FileRequest | Refusal:
    """Check the fields beside a file (§7.2). All have defaults; those of the cloud alone are ignored.

    `sensitivity` has no public meaning and changes nothing here; `dummyResponse` gets no canned answer, since this
    server sends only measurements. `backgroundNoise` 0 leaves the choice to the server, which takes the standard.
    """
    fields = {name: value for name, value in fields.items() if not _is_absent(value)}
    output = _output(fields.get("outputType"))
    if output is None:
        return Refusal("outputType", 'outputType must be "json" or "text"')
    if fields.get("sensitivity", "normal").strip().casefold() not in SENSITIVITIES:
        return Refusal("sensitivity", f"sensitivity must be one of {', '.join(SENSITIVITIES)}")
    noise = _number(fields.get("backgroundNoise", STANDARD_NOISE))
    if noise is None or not 0 <= noise < math.inf:
        return Refusal("backgroundNoise", "backgroundNoise must be a number, 0 or more; 1000 is standard")
    if len(fields.get("requestId", "")) > MAX_REQUEST_ID_CHARS:
        return Refusal("requestId", f"requestId must have {MAX_REQUEST_ID_CHARS} characters at most")
    if fields.get("segments"):
        return Refusal("segments", "segments that the caller has cut are not measured by this server; it cuts its own")
    return FileRequest(output, noise or STANDARD_NOISE)


def _number(value: Any) -> float | None:
    """Read a number, also one in quotes, as the specification writes it."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return None


def _is_absent(value: Any) -> bool:
    """Whether an optional field counts as left out: null, or a word for it, as a form has it."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in ("", "null"))


def _is_true(value: Any) -> bool:
    """Whether a value is true, also in quotes, as the specification writes it, or as a number."""
    if isinstance(value, str):
        return value.strip().casefold() in TRUE_WORDS
    return value is True or (isinstance(value, int | float) and value == 1)


def _output(value: Any) -> str | None:
    """Read an output format: JSON where it is left out, None where there is no such format."""
    if _is_absent(value):
        return JSON
    word = value.strip().casefold() if isinstance(value, str) else None
    return word if word in OUTPUT_TYPES else None
