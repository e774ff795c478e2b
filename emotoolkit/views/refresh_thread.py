"""A thread that refreshes the core widgets of tier 1, with back-pressure from the page.

Core widgets run no code of this package in the page, but a `jsdlink` between two of them does: the kernel increments
one, the page copies it into the other and sends that back. Once it is back, the page has processed everything that was
sent before, and the next update may be sent.

The thread ends when a tick reports that nothing more will come, and is started again by `start`. `_wanted` and
`_running` decide that race under `_lock`: `start` sets `_wanted`, each tick clears it first, and the thread ends only
if it is still cleared after the tick.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import ipywidgets

from emotoolkit.utils.subshells import receive_in_subshell

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BackPressure", "RefreshThread"]

REFRESH_PERIOD_S = 0.1
"""Seconds from an update to the next, at least."""

BACK_PRESSURE_TIMEOUT_S = 2.0
"""Seconds without acknowledgement after which an update is sent all the same: a kernel without subshells (ipykernel 6)
does not receive the page's messages while a cell runs."""


class BackPressure:
    """A counter that the page sends back. Its widgets are never displayed; they exist in the page's memory."""

    def __init__(self) -> None:
        self._sent_count = ipywidgets.IntText()
        self._acknowledged_count = ipywidgets.IntText()
        receive_in_subshell(self._acknowledged_count)
        self._link = ipywidgets.jsdlink((self._sent_count, "value"), (self._acknowledged_count, "value"))
        self._sent_at = 0.0

    @property
    def may_send(self) -> bool:
        """Whether the page has acknowledged the last update, or has not answered for too long."""
        return (
            self._acknowledged_count.value == self._sent_count.value
            or time.monotonic() - self._sent_at > BACK_PRESSURE_TIMEOUT_S
        )

    def mark_sent(self) -> None:
        """Note that an update was sent, and ask the page to acknowledge it."""
        self._sent_at = time.monotonic()
        self._sent_count.value += 1

    def close(self) -> None:
        """Close the widgets."""
        for each in (self._link, self._sent_count, self._acknowledged_count):
            each.close()


class RefreshThread:
    """Calls `tick` up to ten times a second until it reports that nothing more will come, or the thread is closed.

    Exceptions of a tick are logged, each type once, and the thread goes on, so that an error does not freeze the view.

    Parameters
    ----------
    tick : callable
        Updates the widgets; returns (whether anything was sent, whether more may come).

    Attributes
    ----------
    updates : int
        Number of ticks that have sent anything.
    """

    def __init__(self, tick: Callable[[], tuple[bool, bool]]) -> None:
        self._tick = tick
        self._back_pressure = BackPressure()
        self._closed = threading.Event()
        self.updates = 0
        self._logged_kinds: set[type[Exception]] = set()
        self._lock = threading.Lock()
        self._wanted = self._running = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread if it does not run; in any case there is at least one more tick."""
        with self._lock:
            self._wanted = True
            if not self._running:
                self._running = True
                self._thread = threading.Thread(target=self._run, name="emotoolkit view", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread, and wait for it unless it is the caller."""
        self._closed.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._back_pressure.close()

    def _run(self) -> None:
        while not self._closed.wait(REFRESH_PERIOD_S):
            if self._back_pressure.may_send:
                self._wanted = False  # a `start` from here on may be for changes that this tick does not see
                sent, more = self._try_tick()
                if sent:
                    self.updates += 1
                    self._back_pressure.mark_sent()
                if not more and self._end_if_unwanted():
                    return

    def _end_if_unwanted(self) -> bool:
        """End, unless `start` was called since the beginning of the last tick; return whether it has ended."""
        with self._lock:
            self._running = self._wanted
        return not self._running

    def _try_tick(self) -> tuple[bool, bool]:
        try:
            return self._tick()
        except Exception as problem:
            if type(problem) not in self._logged_kinds:  # not ten times a second
                self._logged_kinds.add(type(problem))
                logging.getLogger(__name__).exception("a view could not be brought up to date; it is tried again")
            return False, True
