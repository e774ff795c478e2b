"""What a session waits for, told to whoever runs it: a step, in words for users, and its time limit.

A session says so where it waits (`waiting`), without knowing who listens. The worker listens for each of its sessions
(`listening`), so that a progress bar and a view can say it; elsewhere nobody does, and nothing happens.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Wait", "listening", "waiting"]


@dataclass(frozen=True)
class Wait:
    """A wait that has begun.

    Attributes
    ----------
    step : str
        What is waited for, such as "the report".
    limit : float
        Seconds after which it is given up.
    """

    step: str
    limit: float


_LISTENER: ContextVar[Callable[[Wait | None], None] | None] = ContextVar("wait listener", default=None)


@contextmanager
def listening(listener: Callable[[Wait | None], None]) -> Iterator[None]:
    """Call `listener` with each wait that begins in this block or in tasks made in it, and with None at its end."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def waiting(step: str, limit: float) -> Iterator[None]:
    """Say that a step is waited for in this block."""
    listener = _LISTENER.get()
    if listener is None:
        yield
        return
    listener(Wait(step, limit))
    try:
        yield
    finally:
        listener(None)
