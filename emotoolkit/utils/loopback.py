"""Servers that hear this machine and nobody else: all that the package starts listen here."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["CORS_HEADERS", "HOST", "serving_app", "start_listening"]

HOST = "127.0.0.1"

CORS_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
"""For answers to pages of a notebook: they come from Jupyter's server, which is another origin. What lets them in is
the random token in the address."""


async def start_listening(runner: web.AppRunner, port: int = 0) -> str:
    """Let a server listen.

    Parameters
    ----------
    runner : aiohttp.web.AppRunner
        Not set up yet. Whoever made it cleans it up.
    port : int
        0 takes one that is free.

    Returns
    -------
    str
        Host and port, as addresses have them.
    """
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return f"{HOST}:{runner.addresses[0][1]}"


@asynccontextmanager
async def serving_app(app: web.Application, port: int = 0, *, shutdown_timeout: float = 1.0) -> AsyncIterator[str]:
    """Let an application listen; yields its address. Connections that are open at the end get `goodbye` seconds."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        yield f"http://{await start_listening(runner, port)}"
    finally:
        await runner.cleanup()
