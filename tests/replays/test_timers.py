"""Calls at a moment: never before it, in order, and each of them whatever the others do."""

import asyncio
import ctypes
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.replays import timers
from emotoolkit.replays.clock import Clock, call_later, monotonic
from emotoolkit.replays.timers import HighResolutionTimer, precise_call_later
from emotoolkit.utils.subprocesses import run_event_loop
from tests.support.examples import examples

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the timer")
FILES = Path("/proc/self/fd")
MILLI = st.floats(-0.002, 0.02)


def rung(main, *arguments):
    """Run it as the worker runs, on its loop."""
    told = []

    async def with_an_alarm():
        ringing = HighResolutionTimer()
        try:
            told.append(await main(ringing, *arguments))
        finally:
            ringing.close()

    run_event_loop(with_an_alarm())
    return told[0]


@LINUX
@settings(max_examples=examples(30))
@given(st.lists(st.tuples(MILLI, st.booleans()), min_size=1, max_size=40))
def test_whoever_is_not_called_off_is_called_once_in_order_and_never_before(wishes):
    """Whatever is wished for when, and whoever else has changed their mind."""

    async def main(ringing):
        done = asyncio.get_running_loop().create_future()
        calls, moments = [], {}
        for number, (seconds, called_off) in enumerate(wishes):
            moments[number] = monotonic() + seconds
            timer = ringing.call_later(seconds, lambda number=number: calls.append((number, monotonic())))
            if called_off:
                timer.cancel()
        ringing.call_later(0.021, lambda: done.set_result(None))
        await done
        return calls, moments

    calls, moments = rung(main)
    assert [number for number, _ in calls] == sorted(
        (number for number, (_, called_off) in enumerate(wishes) if not called_off), key=moments.__getitem__
    )
    assert all(at >= moments[number] for number, at in calls)


@LINUX
def test_a_sooner_wish_is_not_kept_waiting_by_a_later_one():
    """The timer is set anew for who comes later and is due first; an hour is not waited for."""

    async def main(ringing):
        done = asyncio.get_running_loop().create_future()
        ringing.call_later(3600.0, lambda: done.set_result("an hour"))
        ringing.call_later(0.001, lambda: done.set_result("soon"))
        return await done

    assert rung(main) == "soon"


@LINUX
def test_who_fails_fails_alone():
    """An error in one call is told to the loop; the others, due at the same moment, are called."""

    async def main(ringing):
        loop, heard = asyncio.get_running_loop(), []
        done = loop.create_future()
        loop.set_exception_handler(lambda _, context: heard.append(context["exception"]))
        ringing.call_later(0.0, lambda: 1 // 0)
        ringing.call_later(0.0, lambda: done.set_result("called"))
        return await done, heard

    told, heard = rung(main)
    assert told == "called"
    assert [type(problem) for problem in heard] == [ZeroDivisionError]


@LINUX
def test_closed_it_calls_nobody_and_holds_no_file():
    """A thousand of them, one after the other, use up no files."""
    before = len(list(FILES.iterdir()))
    called = []

    async def main(_):
        for _ in range(1000):
            ringing = HighResolutionTimer()
            ringing.call_later(0.0, lambda: called.append("too late"))
            ringing.close()
        await asyncio.sleep(0.005)

    rung(main)
    assert not called
    assert len(list(FILES.iterdir())) <= before + 1


@LINUX
def test_a_clock_takes_its_calls():
    """A clock that waits by it waits once for each moment: woken too early it would have to wait again."""

    async def main(ringing):
        asked = []

        def call_later(seconds, call):
            asked.append(seconds)
            return ringing.call_later(seconds, call)

        clock = Clock(speed=10.0, call_later=call_later)
        clock.start()
        for moment in range(1, 40):
            await clock.wait_until(moment / 100)
        return asked

    assert 0 < len(rung(main)) <= 39


@LINUX
def test_where_there_is_one_it_is_used():
    """Here the worker's clock waits by the system's timer, not by the loop's milliseconds."""

    async def main(_):
        with precise_call_later() as given_one:
            return given_one is not call_later

    assert rung(main)


@pytest.mark.parametrize("problem", [AttributeError("no timerfd_create"), TypeError("no library"), None])
def test_elsewhere_the_loop_s_own_has_to_do(monkeypatch, problem):
    """A system without the timer, or one that refuses it, gets what every loop has, and says nothing."""

    class System:
        def timerfd_create(self, *_):
            ctypes.set_errno(22)
            return -1

    def library(*_, **__):
        if problem is not None:
            raise problem
        return System()

    monkeypatch.setattr(timers.ctypes, "PyDLL", library)

    async def main():
        with pytest.raises(OSError, match="Function not implemented" if problem else "Invalid argument"):
            HighResolutionTimer()
        with precise_call_later() as given_one:
            assert given_one is call_later

    asyncio.run(main())
