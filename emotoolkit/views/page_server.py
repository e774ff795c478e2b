"""An HTTP server for the pages of this kernel: it carries their calls, and serves media with range requests.

It listens on the loopback interface only, and answers only requests with the random token of a view. There is one for
each process, started for the first view and closed with the last.

Its event loop has a thread of its own, so pages are answered while a cell runs. `PageEndpoint` is opened and closed
from the kernel's threads, or from the server's own: an observer of a view's selection runs there, and may close the
view. Closing therefore waits for the server only from another thread.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from aiohttp import web

from emotoolkit.utils.loopback import CORS_HEADERS, refuse_foreign_hosts, start_listening

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

    from emotoolkit.views.page_calls import PageCalls

__all__ = ["PageEndpoint", "PageServer", "open_endpoint"]

TOKEN_BYTES = 24
"""Random bytes in a view's address."""

MAX_CALL_BYTES = 64 * 1024
"""Bytes of a call, at most."""


class PageServer:
    """Serves the calls of several views, each under a token of its own.

    Attributes
    ----------
    url : str
        Base URL without a slash at the end.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._workers = ThreadPoolExecutor(thread_name_prefix="emotoolkit view work")
        self.loop.set_default_executor(self._workers)
        self._calls_by_token: dict[str, PageCalls] = {}
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._run, name="emotoolkit view server", daemon=True)
        self._thread.start()
        self.url = self.submit(self._start()).result()

    def add(self, calls: PageCalls) -> str:
        """Serve the calls of a view; return its token."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._calls_by_token[token] = calls
        return token

    def remove(self, token: str) -> bool:
        """Stop serving a view; return whether it was the last one."""
        self._calls_by_token.pop(token, None)
        return not self._calls_by_token

    def submit(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Run a coroutine on the server's thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def close(self) -> None:
        """Cancel open calls and end; on the server's own thread, which cannot wait for itself, without waiting."""
        shutdown = self.submit(self._shut_down())
        shutdown.add_done_callback(lambda _: self.loop.call_soon_threadsafe(self.loop.stop))
        if threading.current_thread() is not self._thread:
            shutdown.result()
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    async def _start(self) -> str:
        app = web.Application(client_max_size=MAX_CALL_BYTES, middlewares=[refuse_foreign_hosts])
        app.router.add_post("/{token}", self._handle_call)
        app.router.add_get("/{token}/medium", self._serve_medium)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
        return f"http://{await start_listening(self._runner)}"

    async def _shut_down(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Without waiting: the waveform of a recording of hours takes long, and the caller blocks the kernel meanwhile.
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _find_calls(self, request: web.Request) -> PageCalls:
        calls = self._calls_by_token.get(request.match_info["token"])
        if calls is None:
            raise web.HTTPNotFound(text="There is no such view any more.", headers=CORS_HEADERS)
        return calls

    async def _handle_call(self, request: web.Request) -> web.Response:
        calls = self._find_calls(request)
        try:
            call = json.loads(await request.text())
        except (RecursionError, ValueError):
            raise web.HTTPBadRequest(text="A call is a JSON object.", headers=CORS_HEADERS) from None
        if not isinstance(call, dict):
            raise web.HTTPBadRequest(text="A call is a JSON object.", headers=CORS_HEADERS)
        answer, _ = await calls.answer(call)
        return web.json_response(answer, headers=CORS_HEADERS)

    async def _serve_medium(self, request: web.Request) -> web.StreamResponse:
        medium = self._find_calls(request).medium
        if medium.path is None or not medium.path.is_file():
            raise web.HTTPNotFound(text=medium.message or "The file is gone.", headers=CORS_HEADERS)
        return web.FileResponse(medium.path, headers={**CORS_HEADERS, "Content-Type": medium.type})


class PageEndpoint:
    """The address of one view on this process's server. Closing the last endpoint closes the server."""

    def __init__(self, calls: PageCalls) -> None:
        with _lock:
            if not _servers:
                _servers.append(PageServer())
            self.server = _servers[-1]
            self._token = self.server.add(calls)

    @property
    def url(self) -> str:
        """The URL that a page calls. It contains the secret token: never print it."""
        return f"{self.server.url}/{self._token}"

    def close(self) -> None:
        """Stop serving the view, and close the server if it was the last one."""
        with _lock:
            last = self.server.remove(self._token) and self.server in _servers
            if last:
                _servers.remove(self.server)
        if last:  # outside of the lock: calls that still run on the server's thread may need it
            self.server.close()


_lock = threading.Lock()
_servers: list[PageServer] = []


def open_endpoint(calls: PageCalls) -> PageEndpoint:
    """Serve the calls of a view, and start the server if it is the first one."""
    return PageEndpoint(calls)
