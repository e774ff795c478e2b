"""The clocks by which captured pictures get their times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.media.capture.av_sync import SoundClock, WallClock


@given(drift=st.floats(-2e-4, 2e-4), jitter=st.lists(st.floats(0, 0.03), min_size=50, max_size=50))
def test_sound_is_the_clock(drift, jitter):
    """However irregularly blocks come, and however the card counts its seconds, a moment's place is right to 40 ms."""
    clock, rate, size = SoundClock(48_000), 48_000, 960
    for number in range(5000):
        began = 1000 + number * size / rate * (1 + drift)
        assert clock.add_block(began + jitter[number % 50], size) == 0
    heard = 5000 * size / rate
    assert clock.seconds(1000 + heard * (1 + drift)) == pytest.approx(heard, abs=0.04)


def test_lost_sound():
    """Sound that a card dropped becomes silence of that length, so pictures stay where they are."""
    clock = SoundClock(1000)
    assert clock.add_block(5.0, 100) == 0
    assert clock.add_block(5.1, 100) == 0
    assert clock.add_block(6.2, 100) == 1000
    assert clock.samples == 1300
    assert clock.seconds(6.3) == pytest.approx(1.3)


def test_before_the_first_sound_there_is_no_time():
    """A picture from before the first block has no place in the sound."""
    assert SoundClock(48_000).seconds(3.0) is None


@given(first=st.floats(0, 1e6), later=st.floats(0, 1e4))
def test_without_sound_the_first_picture_is_at_zero(first, later):
    """Times are seconds since the first one."""
    clock = WallClock()
    assert clock.seconds(first) == 0.0
    assert clock.seconds(first + later) == pytest.approx(later, abs=1e-6)
