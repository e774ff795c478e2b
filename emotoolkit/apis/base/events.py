"""Events: what a server's messages mean, as a closed set of small classes, each with its raw message.

The `wire/decoder.py` of each API makes events of messages, and `emotoolkit.tables` makes tables of events; neither
depends on the other. Times are seconds of media time. A message of an unknown kind is an `Unknown`, one of a known kind
that cannot be read an `Unread`; neither is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "Coverage",
    "Engagement",
    "Event",
    "Fault",
    "Heard",
    "Quality",
    "Ready",
    "Repeated",
    "Report",
    "ResultBatch",
    "Scores",
    "Segment",
    "Segments",
    "SignalDetected",
    "SignalEnded",
    "SignalSpan",
    "SignalSpans",
    "SignalUpdated",
    "Step",
    "Unknown",
    "Unread",
    "combined",
    "flattened",
    "shifted",
    "span",
]


class Message(Struct, frozen=True, gc=False):
    """Base of all events: the wire's own name of the message, and the message as JSON text."""

    kind: str
    raw: str


class Ready(Message, frozen=True):
    """The server accepts the session: the server's own id of it, and what server it is, where it says so."""

    session: str | None
    server: str | None


class Step(Message, frozen=True):
    """A message without a result: an acknowledgement, "not yet", "closing", "ended"."""


class Fault(Message, frozen=True):
    """An error, in the server's words.

    `packet` is the number (from 1) of the packet that it refers to, which Interhuman calls `segment`; `correlation_id`
    and `link` are what a vendor's support asks for, and where the code is explained.
    """

    code: str | None
    message: str
    packet: int | None = None
    correlation_id: str | None = None
    link: str | None = None

    @property
    def segment(self) -> int | None:
        """The packet's number, by its other name."""
        return self.packet

    @property
    def facts(self) -> dict[str, str | int]:
        """What the server says of it beside code and words, for an error's `facts`."""
        said = {"correlation_id": self.correlation_id, "link": self.link, "segment": self.packet}
        return {name: value for name, value in said.items() if value is not None}


class Unknown(Message, frozen=True):
    """A message of a kind that is not in the contract."""


class Unread(Unknown, frozen=True):
    """A message of a kind in the contract, or an entry in one, that could not be read: `raw` is its text."""


class Repeated(Message, frozen=True):
    """The same message again, word for word."""


class Segment(Struct, frozen=True, gc=False):
    """One finished stretch of speech of Emotion Logic: `values` by wire name, position columns left out."""

    channel: int
    start: float
    end: float
    values: Mapping[str, Any]


class Segments(Message, frozen=True):
    """The stretches of speech that one message reports, one per channel that has finished one."""

    segments: tuple[Segment, ...]


class Report(Message, frozen=True):
    """Emotion Logic's report on the whole call."""

    data: Mapping[str, Any]


class SignalDetected(Message, frozen=True):
    """A social signal became active; its end is not known yet."""

    signal: str
    start: float
    probability: str | None
    rationale: str | None


class SignalUpdated(Message, frozen=True):
    """Probability or rationale of an active signal changed."""

    signal: str
    start: float
    probability: str | None
    rationale: str | None


class SignalEnded(Message, frozen=True):
    """The active signal of this name stopped."""

    signal: str
    end: float


class SignalSpan(Struct, frozen=True, gc=False):
    """A signal with both its times, as servers without a signal life cycle report it."""

    signal: str
    start: float
    end: float
    probability: str | None
    rationale: str | None


class SignalSpans(Message, frozen=True):
    """Signals that are complete when they are reported."""

    spans: tuple[SignalSpan, ...]


class Engagement(Message, frozen=True):
    """The engagement state from `start` on, until `end` or, where that is None, until the next one."""

    state: str
    start: float
    end: float | None


class Scores(Struct, frozen=True, gc=False):
    """Conversation quality of a period: score (0–100) by wire name."""

    start: float
    end: float
    values: Mapping[str, float]


class Quality(Message, frozen=True):
    """Conversation quality: cumulative since the session's start (`overall`), and of the periods just ended."""

    overall: Mapping[str, float] | None
    timeline: tuple[Scores, ...]


class Coverage(Message, frozen=True):
    """Stretches of the media that the server did not analyse ("dropped") or only in part (any other reason)."""

    ranges: tuple[tuple[float, float], ...]
    reason: str


class ResultBatch(Message, frozen=True):
    """Several events of one message, from a server that answers a whole file or segment at once.

    `packet` is the number (from 1) of the packet that it answers, where it says so.
    """

    events: tuple[Event, ...]
    packet: int | None = None


Event = (
    Ready
    | Step
    | Fault
    | Unknown
    | Repeated
    | Segments
    | Report
    | SignalDetected
    | SignalUpdated
    | SignalEnded
    | SignalSpans
    | Engagement
    | Quality
    | Coverage
    | ResultBatch
)


class Heard(Struct, frozen=True, gc=False):
    """An event as it was received.

    Attributes
    ----------
    session : int
        Number of its session, from 0.
    received : float
        Seconds since the replay began.
    event : Event
        The event.
    """

    session: int
    received: float
    event: Event


def shifted(event: Event, by: float) -> Event:
    """Move an event `by` seconds: from times since the session's beginning to those since the recording's."""
    match event:
        case Segments(segments=pieces):
            moved = tuple(replace(piece, start=piece.start + by, end=piece.end + by) for piece in pieces)
            return replace(event, segments=moved)
        case SignalSpans(spans=spans):
            return replace(event, spans=tuple(replace(one, start=one.start + by, end=one.end + by) for one in spans))
        case Quality(timeline=periods):
            moved_periods = tuple(replace(one, start=one.start + by, end=one.end + by) for one in periods)
            return replace(event, timeline=moved_periods)
        case SignalDetected(start=start) | SignalUpdated(start=start):
            return replace(event, start=start + by)
        case SignalEnded(end=end):
            return replace(event, end=end + by)
        case Engagement(start=start, end=end):
            return replace(event, start=start + by, end=None if end is None else end + by)
        case Coverage(ranges=ranges):
            return replace(event, ranges=tuple((start + by, end + by) for start, end in ranges))
        case ResultBatch(events=events):
            return replace(event, events=tuple(shifted(each, by) for each in events))
        case Ready() | Step() | Fault() | Unknown() | Repeated() | Report():
            return event


def combined(kind: str, raw: str, events: Sequence[Event]) -> Event:
    """Combine the events of one message: a single one stays itself, several become `ResultBatch`."""
    match events:
        case [Unread()]:
            return Unread(kind, raw)
        case [event]:
            return event
    return ResultBatch(kind, raw, tuple(events))


def flattened(events: Iterable[Heard]) -> Iterator[Heard]:
    """Replace each `ResultBatch` by the events in it, in their order."""
    for each in events:
        if isinstance(each.event, ResultBatch):
            yield from (Heard(each.session, each.received, event) for event in each.event.events)
        else:
            yield each


def span(event: Event) -> tuple[float | None, float | None]:
    """Give the media time of an event: start and end in seconds, None where it has none."""
    match event:
        case Segments(segments=()) | SignalSpans(spans=()):
            return None, None
        case Quality(timeline=()) | Coverage(ranges=()):
            return None, None
        case Segments(segments=pieces):
            return min(piece.start for piece in pieces), max(piece.end for piece in pieces)
        case SignalSpans(spans=pieces) | Quality(timeline=pieces):
            return min(piece.start for piece in pieces), max(piece.end for piece in pieces)
        case Coverage(ranges=ranges):
            return min(start for start, _ in ranges), max(end for _, end in ranges)
        case ResultBatch(events=events):
            return _enclosing_span([span(each) for each in events])
        case SignalDetected(start=start) | SignalUpdated(start=start):
            return start, None
        case SignalEnded(end=end):
            return None, end
        case Engagement(start=start, end=end):
            return start, end
        case Ready() | Step() | Fault() | Unknown() | Repeated() | Report():
            return None, None


def _enclosing_span(spans: list[tuple[float | None, float | None]]) -> tuple[float | None, float | None]:
    starts = [start for start, _ in spans if start is not None]
    ends = [end for _, end in spans if end is not None]
    return min(starts, default=None), max(ends, default=None)
