"""The clock, on a fake time: nothing here waits."""

import asyncio
import math
import sys
import time as systime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.replays.clock import Clock, monotonic
from emotoolkit.replays.testing import FakeTime


@pytest.fixture
def time():
    return FakeTime()


@pytest.fixture
def clock(time):
    return Clock(now=time.now, call_later=time.call_later)


async def reached(clock: Clock, moment: float) -> asyncio.Task:
    """Start to wait for a moment."""
    task = asyncio.create_task(clock.wait_until(moment))
    await asyncio.sleep(0)
    return task


async def test_reaches_at_the_deadline_and_not_before(time, clock):
    """A moment is reached when it is due, to the instant."""
    clock.start()
    task = await reached(clock, 0.3)
    await time.advance(0.2999)
    assert not task.done()
    await time.advance(0.0001)
    assert await task == pytest.approx(0)


async def test_no_drift(time, clock):
    """Late wake-ups do not add up: after 1000 of them, each 1 ms late, the last is 1 ms late."""
    clock.start()
    for packet in range(1, 1001):
        task = asyncio.create_task(clock.wait_until(packet * 0.3))
        await time.advance(0)
        time.jump(max(0.0, clock.due(packet * 0.3) - time.now()) + 0.001)
        await time.advance(0)
        late = await task
    assert late == pytest.approx(0.001)


async def test_an_early_wake_up_sleeps_again(time):
    """A sleep that returns too early is not taken for the deadline."""
    clock = Clock(now=time.now, call_later=lambda seconds, call: time.call_later(seconds * 0.9, call))
    clock.start()
    task = await reached(clock, 1.0)
    await time.advance(0.95)
    assert not task.done()
    await time.advance(0.05)
    assert await task >= 0


@given(st.floats(0.25, 16), st.floats(0, 1e5), st.floats(0, 1e4))
def test_due_and_position_are_inverse(speed, start, after):
    """Law: at the wall time at which a moment is due, the position is that moment."""
    time = FakeTime()
    clock = Clock(speed, now=time.now)
    clock.start(start)
    time.jump(clock.due(start + after) - time.now())
    assert clock.position() == pytest.approx(start + after, abs=1e-6)


@given(
    st.lists(
        st.tuples(st.sampled_from(["play", "pause", "resume", "faster", "slower"]), st.floats(0, 100)), max_size=20
    )
)
def test_media_time_never_jumps(steps):
    """Law: pause, resume and speed move the position only as far as playing time allows."""
    time = FakeTime()
    clock = Clock(now=time.now)
    clock.start()
    wanted = 0.0
    for step, seconds in steps:
        match step:
            case "pause":
                clock.pause()
            case "resume":
                clock.resume()
            case "faster":
                clock.speed = 4.0
            case "slower":
                clock.speed = 0.25
        assert clock.position() == pytest.approx(wanted, abs=1e-6)
        time.jump(seconds)
        wanted += seconds * clock.speed if clock.playing else 0
        assert clock.position() == pytest.approx(wanted, abs=1e-6)


async def test_pause_holds_a_waiter(time, clock):
    """Who waits while the clock is paused waits on, and gets exactly what was left."""
    clock.start()
    task = await reached(clock, 1.0)
    await time.advance(0.4)
    clock.pause()
    await time.advance(100)
    assert not task.done()
    clock.resume()
    await time.advance(0.59)
    assert not task.done()
    await time.advance(0.01)
    assert await task == pytest.approx(0)


async def test_speed_takes_effect_for_who_waits_already(time, clock):
    """A new speed moves the deadline of a waiter."""
    clock.start()
    task = await reached(clock, 10.0)
    await time.advance(2.0)
    clock.speed = 4.0
    await time.advance(1.99)
    assert not task.done()
    await time.advance(0.01)
    assert task.done()


async def test_seek_moves_a_waiter(time, clock):
    """Seeking beyond what is waited for makes it due at once."""
    clock.start()
    task = await reached(clock, 60.0)
    clock.seek(60.0)
    await time.advance(0)
    assert task.done()


async def test_shift_delays_everything(time, clock):
    """A shift makes what is ahead due later, and the position falls back by as much."""
    clock.start()
    time.jump(5.0)
    clock.shift(2.0)
    assert clock.position() == pytest.approx(3.0)
    assert clock.due(4.0) == pytest.approx(time.now() + 1.0)


async def test_a_stall_is_caught_up_at_the_pace_that_was_allowed(time):
    """After a stall of 1 s the clock runs 1.1 times as fast for 10 s of wall time, and is then where it would be."""
    clock = Clock(catch_up=1.1, now=time.now, call_later=time.call_later)
    clock.start()
    began = time.now()
    time.jump(5.0)
    clock.shift(1.0)
    assert (clock.position(), clock.behind, clock.effective_speed) == pytest.approx((4.0, 1.0, 1.1))
    assert not clock.finish_catch_up()
    assert clock.due(4.11) == pytest.approx(began + 5.1)
    assert clock.due(20.0) == pytest.approx(began + 20.0), "beyond where they meet, the schedule is the old one"
    time.jump(12.0)
    assert clock.position() == pytest.approx(17.0)
    assert clock.finish_catch_up()
    assert not clock.finish_catch_up()
    assert clock.reference == pytest.approx((began + 15.0, 15.0))
    assert clock.effective_speed == 1.0


async def test_what_was_due_before_a_change_was_due_at_the_pace_of_then(time):
    """A packet that leaves late is not said to have been due at a pace that came after it."""
    clock = Clock(catch_up=1.1, now=time.now, call_later=time.call_later)
    clock.start()
    began = time.now()
    time.jump(2.0)
    clock.speed = 4.0
    assert clock.due(1.0) == pytest.approx(began + 1.0)
    assert clock.due(6.0) == pytest.approx(began + 3.0)
    clock.shift(1.0)
    before = clock.due(5.0)
    time.jump(10.0)
    assert clock.finish_catch_up()
    assert clock.due(5.0) == pytest.approx(before), "the stall is made up for, and what was due meanwhile stays so"


@given(
    st.floats(1.0, 1.1),
    st.lists(
        st.tuples(st.sampled_from(["stall", "pause", "resume", "faster", "slower", "look"]), st.floats(0.001, 30)),
        max_size=20,
    ),
)
def test_media_time_after_stalls(catch_up, steps):
    """Law: a stall costs its own length, the pace is never above what is allowed, the schedule is never passed.

    The schedule is the media time of a clock that was never held up.
    """
    time = FakeTime()
    clock, schedule = (Clock(catch_up=catch_up, now=time.now) for _ in range(2))
    clock.start()
    schedule.start()
    for step, seconds in steps:
        before = clock.position()
        match step:
            case "pause":
                clock.pause()
                schedule.pause()
            case "resume":
                clock.resume()
                schedule.resume()
            case "faster":
                clock.speed = schedule.speed = 4.0
            case "slower":
                clock.speed = schedule.speed = 0.25
            case "look":
                clock.finish_catch_up()
            case "stall" if clock.playing:
                time.jump(seconds)
                clock.shift(seconds)
        assert clock.position() == pytest.approx(before, abs=1e-6), "nothing is skipped, and nothing twice"
        time.jump(seconds)
        moved = clock.position() - before
        fastest = clock.speed * catch_up * seconds if clock.playing else 0.0
        assert -1e-6 <= moved <= fastest + 1e-6
        assert clock.position() <= schedule.position() + 1e-6
        if clock.playing:
            assert clock.due(clock.position()) == pytest.approx(time.now(), abs=1e-5)
        if catch_up > 1:
            assert clock.position() + clock.behind == pytest.approx(schedule.position(), abs=1e-5)


def test_the_default_time_counts_on_while_the_machine_sleeps():
    """It never goes back, and is the system's clock that includes sleep, where there is one."""
    first, second = monotonic(), monotonic()
    assert first <= second
    if sys.platform == "linux":
        assert abs(monotonic() - systime.clock_gettime(systime.CLOCK_BOOTTIME)) < 1.0


async def test_a_start_among_others_can_wait_a_little(time, clock):
    """Media time stands until a start that was put off, and runs from there."""
    clock.start(5.0, after=0.2)
    time.jump(0.1)
    assert clock.position() == 5.0
    time.jump(0.2)
    assert clock.position() == pytest.approx(5.1)


async def test_infinite_speed_is_always_due(time):
    """At infinite speed everything is due at once and nothing is late."""
    clock = Clock(math.inf, now=time.now, call_later=time.call_later)
    clock.start()
    assert await clock.wait_until(1e9) == 0.0


async def test_nothing_is_due_before_the_start(time, clock):
    """Before its start the clock stands."""
    task = await reached(clock, 0.0)
    await time.advance(10)
    assert not task.done()
    clock.start()
    await time.advance(0)
    assert task.done()
