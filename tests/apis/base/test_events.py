"""Events: moved in time, combined, taken apart, and the media time of each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Fault,
    Heard,
    Quality,
    Ready,
    Repeated,
    Report,
    ResultBatch,
    Scores,
    Segment,
    Segments,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
    Step,
    Unknown,
    Unread,
    combined,
    flattened,
    shifted,
    span,
)

times = st.integers(0, 10_000).map(float)
pairs = st.tuples(times, times).map(lambda pair: (min(pair), max(pair)))
texts = st.text(max_size=5)


def make(kind, *fields):
    """Values of a class by the strategies of its fields."""
    return st.tuples(*fields).map(lambda values: kind(*values))


def message(kind, *fields):
    """Events of a kind, with its message."""
    return make(kind, texts, texts, *fields)


def several(parts):
    return st.lists(parts, max_size=3).map(tuple)


spans = pairs.flatmap(lambda pair: make(SignalSpan, texts, *map(st.just, pair), texts, texts))
segments = pairs.map(lambda pair: Segment(0, *pair, {}))
periods = pairs.map(lambda pair: Scores(*pair, {}))
parts = st.one_of(
    message(Ready, texts, texts),
    message(Step),
    message(Fault, texts, texts),
    message(Unknown),
    message(Unread),
    message(Repeated),
    message(Report, st.just({})),
    message(Segments, several(segments)),
    message(SignalDetected, texts, times, texts, texts),
    message(SignalUpdated, texts, times, texts, texts),
    message(SignalEnded, texts, times),
    message(SignalSpans, several(spans)),
    message(Engagement, texts, times, st.none() | times),
    message(Quality, st.none(), several(periods)),
    message(Coverage, several(pairs), texts),
)
events = parts | message(ResultBatch, several(parts))


@given(events, times)
def test_a_shift_moves_all_times(event, by):
    """Law: the media time of any event moves by the shift, and shifting back gives the same event."""
    moved = shifted(event, by)
    assert span(moved) == tuple(None if time is None else time + by for time in span(event))
    assert shifted(moved, -by) == event


@given(st.lists(parts, min_size=2, max_size=4))
def test_combined_events_are_flattened_again(several):
    """Law: several events of one message are one event, which is taken apart in the same order."""
    whole = combined("kind", "raw", several)
    assert isinstance(whole, ResultBatch)
    assert [each.event for each in flattened([Heard(3, 1.5, whole)])] == several
    assert {(each.session, each.received) for each in flattened([Heard(3, 1.5, whole)])} == {(3, 1.5)}


@given(parts.filter(lambda event: not isinstance(event, Unread)))
def test_a_single_event_stays_itself(event):
    """Law: one event alone is neither combined nor taken apart."""
    assert combined("kind", "raw", [event]) is event
    assert list(flattened([Heard(0, 0.0, event)])) == [Heard(0, 0.0, event)]


def test_a_message_that_is_unread_as_a_whole():
    """A message whose only part cannot be read is unread itself, and keeps its whole text."""
    assert combined("kind", "the message", [Unread("part", "a part")]) == Unread("kind", "the message")


def test_the_span_encloses_all_parts():
    """The media time of several parts is from the first start to the last end."""
    whole = combined(
        "k", "r", [SignalDetected("k", "r", "stress", 4.0, None, None), SignalEnded("k", "r", "stress", 9.0)]
    )
    assert span(whole) == (4.0, 9.0)
    assert span(Coverage("k", "r", ((3.0, 4.0), (1.0, 2.0)), "dropped")) == (1.0, 4.0)
    assert span(Step("k", "r")) == (None, None)
