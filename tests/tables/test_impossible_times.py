"""Times that cannot be: what they are, and what is none of them."""

import pandas as pd
import pytest

from emotoolkit.tables import impossible_times
from emotoolkit.tables.from_events import segmented_index


def table(*spans):
    """A table of results with these times."""
    starts, ends = zip(*spans, strict=True) if spans else ((), ())
    return pd.DataFrame(index=segmented_index("f", starts, ends))


def find(*spans, duration=15.0, segment=3.0, sent=15.0):
    """How times are impossible, and how many."""
    found = impossible_times.find([table(*spans), table()], duration=duration, segment=segment, sent=sent)
    return [(each["how"], each["count"]) for each in found]


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
