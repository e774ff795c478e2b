"""When a media second was due, told from the clock's references."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base import schedule
from emotoolkit.apis.base.journal import Reference
from emotoolkit.replays.clock import Clock
from emotoolkit.replays.testing import FakeTime

START = Reference(5.0, 0.0, 2.0, True, "start")


def test_a_straight_run():
    """At twice the speed, second 10 is due five seconds after the start."""
    assert schedule.due_time([START], 10.0) == 10.0


def test_a_pause_counts():
    """What lies behind a pause is due later by its length; what lies before is not."""
    references = [START, Reference(7.0, 4.0, 2.0, False, "pause"), Reference(17.0, 4.0, 2.0, True, "resume")]
    assert schedule.due_time(references, 3.0) == 6.5
    assert schedule.due_time(references, 10.0) == 20.0


def test_a_stall_counts_from_where_it_fell_back():
    """What was sent late was due when it was due; what is sent afterwards is due by the new course."""
    references = [START, Reference(9.0, 4.0, 2.0, True, "stall")]
    assert schedule.due_time(references, 3.0) == 6.5
    assert schedule.due_time(references, 4.0) == 7.0
    assert schedule.due_time(references, 6.0) == 10.0


def test_a_step_is_due_at_once():
    """What a step skips to is due at the step."""
    references = [Reference(5.0, 0.0, 1.0, False, "start"), Reference(8.0, 0.3, 1.0, False, "step")]
    assert schedule.due_time(references, 0.3) == 8.0
    assert schedule.due_time(references, 0.0) == 5.0
    assert math.isnan(schedule.due_time(references, 0.6))


def test_without_a_pace_nothing_is_due():
    """At infinite speed there is no due time."""
    assert math.isnan(schedule.due_time([Reference(5.0, 0.0, None, True, "start")], 1.0))
    assert math.isnan(schedule.due_time([], 1.0))


def test_turns():
    """Each turn has its own course."""
    references = [START, Reference(6.0, 2.0, 4.0, True, "speed"), Reference(7.0, 1.0, 4.0, True, "seek")]
    assert schedule.turn_references(references, 0) == references[:2]
    assert schedule.turn_references(references, 1) == references[2:]
    assert schedule.turn_references(references, 2) == []


@given(st.lists(st.tuples(st.sampled_from(["pause", "resume", "fast", "slow"]), st.floats(0.01, 10)), max_size=12))
def test_the_journal_knows_what_the_clock_knew(steps):
    """Law: at any moment while the clock runs, its position was due at that very moment, told from references alone."""
    time = FakeTime(0.0)
    clock = Clock(now=time.now)
    clock.start()
    references = [Reference(0.0, 0.0, 1.0, True, "start")]
    seen = []
    for step, seconds in steps:
        match step:
            case "pause":
                clock.pause()
            case "resume":
                clock.resume()
            case "fast":
                clock.speed = 4.0
            case "slow":
                clock.speed = 0.25
        now, media = clock.reference
        references.append(Reference(now, media, clock.speed, clock.playing, step))
        time.jump(seconds)
        if clock.playing:
            seen.append((time.now(), clock.position()))
    for at, media in seen:
        assert schedule.due_time(references, media) == pytest.approx(at, abs=1e-6)
