"""Pairing as messages arrive: the same intervals as all at once, however late they come and however they are cut."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.apis.base.result_columns import BEGINNING, CHANGE, END, signal_steps
from emotoolkit.tables.pairing import SignalPairing
from tests.support.examples import examples
from tests.tables.test_intervals import MEDIA_ENDS, heard, step_by_step


def fed(pairing, steps, cuts):
    """Feed steps in pieces; returns the intervals that the reported changes add up to."""
    known = {}
    for first, last in zip([0, *cuts], [*cuts, len(steps)], strict=True):
        for each in pairing.add_steps(steps[first:last]):
            known[each.number] = each
            if each.withdrawn:
                del known[each.number]
    return list(known.values())


def signal_row(each):
    end = each.end_or(MEDIA_ENDS.get(each.session, 0.0))
    return each.start, end, each.label, each.probability, each.rationale, each.updates, each.closed, each.session


def ordered(rows):
    """Rows in an order that does not depend on how they were found."""
    return sorted(map(tuple, rows), key=repr)


@st.composite
def cuts(draw, said):
    """Places at which it is cut into pieces."""
    return sorted(draw(st.lists(st.integers(0, len(said)), max_size=len(said))))


@settings(max_examples=examples(300))
@given(heard, st.data())
def test_signals_as_they_arrive(said, data):
    """Law: in any order and in any pieces, what is told of signals is the table, row for row."""
    came = list(signal_steps(said))
    pairing = SignalPairing()
    reported = fed(pairing, came, data.draw(cuts(came)))
    assert ordered(map(signal_row, reported)) == ordered(step_by_step(said))
    assert ordered(map(signal_row, reported)) == ordered(map(signal_row, pairing.intervals()))


def begun(at, name="a", why="why"):
    return 0, BEGINNING, at, 0.0, name, "low", why


def changed(at, name="a"):
    return 0, CHANGE, at, 0.0, name, "high", None


def over(at, name="a"):
    return 0, END, at, at, name, None, None


def seen(pairing, *steps):
    return [(each.number, each.start, each.end, each.closed, each.updates) for each in pairing.add_steps(steps)]


def test_a_life_in_order():
    """It is opened, changed and closed under one number."""
    pairing = SignalPairing()
    assert seen(pairing, begun(1.0)) == [(0, 1.0, None, False, 0)]
    assert seen(pairing, changed(2.0)) == [(0, 1.0, None, False, 1)]
    assert seen(pairing, over(3.0)) == [(0, 1.0, 3.0, True, 1)]
    assert seen(pairing, over(4.0)) == []
    assert seen(pairing, changed(5.0)) == [(1, 5.0, None, False, 1)]


def test_an_end_before_its_beginning():
    """An end alone is nothing, until its beginning comes."""
    pairing = SignalPairing()
    assert seen(pairing, over(3.0)) == []
    assert seen(pairing, begun(1.0)) == [(0, 1.0, 3.0, True, 0)]


def test_a_late_end_makes_two_of_one():
    """What was one interval is two, and only what is new has a new number."""
    pairing = SignalPairing()
    assert seen(pairing, begun(1.0), changed(5.0), begun(8.0), over(9.0)) == [
        (0, 1.0, 8.0, False, 1),
        (1, 8.0, 9.0, True, 0),
    ]
    assert seen(pairing, over(3.0)) == [(0, 1.0, 3.0, True, 0), (2, 5.0, 8.0, False, 1)]


def test_a_late_beginning():
    """A change that stood for a beginning is one no more."""
    pairing = SignalPairing()
    assert seen(pairing, changed(2.0), over(3.0)) == [(0, 2.0, 3.0, True, 1)]
    assert seen(pairing, begun(1.0)) == [(0, 1.0, 3.0, True, 1)]


def test_only_neighbours_are_paired_again(monkeypatch):
    """A late message costs what lies around it, not what has been said in an hour."""
    pairing = SignalPairing()
    lives = [each for n in range(1000) for each in (begun(n * 4.0), changed(n * 4 + 1.0), over(n * 4 + 2.0))]
    pairing.add_steps(lives)
    counts = []
    made = SignalPairing._make_intervals
    monkeypatch.setattr(
        SignalPairing,
        "_make_intervals",
        lambda self, keys, of, steps: counts.append(len(steps)) or made(self, keys, of, steps),
    )
    assert seen(pairing, changed(2001.5)) == [(500, 2000.0, 2002.0, True, 2)]
    assert seen(pairing, begun(2003.0), over(2003.5)) == [(1000, 2003.0, 2003.5, True, 0)]
    assert max(counts) < 16
