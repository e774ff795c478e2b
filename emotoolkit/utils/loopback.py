"""HTTP servers on the loopback interface, where all servers of the package listen."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["CORS_HEADERS", "HOST", "serving_app", "start_listening"]

HOST = "127.0.0.1"

CORS_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
"""Headers of answers to pages of a notebook, whose origin is Jupyter's server. The random token in the address is what
protects them."""


async def start_listening(runner: web.AppRunner, port: int = 0) -> str:
    """Start listening.

    Parameters
    ----------
    runner : aiohttp.web.AppRunner
        Not set up yet. The caller cleans it up.
    port : int
        0 takes a free one.

    Returns
    -------
    str
        Host and port, as in an address.
    """
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return f"{HOST}:{runner.addresses[0][1]}"


@asynccontextmanager
async def serving_app(app: web.Application, port: int = 0, *, shutdown_timeout: float = 1.0) -> AsyncIterator[str]:
    """Serve an application; yield its address. Connections open at the end get `shutdown_timeout` seconds."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        yield f"http://{await start_listening(runner, port)}"
    finally:
        await runner.cleanup()
