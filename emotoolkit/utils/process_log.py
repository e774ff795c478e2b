"""Log lines of this package's other processes, handed to the loggers of the process that started them.

A child process (the worker, a local server) writes each record as one line to the pipe that its parent reads anyway:
`log `, then level, name and message as JSON. The parent hands it to the logger of the same name, so that one handler in
a notebook gets everything. Records of other libraries stay in the child.

A message names files without their folders and hosts without user, path and query: no key gets into a log.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PACKAGE", "PREFIX", "forward", "host_of", "name_of", "print_to_stderr", "relay"]

PACKAGE = "emotoolkit"
"""Name of the logger above all of this package's."""

PREFIX = "log"
"""First word of a line with a record, in a pipe between processes."""


def forward(write: Callable[[str], None]) -> None:
    """Send the package's records to the parent process: `write` takes each as a line, without the line's end."""
    logger = logging.getLogger(PACKAGE)
    logger.setLevel(logging.DEBUG)  # what is wanted is known to the parent alone
    logger.propagate = False
    logger.addHandler(_Forwarding(write))


class _Forwarding(logging.Handler):
    """Handler that writes records as lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; of an exception, its class alone: a traceback has paths of this machine in it."""
        kind = record.exc_info[0] if record.exc_info else None
        message = record.getMessage() + ("" if kind is None else f" ({kind.__name__})")
        try:
            self._write(f"{PREFIX} {json.dumps([record.levelno, record.name, message])}")
        except (OSError, ValueError, RuntimeError):  # the parent, or the loop, has ended
            return


def relay(line: str) -> None:
    """Hand a line of a child, without its first word, to the logger that it names.

    Never raises: a torn line, or a handler that fails, must not end the thread that reads the pipe.
    """
    with suppress(Exception):
        level, name, message = json.loads(line)
        logger = logging.getLogger(name)
        if logger.isEnabledFor(level):
            logger.log(level, "%s", message)


def print_to_stderr(level: int) -> None:
    """Write the package's records from this level on to standard error, for a program in a shell."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger(PACKAGE)
    logger.setLevel(level)
    logger.addHandler(handler)


def host_of(address: str) -> str:
    """Return host and port of an address, and nothing else of it.

    Examples
    --------
    >>> host_of("wss://eva:open@example.org:8443/stream?api_key=ih_live")
    'example.org:8443'
    """
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return (parts.hostname or "?") + ("" if parts.port is None else f":{parts.port}")
    except ValueError:
        return "?"


def name_of(path: str) -> str:
    """Return a file's name without its folders, and without the query of a remote one.

    Examples
    --------
    >>> name_of("/home/eva/patients/a.wav"), name_of("https://host/b.wav?token=geheim")
    ('a.wav', 'b.wav')
    """
    return PurePath(urlsplit(path).path if "://" in path else path.replace("\\", "/")).name
