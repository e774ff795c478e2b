"""HTTP servers of the package: on the loopback interface only, at a free port or the given one."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from emotoolkit.utils.loopback import HOST, serving_app, start_listening


def hello_app():
    """An application with one page."""

    async def hello(request):
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    return app


async def test_served_until_the_block_ends():
    """The address is on loopback with a port of its own; after the block nothing listens there."""
    async with serving_app(hello_app()) as first, serving_app(hello_app()) as second:
        assert first != second
        assert urlsplit(first).hostname == HOST
        async with aiohttp.ClientSession() as http, http.get(first) as response:
            assert await response.text() == "hello"
    with pytest.raises(OSError):
        await asyncio.open_connection(HOST, urlsplit(first).port)


async def test_a_given_port():
    """A server listens at the port that it is given, and a second one cannot."""
    async with serving_app(hello_app()) as free:
        port = urlsplit(free).port
    async with serving_app(hello_app(), port) as url:
        assert urlsplit(url).port == port
        runner = web.AppRunner(hello_app(), access_log=None)
        with pytest.raises(OSError):
            await start_listening(runner, port)
        await runner.cleanup()


async def test_open_connections_do_not_hold_up_the_end():
    """A request that is still being answered at the end gets `shutdown_timeout` seconds, no more."""
    began = asyncio.Event()

    async def endless(request):
        began.set()
        await asyncio.Event().wait()

    app = web.Application()
    app.add_routes([web.get("/", endless)])
    async with aiohttp.ClientSession() as http:
        async with serving_app(app, shutdown_timeout=0.05) as url:
            request = asyncio.create_task(http.get(url))
            await began.wait()
        with pytest.raises(aiohttp.ClientError):
            await request
