"""Waits that Ctrl-C ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

__all__ = ["wait_for_event"]

POLL_INTERVAL_S = 0.1
"""Seconds of a wait."""


def wait_for_event(event: Event) -> None:
    """Wait for an event; an interrupt at the very moment at which a wait begins is seen when that wait ends."""
    while not event.wait(POLL_INTERVAL_S):
        pass
