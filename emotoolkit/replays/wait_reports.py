"""What sessions wait for, on its way from the worker to the notebook: lines in the pipe that are in no journal.

A wait is reported once it has taken `REPORT_AFTER_S`, and again when it is over, so that ordinary steps cost nothing.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.json import Decoder, Encoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.apis.base.waits import Wait

__all__ = ["WaitReport", "WaitReporter", "from_line", "to_line", "wait_text"]

REPORT_AFTER_S = 1.0
"""Seconds after which a wait is reported."""

PREFIX = '{"is":"waiting"'
"""How such a line begins; no line of a journal does."""

logger = logging.getLogger(__name__)


class WaitReport(Struct, frozen=True, tag_field="is", tag="waiting"):
    """A session waits for a step since `at`, for `limit` seconds at most, or no longer if `step` is empty.

    `at` is in seconds since the worker was asked to replay, as in a journal.
    """

    session: int
    at: float
    step: str = ""
    limit: float = 0.0


_ENCODER = Encoder()
_DECODER = Decoder(WaitReport)


def to_line(report: WaitReport) -> bytes:
    """Write a report as a line, without the line's end."""
    return _ENCODER.encode(report)


def from_line(line: str) -> WaitReport | None:
    """Read a report; None for a line of a journal."""
    return _DECODER.decode(line) if line.startswith(PREFIX) else None


def wait_text(report: WaitReport, since: float) -> str:
    """Say what is waited for, for how long it has been, and for how long at most.

    Examples
    --------
    >>> wait_text(WaitReport(0, 31.0, "the report", 60.0), 12.3)
    'waiting for the report, 12 of 60 s'
    """
    return f"waiting for {report.step}, {min(since, report.limit):.0f} of {report.limit:.0f} s"


class WaitReporter:
    """Reports the waits of one session. It is called with each wait that begins, and with None when that is over.

    Parameters
    ----------
    session : int
        Number of the session.
    name : object
        Names it in the log.
    elapsed : callable
        Returns the seconds since the worker was asked to replay.
    write : callable
        Takes a line.
    """

    def __init__(
        self, session: int, name: object, elapsed: Callable[[], float], write: Callable[[bytes], None]
    ) -> None:
        self._session = session
        self._name = name
        self._elapsed = elapsed
        self._write = write
        self._timer: asyncio.TimerHandle | None = None
        self._reported = False

    def __call__(self, wait: Wait | None) -> None:
        """Note that a wait begins, or that it is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if wait is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(REPORT_AFTER_S, self._report, wait, self._elapsed())
        elif self._reported:
            self._reported = False
            self._write(to_line(WaitReport(self._session, self._elapsed())))

    def _report(self, wait: Wait, at: float) -> None:
        self._reported = True
        logger.info("%s: waiting for %s, up to %g s", self._name, wait.step, wait.limit)
        self._write(to_line(WaitReport(self._session, at, wait.step, wait.limit)))
