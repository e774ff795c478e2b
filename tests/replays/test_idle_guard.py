"""A guard over pauses, on a fake time; what an engine makes of it is in `test_engine`."""

import asyncio
from types import SimpleNamespace

from emotoolkit.replays.clock import Clock
from emotoolkit.replays.idle_guard import IdleGuard
from emotoolkit.replays.testing import FakeTime


class Group:
    """One session whose server ends it after 10 s without media."""

    def __init__(self, now):
        self.written = []
        journal = SimpleNamespace(write=self.written.append)
        self.session = SimpleNamespace(number=3, idle_limit=10.0, last_activity=now, journal=journal)

    def next_to_time_out(self):
        return self.session


async def test_warned_then_ended():
    """A warning is written at 80 % of the limit, once, and the sessions are ended at 95 %."""
    time, left = FakeTime(), []
    group = Group(time.now())
    async with asyncio.TaskGroup() as tasks:
        clock = Clock(now=time.now, call_later=time.call_later)
        guard = IdleGuard(tasks, clock, time.now, lambda: left.append(time.now()))
        guard.watch(group)
        await time.advance(7.9)
        assert not group.written
        await time.advance(1.5)
        (idle,) = group.written
        assert (idle.session, idle.limit, idle.left) == (3, 10.0, 1.5)
        assert not left
        await time.advance(0.2)
        assert len(left) == 1
    assert len(group.written) == 1


async def test_a_pause_that_ends():
    """A pause that is over is not watched any more."""
    time, left = FakeTime(), []
    group = Group(time.now())
    async with asyncio.TaskGroup() as tasks:
        guard = IdleGuard(tasks, Clock(now=time.now, call_later=time.call_later), time.now, lambda: left.append(1))
        guard.watch(group)
        await time.advance(5)
        guard.stop()
        guard.stop()
        await time.advance(20)
    assert not group.written
    assert not left
