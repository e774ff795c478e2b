"""What may be asked of a replay's course, at the very edge of each rule, and in numbers of any kind."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from emotoolkit.errors import SettingsError
from emotoolkit.replays.checks import check_catch_up, check_count, check_moment, check_speed


def refuses(check, *arguments) -> bool:
    """Whether a check refuses something in a sentence."""
    try:
        check(*arguments)
    except SettingsError:
        return True
    return False


@pytest.mark.parametrize("speed", [0.25, 1, 2.5, math.inf, np.float32(2), np.int64(3), Fraction(1, 4)])
def test_speeds_from_a_quarter_on(speed):
    """As fast as possible is a speed, and so are numbers of numpy."""
    check_speed(speed)


@pytest.mark.parametrize("speed", [0.2499, 0, -1, math.nan, "2", None, [1], 1j])
def test_no_speed(speed):
    """Slower than a quarter, no number, or one written as text."""
    with pytest.raises(SettingsError, match=r"it must be a number from 0\.25 on") as caught:
        check_speed(speed)
    assert caught.value.setting == "speed"


@pytest.mark.parametrize(("factor", "legal"), [(1, True), (1.1, True), (0.999, False), (1.101, False), ("1", False)])
def test_a_stall_is_caught_up_a_tenth_faster_at_most(factor, legal):
    """From the speed itself to 1.1 times it, both ends included."""
    assert refuses(check_catch_up, factor) != legal


@pytest.mark.parametrize(("count", "legal"), [(1, True), (10**9, True), (0, False), (-1, False), (True, False),
                                              (1.0, False), ("1", False), (None, False)])  # fmt: skip
def test_counts_are_whole_numbers_from_one_on(count, legal):
    """Yes and no are not counts, nor is a number with a point."""
    assert refuses(check_count, "loop", count) != legal


def test_a_moment_lies_in_the_recording(talk):
    """From its beginning up to, but not including, its end; and the sentence names how long it is."""
    for moment in (0, 0.0, talk.duration / 2, np.float64(1), math.nextafter(talk.duration, 0)):
        check_moment("at", moment, talk, math.inf)
    for moment in (-0.001, talk.duration, math.inf, math.nan, "1", None):
        with pytest.raises(SettingsError, match=f"from 0 to {talk.duration:.2f} s"):
            check_moment("at", moment, talk, math.inf)


def test_a_moment_comes_before_the_end_that_was_asked_for(talk):
    """Nothing would be sent from there: refused, with that end in the sentence."""
    check_moment("to", 4.99, talk, 5.0)
    with pytest.raises(SettingsError, match=r"before the end, until=5") as caught:
        check_moment("to", 5.0, talk, 5.0)
    assert caught.value.setting == "to"
