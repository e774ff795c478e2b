"""Local servers: one process each, on loopback, started when first needed and ended with this process.

No protocol is known here. A server module has `serving(options, port)`, an async context manager that yields the
server's address. `LocalServer` starts the module in a process of its own, where `serve_as_child` runs it, as follows.
The parent writes the startup line (options and port, as JSON) to the child's standard input, so that nothing of it is
in the list of processes; the child answers with its address. Each later line is answered by an empty line once it has
been handled. The end of standard input ends the child. Between these lines the child may write log records, each a line
that begins with `log`, and reports of its own unexpected exceptions (`fault`); a thread of the parent reads them all,
hands records to the logger, and keeps the last reports for the errors of those who met them (`explain`).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import logging
import sys
import threading
import weakref
from collections import deque
from queue import SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from emotoolkit.errors import LocalServerFailed
from emotoolkit.utils import fault_reports, process_log
from emotoolkit.utils.pipes import stdin_reader
from emotoolkit.utils.subprocesses import ChildProcess, run_event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import Self

    from emotoolkit.errors import EmotoolkitError
    from emotoolkit.utils.fault_reports import FaultReport

__all__ = [
    "REPORT_TIMEOUT_S",
    "LocalServer",
    "explain",
    "find_ended",
    "get_shared",
    "is_shared",
    "read_startup_line",
    "serve_as_child",
    "serve_until_interrupted",
    "was_shared",
]

END_TIMEOUT_S = 0.5
"""Seconds that a dying process gets to be seen as ended: its connections close a little earlier."""

MAX_REPORTS = 20
"""Reports of a server's own exceptions that are kept, the last ones."""

REPORT_TIMEOUT_S = 0.05
"""Seconds that a report gets to arrive: it was written before the client's error came about, but to another pipe."""

OptionsT = TypeVar("OptionsT")

logger = logging.getLogger(__name__)


class LocalServer:
    """A local server in a process of its own; a context manager that ends it.

    Parameters
    ----------
    module : str
        The server's module.
    options : Struct or None
        Its options, as `read_startup_line` reads them; None takes the defaults.
    port : int
        Port on 127.0.0.1; 0 takes a free one.

    Attributes
    ----------
    url : str
        The server's address, for `url=` of the settings.

    Raises
    ------
    LocalServerFailed
        The process ended before it had an address.
    """

    def __init__(self, module: str, options: object = None, port: int = 0) -> None:
        self._module = module
        self._child = ChildProcess(module)
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        """Lines of the child that are no log records; an empty one at its end."""
        self._reports: deque[tuple[float, FaultReport]] = deque(maxlen=MAX_REPORTS)
        self._reported = threading.Condition()
        threading.Thread(target=self._read, name="emotoolkit local server", daemon=True).start()
        with contextlib.suppress(BrokenPipeError):  # it has ended: so it prints no address
            self._child.stdin.write(startup_line(options, port).encode())
            self._child.stdin.flush()
        address = self._answers.get().decode().strip()
        if not address:
            raise LocalServerFailed(**self.end_facts())
        self.url = address
        _by_location[urlsplit(address).netloc] = self
        logger.info("the local server of %s has started at %s: process %d", _api_name(module), address, self.pid)

    def _read(self) -> None:
        """Read what the child writes until it ends, on a thread of its own."""
        with self._child.stdout as lines:
            for line in lines:
                first, _, record = line.decode(errors="replace").partition(" ")
                if first == process_log.PREFIX:
                    process_log.relay(record)
                elif first == fault_reports.PREFIX:
                    self._keep_report(fault_reports.read(record))
                else:
                    self._answers.put(line)
        self._answers.put(b"")

    def _keep_report(self, report: FaultReport | None) -> None:
        if report is None:
            return
        with self._reported:
            self._reports.append((monotonic(), report))
            self._reported.notify_all()
        with contextlib.suppress(Exception):  # a handler that fails must not end the thread that reads the pipe
            api = _api_name(self._module)
            logger.error("the local server of %s failed: %s\n%s", api, report.summary, report.traceback)

    def last_report(self, since: float, timeout: float) -> FaultReport | None:
        """Give the last report of an exception of its own that came after a moment, or comes in `timeout` seconds."""
        with self._reported:
            self._reported.wait_for(lambda: self._reports and self._reports[-1][0] >= since, timeout)
            return next((report for came, report in reversed(self._reports) if came >= since), None)

    def send_line(self, line: str) -> None:
        """Send a line to the server, and wait until it has handled it.

        Raises
        ------
        LocalServerFailed
            The server has ended.
        """
        try:
            self._child.stdin.write(line.encode() + b"\n")
            self._child.stdin.flush()
            answered = bool(self._answers.get())
        except (OSError, ValueError):  # either end of the pipe is closed
            answered = False
        if not answered:
            raise LocalServerFailed(**self.end_facts())

    def end_facts(self) -> dict[str, Any]:
        """Close the ended process, and tell whose it was and how it ended: `api`, `code` and `words`."""
        self.close()
        return {"api": _api_name(self._module), "code": self._child.wait(), "words": self._child.stderr_tail()}

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._child.alive

    def ends_within(self, timeout: float) -> bool:
        """Whether the server has ended, or ends within `timeout` seconds."""
        return self._child.ends_within(timeout)

    def close(self) -> None:
        """End the server."""
        if self.alive:
            logger.info("the local server of %s is ended: process %d", _api_name(self._module), self.pid)
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<local server at {self.url}{'' if self.alive else ' (ended)'}>"


def _api_name(module: str) -> str:
    """Name the API of a server module: the package that has its `server` package."""
    return module.partition(".server")[0].rpartition(".")[2]


def get_shared(module: str) -> LocalServer:
    """Give the shared local server of a module; start it on first use, and again if it has ended."""
    with _start_lock:
        server = _shared.get(module)
        if server is None or not server.alive:
            if server is not None:
                logger.info("the local server of %s has ended, and is started again", _api_name(module))
            server = _shared[module] = LocalServer(module)
            _started[urlsplit(server.url).netloc] = server
            atexit.register(server.close)
        return server


def is_shared(url: str) -> bool:
    """Whether an address is that of a shared server of this process."""
    return urlsplit(url).netloc in {urlsplit(server.url).netloc for server in _shared.values()}


def was_shared(url: str) -> bool:
    """Whether an address is, or was, that of a shared server of this process."""
    return urlsplit(url).netloc in _started


def find_ended(url: str) -> LocalServer | None:
    """Find the shared server of this process that had an address and has ended; None if there is none."""
    server = _started.get(urlsplit(url).netloc)
    return server if server is not None and server.ends_within(END_TIMEOUT_S) else None


def explain(problem: EmotoolkitError, since: float, timeout: float = REPORT_TIMEOUT_S) -> EmotoolkitError:
    """Add to an error what the server itself reports, if the server is one of this process and has failed.

    Parameters
    ----------
    problem : EmotoolkitError
        The error of a client, with the `url` of its server.
    since : float
        When the client began, by `time.monotonic`.
    timeout : float
        Seconds that the server's report gets to arrive.

    Returns
    -------
    EmotoolkitError
        The same, or one of the same class with two facts more: `server_fault`, the exception in a line, and
        `server_traceback`.
    """
    server = _by_location.get(urlsplit(problem.facts.get("url") or "").netloc)
    report = None if server is None else server.last_report(since, timeout)
    if report is None:
        return problem
    return problem.with_facts(server_fault=report.summary, server_traceback=report.traceback)


_by_location: weakref.WeakValueDictionary[str, LocalServer] = weakref.WeakValueDictionary()
"""By network location, the servers of this process, shared or not."""
_shared: dict[str, LocalServer] = {}
"""By module, the last one that was started."""
_started: dict[str, LocalServer] = {}
"""By network location, all that were started."""
_start_lock = threading.Lock()


def startup_line(options: object, port: int) -> str:
    """Write the startup line, which `read_startup_line` reads."""
    values = {} if options is None else msgspec.to_builtins(options, enc_hook=str)
    return json.dumps({"options": values, "port": port}) + "\n"


def read_startup_line(kind: type[OptionsT]) -> tuple[OptionsT, int]:
    """Read options and port from the first line of standard input.

    Exits if there is none: the parent has ended.
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

    Each line of standard input goes to `on_line`, and is answered by an empty line when that has returned.
    """
    process_log.forward(_write_line)
    fault_reports.forward(_write_line)

    async def serve() -> None:
        async with serving as address, stdin_reader() as parent:
            _write_line(address)
            while line := await parent.readline():
                if on_line is not None:
                    on_line(line)
                    _write_line("")

    _run(serve())


def _write_line(line: str) -> None:
    """Write a line for the parent, in one piece: several threads do so."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve_until_interrupted(serving: AbstractAsyncContextManager[str]) -> None:
    """Run a server in this process until Ctrl-C; print its address."""

    async def serve() -> None:
        async with serving as address:
            print(f"Serving at {address}; Ctrl-C ends it.", flush=True)  # noqa: T201
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        _run(serve())


def _run(serve: Coroutine[None, None, None]) -> None:
    try:
        run_event_loop(serve)
    except OSError as problem:  # most likely a taken port: the message alone is clearer than a traceback
        sys.exit(str(problem))
