"""Work done together: each gets its own result, whatever became of the others."""

import asyncio
import threading

import pytest

from emotoolkit.utils.batched_calls import BatchedExecutor


async def test_what_is_wanted_together_is_done_by_one_thread_in_order():
    """A thousand wishes wake one thread, once."""
    rounds, threads, order = BatchedExecutor(), set(), []

    def work(number):
        threads.add(threading.get_ident())
        order.append(number)
        return number

    wishes = [rounds.submit(lambda n=n: work(n)) for n in range(1000)]
    assert await asyncio.gather(*wishes) == list(range(1000)) == order
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_who_fails_fails_alone():
    """An error is raised where the work was wanted, and the others have their results."""
    rounds = BatchedExecutor()
    before, failing, after = rounds.submit(lambda: 1), rounds.submit(lambda: 1 // 0), rounds.submit(lambda: 2)
    with pytest.raises(ZeroDivisionError):
        await failing
    assert (await before, await after) == (1, 2)


async def test_what_nobody_wants_any_more_is_not_begun():
    """Who cancels in time has nothing done; who cancels later hears nothing."""
    rounds, done = BatchedExecutor(), []
    rounds.submit(lambda: done.append("cancelled")).cancel()
    begun, go_on = threading.Event(), threading.Event()
    late = rounds.submit(lambda: (begun.set(), go_on.wait(60)))
    last = rounds.submit(lambda: done.append("last"))
    await asyncio.to_thread(begun.wait, 60)
    late.cancel()
    go_on.set()
    await last
    assert done == ["last"]


async def test_later_work_is_done_too():
    """What is wanted when the first lot has begun comes in the next."""
    rounds = BatchedExecutor()
    assert [await rounds.submit(lambda n=n: n) for n in range(3)] == [0, 1, 2]
