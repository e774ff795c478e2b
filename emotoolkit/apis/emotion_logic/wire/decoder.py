"""How a client reads a server's messages (contract page §3). What cannot be read keeps its text. No I/O.

Other section numbers refer to the contract page, too.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import Fault, Ready, Report, Segment, Segments, Step, Unknown, Unread, combined
from emotoolkit.apis.base.message_text import NO_KIND, classify_unreadable, is_media_time, parse_message
from emotoolkit.apis.emotion_logic.wire import text_output
from emotoolkit.apis.emotion_logic.wire.messages import (
    ANALYSIS,
    ANALYSIS_ERROR,
    COMPLETED,
    CONNECT_ERROR,
    FILE_ANALYSIS,
    HANDSHAKE_DONE,
    OTHER_ERROR,
    REPORT,
    is_success,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emotoolkit.apis.base.events import Event

__all__ = ["MAX_EXACT_INT", "POSITION_COLUMNS", "Decoder"]

POSITION_COLUMNS = {"channel", "startPosSec", "endPosSec"}
"""Columns that become a segment's own fields, not values."""

MAX_EXACT_INT = 2**53
"""Largest whole number up to which all are the same in JSON, in Python and in a table's float64."""

_ENVELOPES = {HANDSHAKE_DONE, ANALYSIS, REPORT, FILE_ANALYSIS}
"""Messages with a `success` of their own."""

KINDS = (*_ENVELOPES, COMPLETED, ANALYSIS_ERROR, OTHER_ERROR, CONNECT_ERROR)
"""Messages of the contract: one of these that cannot be read is `Unread`."""

MALFORMED_ERRORS = ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError
"""What reading a malformed message raises."""


class Decoder:
    """Reads one session's messages. Remembers the column names, which a server may send only once (§3.2).

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
        """The recording's channel that the whole session carries, where it is only one."""
        return self._channel

    def decode(self, raw: str) -> Event:
        """Read one message. One that cannot be read becomes `Unread` if the contract has it, else `Unknown`."""
        kind = NO_KIND
        try:
            kind, *values = parse_message(raw)
            return self._read(kind, raw, values[0] if values else None)
        except MALFORMED_ERRORS:
            return classify_unreadable(str(kind), raw, KINDS)

    def sent(self, start: float) -> None:
        """Do nothing: positions count from the session's beginning (§5), not from a packet."""

    def _read(self, kind: str, raw: str, value: Any) -> Event:
        if kind in (ANALYSIS_ERROR, OTHER_ERROR, CONNECT_ERROR) or (
            kind in _ENVELOPES and not is_success(value["success"])
        ):
            return _fault(kind, raw, value)
        if kind == COMPLETED and isinstance(value, dict) and not is_success(value.get("success", True)):
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
            columns, table = text_output.read_table(data)
            if data and "startPosSec" not in map(str.strip, columns):
                return Unread(kind, raw)
            data = {"headers": {name: position for position, name in enumerate(columns)}, "channels": table}
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
        """Read rows one by one, so that one that cannot be read spoils none of the others."""
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


def _is_not_ready(data: Mapping[str, Any]) -> bool:
    """Whether an analysis without channels is a mere notice: "not ready", or nothing but columns."""
    notice = data.get("segment")  # the older form of "not ready"
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
    """Pair rows with their channel's number: they come as an array, or as an object keyed "0", "1" (§3.2)."""
    return rows.items() if isinstance(rows, dict) else enumerate(_as_list(rows or []))


def _scalar(value: Any) -> Any:
    """Keep a cell that is a number, text or null; write anything else as JSON, as programs in use do (§4.3)."""
    if value is None or isinstance(value, str | float) or (isinstance(value, int) and abs(value) <= MAX_EXACT_INT):
        return value
    return json.dumps(value, ensure_ascii=False)


def _whole_number(value: Any) -> int | None:
    """Read a counter; None if it is not a whole number: programs in use have met entries without one (§3.2)."""
    whole = isinstance(value, int | float) and abs(value) <= MAX_EXACT_INT and value == int(value)
    return int(value) if whole else None


def _seconds(value: Any) -> float:
    seconds = math.nan if isinstance(value, bool) else float(value)
    if not is_media_time(seconds):
        raise ValueError("not a position in a recording")
    return seconds


def _channel(value: Any, number: int) -> int:
    """Prefer the row's own channel, if it is valid, to its place in the message (§3.2)."""
    return int(value) if value in (0, 1) else number
