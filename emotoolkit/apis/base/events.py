"""What a server can say, as a closed set of small classes. The raw message stays attached to each.

Both APIs' `messages.py` make these out of wire messages, and `tables.py` makes tables of them; neither knows the other.
Times are seconds of media time. A message that nobody knows is an `Unknown`, one that is known and cannot be read an
`UnreadRow`; neither is an error.
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
    "Results",
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
    """What all events have: the wire's own name of the message, and the message itself as JSON text."""

    kind: str
    raw: str


class Ready(Message, frozen=True):
    """The server takes the session. `session` is its own id; `server` says what it is, where it says so."""

    session: str | None
    server: str | None


class Step(Message, frozen=True):
    """A step of the conversation that carries no result: an acknowledgement, "not yet", "closing", "ended"."""


class Fault(Message, frozen=True):
    """Something went wrong, in the server's words. `packet` is the number (from 1) of the packet it refers to."""

    code: str | None
    message: str
    packet: int | None = None


class Unknown(Message, frozen=True):
    """A message of a kind that is not in the contract."""


class Unread(Unknown, frozen=True):
    """A message of a kind that is in the contract, or an entry in it, that could not be read: `raw` is its text."""


class Repeated(Message, frozen=True):
    """The same message again, word for word; it says nothing new."""


class Segment(Struct, frozen=True, gc=False):
    """One finished stretch of speech of Emotion Logic: `values` by wire name, position columns left out."""

    channel: int
    start: float
    end: float
    values: Mapping[str, Any]


class Segments(Message, frozen=True):
    """The stretches of speech that one message reports (one per channel that has finished one)."""

    segments: tuple[Segment, ...]


class Report(Message, frozen=True):
    """Emotion Logic's report of the whole call."""

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
    """A signal with both ends, as servers without a signal life cycle report it."""

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
    """Conversation quality of a stretch: score (0–100) by wire name."""

    start: float
    end: float
    values: Mapping[str, float]


class Quality(Message, frozen=True):
    """Conversation quality: cumulative since the session's start (`overall`), and of the periods just closed."""

    overall: Mapping[str, float] | None
    timeline: tuple[Scores, ...]


class Coverage(Message, frozen=True):
    """Stretches of the media that the server did not analyse ("dropped") or only in part (any other reason)."""

    ranges: tuple[tuple[float, float], ...]
    reason: str


class Results(Message, frozen=True):
    """Everything that one message says at once, as servers do that answer a whole file or segment in one go.

    `packet` is the number (from 1) of the packet that it is about, where it says so.
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
    | Results
)


class Heard(Struct, frozen=True, gc=False):
    """An event with what the receiver knows of it.

    Attributes
    ----------
    session : int
        Number of the session that it came through, from 0.
    received : float
        Seconds since the replay began.
    event : Event
        What was said.
    """

    session: int
    received: float
    event: Event


def shifted(event: Event, by: float) -> Event:
    """Move an event `by` seconds of media time: a session counts from its own beginning, a recording from its own."""
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
        case Results(events=events):
            return replace(event, events=tuple(shifted(each, by) for each in events))
        case Ready() | Step() | Fault() | Unknown() | Repeated() | Report():
            return event


def combined(kind: str, raw: str, events: Sequence[Event]) -> Event:
    """Make one event of what the parts of a message say: the only one itself, several as `RunTables`."""
    match events:
        case [Unread()]:
            return Unread(kind, raw)
        case [event]:
            return event
    return Results(kind, raw, tuple(events))


def flattened(events: Iterable[Heard]) -> Iterator[Heard]:
    """Take apart what was said at once: `RunTables` never come out, the events in them do, in their order."""
    for each in events:
        if isinstance(each.event, Results):
            yield from (Heard(each.session, each.received, event) for event in each.event.events)
        else:
            yield each


def span(event: Event) -> tuple[float | None, float | None]:
    """Media time that an event speaks of: start and end in seconds, None where it does not say."""
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
        case Results(events=events):
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
