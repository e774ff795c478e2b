"""Engagement as it is reported: the server's own ends are believed, whatever comes in whatever order."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emotoolkit.apis.base.events import Engagement, Heard
from emotoolkit.tables.intervals import state_intervals
from emotoolkit.tables.state_pairing import EngagementPairing, _StateHistory
from tests.support.examples import examples
from tests.tables.test_pairing import cuts, fed, ordered

MEDIA_ENDS = {0: 7.0, 1: 2.5}
GRID_S = 0.5
NEVER = math.nan

moments = st.integers(0, 8).map(float)
ends = st.just(NEVER) | moments
reports = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", "é"]), moments, ends), max_size=14)


def table(came):
    """Rows of the table: session, start, end and state."""
    heard = [
        Heard(session, 0.0, Engagement("k", "{}", state, start, None if math.isnan(end) else end))
        for session, state, start, end in came
    ]
    found = state_intervals(heard, MEDIA_ENDS)
    return list(zip(*(each.tolist() for each in (found.session, found.start, found.end, found.state)), strict=True))


def view_row(each):
    return each.session, each.start, each.end_or(MEDIA_ENDS.get(each.session, 0.0)), each.label


def spans(own, media_end):
    """What each report covers: of several that begin at once the last by name, up to the latest of its ends.

    Nothing outlasts a last report without an end, which ends with the media.
    """
    begins = sorted({start for start, *_ in own})
    final = math.inf
    for begin, following in reversed(list(zip(begins, [*begins, max([media_end, *begins])][1:], strict=True))):
        name = max(state for start, state, _ in own if start == begin)
        stops = [end for start, state, end in own if (start, state) == (begin, name) and not math.isnan(end)]
        if begin == begins[-1] and not stops:
            final = following
        yield begin, min(final, max(stops, default=following)), name


def cell_by_cell(came):
    """Rows by the plain way: ask for each cell of a grid which report counts there, then join equal neighbours."""
    for session in {session for session, *_ in came}:
        told = [(start, state, end) for number, state, start, end in came if number == session]
        yield from {(session, start, end, state) for start, state, end in told if end <= start}
        covering = sorted(spans([each for each in told if not each[2] <= each[0]], MEDIA_ENDS.get(session, 0.0)))
        rows = []
        for at in (place * GRID_S for place in range(18)):
            here = max((each for each in covering if each[0] <= at < each[1]), default=None)
            if here and rows and rows[-1][1:] == [at, here[2]]:
                rows[-1][1] = at + GRID_S
            elif here:
                rows.append([at, at + GRID_S, here[2]])
        begin, end, name = covering[-1] if covering else (0.0, 1.0, "")
        if begin == end and not (rows and rows[-1][1:] == [begin, name]):  # the last one begins where the media end
            rows.append([begin, end, name])
        yield from ((session, *row) for row in rows)


@settings(max_examples=examples(200))
@given(reports)
@example([(0, "a", 0.0, 3.0), (0, "a", 4.0, 6.0)])
@example([(0, "a", 0.0, 8.0), (0, "b", 3.0, 5.0)])
@example([(1, "a", 5.0, 7.0), (1, "a", 7.0, NEVER)])
def test_states_cell_by_cell(came):
    """Law: at each moment the table has the state of the report that began last of those that cover it, or none."""
    assert ordered(table(came)) == ordered(cell_by_cell(came))


@settings(max_examples=examples(150))
@given(reports, st.data())
def test_states_as_they_arrive(came, data):
    """Law: in any order and in any pieces, what is told of engagement is the table, row for row."""
    pairing = EngagementPairing()
    reported = fed(pairing, came, data.draw(cuts(came)))
    assert ordered(map(view_row, reported)) == ordered(table(came))
    assert ordered(map(view_row, reported)) == ordered(map(view_row, pairing.intervals()))


@given(reports, st.randoms(use_true_random=False))
def test_order_of_arrival(came, random):
    """Law: the order in which reports arrive changes no row."""
    shuffled = random.sample(came, len(came))
    assert table(shuffled) == table(came)


KINDS = {
    "a gap between": ([("a", 0, 3), ("a", 9, 12)], [(0, 3, "a"), (9, 12, "a")]),
    "no gap": ([("a", 0, 3), ("a", 3, 6)], [(0, 6, "a")]),
    "no gap but rounding": ([("a", 0, 0.1 + 0.2), ("a", 0.3, 6)], [(0, 6, "a")]),
    "a gap by rounding of another state": (
        [("a", 0, 0.3), ("b", 0.1 + 0.2, 6)],
        [(0, 0.1 + 0.2, "a"), (0.1 + 0.2, 6, "b")],
    ),
    "windows that overlap": ([("a", 0, 8), ("b", 3, 11), ("a", 6, 14)], [(0, 3, "a"), (3, 6, "b"), (6, 14, "a")]),
    "one within another": ([("a", 0, 10), ("b", 3, 5)], [(0, 3, "a"), (3, 5, "b"), (5, 10, "a")]),
    "two within another": (
        [("a", 0, 10), ("b", 2, 8), ("c", 3, 4)],
        [(0, 2, "a"), (2, 3, "b"), (3, 4, "c"), (4, 8, "b"), (8, 10, "a")],
    ),
    "a longer report later": ([("a", 0, 3), ("a", 0, 6), ("a", 0, 4)], [(0, 6, "a")]),
    "an end after a report without": ([("a", 0, NEVER), ("a", 0, 3), ("b", 5, 6)], [(0, 3, "a"), (5, 6, "b")]),
    "no ends": ([("a", 0, NEVER), ("b", 3, NEVER)], [(0, 3, "a"), (3, 7, "b")]),
    "an end that is missing": ([("a", 0, NEVER), ("b", 3, 4), ("a", 5, 6)], [(0, 3, "a"), (3, 4, "b"), (5, 6, "a")]),
    "a last end that is missing": ([("a", 0, 2), ("b", 3, NEVER)], [(0, 2, "a"), (3, 7, "b")]),
    "an end before the start": ([("a", 5, 2), ("b", 3, 6)], [(3, 6, "b"), (5, 2, "a")]),
    "no length": ([("a", 5, 5), ("b", 3, 6), ("a", 5, 5)], [(3, 6, "b"), (5, 5, "a")]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_reports(kind):
    """Rows are where the server says, in the table and in a view."""
    said, rows = KINDS[kind]
    came = [(0, state, float(start), float(end)) for state, start, end in said]
    expected = [(0, start, end, state) for start, end, state in rows]
    assert table(came) == expected
    pairing = EngagementPairing()
    assert ordered(map(view_row, fed(pairing, came, range(1, len(came))))) == ordered(expected)


def test_a_state_that_was_none():
    """Of several states at one moment the last by name counts; what had been three states is one."""
    pairing = EngagementPairing()
    came = [(0, "b", 0.0, NEVER), (0, "a", 5.0, NEVER), (0, "b", 9.0, NEVER)]
    assert [each.label for each in pairing.add_steps(came)] == ["b", "a", "b"]
    assert [(each.number, each.withdrawn) for each in pairing.add_steps([(0, "b", 5.0, NEVER)])] == [
        (0, False),
        (1, True),
        (2, True),
    ]
    assert [(each.label, each.start, each.end) for each in pairing.intervals()] == [("b", 0.0, None)]


def test_only_what_follows_is_paired_again(monkeypatch):
    """In order of time, a report costs what lies around it, not what has been reported in an hour."""
    counts = []
    made = _StateHistory._made
    monkeypatch.setattr(_StateHistory, "_made", lambda self, these: counts.append(len(these)) or made(self, these))
    pairing = EngagementPairing()
    for place in range(1000):
        pairing.add_steps([(0, "ab"[place % 2], place * 3.0, place * 3.0 + 8.0)])
    assert max(counts) < 10
