"""Reports of exceptions that a server of this package did not expect, for the process that started it.

A server of ours that fails is a fault of ours, and who meets it has only an error of the conversation: silence, a
closed connection, a code. So the child sends each unexpected exception up the pipe that its parent reads anyway, as a
line: `fault`, then summary and traceback as JSON. What libraries log with a traceback is taken, too: the web server,
the event loop and socket.io catch what a handler of ours raises, and log it.

Tracebacks name files without the folders of this machine.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PREFIX", "FaultReport", "describe", "forward", "read"]

PREFIX = "fault"
"""First word of a line with a report, in a pipe between processes."""

MAX_TRACEBACK_CHARS = 6000
"""Characters of a traceback, the last ones: of a recursion without end that is enough."""

MAX_MESSAGE_CHARS = 300
"""Characters of an exception's own text."""

CONVERSATION_LIBRARIES = ("aiohttp", "websockets", "engineio", "socketio", "h11", "ssl")
"""Libraries whose own exceptions tell of what a client did, not of a fault of the server."""

PATH = re.compile(
    r"""(?<=['"])(?:[A-Za-z]:)?[\\/][^'"\n]*[\\/][^'"\n]+(?=['"])"""  # in quotes it may have blanks
    r"""|(?<![:\w/\\.-])(?:[A-Za-z]:)?(?:[\\/][^\\/\s'":,;()<>]+){2,}"""
)
"""An absolute path in a text, of at least two parts; no address."""


@dataclass(frozen=True, slots=True)
class FaultReport:
    """An unexpected exception: class, text and place in one line, and the traceback."""

    summary: str
    traceback: str

    def line(self) -> str:
        """Write the report as a line, without the line's end."""
        return f"{PREFIX} {json.dumps([self.summary, self.traceback])}"


def read(text: str) -> FaultReport | None:
    """Read a line, without its first word; None if it is torn."""
    try:
        summary, trace = json.loads(text)
    except (TypeError, ValueError):
        return None
    return FaultReport(str(summary), str(trace))


def describe(problem: BaseException) -> FaultReport:
    """Describe an exception.

    Examples
    --------
    >>> try:
    ...     open("/home/eva/patients/x.wav")
    ... except OSError as problem:
    ...     print(describe(problem).summary.partition(", in ")[0])
    FileNotFoundError: [Errno 2] No such file or directory: 'x.wav'
    """
    parts = traceback.TracebackException.from_exception(problem, capture_locals=False)
    name = type(problem).__name__
    text = _without_folders(_text(problem))
    place = f", in {_place(parts.stack[-1])}" if parts.stack else ""
    whole = _without_folders("".join(parts.format()))
    return FaultReport(f"{name}{text and ': '}{text}{place}", whole[-MAX_TRACEBACK_CHARS:].strip())


def forward(write: Callable[[str], None]) -> None:
    """Send reports of all unexpected exceptions of this process: `write` takes each as a line."""
    handler = _Reporting(write)
    for logger in (logging.getLogger(), logging.getLogger("emotoolkit")):
        logger.addHandler(handler)
    threading.excepthook = lambda args: handler.report(args.exc_value)


class _Reporting(logging.Handler):
    """Handler that reports the exceptions of records."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Report the exception of a record, if it has one; the same exception only once."""
        self.report(record.exc_info[1] if record.exc_info else None)

    def report(self, problem: BaseException | None) -> None:
        """Report an exception, unless it tells of a client that has gone or said nonsense."""
        if problem is None or not _is_fault(problem) or getattr(problem, "__emotoolkit_reported__", False):
            return
        _mark(problem)
        print("".join(traceback.format_exception(problem)), file=sys.stderr, flush=True)  # noqa: T201
        try:
            self._write(describe(problem).line())
        except (OSError, ValueError, RuntimeError):  # the parent, or the loop, has ended
            return


def _mark(problem: BaseException) -> None:
    try:
        problem.__emotoolkit_reported__ = True  # type: ignore[attr-defined]
    except AttributeError:  # an exception with slots: reported again, if it is logged again
        return


def _is_fault(problem: BaseException) -> bool:
    """Whether the server is to blame."""
    library = type(problem).__module__.partition(".")[0]
    return isinstance(problem, Exception) and not (
        isinstance(problem, ConnectionError) or library in CONVERSATION_LIBRARIES
    )


def _text(problem: BaseException) -> str:
    try:
        return str(problem)[:MAX_MESSAGE_CHARS]
    except Exception:  # noqa: BLE001 - of somebody else's class, perhaps the fault itself
        return ""


def _place(frame: traceback.FrameSummary) -> str:
    return f"{_without_folders(frame.filename)}:{frame.lineno} ({frame.name})"


def _without_folders(text: str) -> str:
    """Shorten paths: of modules to what is below the folder they are imported from, of other files to the name."""
    for root in sorted({folder for folder in sys.path if len(Path(folder).parts) > 1}, key=len, reverse=True):
        text = text.replace(root + "/", "").replace(root + "\\", "")
    return PATH.sub(lambda path: re.split(r"[\\/]", path[0])[-1], text)
