"""Progress: laws of what a bar may say, whatever is reported."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.utils.progress import Progress, format_duration

SECONDS = st.floats(allow_nan=True, allow_infinity=True)
REPORTS = st.lists(st.tuples(SECONDS, SECONDS), max_size=30)
TOTALS = st.floats(0.001, 1e9)


@given(TOTALS, REPORTS)
def test_only_forward_and_the_total_only_at_the_end(total, reports):
    """Law: it never decreases, is below the total and below 100 % until the end, and both at the end."""
    progress, before = Progress(total), 0.0
    for sent, answered in reports:
        progress.update(sent, answered)
        assert before <= progress.done < total
        assert progress.percent < 100
        assert f"{100 * progress.done / total:3.0f}" != "100"  # as tqdm rounds it
        before = progress.done
    progress.finish()
    assert progress.done == progress.answered == progress.sent == total
    assert progress.percent == 100
    progress.update(0.0, 0.0)
    assert progress.done == total


@given(TOTALS, REPORTS, st.just(0.0) | st.floats(1e-9, 1e6))
def test_time_left_is_never_none_before_the_end(total, reports, elapsed):
    """Law: before the end the time left is unknown or more than 0; at the end it is 0."""
    progress = Progress(total)
    for sent, answered in reports:
        progress.update(sent, answered)
    left = progress.remaining(elapsed)
    assert math.isnan(left) or left > 0
    progress.finish()
    assert progress.remaining(elapsed) == 0


@given(st.lists(st.floats(0, 100), max_size=20))
def test_without_a_total(reports):
    """Law: of a live recording the seconds still only grow; there is no percentage and no time left."""
    progress, before = Progress(math.inf), 0.0
    for seconds in reports:
        progress.update(seconds, seconds)
        assert progress.done >= before
        before = progress.done
    assert progress.percent is None
    assert math.isnan(progress.remaining(10.0))
    progress.finish()
    assert progress.done == before


@pytest.mark.parametrize(
    ("sent", "answered", "percent"),
    [
        (0.0, 0.0, 0),
        (100.0, 0.0, 50),
        (100.0, 50.0, 75),
        (50.0, 50.0, 50),
        (100.0, 100.0, 99),
        (50.0, 1e12, 50),
        (50.0, -3.0, 25),
        (math.nan, math.nan, 0),
        (math.inf, math.inf, 99),
        (-1.0, 5.0, 0),
    ],
)
def test_what_counts(sent, answered, percent):
    """A second counts half when it is sent and half when answered; an impossible time counts as none."""
    progress = Progress(100.0)
    progress.update(sent, answered)
    assert progress.percent == percent


@pytest.mark.parametrize(
    ("sent", "answered", "skipped", "left"),
    [
        (100.0, 0.0, 0.0, math.nan),
        (100.0, 25.0, 0.0, 30.0),
        (25.0, 25.0, 0.0, 30.0),
        (75.0, 75.0, 50.0, 10.0),
        (50.0, 50.0, 50.0, math.nan),
        (100.0, 100.0, 0.0, 0.1),
    ],
)
def test_time_left(sent, answered, skipped, left):
    """After 10 s: estimated from what was answered, not from what was sent, nor from what had been answered before."""
    progress = Progress(100.0)
    progress.skip(skipped)
    progress.update(sent, answered)
    assert progress.remaining(10.0) == pytest.approx(left, nan_ok=True)


def test_nothing_to_do():
    """Of nothing, nothing is done, until the end."""
    progress = Progress(0.0)
    progress.update(1.0, 1.0)
    assert progress.percent == 0
    progress.finish()
    assert progress.percent == 100


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "00:00"), (59.9, "00:59"), (61.0, "01:01"), (90000.0, "25:00:00"), (math.inf, "?")]
)
def test_durations(seconds, text):
    """Minutes and seconds; hours where there are some; a question mark for what is not known."""
    assert format_duration(seconds) == text
