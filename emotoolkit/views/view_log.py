"""The content of a view as data: the records of journals become an append-only log of entries.

Pure and incremental: each record is processed once. A page that has the first n entries needs only those from n on, so
a reload, a second page and a slow page are the same case. A span that changes is appended again under its number: when
it is updated, when it ends, and when a late message corrects it. Signals and states are paired by the same code as in
the tables, so the last version of each span is a row of the tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from itertools import count
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Fault,
    Heard,
    Quality,
    Ready,
    Segments,
    SignalDetected,
    SignalEnded,
    SignalSpans,
    SignalUpdated,
    flattened,
    span,
)
from emotoolkit.apis.base.journal import Began, Ended, Idle, Notice, Opened, Received, Reference, Sent
from emotoolkit.apis.base.message_text import is_media_time
from emotoolkit.apis.base.result_columns import engagement_states, signal_steps
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import notice_by_name
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.opacity import opacity
from emotoolkit.replays.decoding import SessionDecoders
from emotoolkit.tables.from_events import PROBABILITIES
from emotoolkit.tables.pairing import SignalPairing
from emotoolkit.tables.state_pairing import EngagementPairing

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import Record
    from emotoolkit.tables.pairing import Interval

__all__ = ["Entry", "LaneEntry", "MarkEntry", "MessageEntry", "SpanEntry", "ValuesEntry", "ViewLog", "to_json_row"]

STRENGTH_BY_PROBABILITY = {word: (place + 1) / len(PROBABILITIES) for place, word in enumerate(PROBABILITIES)}
"""A signal's probability on a scale from 0 to 1."""

WITHDRAWN_TIME_S = -1e12
"""Start and end of a withdrawn span: a media time before any that is shown."""

MAX_TEXT_CHARS = 2000
"""Characters of a rationale or a fault that are shown, at most."""


@dataclass(frozen=True, slots=True)
class LaneEntry:
    """A lane of the timeline: a parameter, a signal, the engagement, or a score."""

    number: int
    api: str
    kind: str
    """"parameter", "signal", "state" or "score"."""
    label: str
    colour: str
    unit: str


@dataclass(frozen=True, slots=True)
class SpanEntry:
    """A labelled stretch of a lane. `end` None: it goes on. `strength`: from 0 to 1, None: no probability given."""

    number: int
    lane: int
    label: str
    colour: str
    start: float
    end: float | None
    strength: float | None
    text: str
    closed: bool
    opacity: float

    @property
    def withdrawn(self) -> bool:
        """Whether a later message has revoked the span."""
        return self.end == WITHDRAWN_TIME_S


@dataclass(frozen=True, slots=True)
class ValuesEntry:
    """Numbers of a stretch of time: `values` are pairs of lane number and value."""

    start: float
    end: float
    channel: int
    values: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """A message of a server, with the media time that it is about, and `received` in seconds since the replay began."""

    api: str
    kind: str
    start: float | None
    end: float | None
    received: float
    text: str


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """A marked moment ("fault", "stall", "seek", "loop", "idle", "pause"), or a stretch without analysis ("gap").

    A "notice" about the whole recording is marked at its beginning, any other over the stretch that it is about.
    """

    kind: str
    start: float
    end: float
    text: str


Entry = LaneEntry | SpanEntry | ValuesEntry | MessageEntry | MarkEntry

ENTRY_KINDS: dict[type[Entry], str] = {
    LaneEntry: "lane",
    SpanEntry: "span",
    ValuesEntry: "values",
    MessageEntry: "message",
    MarkEntry: "mark",
}
"""Kind of each entry, as `browser/view_log.js` distinguishes them."""


def to_json_row(entry: Entry) -> list[Any]:
    """Return an entry as the page reads it: its kind, then its fields in order."""
    return [ENTRY_KINDS[type(entry)], *(getattr(entry, field.name) for field in fields(entry))]


class ViewLog:
    """The log of one recording's view, over all its APIs.

    Attributes
    ----------
    entries : list of Entry
        In order; only ever appended to.
    lanes : dict
        Each lane by API, kind and label.
    sources : dict
        Who measured, by API, where the server says so: "local measurement (...)".
    message_count : int
        Number of messages of servers.

    Examples
    --------
    >>> from emotoolkit.apis.base.journal import Began, Opened, Received
    >>> log = ViewLog()
    >>> log.add_records(0, [Began("0", "a.wav", 9.0, "interhuman", [{}], 1.0, ""), Opened(0, 0, 0.0, 0.0)])
    >>> log.add_records(0, [Received(0, 1.5, '{"type": "unknown.type"}')])
    >>> log.entries[-1].kind, log.entries[-1].received
    ('unknown.type', 1.5)
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.lanes: dict[tuple[str, str, str], LaneEntry] = {}
        self.sources: dict[str, str] = {}
        self.message_count = 0
        self._builders: dict[Hashable, _EntryBuilder] = {}
        self._spans = count()

    def add_records(self, part: Hashable, records: Iterable[Record]) -> None:
        """Add the next records of one replay; `part` identifies the replay."""
        builder = self._builders.setdefault(part, _EntryBuilder(self))
        for record in records:
            builder.add_record(record)
        builder.update_spans()

    def lane_number(self, api: str, kind: str, label: str) -> int:
        """Return the number of a lane; a new one is added to the log."""
        known = self.lanes.get((api, kind, label))
        if known is None:
            unit = APIS[api].units(local=api in self.sources).get(label, "")
            known = LaneEntry(len(self.lanes), api, kind, label, colour(label), unit)
            self.lanes[api, kind, label] = known
            self.entries.append(known)
        return known.number

    def next_span_number(self) -> int:
        """Return the number for a new span."""
        return next(self._spans)


class _EntryBuilder:
    """Makes entries of the records of one replay."""

    def __init__(self, log: ViewLog) -> None:
        self._log = log
        self._api = ""
        self._decoders: SessionDecoders
        self._requested_starts: dict[int, float] = {}
        self._sent_starts: dict[int, float] = {}
        self._sent_ends: dict[int, float] = {}
        self._ended_sessions: set[int] = set()
        self._started: float | None = None
        self._span_trackers: list[_SpanTracker] = []
        self._unpaired: list[Heard] = []

    def add_record(self, record: Record) -> None:
        """Add the entries of one record, except spans, which are made by `update_spans`."""
        match record:
            case Began(api=api):
                self._api, self._decoders = api, SessionDecoders(record)
                self._span_trackers = [_SignalTracker(self._log, api), _StateTracker(self._log, api)]
            case Opened(session=session, start=start):
                self._decoders.opened(record)
                self._requested_starts[session] = start if is_media_time(start) else 0.0
            case Reference(at=at, media=media, why=why):
                if self._started is None:
                    self._started = at
                if why in {"stall", "seek", "loop", "idle"}:
                    self._log.entries.append(MarkEntry(why, media, media, f"{why} at {media:.1f} s"))
            case Sent():
                self._add_sent(record)
            case Received():
                self._add_message(record)
            case Idle(session=session, limit=limit):
                at = self._sent_ends.get(session, 0.0)
                self._log.entries.append(
                    MarkEntry("pause", at, at, f"paused; the server's patience ends after {limit:g} s")
                )
            case Ended(session=session):
                self._ended_sessions.add(session)
            case Notice(kind=kind, facts=facts, text=text):
                start, end = notice_by_name(kind, facts, text).span or (0.0, 0.0)
                self._log.entries.append(MarkEntry("notice", start, end, text[:MAX_TEXT_CHARS]))

    def update_spans(self) -> None:
        """Pair the signals and states of new messages, and append the spans that have changed."""
        unpaired, self._unpaired = self._unpaired, []
        session_ends = {session: self._sent_ends.get(session, 0.0) for session in self._ended_sessions}
        for tracker in self._span_trackers:
            tracker.update(unpaired, session_ends)

    def _add_sent(self, record: Sent) -> None:
        if is_media_time(record.start):
            self._sent_starts.setdefault(record.session, record.start)  # video begins at a key picture
        if is_media_time(record.end):
            self._sent_ends[record.session] = record.end
        self._decoders.sent(record, self._session_start(record.session))

    def _session_start(self, session: int) -> float:
        return self._sent_starts.get(session, self._requested_starts[session])

    def _add_message(self, record: Received) -> None:
        event = self._decoders.received(record, self._session_start(record.session))
        start, end = span(event)
        at = record.received - (self._started or 0.0)
        for one in flattened([Heard(record.session, at, event)]):
            self._add_event(record.session, one.event)
            self._unpaired.append(one)
        self._log.message_count += 1
        self._log.entries.append(MessageEntry(self._api, event.kind, start, end, at, _event_text(event)))

    def _add_event(self, session: int, event: Event) -> None:
        match event:
            case Ready(server=server) if server is not None:
                self._log.sources[self._api] = server
            case Segments(segments=pieces):
                for piece in pieces:
                    self._add_values("parameter", piece.start, piece.end, piece.channel, piece.values)
            case Quality(timeline=periods):
                for period in periods:
                    self._add_values("score", period.start, period.end, 0, period.values)
            case Coverage(ranges=ranges, reason=reason):
                self._log.entries.extend(MarkEntry("gap", start, end, reason) for start, end in ranges)
            case Fault(message=message):
                at = self._sent_ends.get(session, 0.0)
                self._log.entries.append(MarkEntry("fault", at, at, message[:MAX_TEXT_CHARS]))
            case _:
                pass

    def _add_values(self, kind: str, start: float, end: float, channel: int, values: Mapping[str, Any]) -> None:
        known = tuple(
            (self._log.lane_number(self._api, kind, name), float(value))
            for name, value in values.items()
            if name not in {"index", "validSegment"} and _is_number(value)
        )
        self._log.entries.append(ValuesEntry(start, end, channel, known))


class _SpanTracker:
    """The spans of one API's signals, or of its states: each is appended again whenever it changes.

    When a session has ended, no end can arrive any more: its active spans last until the end of its media.
    """

    def __init__(self, log: ViewLog, api: str) -> None:
        self._log, self._api = log, api
        self._spans: dict[int, SpanEntry] = {}
        self._open_intervals: dict[int, Interval] = {}
        self._session_ends: Mapping[int, float] = {}

    def update(self, messages: Sequence[Heard], session_ends: Mapping[int, float]) -> None:
        """Process new messages, and the ends of the media of sessions that have ended."""
        changed = {each.number: each for each in self._pair(messages)}
        if session_ends != self._session_ends:
            self._session_ends = session_ends
            changed = self._open_intervals | changed
        for number, interval in changed.items():
            self._update_span(number, interval)

    def _update_span(self, number: int, interval: Interval) -> None:
        self._open_intervals.pop(number, None)
        if interval.end is None and not interval.withdrawn:
            self._open_intervals[number] = interval
        known = self._spans.get(number)
        fresh = self._make_span(interval, self._log.next_span_number() if known is None else known.number)
        if fresh != known:
            self._spans[number] = fresh
            self._log.entries.append(fresh)

    def _span_times(self, interval: Interval) -> tuple[float, float | None]:
        if interval.withdrawn:
            return WITHDRAWN_TIME_S, WITHDRAWN_TIME_S
        session_end = self._session_ends.get(interval.session)
        return interval.start, interval.end if session_end is None else interval.end_or(session_end)

    def _pair(self, messages: Sequence[Heard]) -> Iterable[Interval]:
        """Pair the events of messages; return the intervals that have changed."""
        raise NotImplementedError

    def _make_span(self, interval: Interval, number: int) -> SpanEntry:
        """Make the span of an interval."""
        raise NotImplementedError


class _SignalTracker(_SpanTracker):
    def __init__(self, log: ViewLog, api: str) -> None:
        super().__init__(log, api)
        self._pairing = SignalPairing()

    def _pair(self, messages: Sequence[Heard]) -> Iterable[Interval]:
        return self._pairing.add_steps(signal_steps(messages))

    def _make_span(self, interval: Interval, number: int) -> SpanEntry:
        name, probable = interval.label, interval.probability
        lane, text = self._log.lane_number(self._api, "signal", name), (interval.rationale or "")[:MAX_TEXT_CHARS]
        strength, fill_opacity, (start, end) = (
            STRENGTH_BY_PROBABILITY.get(probable or ""),
            opacity(probable),
            self._span_times(interval),
        )
        return SpanEntry(number, lane, name, colour(name), start, end, strength, text, interval.closed, fill_opacity)


class _StateTracker(_SpanTracker):
    def __init__(self, log: ViewLog, api: str) -> None:
        super().__init__(log, api)
        self._pairing = EngagementPairing()

    def _pair(self, messages: Sequence[Heard]) -> Iterable[Interval]:
        return self._pairing.add_steps(engagement_states(messages))

    def _make_span(self, interval: Interval, number: int) -> SpanEntry:
        state, (start, end) = interval.label, self._span_times(interval)
        lane = self._log.lane_number(self._api, "state", "engagement")
        return SpanEntry(number, lane, state, colour(state), start, end, 1.0, "", end is not None, 1.0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _event_text(event: Event) -> str:
    """Return the text of a message in the list of messages, after its kind."""
    match event:
        case SignalDetected() | SignalUpdated():
            parts = [event.signal, event.probability, event.rationale]
        case SignalEnded(signal=signal):
            parts = [signal]
        case Engagement(state=state):
            parts = [state]
        case Fault(code=code, message=message):
            parts = [code, message]
        case SignalSpans(spans=spans):
            parts = [", ".join(one.signal for one in spans)]
        case Segments(segments=pieces):
            parts = [", ".join(f"channel {piece.channel}" for piece in pieces)]
        case _:
            parts = []
    return " · ".join(filter(None, parts))[:MAX_TEXT_CHARS]
