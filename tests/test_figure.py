"""Times along the axis: written as on a player, few and round."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.figure import ClockLocator, clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.5, "0:00.5"),
        (59.96, "1:00"),
        (75, "1:15"),
        (3600, "1:00:00"),
        (37_230.1, "10:20:30.1"),
        (-5, "−0:05"),
    ],
)
def test_times_read_as_on_a_player(seconds: float, text: str) -> None:
    """Times are minutes and seconds, with hours and tenths where there are any."""
    assert clock(seconds) == text


@given(st.floats(0, 1e5), st.floats(0.2, 2e5))
def test_ticks_are_few_and_round(start: float, length: float) -> None:
    """Whatever is shown, there are at most a dozen ticks, evenly spread, within it."""
    found = np.asarray(ClockLocator().tick_values(start, start + length))
    assert len(found) <= 12
    assert np.all((found >= start - 1e-3) & (found <= start + length + 1e-3))
    assert np.ptp(np.diff(found)) < 1e-6 if len(found) > 1 else True
