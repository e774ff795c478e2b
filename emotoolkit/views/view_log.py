"""What a view shows, as data: the journal's records become a log of entries that is only ever appended to.

Pure, and incremental: each record is looked at once. A page that has the first n entries needs those from n on and
nothing else, so a reload, a second page and a slow page are all the same case. A span that changes is appended again
under its number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
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
    shifted,
    span,
    told,
)
from emotoolkit.apis.base.journal import Began, Ended, Idle, Opened, Received, Reference, Sent
from emotoolkit.apis.registry import BY_NAME
from emotoolkit.plots.drawing.colours import colour

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import Record
    from emotoolkit.apis.base.protocols import Decoder

__all__ = ["Entry", "Lane", "Log", "Mark", "Said", "Span", "Values", "row"]

STRENGTH = {"low": 1 / 3, "medium": 2 / 3, "high": 1.0}
"""How strongly a signal is drawn, by its probability."""

LONGEST = 2000
"""Characters of a rationale or a fault that are shown."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Something that has a place on the timeline: a parameter, a signal, the engagement, a score."""

    number: int
    api: str
    kind: str
    """"parameter", "signal", "state" or "score"."""
    label: str
    colour: str
    unit: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a lane. `end` None: it goes on. `strength` from 0 to 1, None: not said."""

    number: int
    lane: int
    label: str
    colour: str
    start: float
    end: float | None
    strength: float | None
    text: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Values:
    """Numbers of a stretch of time, each with its lane."""

    start: float
    end: float
    channel: int
    values: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a server, with the media time that it speaks of and the seconds since the replay began."""

    api: str
    kind: str
    start: float | None
    end: float | None
    received: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a sign ("fault", "stall", "seek", "loop", "idle", "pause"), or what was not analysed ("gap")."""

    kind: str
    start: float
    end: float
    text: str


Entry = Lane | Span | Values | Said | Mark


def row(entry: Entry) -> list[Any]:
    """Write an entry as the page reads it: its kind, then its fields in order."""
    return [type(entry).__name__.lower(), *(getattr(entry, field.name) for field in fields(entry))]


class Log:
    """Everything that one recording's view shows, over all its APIs.

    Attributes
    ----------
    entries : list of Entry
        In order; never changed but at the end.
    lanes : dict
        Every lane by API, kind and label.
    sources : dict
        Who measured, by API, where the server says so: "local measurement (...)".
    messages : int
        How many messages of servers there were.

    Examples
    --------
    >>> from emotoolkit.apis.base.journal import Began, Opened, Received
    >>> log = Log()
    >>> log.take(0, [Began("0", "a.wav", 9.0, "interhuman", [{}], 1.0, ""), Opened(0, 0, 0.0, 0.0)])
    >>> log.take(0, [Received(0, 1.5, '{"type": "never.heard.of"}')])
    >>> log.entries[-1].kind, log.entries[-1].received
    ('never.heard.of', 1.5)
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.lanes: dict[tuple[str, str, str], Lane] = {}
        self.sources: dict[str, str] = {}
        self.messages = 0
        self._stories: dict[Hashable, _Story] = {}
        self._spans = 0

    def take(self, part: Hashable, records: Iterable[Record]) -> None:
        """Take the next records of one replay; `part` says of which."""
        story = self._stories.setdefault(part, _Story(self))
        for record in records:
            story.take(record)

    def lane(self, api: str, kind: str, label: str) -> int:
        """Give the number of a lane, and make it if it is new."""
        known = self.lanes.get((api, kind, label))
        if known is None:
            unit = BY_NAME[api].units(local=api in self.sources).get(label, "")
            known = Lane(len(self.lanes), api, kind, label, colour(label), unit)
            self.lanes[api, kind, label] = known
            self.entries.append(known)
        return known.number

    def new_span(self) -> int:
        """Give the next span its number."""
        self._spans += 1
        return self._spans - 1


class _Story:
    """What one API said, told on from record to record."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._api = ""
        self._settings: list[dict[str, Any]] = []
        self._decoders: dict[int, Decoder] = {}
        self._begins: dict[int, float] = {}
        self._ends: dict[int, float] = {}
        self._active: dict[tuple[int, str], Span] = {}
        self._started: float | None = None

    def take(self, record: Record) -> None:
        """Look at one record."""
        match record:
            case Began(api=api, sessions=settings):
                self._api, self._settings = api, settings
            case Opened(session=session, of=of, start=start):
                self._decoders[session] = BY_NAME[self._api](**self._settings[of]).decoder()
                self._begins[session] = start
            case Reference(at=at, media=media, why=why):
                if self._started is None:
                    self._started = at
                if why in {"stall", "seek", "loop", "idle"}:
                    self._log.entries.append(Mark(why, media, media, f"{why} at {media:.1f} s"))
            case Sent(session=session, start=start, end=end):
                if session not in self._ends:
                    self._begins[session] = start  # video begins at a key picture
                self._ends[session] = end
                self._decoders[session].sent(start - self._begins[session])
            case Received(session=session, received=received, raw=raw):
                self._hear(session, received, raw)
            case Idle(session=session, limit=limit):
                at = self._ends.get(session, 0.0)
                self._log.entries.append(Mark("pause", at, at, f"paused; the server's patience ends after {limit:g} s"))
            case Ended(session=session):
                self._close(session)

    def _hear(self, session: int, received: float, raw: str) -> None:
        event = shifted(self._decoders[session].decode(raw), self._begins[session])
        start, end = span(event)
        at = received - (self._started or 0.0)
        for one in told([Heard(session, at, event)]):
            self._tell(session, one.event)
        self._log.messages += 1
        self._log.entries.append(Said(self._api, event.kind, start, end, at, _shown(event)))

    def _tell(self, session: int, event: Event) -> None:
        match event:
            case Ready(server=server) if server is not None:
                self._log.sources[self._api] = server
            case Segments(segments=pieces):
                for piece in pieces:
                    self._numbers("parameter", piece.start, piece.end, piece.channel, piece.values)
            case Engagement(state=state, start=start):
                self._engage(session, state, start)
            case Quality(timeline=periods):
                for period in periods:
                    self._numbers("score", period.start, period.end, 0, period.values)
            case Coverage(ranges=ranges, reason=reason):
                self._log.entries.extend(Mark("gap", start, end, reason) for start, end in ranges)
            case Fault(message=message):
                at = self._ends.get(session, 0.0)
                self._log.entries.append(Mark("fault", at, at, message[:LONGEST]))
            case _:
                self._signal(session, event)

    def _signal(self, session: int, event: Event) -> None:
        match event:
            case SignalSpans(spans=spans):
                for one in spans:
                    fresh = self._span("signal", one.signal, one.signal, one.start, one.probability, one.rationale)
                    self._log.entries.append(replace(fresh, end=one.end, closed=True))
            case SignalDetected(signal=signal, start=start, probability=probability, rationale=rationale):
                self._end((session, signal), start, closed=False)
                self._begin((session, signal), self._span("signal", signal, signal, start, probability, rationale))
            case SignalUpdated(signal=signal, start=start, probability=probability, rationale=rationale):
                self._update(session, signal, start, probability, rationale)
            case SignalEnded(signal=signal, end=end):
                self._end((session, signal), end, closed=True)
            case _:
                pass

    def _numbers(self, kind: str, start: float, end: float, channel: int, values: Mapping[str, Any]) -> None:
        known = tuple(
            (self._log.lane(self._api, kind, name), float(value))
            for name, value in values.items()
            if name not in {"index", "validSegment"} and _is_number(value)
        )
        self._log.entries.append(Values(start, end, channel, known))

    def _span(
        self, kind: str, lane: str, label: str, start: float, probability: str | None, rationale: str | None
    ) -> Span:
        number = self._log.new_span()
        strength = STRENGTH.get(probability or "")
        text = (rationale or "")[:LONGEST]
        place = self._log.lane(self._api, kind, lane)
        return Span(number, place, label, colour(label), start, None, strength, text, closed=False)

    def _begin(self, key: tuple[int, str], fresh: Span) -> None:
        self._active[key] = fresh
        self._log.entries.append(fresh)

    def _end(self, key: tuple[int, str], end: float, *, closed: bool) -> None:
        active = self._active.pop(key, None)
        if active is not None:
            self._log.entries.append(replace(active, end=max(end, active.start), closed=closed))

    def _update(self, session: int, signal: str, start: float, probability: str | None, rationale: str | None) -> None:
        key = (session, signal)
        if key not in self._active:
            self._begin(key, self._span("signal", signal, signal, start, probability, rationale))
            return
        active = self._active[key]
        strength = STRENGTH.get(probability or "", active.strength)
        self._begin(key, replace(active, strength=strength, text=(rationale or active.text)[:LONGEST]))

    def _engage(self, session: int, state: str, start: float) -> None:
        key = (session, " engagement")  # no signal has such a name
        active = self._active.get(key)
        if active is None or active.label != state:
            self._end(key, start, closed=True)
            fresh = self._span("state", "engagement", state, start, None, None)
            self._begin(key, replace(fresh, strength=1.0))

    def _close(self, session: int) -> None:
        """No end will come any more: what is still active lasts as long as the media."""
        for key in [key for key in self._active if key[0] == session]:
            self._end(key, self._ends.get(session, 0.0), closed=key[1] == " engagement")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(event: Event) -> str:
    """What a line about a message says beyond its kind."""
    match event:
        case SignalDetected() | SignalUpdated():
            said = [event.signal, event.probability, event.rationale]
        case SignalEnded(signal=signal):
            said = [signal]
        case Engagement(state=state):
            said = [state]
        case Fault(code=code, message=message):
            said = [code, message]
        case SignalSpans(spans=spans):
            said = [", ".join(one.signal for one in spans)]
        case Segments(segments=pieces):
            said = [", ".join(f"channel {piece.channel}" for piece in pieces)]
        case _:
            said = []
    return " · ".join(filter(None, said))[:LONGEST]
