"""Local servers: one process each, on loopback, started when first needed and gone when we are.

This room knows no protocol. A server module has `serving(options, port)`, an async context manager that yields the
server's address; `serve_as_child` runs it in a process of its own, which `LocalServer` starts and ends from here. What
the server is told is the first line of its standard input, as JSON: nothing of it is in the list of processes.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from emotoolkit.errors import LocalServerFailed
from emotoolkit.utils.subprocesses import ChildProcess, run_event_loop, stdin_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import Self

__all__ = ["LocalServer", "get_shared", "is_shared", "read_startup_line", "serve_as_child", "serve_until_interrupted"]

OptionsT = TypeVar("OptionsT")


class LocalServer:
    """A local server in a process of its own; a context manager that ends it.

    Parameters
    ----------
    module : str
        The server's module.
    options : Struct or None
        What it is told, for `read_startup_line`; None tells it what it does by itself.
    port : int
        Port on 127.0.0.1; 0 takes a free one.

    Attributes
    ----------
    url : str
        Its address on loopback, for `url=` of the settings.

    Raises
    ------
    LocalServerFailed
        It ended before it had an address.
    """

    def __init__(self, module: str, options: object = None, port: int = 0) -> None:
        self._module = module
        self._child = ChildProcess(module)
        with contextlib.suppress(BrokenPipeError):  # it has ended, which its output says
            self._child.stdin.write(startup_line(options, port).encode())
            self._child.stdin.flush()
        address = self._child.stdout.readline().decode().strip()
        if not address:
            raise self._failure()
        self.url = address

    def send_line(self, line: str) -> None:
        """Write a line to the server's standard input, and wait until it has read it.

        Raises
        ------
        LocalServerFailed
            It has ended.
        """
        try:
            self._child.stdin.write(line.encode() + b"\n")
            self._child.stdin.flush()
            answered = bool(self._child.stdout.readline())
        except (OSError, ValueError):  # its end of the pipe is closed, or ours
            answered = False
        if not answered:
            raise self._failure()

    def _failure(self) -> LocalServerFailed:
        """Close what has ended; gives the error that says so."""
        self.close()
        return LocalServerFailed(api=_api_name(self._module), code=self._child.wait(), words=self._child.stderr_tail())

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


def _api_name(module: str) -> str:
    """Whose server a module is: the room that it stands in."""
    return module.partition(".server")[0].rpartition(".")[2]


def get_shared(module: str) -> LocalServer:
    """Give the one local server of this kind; start it on first use, and if it has ended."""
    with _start_lock:
        server = _shared.get(module)
        if server is None or not server.alive:
            server = _shared[module] = LocalServer(module)
            atexit.register(server.close)
        return server


def is_shared(url: str) -> bool:
    """Whether an address is that of a server that `get_shared` gave in this process."""
    return urlsplit(url).netloc in {urlsplit(server.url).netloc for server in _shared.values()}


_shared: dict[str, LocalServer] = {}
_start_lock = threading.Lock()


def startup_line(options: object, port: int) -> str:
    """Write what a server is told: what `read_startup_line` reads."""
    values = {} if options is None else msgspec.to_builtins(options, enc_hook=str)
    return json.dumps({"options": values, "port": port}) + "\n"


def read_startup_line(kind: type[OptionsT]) -> tuple[OptionsT, int]:
    """Read what this process is told, as the first line of its standard input: its options, and its port.

    A process that nobody tells anything ends: its parent has ended.
    """
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit()
    startup = json.loads(line)
    return msgspec.convert(startup["options"], kind, strict=False, dec_hook=_construct), startup["port"]


def _construct(kind: type[Any], value: Any) -> Any:
    return kind(value)


def serve_as_child(serving: AbstractAsyncContextManager[str], on_line: Callable[[bytes], None] | None = None) -> None:
    """Run a server in this process until standard input ends; print its address as the first line of output.

    A line of standard input goes to `hear`, and is answered by an empty one: by then it is heard.
    """

    async def serve() -> None:
        async with serving as address, stdin_reader() as parent:
            print(address, flush=True)  # noqa: T201
            while line := await parent.readline():
                if on_line is not None:
                    on_line(line)
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
        run_event_loop(serve)
    except OSError as problem:  # a port that is taken, most likely: its sentence says more than a traceback
        sys.exit(str(problem))
