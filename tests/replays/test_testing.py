"""Fake time: it moves only when told to, and its timers fire in order, each at its own moment."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.replays.testing import FakeTime

moments = st.lists(st.floats(0, 100, allow_nan=False), max_size=12)


@given(moments, st.floats(0, 100, allow_nan=False))
def test_timers_fire_in_order_at_their_own_moment(seconds, passed):
    """Law: of all timers exactly those fire that are due, sorted, and each sees its own moment as the present."""

    async def fired():
        time, seen = FakeTime(1000.0), []
        for each in seconds:
            time.call_later(each, lambda: seen.append(time.now()))
        await time.advance(passed)
        return seen, time.now()

    seen, now = asyncio.run(fired())
    assert seen == sorted(1000.0 + each for each in seconds if 1000.0 + each <= 1000.0 + passed)
    assert now == 1000.0 + passed


async def test_a_jump_fires_nothing_until_time_moves_on():
    """A machine that was asleep fires its timers late: the next step fires them, at the moment after the sleep."""
    time, seen = FakeTime(), []
    time.call_later(1.0, lambda: seen.append(time.now()))
    time.jump(60.0)
    await asyncio.sleep(0)
    assert seen == []
    await time.advance(0)
    assert seen == [1060.0]


async def test_a_cancelled_timer_does_not_fire():
    """What was cancelled is not called, and a sleep that is cancelled leaves no timer that does anything."""
    time, seen = FakeTime(), []
    time.call_later(1.0, lambda: seen.append(1)).cancel()
    sleeping = asyncio.ensure_future(time.sleep(2.0))
    await asyncio.sleep(0)
    sleeping.cancel()
    await time.advance(3.0)
    assert seen == []
    assert sleeping.cancelled()


async def test_a_woken_task_runs_on_before_time_moves_on():
    """A chain of short sleeps is finished within one long step, each link at its moment."""
    time, seen = FakeTime(0.0), []

    async def chain():
        for _ in range(5):
            await time.sleep(0.5)
            seen.append(time.now())

    task = asyncio.ensure_future(chain())
    await time.advance(10.0)
    assert task.done()
    assert seen == [0.5, 1.0, 1.5, 2.0, 2.5]
