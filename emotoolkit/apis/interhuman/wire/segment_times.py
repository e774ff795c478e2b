"""The segment that a message is about, where its times count from that segment's beginning (contract page §3.4). Pure.

A message may have the number of its segment. Any other is counted: of each kind, the first one is about the first
segment, and so on, however late it comes; segments of which the server reports an error are left out. This holds while
messages come one by one.

Once all messages of a session are known, `plan` compares their numbers with that of the segments. A kind with several
messages for each segment is counted in so many; one that leaves out segments goes with the kinds that do not, to the
segment that those have reached. Only where no kind is regular is a message taken to be about the last segment sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from emotoolkit.apis.base.events import Engagement, Fault, Quality, Repeated, ResultBatch, span
from emotoolkit.apis.interhuman.wire.messages import COVERAGE_DEGRADED, COVERAGE_DROPPED, ENGAGEMENT, QUALITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emotoolkit.apis.base.events import Event

__all__ = ["Placement", "SegmentOrder", "SegmentPlan", "is_relative", "plan"]

SIGNAL_PREFIX = "signal."
COUNTED_KINDS = ENGAGEMENT, QUALITY, COVERAGE_DROPPED, COVERAGE_DEGRADED
"""Messages about segments, beside those about signals, which are one kind here, and those that combine all results."""

COMBINED = "all results"

MIN_SEGMENTS = 4
"""Segments from which on a server can be recognised by its times."""

MIN_RETURNS = 3
"""Times of a kind of message that go back to the beginning of a segment, from which on it is no coincidence."""

ROUNDING_S = 0.5
"""Seconds by which a time within a segment may exceed its length."""


@dataclass(frozen=True)
class Placement:
    """How messages of one kind are assigned to segments.

    Attributes
    ----------
    by : {"count", "others", "last"}
        By their number, by the segment that other kinds have reached, or to the last segment sent.
    per_segment : int
        Messages for each segment, if they are counted.
    after : bool
        Whether they come after the other kinds' messages about the same segment, or before.
    """

    by: Literal["count", "others", "last"] = "count"
    per_segment: int = 1
    after: bool = False


@dataclass(frozen=True)
class SegmentPlan:
    """What is known once a session is over.

    Attributes
    ----------
    placements : mapping of str to Placement
        By kind of message; a kind that is not in it is counted.
    failed : frozenset of int
        Places of segments that were not analysed.
    segments, counts : int, mapping of str to int
        Number of segments that were sent, and of messages without a segment's number by kind.
    certain : bool
        Whether each kind has one message for each segment that was analysed.
    """

    placements: Mapping[str, Placement] = field(default_factory=dict)
    failed: frozenset[int] = frozenset()
    segments: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    certain: bool = True


class SegmentOrder:
    """Finds the beginnings of the segments that messages are about, in order of arrival.

    Parameters
    ----------
    known : SegmentPlan
        What is known of the messages; by default nothing.
    """

    def __init__(self, known: SegmentPlan = SegmentPlan()) -> None:
        self._plan = known
        self._failed = set(known.failed)
        self._starts: list[float] = []
        self._counts: Counter[str] = Counter()
        self._places: dict[str, int] = defaultdict(lambda: -1)
        """Place of the segment that each kind has reached."""

    def sent(self, start: float) -> None:
        """Note that a segment was sent that begins at this second of the session."""
        self._starts.append(start)

    def start(self, event: Event) -> float:
        """Return the beginning of the segment that a message is about, in seconds of the session."""
        if isinstance(event, Fault) and event.packet is not None:
            self._failed.add(event.packet - 1)
        kinds = _counted_kinds(event)
        if not self._starts or not kinds:
            return 0.0
        number = _number(event)
        if number is not None and 0 < number <= len(self._starts):
            place = number - 1
            self._places.update(dict.fromkeys(kinds, place))
        else:
            place = max(self._place(kind) for kind in kinds)
        return self._starts[min(place, len(self._starts) - 1)]

    def _place(self, kind: str) -> int:
        placement = self._plan.placements.get(kind, Placement())
        if placement.by == "last":
            return len(self._starts) - 1
        if placement.by == "others":
            reached = max((self._places[other] for other in self._plan.counts if self._is_counted(other)), default=-1)
            return max(0, reached) if placement.after else self._next(reached)
        if self._counts[kind] % placement.per_segment == 0:
            self._places[kind] = self._next(self._places[kind])
        self._counts[kind] += 1
        return self._places[kind]

    def _is_counted(self, kind: str) -> bool:
        return self._plan.placements.get(kind, Placement()).by == "count"

    def _next(self, place: int) -> int:
        """Return the next segment that was analysed."""
        place += 1
        while place in self._failed:
            place += 1
        return place


def plan(events: Sequence[Event], segments: int) -> SegmentPlan:
    """Compare the messages of a session, in order of arrival, with the number of segments that were sent."""
    failed = {each.packet - 1 for each in events if isinstance(each, Fault) and each.packet is not None}
    failed &= set(range(segments))
    expected = segments - len(failed)
    kinds = [kind for each in events if _number(each) is None for kind in _counted_kinds(each)]
    counts = Counter(kinds)
    if not expected or not counts or set(counts.values()) == {expected}:
        return SegmentPlan({}, frozenset(failed), segments, counts)
    most = max((count for count in counts.values() if count <= expected), default=0)
    regular = {kind for kind, count in counts.items() if count == most}
    placements = {kind: _placement(kind, kinds, regular, expected) for kind in counts if kind not in regular}
    return SegmentPlan(placements, frozenset(failed), segments, counts, certain=False)


def _placement(kind: str, kinds: Sequence[str], regular: set[str], expected: int) -> Placement:
    """Choose how messages of an irregular kind are assigned; `kinds` are those of all messages, `regular` counted."""
    reached = list(_reached(kind, kinds, regular))
    per_segment, rest = divmod(len(reached), expected)
    if not rest and (not regular or _are_in_step(reached, per_segment)):
        return Placement("count", per_segment)
    if not regular:
        return Placement("last")
    return Placement("others", after=max(reached) == expected and min(reached) > 0)


def _reached(kind: str, kinds: Iterable[str], regular: set[str]) -> Iterable[int]:
    """Yield, for each message of a kind, how many segments the regular kinds have reached by then."""
    counts: Counter[str] = Counter()
    for each in kinds:
        if each == kind:
            yield max(counts.values(), default=0)
        elif each in regular:
            counts[each] += 1


def _are_in_step(reached: Sequence[int], per_segment: int) -> bool:
    """Whether so many messages come with each segment: all before the regular kinds' messages, or all after."""
    ahead = {count - place // per_segment for place, count in enumerate(reached)}
    return ahead in ({0}, {1})


def is_relative(events: Sequence[Event], packets: Sequence[tuple[float, float]]) -> bool:
    """Whether a server's times count from the beginning of each segment.

    They do if none is later than a segment is long, though more was sent, and stretches of engagement or quality with
    both their times begin again and again. A server that counts from the session's beginning and reports windows that
    advance, or all windows so far, cannot be taken for one.

    Parameters
    ----------
    events : sequence of Event
        All messages of a session, with times as they were sent.
    packets : sequence of tuple
        Start and end of each segment that was sent.
    """
    longest = max((end - start for start, end in packets), default=0.0)
    if len(packets) < MIN_SEGMENTS or packets[-1][1] - packets[0][0] < MIN_SEGMENTS * longest - ROUNDING_S:
        return False
    moments = [moment for each in events for moment in span(each) if moment is not None]
    return (
        max(moments, default=0.0) <= longest + ROUNDING_S and max(_returns(events).values(), default=0) >= MIN_RETURNS
    )


def _returns(events: Iterable[Event]) -> Counter[str]:
    """Count, by kind, messages with both times that begin no later than the one before, and end no later."""
    last: dict[str, tuple[float, float]] = {}
    returns: Counter[str] = Counter()
    for event in _flat(events):
        start, end = span(event)
        if isinstance(event, Engagement | Quality) and start is not None and end is not None:
            kind = type(event).__name__
            returns[kind] += kind in last and start <= last[kind][0] and end <= last[kind][1] + ROUNDING_S
            last[kind] = start, end
    return returns


def _flat(events: Iterable[Event]) -> Iterable[Event]:
    for event in events:
        yield from event.events if isinstance(event, ResultBatch) else (event,)


def _number(event: Event) -> int | None:
    return event.packet if isinstance(event, ResultBatch) else None


def _counted_kinds(event: Event) -> list[str]:
    """Return the kinds as which a message is counted: one, of a list of messages several, of others none."""
    if isinstance(event, Repeated):
        return []
    if event.kind.startswith(SIGNAL_PREFIX):
        return [SIGNAL_PREFIX]
    if event.kind in COUNTED_KINDS:
        return [event.kind]
    return [COMBINED] if isinstance(event, ResultBatch) else []
