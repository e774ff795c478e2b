"""A process of our own: the same Python and package as ours, alive as long as we are.

Both sides of the bond are here. The parent holds the child's standard input open; its end, for whatever reason, is the
child's sign to end too, so that no crash of a kernel leaves a process behind. A fork of the parent lets go of it.

No child looks for modules in the folder that it runs in: that is where data lie, and a `queue.py` beside them, or a
module that came with a downloaded dataset, is none of ours.
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
"""Characters of a dead child's standard error that are worth showing."""

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
"""Where this package is found, by whatever way this Python found it. Told now: a folder may be changed later."""

GC_THRESHOLDS = (50_000, 20, 100)
"""Objects and turns after which the garbage collector looks through what is young, older, and old."""


class ChildProcess:
    """A running `python -m module`, with pipes to its standard input and output.

    Parameters
    ----------
    module : str
        Name of the module to run.
    *arguments : str
        Its command line arguments.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._stderr_tail = ""
        self._stderr_lock = (
            threading.Lock()
        )  # whoever reads its output and whoever closes it both ask for its last words
        self._process = subprocess.Popen(
            [sys.executable, *_python_flags(), "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
            start_new_session=True,  # an interrupt from the keyboard is ours to handle, not the child's
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

    def close(self, timeout: float = 5.0) -> int:
        """End the child: close its standard input, wait `patience` seconds, then use force. Returns its exit code."""
        with contextlib.suppress(BrokenPipeError):  # it ended first, with something still unsent in our buffer
            self.stdin.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self.wait()

    def wait(self) -> int:
        """Wait for the child's own end. Returns its exit code."""
        code = self._process.wait()
        with self._stderr_lock:
            self._read_stderr()
            self._errors.close()
        return code

    def stderr_tail(self) -> str:
        """What it wrote to standard error, the end of it."""
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
    """Where a child looks for modules before it looks where Python itself does: for this package, and in PYTHONPATH.

    Where packages are installed a child looks by itself, behind the standard library: some of them are called like a
    part of it. Of PYTHONPATH, a part that is relative is taken for the folder that it was when this Python began. The
    one that was current then is left out, and with it the empty part, as in `PYTHONPATH=$PYTHONPATH:/lib`. So is all of
    it where this Python was told not to look at it.
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
    """In a fork of the parent: hold no child's pipes, or the children would outlive the parent they belong to.

    The pipes' numbers stay taken: files that got them would be somebody else's.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for child in _children:
        for pipe in (child.stdin, child.stdout):
            if not pipe.closed:
                os.dup2(nothing, pipe.fileno(), inheritable=False)
    os.close(nothing)


if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
    os.register_at_fork(after_in_child=_release_pipes)


def run_event_loop(main: Coroutine[None, None, None]) -> None:
    """Run a child's loop: many sessions in one process, none of which holds up the others.

    uvloop where it exists: half the processor's time of the loop in the standard library. As many open files as the
    system allows: each session has some, and many systems give 256 unless one asks. And the garbage collector looks
    through everything less often: at a thousand sessions that takes 100 ms.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):  # there is none on Windows, or it must not be raised
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
    """Read our standard input without blocking the loop. Its end means that the parent has ended."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        yield reader
    finally:
        transport.close()
