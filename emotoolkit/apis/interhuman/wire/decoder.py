"""Decode the messages of a server into events (contract page §3). A message that is not understood keeps its text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Fault,
    Quality,
    Ready,
    Repeated,
    ResultBatch,
    Scores,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
    Step,
    Unknown,
    Unread,
    combined,
    shifted,
)
from emotoolkit.apis.base.message_text import (
    NO_KIND,
    classify_unreadable,
    parse_message,
    parsed,
)
from emotoolkit.apis.base.result_columns import SCORE_NAMES
from emotoolkit.apis.interhuman.wire import segment_times, typed_messages
from emotoolkit.apis.interhuman.wire.messages import (
    CLOSING,
    COMPLETED,
    COVERAGE_DEGRADED,
    COVERAGE_DROPPED,
    ENDED,
    ENGAGEMENT,
    ERROR,
    JOB,
    PROCESSING,
    QUALITY,
    READY,
    RESULT,
    SIGNAL_DETECTED,
    SIGNAL_ENDED,
    SIGNAL_UPDATED,
    SIGNALS,
    UPDATED,
    UPLOADED,
)
from emotoolkit.apis.interhuman.wire.segment_times import SegmentPlan
from emotoolkit.apis.interhuman.wire.values import as_number, as_seconds, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import TypeVar

    from emotoolkit.apis.base.events import Event

    T = TypeVar("T")

__all__ = ["Decoder", "read_results"]


FINDING_KINDS = (
    *(SIGNAL_DETECTED, SIGNAL_UPDATED, SIGNAL_ENDED),
    *(ENGAGEMENT, QUALITY, COVERAGE_DROPPED, COVERAGE_DEGRADED),
)
KNOWN_KINDS = (*FINDING_KINDS, READY, UPDATED, CLOSING, ENDED, ERROR, PROCESSING, RESULT, COMPLETED, UPLOADED, JOB)
"""Types of messages in the contract. The names of those in `FINDING_KINDS` are unambiguous wherever they occur."""

ENVELOPE_FIELDS = {"type", "timestamp", "correlation_id"}
"""Fields of every message (§3.1)."""

STEP_KINDS = UPDATED, CLOSING, ENDED
"""Messages of which only the type matters."""

UNREADABLE_ERRORS = AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError
"""Errors raised while decoding a message that does not comply with the contract."""


class Decoder:
    """Decodes the messages of one session.

    Signals have three shapes (§3.4), engagement has an end or not (§3.5), and v0 reports several results in one message
    (§3.10); the shape follows from the fields alone. The only state is which messages were decoded, so that a repeated
    message (same time stamp, same text) counts once, unless times count from segments, and the segments sent.

    Parameters
    ----------
    time_base : {"session", "segment", "auto"}
        Origin of times (§3.4, "Time base"): the beginning of the session, as in all shapes; or, as in the quickstart,
        of the segment that they refer to; `segment_times` finds that one. "auto" is the session, unless `planned` finds
        that they count from segments.
    plan : SegmentPlan
        What is known of the messages to come; by default nothing.
    """

    def __init__(self, time_base: str = "session", plan: SegmentPlan = SegmentPlan()) -> None:  # noqa: B008 - frozen
        self._seen: set[int] = set()
        self._time_base = time_base
        self._order = segment_times.SegmentOrder(plan)
        self.segment_note: dict[str, Any] | None = None
        """How times were assigned to segments, if that was no plain counting; facts of a `SegmentTimesWarning`."""

    @property
    def relative(self) -> bool:
        """Whether times may depend on the segments sent."""
        return self._time_base != "session"

    def sent(self, start: float) -> None:
        """Note that a segment was sent that begins at this second of the session."""
        self._order.sent(start)

    def planned(self, raws: Sequence[str], packets: Sequence[tuple[float, float]]) -> Decoder:
        """Make a decoder for the session in which these are all messages and all segments (start and end)."""
        if not self.relative:
            return self
        scratch = Decoder("session" if self._time_base == "auto" else "segment")  # no segments, so no times are added
        events = [scratch.decode(raw) for raw in raws]
        if self._time_base == "auto" and not segment_times.is_relative(events, packets):
            return Decoder()
        plan = segment_times.plan(events, len(packets))
        made = Decoder("segment", plan)
        if self._time_base == "auto" or not plan.certain:
            how = "recognised" if plan.certain else "uneven"
            made.segment_note = {"how": how, "segments": plan.segments, "messages": dict(plan.counts)}
        return made

    def decode(self, raw: str) -> Event:
        """Decode one message. Times are in seconds of the session.

        A message that is not understood becomes `Unknown` with its text, or `Unread` if its type is in the contract.
        """
        event = self._decode(raw)
        return shifted(event, self._order.start(event)) if self._time_base == "segment" else event

    def _decode(self, raw: str) -> Event:
        try:
            message = typed_messages.read(raw)
            event, stamped = message.event(raw), message.timestamp
        except (RecursionError, ValueError):
            event, stamped = _read_by_field(raw)
        if stamped and self._time_base != "segment":
            digest = hash(raw)
            if digest in self._seen:
                return Repeated(event.kind, raw)
            self._seen.add(digest)
        return event


def _read_by_field(raw: str) -> tuple[Event, bool]:
    """Decode a message of any shape; returns the event, and whether the message has a time stamp."""
    kind = NO_KIND
    try:
        message = parsed(parse_message(raw))
        if isinstance(message, list) and message and all(isinstance(each, dict) for each in message):
            return _read_several(raw, message), False
        if not isinstance(message, dict):
            raise TypeError("no object")
        if "type" not in message:
            if "job_id" in message:
                kind = JOB
                return _read_job(kind, raw, message), False
            kind = str(message.get("status", UPLOADED if "signals" in message else NO_KIND))
            if kind == NO_KIND:
                raise ValueError("no kind")
            return _read_flat(kind, raw, message), False
        kind = message["type"] if isinstance(message["type"], str) else NO_KIND
        return _read(kind, raw, message, _data(kind, message)), bool(message.get("timestamp"))
    except UNREADABLE_ERRORS:
        return classify_unreadable(kind, raw, KNOWN_KINDS if kind != NO_KIND else FINDING_KINDS), False


def _read_several(raw: str, messages: Sequence[Any]) -> Event:
    """Decode messages that came in one list."""
    events = [_read_by_field(json.dumps(each, ensure_ascii=False))[0] for each in messages]
    if all(type(event) is Unknown for event in events):
        return Unknown(NO_KIND, raw)
    return ResultBatch(events[0].kind, raw, tuple(events))


def _data(kind: str, message: Mapping[str, Any]) -> Any:
    """Return the data of a message: in their field, as an object or as JSON text, or beside the envelope's fields."""
    if "data" in message:
        return parsed(message["data"])
    data = {name: value for name, value in message.items() if name not in ENVELOPE_FIELDS}
    if not data and kind not in STEP_KINDS:
        raise ValueError("no data")
    return data


def _read(kind: str, raw: str, message: Mapping[str, Any], data: Any) -> Event:
    match kind:
        case "session.ready":
            return Ready(kind, raw, as_text(message.get("correlation_id")), as_text(data.get("server")))
        case _ if kind in STEP_KINDS:
            return Step(kind, raw)
        case "error":
            return _fault(kind, raw, message, data)
    return _read_finding(kind, raw, data)


def _read_finding(kind: str, raw: str, data: Any) -> Event:
    match kind:
        case "signal.detected":
            return _detected(kind, raw, data)
        case "signal.updated":
            return SignalUpdated(kind, raw, _name(data), as_seconds(data["start"]), *_probability_and_rationale(data))
        case "signal.ended":
            return SignalEnded(kind, raw, _name(data), as_seconds(data["end"]))
        case "engagement.updated":
            return _engagement(kind, raw, data)
        case "conversation_quality.updated":
            return combined(kind, raw, _quality(kind, raw, data))
        case "coverage.dropped" | "coverage.degraded":
            return _coverage(kind, raw, data)
    return classify_unreadable(kind, raw, FINDING_KINDS)


def _read_flat(status: str, raw: str, message: Mapping[str, Any]) -> Event:
    """Decode a message of v0 (§3.10)."""
    match status:
        case "uploaded":
            return read_results(status, raw, message)
        case "processing" | "completed":
            return Step(status, raw)
        case "result":
            return read_results(status, raw, message)
        case "error":
            sentence = message.get("error")  # until changelog v0.2.0: a sentence, and no code
            data = {"message": sentence, **message} if isinstance(sentence, str) else message
            return _fault(status, raw, message, data)
    return classify_unreadable(status, raw, KNOWN_KINDS)


def _read_job(kind: str, raw: str, message: Mapping[str, Any]) -> Event:
    """Decode the status of a job of v2 (§7.2). A result has windows, each with a state and its signals."""
    match message["status"]:
        case "queued" | "running":
            return Step(kind, raw)
        case "failed":
            return _fault(kind, raw, {"correlation_id": message["job_id"]} | dict(message), message.get("error") or {})
        case "completed":
            result = message["result"]
            by_window = [entry for window in result["windows"] for entry in window.get("signals") or ()]
            states = [
                {"state": each["engagement_status"], "start": each["start_seconds"], "end": each["end_seconds"]}
                for each in result["windows"]
            ]
            signals = result.get(SIGNALS, by_window)
            ids = {"correlation_id": message["job_id"], "server": message.get("server")}
            quality = result.get("conversation_quality")
            sections = {"signals": signals, "engagement_state": states, "conversation_quality": quality}
            return read_results(kind, raw, ids | sections)
    return Unread(kind, raw)


def read_results(kind: str, raw: str, message: Mapping[str, Any]) -> ResultBatch:
    """Decode a message with all results: a result of v0 (§3.10), or the response to an upload (§7.1).

    Raises
    ------
    AttributeError, KeyError, TypeError, ValueError
        The message does not comply with the contract.
    """
    events: list[Event] = [Ready(kind, raw, as_text(message.get("correlation_id")), as_text(message.get("server")))]
    events += _spans(kind, raw, message["signals"])
    states, unread = _read_each(
        kind, message.get("engagement_state") or [], lambda entry: _engagement(kind, raw, entry)
    )
    events += [*states, *unread]
    quality = message.get("conversation_quality")
    if quality is not None:
        events += _read_part(kind, quality, lambda: _quality(kind, raw, quality))
    segment = message.get("segment")
    return ResultBatch(kind, raw, tuple(events), segment if isinstance(segment, int) else None)


def _read_each(kind: str, entries: Any, read: Callable[[Any], T]) -> tuple[list[T], list[Event]]:
    """Decode entries one by one; one that cannot be decoded becomes an `Unread` and does not affect the others."""
    if not isinstance(entries, list):
        raise TypeError("not a list")
    found: list[T] = []
    unread: list[Event] = []
    for entry in entries:
        try:
            found.append(read(parsed(entry)))
        except UNREADABLE_ERRORS:
            unread.append(Unread(kind, json.dumps(entry, ensure_ascii=False)))
    return found, unread


def _read_part(kind: str, data: Any, read: Callable[[], list[Event]]) -> list[Event]:
    """Decode a section of a message; if it cannot be decoded, it becomes an `Unread`."""
    try:
        return read()
    except UNREADABLE_ERRORS:
        return [Unread(kind, json.dumps(data, ensure_ascii=False))]


def _coverage(kind: str, raw: str, data: Mapping[str, Any]) -> Event:
    ranges, unread = _read_each(
        kind, data["ranges"], lambda entry: (as_seconds(entry["start"]), as_seconds(entry["end"]))
    )
    reason = as_text(data.get("reason")) or kind.partition(".")[2]
    return combined(
        kind, raw, [*([Coverage(kind, raw, tuple(ranges), reason)] if ranges or not unread else ()), *unread]
    )


def _spans(kind: str, raw: str, entries: Any) -> list[Event]:
    spans, unread = _read_each(kind, entries, _span)
    return [*([SignalSpans(kind, raw, tuple(spans))] if spans or not unread else ()), *unread]


def _detected(kind: str, raw: str, data: Mapping[str, Any]) -> Event:
    if "signals" in data:  # shape B, the quickstart's
        return combined(kind, raw, _spans(kind, raw, data["signals"]))
    if data.get("end") is not None:  # shape F
        return SignalSpans(kind, raw, (_span(data),))
    return SignalDetected(kind, raw, _name(data), as_seconds(data["start"]), *_probability_and_rationale(data))


def _span(data: Mapping[str, Any]) -> SignalSpan:
    return SignalSpan(
        _name(data), as_seconds(data["start"]), as_seconds(data["end"]), *_probability_and_rationale(data)
    )


def _name(data: Mapping[str, Any]) -> str:
    name = data["signal_type"] if "signal_type" in data else data["type"]
    if not isinstance(name, str):
        raise TypeError
    return name


def _probability_and_rationale(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return as_text(data.get("probability")), as_text(data.get("rationale"))


def _engagement(kind: str, raw: str, data: Mapping[str, Any]) -> Engagement:
    end = data.get("end")
    if not isinstance(data["state"], str):
        raise TypeError("not a state")
    return Engagement(kind, raw, data["state"], as_seconds(data["start"]), None if end is None else as_seconds(end))


def _quality(kind: str, raw: str, data: Mapping[str, Any]) -> list[Event]:
    if not {"overall", "timeline"} & data.keys() and data.keys() - {"measured"}:
        raise ValueError("no quality of anything")
    measured = data.get("measured")
    timeline = [] if data.get("timeline") is None else data["timeline"]
    overall, unread = _read_each(
        kind, [data["overall"]] if data.get("overall") is not None else [], lambda values: _scores(values, measured)
    )
    try:
        periods, unread_periods = _read_each(kind, timeline, lambda entry: _period(entry, measured))
    except TypeError:
        periods, unread_periods = [], [Unread(kind, json.dumps(timeline, ensure_ascii=False))]
    unread += unread_periods
    if not overall and not periods and unread:
        return unread
    return [Quality(kind, raw, overall[0] if overall else None, tuple(periods)), *unread]


def _period(entry: Mapping[str, Any], measured: Collection[str] | None) -> Scores:
    scores = entry["values"] if "values" in entry else {name: entry[name] for name in SCORE_NAMES if name in entry}
    if "values" not in entry and not scores:
        raise ValueError("no values")
    values = _scores(scores, entry.get("measured", measured))
    return Scores(as_seconds(entry["start"]), as_seconds(entry["end"]), values)


def _scores(values: Mapping[str, Any], measured: Collection[str] | None) -> dict[str, float]:
    """Read scores; the "no evidence" 50s are left out if the server says which scores are measured."""
    return {
        name: as_number(value)
        for name, value in values.items()
        if value is not None and (measured is None or name in measured)
    }


def _fault(kind: str, raw: str, envelope: Mapping[str, Any], data: Any) -> Fault:
    """Read an error (§5). Its id is in the envelope (§3.1), the rest in the data, but wherever it is, it is taken."""
    if not isinstance(data, dict):
        data = {"message": data}
    said = {**envelope, **{name: value for name, value in data.items() if value is not None}}
    code = said.get("code") or said.get("error_id")
    segment = said.get("segment")
    return Fault(
        kind,
        raw,
        None if code is None else str(code),
        str(said.get("message") or "no reason given"),
        segment if isinstance(segment, int) and not isinstance(segment, bool) else None,
        *(None if said.get(name) is None else str(said[name]) for name in ("correlation_id", "link")),
    )
