"""The pulse of tier 1: a thread that brings core widgets up to date, and waits for the page before it does so again.

Core widgets have no code of ours in the page. But a link between two of them is carried out there: the kernel counts
one up, the page copies it into the other, and sends that back. So the kernel knows that the page has taken everything
in that was sent before: that is its credit for the next update.
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
"""Seconds without credit after which an update is sent all the same: where the kernel has no subshells (ipykernel 6),
the page's word is not heard while a cell runs."""


class BackPressure:
    """A count that the page gives back. The widgets are never displayed; they live in the page's memory."""

    def __init__(self) -> None:
        self._sent_count = ipywidgets.IntText()
        self._acknowledged_count = ipywidgets.IntText()
        receive_in_subshell(self._acknowledged_count)
        self._link = ipywidgets.jsdlink((self._sent_count, "value"), (self._acknowledged_count, "value"))
        self._sent_at = 0.0

    @property
    def may_send(self) -> bool:
        """Whether the page has taken in what was sent, or has been silent for too long."""
        return (
            self._acknowledged_count.value == self._sent_count.value
            or time.monotonic() - self._sent_at > BACK_PRESSURE_TIMEOUT_S
        )

    def mark_sent(self) -> None:
        """Say that an update was sent."""
        self._sent_at = time.monotonic()
        self._sent_count.value += 1

    def close(self) -> None:
        """Take the widgets away."""
        for each in (self._link, self._sent_count, self._acknowledged_count):
            each.close()


class RefreshThread:
    """Calls `tick` up to ten times a second until it says that it was the last one, or the pulse is closed.

    What goes wrong in a tick is logged, each kind once, and the pulse goes on: a view shall not stand still for it.

    Parameters
    ----------
    tick : callable
        Brings the widgets up to date; gives (whether anything was sent, whether more may come).
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
        """Begin, or begin again; where it still beats, there is at least one more tick."""
        with self._lock:
            self._wanted = True
            if not self._running:
                self._running = True
                self._thread = threading.Thread(target=self._run, name="emotoolkit view", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End."""
        self._closed.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._back_pressure.close()

    def _run(self) -> None:
        while not self._closed.wait(REFRESH_PERIOD_S):
            if self._back_pressure.may_send:
                self._wanted = False  # whoever begins again from here on may mean what this tick does not see
                sent, more = self._try_tick()
                if sent:
                    self.updates += 1
                    self._back_pressure.mark_sent()
                if not more and self._end_if_unwanted():
                    return

    def _end_if_unwanted(self) -> bool:
        """Whether nobody began again since the last tick began."""
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
