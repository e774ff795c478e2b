"""What a view shows, as data: the journal's records become a log of entries that is only ever appended to.

Pure, and incremental: each record is looked at once. A page that has the first n entries needs those from n on and
nothing else, so a reload, a second page and a slow page are all the same case. A span that changes is appended again
under its number: when it goes on, when it ends, and when a message that came late says otherwise. Signals and states
are paired where the tables' are, so the spans that stand at last are the rows of the tables.
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
    span,
    told,
)
from emotoolkit.apis.base.journal import Began, Ended, Idle, Opened, Received, Reference, Sent
from emotoolkit.apis.base.message_text import is_moment
from emotoolkit.apis.base.result_columns import states, steps
from emotoolkit.apis.registry import BY_NAME
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.opacity import opacity
from emotoolkit.replays.decoding import SessionDecoders
from emotoolkit.tables.from_events import PROBABILITIES
from emotoolkit.tables.pairing import EngagementPairing, SignalPairing

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import Record
    from emotoolkit.tables.pairing import Interval

__all__ = ["Entry", "Lane", "Log", "Mark", "Said", "Span", "Values", "row"]

STRENGTH = {word: (place + 1) / len(PROBABILITIES) for place, word in enumerate(PROBABILITIES)}
"""How probable a signal is, on a scale from 0 to 1."""

NOWHERE = -1e12
"""Media second before all that is ever shown: the place of a span that turned out to be none."""

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
    """A stretch of a lane. `end` None: it goes on. `strength` from 0 to 1, None: not said. `opacity`: as drawn."""

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
        """Whether it turned out to be none: it lies where nothing is shown, and is to be forgotten."""
        return self.end == NOWHERE


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

_WORDS: dict[type[Entry], str] = {Lane: "lane", Span: "span", Values: "values", Said: "said", Mark: "mark"}


def row(entry: Entry) -> list[Any]:
    """Write an entry as the page reads it: its kind, then its fields in order."""
    return [_WORDS[type(entry)], *(getattr(entry, field.name) for field in fields(entry))]


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
        self._spans = count()

    def take(self, part: Hashable, records: Iterable[Record]) -> None:
        """Take the next records of one replay; `part` says of which."""
        story = self._stories.setdefault(part, _Story(self))
        for record in records:
            story.take(record)
        story.settle()

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
        return next(self._spans)


class _Story:
    """What one API said, told on from record to record."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._api = ""
        self._decoders: SessionDecoders
        self._asked: dict[int, float] = {}
        self._begins: dict[int, float] = {}
        self._ends: dict[int, float] = {}
        self._over: set[int] = set()
        self._started: float | None = None
        self._bars: list[_Bars] = []
        self._unpaired: list[Heard] = []

    def take(self, record: Record) -> None:
        """Look at one record. What it says of signals and states waits until `settle`."""
        match record:
            case Began(api=api):
                self._api, self._decoders = api, SessionDecoders(record)
                self._bars = [_SignalBars(self._log, api), _StateBars(self._log, api)]
            case Opened(session=session, start=start):
                self._decoders.opened(record)
                self._asked[session] = start if is_moment(start) else 0.0
            case Reference(at=at, media=media, why=why):
                if self._started is None:
                    self._started = at
                if why in {"stall", "seek", "loop", "idle"}:
                    self._log.entries.append(Mark(why, media, media, f"{why} at {media:.1f} s"))
            case Sent():
                self._sent(record)
            case Received():
                self._hear(record)
            case Idle(session=session, limit=limit):
                at = self._ends.get(session, 0.0)
                self._log.entries.append(Mark("pause", at, at, f"paused; the server's patience ends after {limit:g} s"))
            case Ended(session=session):
                self._over.add(session)

    def settle(self) -> None:
        """Pair what was said of signals and states since the last time, and append the spans that this changes."""
        said, self._unpaired = self._unpaired, []
        over = {session: self._ends.get(session, 0.0) for session in self._over}
        for bars in self._bars:
            bars.take(said, over)

    def _sent(self, record: Sent) -> None:
        if is_moment(record.start):
            self._begins.setdefault(record.session, record.start)  # video begins at a key picture
        if is_moment(record.end):
            self._ends[record.session] = record.end
        self._decoders.sent(record, self._begin(record.session))

    def _begin(self, session: int) -> float:
        return self._begins.get(session, self._asked[session])

    def _hear(self, record: Received) -> None:
        event = self._decoders.received(record, self._begin(record.session))
        start, end = span(event)
        at = record.received - (self._started or 0.0)
        for one in told([Heard(record.session, at, event)]):
            self._tell(record.session, one.event)
            self._unpaired.append(one)
        self._log.messages += 1
        self._log.entries.append(Said(self._api, event.kind, start, end, at, _shown(event)))

    def _tell(self, session: int, event: Event) -> None:
        match event:
            case Ready(server=server) if server is not None:
                self._log.sources[self._api] = server
            case Segments(segments=pieces):
                for piece in pieces:
                    self._numbers("parameter", piece.start, piece.end, piece.channel, piece.values)
            case Quality(timeline=periods):
                for period in periods:
                    self._numbers("score", period.start, period.end, 0, period.values)
            case Coverage(ranges=ranges, reason=reason):
                self._log.entries.extend(Mark("gap", start, end, reason) for start, end in ranges)
            case Fault(message=message):
                at = self._ends.get(session, 0.0)
                self._log.entries.append(Mark("fault", at, at, message[:LONGEST]))
            case _:
                pass

    def _numbers(self, kind: str, start: float, end: float, channel: int, values: Mapping[str, Any]) -> None:
        known = tuple(
            (self._log.lane(self._api, kind, name), float(value))
            for name, value in values.items()
            if name not in {"index", "validSegment"} and _is_number(value)
        )
        self._log.entries.append(Values(start, end, channel, known))


class _Bars:
    """The spans of one API's signals, or of its states: each appended anew whenever it looks otherwise.

    Of a session that is over no end will come any more: what is still active lasts as long as its media.
    """

    def __init__(self, log: Log, api: str) -> None:
        self._log, self._api = log, api
        self._shown: dict[int, Span] = {}
        self._unended: dict[int, Interval] = {}
        self._over: Mapping[int, float] = {}

    def take(self, said: Sequence[Heard], over: Mapping[int, float]) -> None:
        """Take what was said since the last time, and the ends of the media of sessions that are over."""
        changed = {each.number: each for each in self._paired(said)}
        if over != self._over:
            self._over = over
            changed = self._unended | changed
        for number, interval in changed.items():
            self._show(number, interval)

    def _show(self, number: int, interval: Interval) -> None:
        self._unended.pop(number, None)
        if interval.end is None and not interval.withdrawn:
            self._unended[number] = interval
        known = self._shown.get(number)
        fresh = self._span(interval, self._log.new_span() if known is None else known.number)
        if fresh != known:
            self._shown[number] = fresh
            self._log.entries.append(fresh)

    def _times(self, interval: Interval) -> tuple[float, float | None]:
        if interval.withdrawn:
            return NOWHERE, NOWHERE
        over = self._over.get(interval.session)
        return interval.start, interval.end if over is None else interval.until(over)

    def _paired(self, said: Sequence[Heard]) -> Iterable[Interval]:
        """Pair what was said. Gives what that changes."""
        raise NotImplementedError

    def _span(self, interval: Interval, number: int) -> Span:
        """Draw an interval."""
        raise NotImplementedError


class _SignalBars(_Bars):
    def __init__(self, log: Log, api: str) -> None:
        super().__init__(log, api)
        self._pairing = SignalPairing()

    def _paired(self, said: Sequence[Heard]) -> Iterable[Interval]:
        return self._pairing.take(steps(said))

    def _span(self, interval: Interval, number: int) -> Span:
        name, probable = interval.label, interval.probability
        lane, text = self._log.lane(self._api, "signal", name), (interval.rationale or "")[:LONGEST]
        strength, full, (start, end) = STRENGTH.get(probable or ""), opacity(probable), self._times(interval)
        return Span(number, lane, name, colour(name), start, end, strength, text, interval.closed, full)


class _StateBars(_Bars):
    def __init__(self, log: Log, api: str) -> None:
        super().__init__(log, api)
        self._pairing = EngagementPairing()

    def _paired(self, said: Sequence[Heard]) -> Iterable[Interval]:
        return self._pairing.take(states(said))

    def _span(self, interval: Interval, number: int) -> Span:
        state, (start, end) = interval.label, self._times(interval)
        lane = self._log.lane(self._api, "state", "engagement")
        return Span(number, lane, state, colour(state), start, end, 1.0, "", end is not None, 1.0)


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
