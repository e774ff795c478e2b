"""Child processes with the same Python and package, which end with their parent.

Both sides are here. The parent holds the child's standard input open; when it ends, for whatever reason, the child ends
too, so that a crash of a kernel leaves no process behind. A fork of the parent releases the pipes, else it would keep
the children alive.

A child does not import modules from its working folder: data are there, and a `queue.py` beside them, or a module of a
downloaded dataset, must not be taken for a library.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import site
import subprocess
import sys
import tempfile
import threading
import weakref
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

__all__ = ["ChildProcess", "run_event_loop", "stdin_reader"]

MAX_STDERR_CHARS = 2000
"""Characters of a child's standard error that are shown, the last ones."""

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
"""Folder from which this package was imported; resolved now, since the working folder may change."""

GC_THRESHOLDS = (50_000, 20, 100)
"""Thresholds of the garbage collector, per generation; see `run_event_loop`."""


class ChildProcess:
    """A running `python -m module`, with pipes to its standard input and output.

    Parameters
    ----------
    module : str
        Name of the module to run. It has no arguments, since every user of the machine can read those in the list of
        processes: what it needs goes to its standard input.
    """

    def __init__(self, module: str) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._stderr_tail = ""
        self._stderr_lock = threading.Lock()  # read by the thread that reads its output, and by the one that closes it
        self._process = subprocess.Popen(
            [sys.executable, *_python_flags(), "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
            start_new_session=True,  # Ctrl-C goes to the parent only
        )
        self.stdin = cast(BinaryIO, self._process.stdin)
        self.stdout = cast(BinaryIO, self._process.stdout)
        _children.add(self)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ends_within(self, timeout: float) -> bool:
        """Whether the process has ended, or ends within `timeout` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return not self.alive

    def close(self, timeout: float = 5.0) -> int:
        """End the child: close its standard input, wait `timeout` seconds, then kill it. Return its exit code."""
        with contextlib.suppress(BrokenPipeError):  # it ended with data left in the buffer
            self.stdin.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self.wait()

    def wait(self) -> int:
        """Wait until the child ends by itself. Return its exit code."""
        code = self._process.wait()
        with self._stderr_lock:
            self._read_stderr()
            self._errors.close()
        return code

    def stderr_tail(self) -> str:
        """Give the end of its standard error."""
        with self._stderr_lock:
            self._read_stderr()
        return self._stderr_tail or "(none)"

    def _read_stderr(self) -> None:
        if not self._errors.closed:
            self._errors.seek(0)
            self._stderr_tail = self._errors.read()[-MAX_STDERR_CHARS:].strip()


def _python_flags() -> list[str]:
    return ["-P", *(["-s"] if sys.flags.no_user_site else [])]


def _search_path() -> list[str]:
    """List the folders for a child's PYTHONPATH: that of this package, and the entries of our own PYTHONPATH.

    Folders of installed packages are left out: the child finds them itself, after the standard library, which some
    packages share names with. A relative entry stands for the folder that it was when this Python started. The working
    folder of that time is left out, and so is an empty entry, as in `PYTHONPATH=$PYTHONPATH:/lib`, which stands for it.
    PYTHONPATH is ignored where this Python ignores it.
    """
    python_path = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    ours = [] if _is_installed() else [str(PACKAGE_PARENT)]
    return [*ours, *(folder for part in python_path.split(os.pathsep) for folder in _resolve_entry(part))]


def _is_installed() -> bool:
    folders = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return not sys.flags.no_site and PACKAGE_PARENT in (Path(folder).resolve() for folder in folders)


def _resolve_entry(part: str) -> list[str]:
    if Path(part).is_absolute():
        return [part]
    tail = os.sep + os.path.normpath(part)
    return [folder for folder in sys.path if Path(folder).is_absolute() and folder.endswith(tail)]


_children: weakref.WeakSet[ChildProcess] = weakref.WeakSet()


def _release_pipes() -> None:
    """Release the children's pipes in a fork of the parent, or the children would outlive the parent.

    The file descriptors stay open, on the null device: other files must not get their numbers.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for child in _children:
        for pipe in (child.stdin, child.stdout):
            if not pipe.closed:
                os.dup2(null, pipe.fileno(), inheritable=False)
    os.close(null)


if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
    os.register_at_fork(after_in_child=_release_pipes)


def run_event_loop(main: Coroutine[None, None, None]) -> None:
    """Run a child's event loop, tuned for many sessions in one process.

    It is uvloop where that is installed: it takes half the processor time of the standard library's. The limit of open
    files is raised as far as the system allows, since each session has some, and many systems default to 256. The
    garbage collector runs less often, since a full run takes 100 ms at a thousand sessions.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no limit; elsewhere raising it may fail
        import resource

        _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


@asynccontextmanager
async def stdin_reader() -> AsyncIterator[asyncio.StreamReader]:
    """Give a reader of standard input that does not block the loop. End of file means that the parent has ended."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        yield reader
    finally:
        transport.close()
