"""Short pieces of work for a thread, collected for a moment and done in one round.

To wake a thread and to hear from it takes the loop more time than the thread needs to read some seconds of sound, and a
thousand sessions want that 250 times a second.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BatchedExecutor"]

BATCH_WINDOW_S = 0.005
"""Seconds for which work is collected. Of a thousand sessions that makes one or two: more hold up the loop for longer
than a packet may be late."""

Result = TypeVar("Result")


class BatchedExecutor:
    """Has a thread of the loop's do the work of everybody who asks at about the same time, one after the other."""

    def __init__(self) -> None:
        self._pending: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []

    def submit(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Have something done soon that is short, since others wait for it. Cancelled in time, it is not begun."""
        loop = asyncio.get_running_loop()
        if not self._pending:
            loop.call_later(BATCH_WINDOW_S, self._run_batch, loop)
        done: asyncio.Future[Result] = loop.create_future()
        self._pending.append((work, done))
        return done

    def _run_batch(self, loop: asyncio.AbstractEventLoop) -> None:
        pending, self._pending = self._pending, []
        loop.run_in_executor(None, _run_all, pending).add_done_callback(
            lambda told: _set_results(pending, told.result())
        )


def _run_all(pending: list[tuple[Callable[[], Any], asyncio.Future[Any]]]) -> list[tuple[Any, Exception | None]]:
    """Do it all, in a thread. Returns for each what came of it, or why nothing did."""
    return [(None, None) if done.cancelled() else _run_one(work) for work, done in pending]


def _run_one(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return work(), None
    except Exception as problem:  # noqa: BLE001 - whoever wanted it is told
        return None, problem


def _set_results(
    pending: list[tuple[Callable[[], Any], asyncio.Future[Any]]], outcomes: list[tuple[Any, Exception | None]]
) -> None:
    for (_, done), (result, problem) in zip(pending, outcomes, strict=True):
        if done.cancelled():
            continue
        if problem is None:
            done.set_result(result)
        else:
            done.set_exception(problem)
