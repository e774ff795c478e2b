"""Lanes: no two intervals of a lane overlap, and there are no more lanes than there must be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.plots.drawing.lanes import lanes

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=40)


def effective(pairs: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Give intervals with the moment that one without length takes."""
    return [(start, start + (length or 0.5)) for start, length in pairs]


@given(INTERVALS)
def test_no_two_intervals_of_a_lane_overlap(pairs: list[tuple[int, int]]) -> None:
    """In no lane is there a moment that two intervals share."""
    lane = lanes([start for start, _ in pairs], [start + length for start, length in pairs])
    spans = effective(pairs)
    for one in range(len(spans)):
        for other in range(one):
            apart = spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0]
            assert apart or lane[one] != lane[other]


@given(INTERVALS)
def test_there_are_no_more_lanes_than_overlaps(pairs: list[tuple[int, int]]) -> None:
    """The number of lanes is the largest number of intervals at any one moment, and none is left out."""
    lane = lanes([start for start, _ in pairs], [start + length for start, length in pairs])
    spans = effective(pairs)
    most = max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)
    assert sorted(set(lane.tolist())) == list(range(most))


def test_lanes_do_not_depend_on_the_order_of_rows() -> None:
    """An interval keeps its lane wherever it stands in the table."""
    starts, ends = np.array([0.0, 1, 2, 5]), np.array([3.0, 4, 6, 7])
    assert lanes(starts[::-1], ends[::-1])[::-1].tolist() == lanes(starts, ends).tolist() == [0, 1, 2, 0]
