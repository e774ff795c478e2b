"""What is left of a session is collected when the last one has ended, and not before."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import ExitStack

import aiohttp
import pytest
from aiohttp import web

from emotoolkit.utils import garbage
from emotoolkit.utils.garbage import IdleCollector
from emotoolkit.utils.loopback import start_listening


class Knot:
    """An object that only the garbage collector finds."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def seldom(monkeypatch):
    """No collector but ours, and that at once."""
    monkeypatch.setattr(garbage, "SETTLING_S", 0.0)
    gc.disable()
    yield
    gc.enable()


async def settled():
    await asyncio.sleep(0.05)


async def test_when_the_last_has_ended(seldom):
    """While one of two is in progress nothing is collected."""
    in_progress = IdleCollector()
    with in_progress:
        with in_progress:
            left = weakref.ref(Knot())
        await settled()
        assert left() is not None
    assert left() is not None  # not at once either: who ends may still hold something
    await settled()
    assert left() is None


async def test_again_and_again(seldom):
    """Each time that it is idle; also where somebody came before it was collected, and one that failed counts, too."""
    in_progress = IdleCollector()

    def fail():
        with in_progress:
            left.append(weakref.ref(Knot()))
            raise RuntimeError

    left = []
    for _ in range(3):
        with pytest.raises(RuntimeError):
            fail()
        with in_progress:
            await settled()
            assert left.pop()() is None


@pytest.mark.parametrize("open_ones", [1, 4, 40])
async def test_a_server_that_is_never_idle(seldom, monkeypatch, open_ones):
    """What has ended is collected after some, although others are always in progress; the later, the more these are."""
    monkeypatch.setattr(garbage, "MAX_LEFT", 3)
    in_progress, left = IdleCollector(), []
    with ExitStack() as others:
        for _ in range(open_ones):
            others.enter_context(in_progress)
        for _ in range(3 + open_ones // 4):
            assert all(each() is not None for each in left)
            with in_progress:
                left.append(weakref.ref(Knot()))
            await settled()
        assert [each() for each in left] == [None] * len(left)


async def test_requests(seldom):
    """A request of an application is in progress until it is answered, also where that fails."""
    left = []

    async def answer(_):
        left.append(weakref.ref(Knot()))
        raise web.HTTPNotFound

    app = web.Application(middlewares=[IdleCollector().middleware()])
    app.add_routes([web.get("/", answer)])
    runner = web.AppRunner(app)
    try:
        address = await start_listening(runner)
        async with aiohttp.ClientSession() as http, http.get(f"http://{address}/") as response:
            assert response.status == 404
        await settled()
        assert [each() for each in left] == [None]
    finally:
        await runner.cleanup()
