"""Clocks that begin among others."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.replays import stagger

MOMENTS = st.lists(st.floats(0, 1000), max_size=40)


@given(st.floats(0, 1000), st.floats(0.05, 10), MOMENTS)
def test_there_is_always_room(due, interval, others):
    """Law: the wait is shorter than an interval, and afterwards no other packet is nearer than half a fair share."""
    waited = stagger.delay(due, interval, others)
    assert 0 <= waited <= interval
    room = interval / (len(others) + 1) / 2
    for other in others:
        apart = (due + waited - other) % interval
        assert min(apart, interval - apart) >= room - 1e-9


@pytest.mark.parametrize("count", [2, 10, 300])
def test_all_who_begin_at_once_are_spread_over_the_interval(count):
    """Many that are asked for in the same instant end up apart, within one interval."""
    dues = []
    for _ in range(count):
        dues.append(0.3 + stagger.delay(0.3, 0.3, dues))
    dues.sort()
    assert max(dues) - min(dues) < 0.3
    assert min(after - before for before, after in pairwise(dues)) > 0.3 / count / 2.5


def test_who_is_alone_does_not_wait():
    """The first packet of a replay alone is not held back."""
    assert stagger.delay(12.3, 0.3, []) == 0.0
