"""Times that cannot be: what they are, and what is none of them."""

import numpy as np
import pytest

from emotoolkit.tables import impossible_times
from emotoolkit.tables.impossible_times import TimeLimits


def times(*spans):
    """The times of a table of results."""
    starts, ends = zip(*spans, strict=True) if spans else ((), ())
    return np.array(starts, float), np.array(ends, float)


def find(*spans, duration=15.0, segment=3.0, sent=15.0):
    """How times are impossible, and how many; and how many of them are marked."""
    tables, limits = [times(*spans), times()], TimeLimits(duration, segment, sent)
    relative = impossible_times.are_relative(tables, limits)
    marked = impossible_times.mark(tables[0], duration, relative=relative)
    found = [(each["how"], each["count"]) for each in impossible_times.find(tables, limits)]
    assert bool(found) == marked.any()
    assert sum(count for _, count in found) >= marked.sum() >= max((count for _, count in found), default=0)
    return found


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([], []),
        ([(0, 15)], []),
        ([(2, 1)], [("backwards", 1)]),
        ([(2, 1), (9, 0), (1, 2)], [("backwards", 2)]),
        ([(500, 501)], [("behind", 1)]),
        ([(15.5, 16)], []),
        ([(14, 500)], []),
        ([(500, 400)], [("backwards", 1), ("behind", 1)]),
        ([(0.5, 2.0)] * 4, [("relative", 4)]),
        ([(0, 3), (0, 3), (0, 3.2)], [("relative", 3)]),
        ([(0.5, 2.0)] * 2, []),
        ([(0.5, 2.0)] * 4 + [(6, 8)], []),
        ([(float("nan"), float("nan"))], []),
        ([(0, float("nan")), (0, 15)], []),
    ],
)
def test_kinds(spans, found):
    """Ends before starts, times behind the recording, and times that never exceed a segment."""
    assert find(*spans) == found


@pytest.mark.parametrize(("segment", "sent"), [(None, 15.0), (3.0, 9.0), (15.0, 15.0), (0.0, 15.0)])
def test_too_little_to_tell(segment, sent):
    """Where few segments were sent, or none are known, nothing is concluded from small times."""
    assert find(*[(0.5, 2.0)] * 4, segment=segment, sent=sent) == []
