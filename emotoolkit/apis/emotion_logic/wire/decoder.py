"""How a client reads a server's messages (contract page §3). What cannot be read keeps its text. No I/O.

Other section numbers refer to the contract page, too.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import Fault, Ready, Report, Segment, Segments, Step, Unknown, Unread, combined
from emotoolkit.apis.base.message_text import NO_KIND, classify_unreadable, is_media_time, number_or_text, parse_message
from emotoolkit.apis.emotion_logic.wire import forms, text_output
from emotoolkit.apis.emotion_logic.wire.messages import (
    ANALYSIS,
    ANALYSIS_ERROR,
    COMPLETED,
    CONNECT_ERROR,
    FILE_ANALYSIS,
    HANDSHAKE_DONE,
    OTHER_ERROR,
    REPORT,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from emotoolkit.apis.base.events import Event

__all__ = ["MAX_EXACT_INT", "POSITION_COLUMNS", "Decoder"]

POSITION_COLUMNS = {"channel", "startPosSec", "endPosSec"}
"""Columns that become a segment's own fields, not values."""

STATE_FIELDS = {"done", "ready", "success"}
"""Fields beside the values, where a row is an object."""

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
            kind, *values = _event(parse_message(raw))
            return self._read(kind, raw, values[0] if values else None)
        except MALFORMED_ERRORS:
            return classify_unreadable(str(kind), raw, KINDS)

    def sent(self, start: float) -> None:
        """Do nothing: positions count from the session's beginning (§5), not from a packet."""

    def _read(self, kind: str, raw: str, value: Any) -> Event:
        if kind in (ANALYSIS_ERROR, OTHER_ERROR, CONNECT_ERROR):
            return _fault(kind, raw, value)
        if kind == ANALYSIS:
            value = forms.parsed(value)
            several = isinstance(value, list) and value and all(isinstance(forms.parsed(one), dict) for one in value)
            return self._analyses(kind, raw, value if several else [value])
        if kind not in _ENVELOPES and kind != COMPLETED:
            return Unknown(kind, raw)
        value = forms.envelope(value)
        if isinstance(value, dict) and forms.is_refusal(value):
            return _fault(kind, raw, value)
        match kind:
            case "handshake-done":
                return _ready(kind, raw, value)
            case "analysis-report-ready":
                return Report(kind, raw, _report(forms.payload(value)))
            case "analyzeFile":
                return self._file(kind, raw, value)
        return Step(kind, raw)

    def _analyses(self, kind: str, raw: str, values: Sequence[Any]) -> Event:
        """Read analyses that came in one message, mostly one."""
        rows: list[tuple[int, Any]] = []
        unread: list[Event] = []
        for value in map(forms.parsed, values):
            if isinstance(value, dict) and forms.is_refusal(value):
                return _fault(kind, raw, value)
            try:
                rows += self._table(forms.payload(value))
            except MALFORMED_ERRORS:
                unread.append(Unread(kind, raw if len(values) == 1 else _as_text(value)))
        events = [*self._rows(kind, raw, rows), *unread]
        return combined(kind, raw, events) if events else Step(kind, raw)  # "not ready yet"

    def _table(self, data: Any) -> Iterator[tuple[int, Any]]:
        """Yield the rows of an analysis with their channels, in whatever form they come (§3.2)."""
        if isinstance(data, str):
            yield from enumerate(self._text_table(data))
        elif isinstance(data, list):
            for place, each in enumerate(data):
                yield from self._table(each) if _has_rows(each) else [(place, row) for row in forms.rows_of(each)]
        else:
            yield from self._object_table(data)

    def _object_table(self, data: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
        headers = data.get("headers") or data.get("headersPositions")
        if headers:
            self._columns = forms.positions(headers)
        channels = forms.cells_of(data)
        if channels is not None:
            yield from _numbered_rows(channels)
        elif _is_not_ready(data):
            return
        elif "startPosSec" in data:
            yield 0, data
        else:
            nested = data["segments"] if "segments" in data else data["segment"]
            yield from self._table(forms.parsed(nested))

    def _text_table(self, text: str) -> list[Any]:
        columns, rows = text_output.read_table(text)
        if text and "startPosSec" not in map(str.strip, columns):
            raise ValueError("another form of text")
        if text:
            self._columns = forms.positions(columns)
        return rows

    def _file(self, kind: str, raw: str, value: Any) -> Event:
        data = _report(forms.payload(value))
        ready, report = Ready(kind, raw, None, _text_or_none(value.get("server"))), Report(kind, raw, data)
        return combined(kind, raw, [ready, *self._file_segments(kind, raw, data.get("segments") or {}), report])

    def _file_segments(self, kind: str, raw: str, segments: Any) -> list[Event]:
        """Read the segments of a file (§7.3): one after another, each with its channel."""
        try:
            self._columns = {}
            rows = [(0, row) for _, row in self._table(forms.parsed(segments))] if segments else []
            return self._rows(kind, raw, rows) or [Segments(kind, raw, ())]
        except MALFORMED_ERRORS:
            return [Unread(kind, _as_text(segments))]

    def _rows(self, kind: str, raw: str, rows: Iterable[tuple[int, Any]]) -> list[Event]:
        """Read rows one by one, so that one that cannot be read spoils none of the others."""
        segments: list[Segment] = []
        unread: list[Event] = []
        for number, row in rows:
            try:
                segments.append(self._segment(number, row))
            except MALFORMED_ERRORS:
                unread.append(Unread(kind, _as_text(row)))
        return [*([Segments(kind, raw, tuple(segments))] if segments else ()), *unread]

    def _segment(self, number: int, row: Any) -> Segment:
        cells = self._cells(forms.parsed(row))
        values = {name: cell if type(cell) is float else _scalar(cell) for name, cell in cells}
        channel = self._channel if self._channel is not None else _channel(values.get("channel"), number)
        start, end = (_seconds(values[name]) for name in ("startPosSec", "endPosSec"))
        if "index" in values:
            values["index"] = _whole_number(values["index"])
        for name in POSITION_COLUMNS:
            values.pop(name, None)
        return Segment(channel, start, end, values)

    def _cells(self, row: Any) -> Iterable[tuple[str, Any]]:
        """Pair the cells of a row with their columns: by position, or, of an object, by name."""
        if isinstance(row, dict):
            return ((name.strip(), cell) for name, cell in row.items() if name not in STATE_FIELDS)
        cells = _as_list(row)
        return ((name, cells[at]) for name, at in self._columns.items() if 0 <= at < len(cells))


def _event(message: Any) -> Any:
    """Return the event in a frame that socket.io could not read, if it is one of the contract; else the message."""
    match message:
        case [str(kind), str(frame)] if kind == NO_KIND and frame.startswith("2["):
            event = parse_message(frame[1:])
            return event if event[0] in KINDS and event[0] != CONNECT_ERROR else message
    return message


def _ready(kind: str, raw: str, value: Any) -> Ready:
    """Read the acceptance of a stream. Without `success` it is one only if it names the stream."""
    data = value.get("data") or {}
    stream = data.get("streamId") or value.get("streamId")
    if "success" not in value and not stream:
        raise ValueError("neither accepted nor refused")
    return Ready(kind, raw, stream, data.get("server"))


def _report(data: Any) -> dict[str, Any]:
    if isinstance(data, str):
        if data and not text_output.is_report(data):
            raise ValueError("another form of text")
        return text_output.read_report(data)
    data = forms.envelope(data)
    if not isinstance(data, dict):
        raise TypeError("a report is an object")
    return dict(data)


def _has_rows(value: Any) -> bool:
    """Whether one of several analyses is a table of its own, not a row."""
    fields = {"headers", "headersPositions", "segments", "segment", *forms.ROW_FIELDS}
    return isinstance(value, dict) and not fields.isdisjoint(value)


def _is_not_ready(data: Mapping[str, Any]) -> bool:
    """Whether an analysis without channels is a mere notice: "not ready", or nothing but columns."""
    notice = data.get("segment")  # the older form of "not ready"
    ready = notice.get("ready") if isinstance(notice, dict) else data.get("done")
    return ready in (False, "false") or data.keys() <= {"done", "headers", "headersPositions"}


def _as_list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fault(kind: str, raw: str, value: Any) -> Fault:
    """Read a failure (§3): a code, which may be of any type, and words, which have several names."""
    value = forms.envelope(value)
    if not isinstance(value, dict):
        return Fault(kind, raw, None, str(value))
    code = value.get("errorCode", value.get("code"))
    error = value.get("error") or value.get("message") or "no reason given"
    if isinstance(error, dict):
        code = error.get("code") if code is None else code
        error = error.get("message") or error
    number = value.get("requestId") or value.get("correlation_id")
    return Fault(
        kind,
        raw,
        None if code is None else _code_text(code),
        str(error),
        correlation_id=None if number is None else str(number),
    )


def _code_text(code: Any) -> str:
    """Write a code, which may be an object."""
    return json.dumps(code, ensure_ascii=False) if isinstance(code, dict | list) else str(code)


def _numbered_rows(channels: Any) -> Iterator[tuple[int, Any]]:
    """Yield rows with their channel's number: channels come as an array, or as an object by number or name (§3.2)."""
    if isinstance(channels, dict):
        named: Iterable[tuple[int | str, Any]] = channels.items()
    else:
        named = enumerate(_as_list(channels))
    for place, (name, channel) in enumerate(named):
        for row in forms.rows_of(channel):
            yield forms.channel_number(name, place), row


def _scalar(value: Any) -> Any:
    """Keep a cell that is a number, text or null; write anything else as JSON, as programs in use do (§4.3).

    Numbers as text are numbers.
    """
    if isinstance(value, str):
        number = number_or_text(value)
        return number if isinstance(number, str) or abs(number) <= MAX_EXACT_INT else value
    if value is None or isinstance(value, float) or (isinstance(value, int) and abs(value) <= MAX_EXACT_INT):
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
