"""Waiting that Ctrl-C can interrupt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

__all__ = ["wait_for_event"]

POLL_INTERVAL_S = 0.1
"""Seconds of a single wait."""


def wait_for_event(event: Event) -> None:
    """Wait for an event in short waits, since an interrupt may be seen only when a wait ends."""
    while not event.wait(POLL_INTERVAL_S):
        pass
