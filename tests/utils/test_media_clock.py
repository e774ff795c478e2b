"""Media times as people read them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.utils.media_clock import format_time


@given(st.floats(-1e6, 1e6), st.integers(0, 3), st.booleans())
def test_the_time_can_be_read_again(seconds, digits, hours):
    """Hours, minutes and seconds add up to the time, rounded once: no 60 seconds, no minus before a zero."""
    told = re.fullmatch(r"(−?)(?:(\d+):(?=\d\d:))?(\d+):(\d\d(?:\.\d+)?)", format_time(seconds, digits, hours=hours))
    sign, over, minutes, rest = told.groups()
    assert int(minutes) < 60
    assert float(rest) < 60
    assert over is not None or not hours
    total = int(over or 0) * 3600 + int(minutes) * 60 + float(rest)
    assert abs(total - abs(seconds)) <= 0.5 / 10**digits + 1e-6
    assert bool(sign) == (seconds < 0 and total > 0)
