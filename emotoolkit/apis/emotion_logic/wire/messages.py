"""The wire's words, both ways: what a client says, what a server says, and how either reads the other. No I/O.

A message is an event name and one value. As text, which is what journals keep, it is the JSON array `[name, value]`.
Section numbers refer to the contract page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import Fault, Ready, Report, Segment, Segments, Step, Unknown, Unread, combined
from emotoolkit.apis.base.message_text import NO_KIND, classify_unreadable, is_media_time, parse_message
from emotoolkit.apis.emotion_logic.wire import text_output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotoolkit.apis.base.events import Event

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
    "Decoder",
    "FileRequest",
    "Handshake",
    "Refusal",
    "analysis",
    "completed",
    "failure",
    "handshake",
    "handshake_done",
    "read_handshake",
    "report",
    "report_request",
    "text",
]

# Event names, client to server (§2).
HANDSHAKE = "handshake"
AUDIO = "audio-stream"
REPORT_REQUESTS = ("fetch-analysis-report", "fetch-analysis-call")
"""What running programs send, and what the specification calls it (§2.4)."""

# Event names, server to client (§3).
HANDSHAKE_DONE = "handshake-done"
ANALYSIS = "audio-analysis"
COMPLETED = "audio-analysis-completed"
ANALYSIS_ERROR = "audio-analysis-error"
OTHER_ERROR = "analysis-error"
FILE_ANALYSIS = "analyzeFile"
"""Not an event either: under this name the answer to a file that was uploaded (§7) stands in a journal."""

CONNECT_ERROR = "connect_error"
"""Not an event of the contract: how socket.io itself says that a server declines the connection."""
REPORT = "analysis-report-ready"

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
"""Error numbers of our own server, by what they are about: ours, since the vendor's catalogue is not public (§6)."""

JSON, TEXT = OUTPUT_TYPES = ("json", "text")
"""Forms of what a server says. The specification has one name for it in a handshake, another in a report request."""

STANDARD_NOISE = 1000.0
"""`backgroundNoise` of a standard recording (§2.2)."""

SENSITIVITIES = ("normal", "high", "low")
MAX_REQUEST_ID_CHARS = 36

Row = Sequence[Any] | None

Rows = Sequence[Row] | Mapping[str, Row]
"""Rows by channel: an array, or an object keyed "0", "1"; a channel without a segment has an empty row, or none."""

POSITION_COLUMNS = {"channel", "startPosSec", "endPosSec"}


# What a client says


def handshake(
    *, channels: int, background_noise: float, bits: int, sampling_rate: int, output: str = JSON
) -> dict[str, Any]:
    """Announce a stream (§2.2). `bits` are bits per sample, whatever the wire's name for them suggests."""
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
    """Write the fields of a form that stand beside the file (§7.2)."""
    return {"outputType": output, "sensitivity": sensitivity, "backgroundNoise": f"{background_noise:g}"}


# What a server says


def handshake_done(stream: str, server: str) -> dict[str, Any]:
    """Accept a stream (§3.1). `server` is our addition: it says what kind of server answers."""
    return {"success": True, "data": {"streamId": stream, "server": server}}


def failure(about: str, message: str) -> dict[str, Any]:
    """Say what went wrong (§3), with our number for it."""
    return {"success": False, "errorCode": ERROR_CODES[about], "error": message}


def analysis(columns: Sequence[str] | None, rows: Rows) -> dict[str, Any]:
    """Report finished segments (§3.2). Without `columns` they are those of the message before."""
    named = {} if columns is None else {"headers": _positions(columns)}
    return {"success": True, "data": {"done": True, **named, "channels": _by_channel(rows)}}


def analysis_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Report finished segments as text (§3.2): our own convention, see `plain`."""
    return {"success": True, "data": text_output.table(columns, rows)}


def not_ready() -> dict[str, Any]:
    """Say that there is no finished segment yet (§3.2)."""
    return {"success": True, "data": {"done": False}}


def completed() -> dict[str, Any]:
    """Say that the last segment has been analysed (§3.3)."""
    return {"success": True}


def report(
    reports: Mapping[str, Any], columns: Sequence[str] = (), rows: Iterable[Sequence[Any]] | None = None
) -> dict[str, Any]:
    """Hand over the call report (§3.6, §7.3), with all segments where `rows` are given."""
    data: dict[str, Any] = {"reports": dict(reports)}
    if rows is not None:
        data["segments"] = {"headersPositions": _positions(columns), "data": [list(row) for row in rows]}
    return {"success": True, "data": data}


def report_text(
    reports: Mapping[str, Any], columns: Sequence[str] = (), rows: Iterable[Sequence[Any]] | None = None
) -> dict[str, Any]:
    """Hand over the call report as text: our own convention, see `plain`."""
    return {"success": True, "data": text_output.report(reports, columns, rows)}


def text(name: str, *values: Any) -> str:
    """Write a message as one line of JSON, for the journal. Messages of the contract have one value."""
    line = json.dumps([name, *values], ensure_ascii=False, separators=(",", ":"), default=repr)
    return line.encode("utf-8", "backslashreplace").decode()  # half a character has no UTF-8, but a JSON escape


def _positions(columns: Sequence[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(columns)}


def _by_channel(rows: Rows) -> Any:
    if isinstance(rows, Mapping):
        return {number: row and list(row) for number, row in rows.items()}
    return [None if row is None else list(row) for row in rows]


# How a server reads a client


@dataclass(frozen=True, slots=True)
class Handshake:
    """A legal announcement of a stream."""

    channels: int
    background_noise: float
    bits: int
    sampling_rate: int
    output: str = JSON


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A legal request for the report: in which form, and whether with all segments."""

    output: str = JSON
    segments: bool = True


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Legal fields beside a file: in which form the answer is wanted, and how noisy the recording is."""

    output: str = JSON
    background_noise: float = STANDARD_NOISE


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with an announcement or request: the field, and a sentence."""

    about: str
    message: str


def read_handshake(value: Any) -> Handshake | Refusal:
    """Check an announcement field by field (§2.2)."""
    if not isinstance(value, dict):
        return Refusal("payload", "the handshake must be one JSON object")
    if value.get("isPCM") is not True:
        return Refusal("isPCM", "isPCM must be true")
    for field, legal in (("channels", (1, 2)), ("bitRate", (8, 16)), ("sampleRate", SAMPLING_RATES)):
        if _number(value.get(field)) not in legal:
            return Refusal(field, f"{field} must be one of {', '.join(map(str, legal))}")
    noise = _number(value.get("backgroundNoise"))
    if noise is None or not 0 <= noise < math.inf:
        return Refusal("backgroundNoise", "backgroundNoise must be a number, 0 or more; 1000 is standard")
    if value.get("outputType", JSON) not in OUTPUT_TYPES:
        return Refusal("outputType", 'outputType must be "json" or "text"')
    channels, bits, rate = (int(float(value[field])) for field in ("channels", "bitRate", "sampleRate"))
    return Handshake(channels, noise, bits, rate, value.get("outputType", JSON))


def read_report_request(value: Any) -> ReportRequest | Refusal:
    """Check a request for the report (§2.4). Both its fields have defaults, and programs send nothing at all."""
    wanted = value if isinstance(value, dict) else {}
    if wanted.get("outputFormat", JSON) not in OUTPUT_TYPES:
        return Refusal("outputFormat", 'outputFormat must be "json" or "text"')
    return ReportRequest(wanted.get("outputFormat", JSON), wanted.get("fetchSegments", True) not in (False, "false"))


def read_file_request(fields: Mapping[str, str]) -> FileRequest | Refusal:
    """Check the fields beside a file (§7.2). All have defaults; those that only the cloud knows are passed over.

    `sensitivity` has no public meaning and changes nothing here, and `dummyResponse` gets no canned answer: what this
    server says is measured. For `backgroundNoise` 0, which leaves the choice to the server, the standard is chosen.
    """
    if fields.get("outputType", JSON) not in OUTPUT_TYPES:
        return Refusal("outputType", 'outputType must be "json" or "text"')
    if fields.get("sensitivity", "normal") not in SENSITIVITIES:
        return Refusal("sensitivity", f"sensitivity must be one of {', '.join(SENSITIVITIES)}")
    noise = _number(fields.get("backgroundNoise", STANDARD_NOISE))
    if noise is None or not 0 <= noise < math.inf:
        return Refusal("backgroundNoise", "backgroundNoise must be a number, 0 or more; 1000 is standard")
    if len(fields.get("requestId", "")) > MAX_REQUEST_ID_CHARS:
        return Refusal("requestId", f"requestId must have {MAX_REQUEST_ID_CHARS} characters at most")
    if fields.get("segments"):
        return Refusal("segments", "segments that the caller has cut are not measured by this server; it cuts its own")
    return FileRequest(fields.get("outputType", JSON), noise or STANDARD_NOISE)


def _number(value: Any) -> float | None:
    """Read a number, also one in quotes, as the specification writes them."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return None


# How a client reads a server

MAX_EXACT_INT = 2**53
"""Whole numbers up to here are the same in JSON, in Python and in a table's float64."""


class Decoder:
    """Read one session's messages. Remembers the column names, which a server may send only once (§3.2).

    Parameters
    ----------
    channel : int or None
        The recording's channel that the session carries, where the stream has only this one; None takes the wire's.
    """

    def __init__(self, channel: int | None = None) -> None:
        self._channel = channel
        self._columns: Mapping[str, int] = {}

    @property
    def channel(self) -> int | None:
        """The recording's channel that all is about, where there is only one."""
        return self._channel

    def decode(self, raw: str) -> Event:
        """Read one message; of what is not understood the text is kept: it is `Unknown`, or `UnreadRow` if we should."""
        kind = NO_KIND
        try:
            kind, *values = parse_message(raw)
            return self._read(kind, raw, values[0] if values else None)
        except MALFORMED_ERRORS:
            return classify_unreadable(str(kind), raw, KINDS)

    def sent(self, start: float) -> None:
        """Hear of a packet: positions count from the session's beginning (§5), so it makes no difference."""

    def _read(self, kind: str, raw: str, value: Any) -> Event:
        if kind in (ANALYSIS_ERROR, OTHER_ERROR, CONNECT_ERROR) or (kind in _ENVELOPES and not value["success"]):
            return _fault(kind, raw, value)
        if kind == COMPLETED and isinstance(value, dict) and not value.get("success", True):
            return _fault(kind, raw, value)
        match kind:
            case "handshake-done":
                data = value.get("data") or {}
                return Ready(kind, raw, data.get("streamId") or value.get("streamId"), data.get("server"))
            case "audio-analysis":
                return self._analysis(kind, raw, value["data"])
            case "analysis-report-ready":
                return Report(kind, raw, _report(value["data"]))
            case "analyzeFile":
                return self._file(kind, raw, value)
        return Step(kind, raw) if kind == COMPLETED else Unknown(kind, raw)

    def _analysis(self, kind: str, raw: str, data: Any) -> Event:
        if isinstance(data, str):
            columns, lines = text_output.read_table(data)
            if data and "startPosSec" not in map(str.strip, columns):
                return Unread(kind, raw)
            data = {"headers": _positions(columns), "channels": lines}
        headers = data.get("headers") or data.get("headersPositions")
        if headers:
            self._columns = {name.strip(): position for name, position in headers.items()}
        channels = data.get("channels")
        if channels is None and not _is_not_ready(data):
            return Unread(kind, raw)
        rows = [(number, row) for number, row in _numbered_rows(channels) if row]
        return combined(kind, raw, self._rows(kind, raw, rows)) if rows else Step(kind, raw)  # "not ready yet"

    def _file(self, kind: str, raw: str, value: Any) -> Event:
        data = _report(value["data"])
        ready, report = Ready(kind, raw, None, value.get("server")), Report(kind, raw, data)
        return combined(kind, raw, [ready, *self._file_segments(kind, raw, data.get("segments") or {}), report])

    def _file_segments(self, kind: str, raw: str, segments: Any) -> list[Event]:
        try:
            columns, rows = segments.get("headersPositions", {}), segments.get("data") or []
            self._columns = {name.strip(): position for name, position in columns.items()}
            return self._rows(kind, raw, [(0, row) for row in _as_list(rows) if row]) or [Segments(kind, raw, ())]
        except MALFORMED_ERRORS:
            return [Unread(kind, _as_text(segments))]

    def _rows(self, kind: str, raw: str, rows: Iterable[tuple[int | str, Any]]) -> list[Event]:
        """Read rows one by one: a row that cannot be read spoils none of the others."""
        segments: list[Segment] = []
        unread: list[Event] = []
        for number, row in rows:
            try:
                segments.append(self._segment(int(number), _as_list(row)))
            except MALFORMED_ERRORS:
                unread.append(Unread(kind, _as_text(row)))
        return [*([Segments(kind, raw, tuple(segments))] if segments else ()), *unread]

    def _segment(self, number: int, row: Sequence[Any]) -> Segment:
        cells = ((name, row[at]) for name, at in self._columns.items() if 0 <= at < len(row))
        values = {name: cell if type(cell) is float else _scalar(cell) for name, cell in cells}
        channel = self._channel if self._channel is not None else _channel(values.get("channel"), number)
        start, end = (_seconds(values[name]) for name in ("startPosSec", "endPosSec"))
        if "index" in values:
            values["index"] = _whole_number(values["index"])
        for name in POSITION_COLUMNS:
            values.pop(name, None)
        return Segment(channel, start, end, values)


def _report(data: Any) -> dict[str, Any]:
    if isinstance(data, str):
        if data and not text_output.is_report(data):
            raise ValueError("another form of text")
        return text_output.read_report(data)
    if not isinstance(data, dict):
        raise TypeError("a report is an object")
    return dict(data)


_ENVELOPES = {HANDSHAKE_DONE, ANALYSIS, REPORT, FILE_ANALYSIS}

KINDS = (*_ENVELOPES, COMPLETED, ANALYSIS_ERROR, OTHER_ERROR, CONNECT_ERROR)
"""Messages that we should be able to read."""

MALFORMED_ERRORS = ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError
"""What is raised by a message that is not what the contract means."""


def _is_not_ready(data: Mapping[str, Any]) -> bool:
    """Whether an analysis without channels has nothing to say: it says so itself, or says nothing but columns."""
    notice = data.get("segment")  # the older form of it
    ready = notice.get("ready") if isinstance(notice, dict) else data.get("done")
    return ready in (False, "false") or data.keys() <= {"done", "headers", "headersPositions"}


def _as_list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fault(kind: str, raw: str, value: Any) -> Fault:
    if not isinstance(value, dict):
        return Fault(kind, raw, None, str(value))
    code = value.get("errorCode")
    message = value.get("error") or value.get("message") or "no reason given"
    return Fault(kind, raw, None if code is None else str(code), str(message))


def _numbered_rows(rows: Any) -> Iterable[tuple[int | str, Any]]:
    """Rows with their channel's number: they come as an array, or as an object keyed "0", "1" (§3.2)."""
    return rows.items() if isinstance(rows, dict) else enumerate(_as_list(rows or []))


def _scalar(value: Any) -> Any:
    """Keep a cell that is a number, a word or nothing; anything else as its JSON, as programs in use do (§4.3)."""
    if value is None or isinstance(value, str | float) or (isinstance(value, int) and abs(value) <= MAX_EXACT_INT):
        return value
    return json.dumps(value, ensure_ascii=False)


def _whole_number(value: Any) -> int | None:
    """Read a counter; None if it is none: programs in use have met entries without a number (§3.2)."""
    counts = isinstance(value, int | float) and abs(value) <= MAX_EXACT_INT and value == int(value)
    return int(value) if counts else None


def _seconds(value: Any) -> float:
    seconds = math.nan if isinstance(value, bool) else float(value)
    if not is_media_time(seconds):
        raise ValueError("not a position in a recording")
    return seconds


def _channel(value: Any, number: int) -> int:
    """Trust the row's own channel over its place (§3.2), if it is one."""
    return int(value) if value in (0, 1) else number
