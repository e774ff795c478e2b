"""Signals paired by columns: the same as one step after another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import (
    Engagement,
    Heard,
    ResultBatch,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
)
from emotoolkit.apis.base.events import SignalUpdated as Updated
from emotoolkit.tables.intervals import signal_intervals

MEDIA_ENDS = {0: 2.5}

names = st.sampled_from(["a", "b", "é"])
moments = st.sampled_from([0.0, 1.0, 2.0, 3.0])
likely = st.sampled_from([None, "low", "high"])
words = st.sampled_from([None, "", "words", "more"])
spans = st.builds(SignalSpan, names, moments, moments, likely, words)
events = st.one_of(
    st.builds(SignalDetected, st.just("k"), st.just("{}"), names, moments, likely, words),
    st.builds(Updated, st.just("k"), st.just("{}"), names, moments, likely, words),
    st.builds(SignalEnded, st.just("k"), st.just("{}"), names, moments),
    st.builds(SignalSpans, st.just("k"), st.just("{}"), st.lists(spans, max_size=2).map(tuple)),
    st.builds(Engagement, st.just("k"), st.just("{}"), names, moments, st.none()),
)
several = st.builds(ResultBatch, st.just("k"), st.just("{}"), st.lists(events, max_size=3).map(tuple))
heard = st.lists(st.builds(Heard, st.integers(0, 1), moments, events | several), max_size=12)


def step_by_step(said):
    """Rows by the plain way: walk through what was said and keep what is active."""
    steps = []
    for each in said:
        for event in each.event.events if isinstance(each.event, ResultBatch) else (each.event,):
            match event:
                case SignalEnded(end=at):
                    steps.append((each.session, at, 0, event))
                case SignalSpans(spans=several):
                    steps += [(each.session, 0.0, 0, one) for one in several]
                case SignalDetected(start=at):
                    steps.append((each.session, at, 1, event))
                case Updated(start=at):
                    steps.append((each.session, at, 2, event))
    active, rows = {}, []
    for session, at, _, event in sorted(steps, key=lambda step: step[:3]):
        key = session, event.signal
        if isinstance(event, SignalSpan):
            rows.append([event.start, event.end, event.signal, event.probability, event.rationale, 0, True, session])
        elif isinstance(event, SignalDetected):
            if key in active:
                row = active.pop(key)
                rows.append([row[0], max(at, row[0]), *row[2:]])
            active[key] = [at, None, event.signal, event.probability, event.rationale, 0, False, session]
        elif isinstance(event, Updated):
            row = active.setdefault(key, [at, None, event.signal, None, None, 0, False, session])
            row[3], row[4], row[5] = event.probability or row[3], event.rationale or row[4], row[5] + 1
        elif key in active:
            row = active.pop(key)
            rows.append([row[0], at, *row[2:6], True, session])
    rows += [[row[0], max(MEDIA_ENDS.get(row[7], 0.0), row[0]), *row[2:]] for row in active.values()]
    return sorted(rows, key=lambda row: row[:3])


@given(heard)
def test_by_columns_is_step_by_step(said):
    """Law: whatever is said in whatever order, columns give what walking through it gives, row for row."""
    found = signal_intervals(said, MEDIA_ENDS)
    columns = found.start, found.end, found.signal, found.probability, found.rationale
    columns += found.updates, found.closed, found.session
    assert [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)] == step_by_step(said)
