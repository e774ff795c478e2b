"""Leaning and stillness: the rules alone, on looks made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.measure.face import OBSERVATIONS_PER_DETECTION, RATE_HZ, Attention, FaceObservation
from emotoolkit.measure.posture import BASELINE_S, MAX_STILL_WIDTHS, MIN_STILL_S, LeanDetector, StillnessDetector


def sized(sizes, *, attention=Attention.FRONTAL):
    """Looks at a face of which each size is seen for one detection, 0.2 s."""
    return [
        FaceObservation(
            n / RATE_HZ, attention, 0.5, 0.5, float(sizes[n // OBSERVATIONS_PER_DETECTION]), 100.0, 0.0, 0.0, 1
        )
        for n in range(OBSERVATIONS_PER_DETECTION * len(sizes))
    ]


def leans(looks):
    leaning = LeanDetector()
    return [lean for look in looks for lean in leaning.feed(look)] + list(leaning.end(looks[-1].time + 1 / RATE_HZ))


def placed(places):
    """Looks at a face that is 100 px wide, each 0.04 s at a place."""
    return [
        FaceObservation(n / RATE_HZ, Attention.FRONTAL, 0.5, 0.5, 0.2, 100.0, *map(float, at), 1)
        for n, at in enumerate(places)
    ]


def stills(looks):
    keeping = StillnessDetector()
    return [each for look in looks for each in keeping.feed(look)] + list(keeping.end(looks[-1].time))


@pytest.mark.parametrize("times", [1.3, 1 / 1.3])
def test_in_and_out(times):
    """Nearer or farther than usual for 4 s, from the first look that is to the last."""
    (lean,) = leans(sized([0.2] * 20 + [0.2 * times] * 20 + [0.2] * 20))
    assert (lean.start, lean.end, lean.known) == (3.7, 7.7, 8.0)  # less what the mean of detections lags behind
    assert (lean.times, lean.looking) == (pytest.approx(times), 1.0)


def test_it_begins_where_the_size_begins_to_change():
    """Somebody who comes nearer slowly leans from when they set out, not from when it is enough."""
    (lean,) = leans(sized([0.2] * 20 + list(np.linspace(0.2, 0.26, 10)) + [0.26] * 10 + [0.2] * 10))
    assert lean.start == pytest.approx(4.0, abs=0.25)


def test_small_changes_are_none():
    """Boxes vary by some percent, and what grows by a tenth only is no lean."""
    rng = np.random.default_rng(3)
    assert leans(sized(0.2 * (1 + 0.02 * rng.standard_normal(300)))) == []
    assert leans(sized([0.2] * 20 + [0.22] * 20)) == []


def test_what_lasts_is_usual():
    """Who stays nearer leans for 12 s; after that it is usual, and going back is leaning back."""
    near, far = leans(sized([0.2] * 20 + [0.26] * 150 + [0.2] * 20))
    assert (near.start, near.end) == (3.7, pytest.approx(4 + BASELINE_S, abs=0.3))
    assert (far.start, far.times) == (33.7, pytest.approx(1 / 1.3))


def test_a_lean_does_not_change_what_is_usual():
    """After two leans in a row, usual is what it was before."""
    found = leans(sized(([0.2] * 12 + [0.26] * 40) * 3 + [0.2] * 20))
    assert [each.times for each in found] == [pytest.approx(1.3)] * 3


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=60))
def test_any_sizes(sizes):
    """Law: whatever the sizes are, leans come in order and do not overlap, and their numbers are finite."""
    found = leans(sized(sizes))
    assert all(0 <= each.start <= each.end <= each.known for each in found)
    assert all(before.end <= after.end for before, after in zip(found, found[1:], strict=False))
    assert all(0 < each.times < 100 for each in found)


def test_still():
    """A head that keeps within a twentieth of its width is still from then to then."""
    moving = [(10 * n, 0) for n in range(50)]
    keeping = [(500 + n % 2, n % 3) for n in range(200)]
    (still,) = stills(placed([*moving, *keeping, *moving]))
    assert (still.start, still.end) == (2.0, pytest.approx(10.0, abs=0.05))
    assert still.width == pytest.approx(0.02)


def test_short_rest_is_not_stillness():
    """Less than 5 s of it are not told, nor is a head that drifts."""
    rest = [(0, 0)] * round(MIN_STILL_S * RATE_HZ - 2)
    assert stills(placed([*rest, *((10 * n, 0) for n in range(30))])) == []
    assert stills(placed([(n * 3 * MAX_STILL_WIDTHS, 0) for n in range(500)])) == []
