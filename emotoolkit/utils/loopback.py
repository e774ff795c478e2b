"""HTTP servers on the loopback interface, where all servers of the package listen.

Loopback keeps other machines out, but not the pages in a browser of this one. Two checks do that. A request's `Host` is
the address that its page was told: one that is no name of this machine comes from a page whose own name now leads to
127.0.0.1 (DNS rebinding). Its `Origin`, where it has one, is where the page came from; programs send none.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from emotoolkit.errors import AddressRefused
from emotoolkit.utils import addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from emotoolkit.utils.addresses import Address

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

__all__ = [
    "CORS_HEADERS",
    "FOREIGN_HOST_TEXT",
    "FOREIGN_PAGE_TEXT",
    "HOST",
    "comes_from_here",
    "names_this_server",
    "refuse_foreign_hosts",
    "refuse_foreign_pages",
    "serving_app",
    "serving_guarded_app",
    "start_listening",
]

HOST = "127.0.0.1"

CORS_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
"""Headers of answers to pages of a notebook, whose origin is Jupyter's server. The random token in the address is what
protects them."""


FOREIGN_HOST_TEXT = "This server answers to localhost, 127.0.0.1 and [::1] with its own port alone.\n"
FOREIGN_PAGE_TEXT = "This server answers to programs and pages of this machine alone.\n"

CROSS_SITE = "cross-site"
"""What a browser says of a request that a page makes to another site, also where it sends no `Origin`."""


def names_this_server(request: web.Request) -> bool:
    """Whether a request's `Host` is a name of this machine, with this server's port if it has one."""
    named = [_parse(each) for each in request.headers.getall("Host", [])]
    ports = {None, _own_port(request)}
    return len(named) == 1 and all(
        each is not None and each.local and not each.scheme and each.port in ports for each in named
    )


def comes_from_here(request: web.Request) -> bool:
    """Whether a request comes from a program, or from a page of a server of this machine at any port."""
    origins = request.headers.getall("Origin", [])
    if not origins:
        return request.headers.get("Sec-Fetch-Site") != CROSS_SITE
    return all(
        origin is not None and origin.local and origin.scheme in ("http", "https") for origin in map(_parse, origins)
    )


def _parse(text: str) -> Address | None:
    """Parse a host or an origin; None if it is neither, or has more in it."""
    try:
        address = addresses.read(text)
    except AddressRefused:
        return None
    return None if address.user is not None or address.path or address.query else address


def _own_port(request: web.Request) -> int | None:
    transport = request.transport
    return None if transport is None else transport.get_extra_info("sockname")[1]


@web.middleware
async def refuse_foreign_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests whose `Host` is not this server. For servers whose pages come from anywhere, with a token."""
    return await handler(request) if names_this_server(request) else web.Response(status=403, text=FOREIGN_HOST_TEXT)


def refuse_foreign_pages(
    is_allowed: Callable[[web.Request], bool] = lambda _: False,
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Make a middleware that refuses requests with the `Host` of another server, or from pages of other machines.

    Parameters
    ----------
    is_allowed : callable
        Whether a request from a page of another machine is allowed.
    """

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not names_this_server(request):
            return web.Response(status=403, text=FOREIGN_HOST_TEXT)
        if not (comes_from_here(request) or is_allowed(request)):
            return web.Response(status=403, text=FOREIGN_PAGE_TEXT)
        return await handler(request)

    return refuse


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


def serving_app(
    app: web.Application, port: int = 0, *, shutdown_timeout: float = 1.0
) -> AbstractAsyncContextManager[str]:
    """Serve an application to programs and pages of this machine; yield its address.

    Connections open at the end get `shutdown_timeout` seconds.
    """
    app.middlewares.insert(0, refuse_foreign_pages())
    return serving_guarded_app(app, port, shutdown_timeout=shutdown_timeout)


@asynccontextmanager
async def serving_guarded_app(
    app: web.Application, port: int = 0, *, shutdown_timeout: float = 1.0
) -> AsyncIterator[str]:
    """Serve an application that checks `Host` and `Origin` itself; yield its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        yield f"http://{await start_listening(runner, port)}"
    finally:
        await runner.cleanup()
