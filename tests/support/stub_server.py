"""A server that gives one answer to everything."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def answering(path: str, body: str | None, status: int = 200, headers: dict[str, str] | None = None):
    """A server in a thread of its own that answers whatever comes to a path with this body; None never answers."""
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def answer(request):
        if body is None:
            await ended.wait()
        await request.read()
        return web.Response(text=body or "", status=status, headers=headers)

    async def begin():
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", path, answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
