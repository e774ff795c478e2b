"""Local servers: one process each, on loopback, started when first needed and gone when we are.

This room knows no protocol. A server module has `serving(port, ...)`, an async context manager that yields the server's
address; `serve_as_child` runs it in a process of its own, which `LocalServer` starts and ends from here.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import sys
import threading
from typing import TYPE_CHECKING

from emotoolkit.errors import LocalServerFailed
from emotoolkit.utils.subprocesses import Child, run, stdin_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import Self

__all__ = ["LocalServer", "serve_as_child", "serve_until_interrupted", "shared"]


class LocalServer:
    """A local server in a process of its own; a context manager that ends it.

    Parameters
    ----------
    module : str
        The server's module.
    *arguments : str
        Arguments for its command line.

    Attributes
    ----------
    url : str
        Its address on loopback, for `url=` of the settings.

    Raises
    ------
    LocalServerFailed
        It ended before it had an address.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._child = Child(module, *arguments)
        address = self._child.stdout.readline().decode().strip()
        if not address:
            code = self._child.close()
            self._child.stdout.close()
            raise LocalServerFailed(api=module.split(".")[-3], code=code, words=self._child.last_words())
        self.url = address

    def tell(self, line: str) -> None:
        """Write a line to the server's standard input, and wait until it has read it.

        Raises
        ------
        LocalServerFailed
            It has ended.
        """
        try:
            self._child.stdin.write(line.encode() + b"\n")
            self._child.stdin.flush()
            heard = bool(self._child.stdout.readline())
        except (OSError, ValueError):  # its end of the pipe is closed, or ours
            heard = False
        if not heard:
            code = self._child.close()
            self._child.stdout.close()
            raise LocalServerFailed(api=self._module.split(".")[-2], code=code, words=self._child.last_words())

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._child.alive

    def close(self) -> None:
        """End the server."""
        self._child.close()
        self._child.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<local server at {self.url}{'' if self.alive else ' (ended)'}>"


def shared(module: str, *arguments: str) -> LocalServer:
    """Give the one local server of this kind and with these arguments; start it on first use, and if it has ended."""
    kind = module, *arguments
    with _starting:
        server = _shared.get(kind)
        if server is None or not server.alive:
            server = _shared[kind] = LocalServer(module, *arguments)
            atexit.register(server.close)
        return server


_shared: dict[tuple[str, ...], LocalServer] = {}
_starting = threading.Lock()


def serve_as_child(serving: AbstractAsyncContextManager[str], hear: Callable[[bytes], None] | None = None) -> None:
    """Run a server in this process until standard input ends; print its address as the first line of output.

    A line of standard input goes to `hear`, and is answered by an empty one: by then it is heard.
    """

    async def serve() -> None:
        async with serving as address, stdin_reader() as parent:
            print(address, flush=True)  # noqa: T201
            while line := await parent.readline():
                if hear is not None:
                    hear(line)
                    print(flush=True)  # noqa: T201

    _run(serve())


def serve_until_interrupted(serving: AbstractAsyncContextManager[str]) -> None:
    """Run a server in this process until Ctrl-C; say where it is."""

    async def serve() -> None:
        async with serving as address:
            print(f"Serving at {address}; Ctrl-C ends it.", flush=True)  # noqa: T201
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        _run(serve())


def _run(serve: Coroutine[None, None, None]) -> None:
    try:
        run(serve)
    except OSError as problem:  # a port that is taken, most likely: its sentence says more than a traceback
        sys.exit(str(problem))
