"""Runs short calls of many coroutines in batches, in a thread.

Handing a call to a thread and getting its result takes the loop longer than the thread needs to read some seconds of
sound, and a thousand sessions need that 250 times a second. So calls are collected for `BATCH_WINDOW_S`. Then one call
of the loop's executor runs them all (`_run_all`), and the loop sets all results (`_set_results`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BatchedExecutor"]

BATCH_WINDOW_S = 0.005
"""Seconds for which calls are collected: with a thousand sessions, one or two calls. More would block the loop for
longer than a packet may be late."""

Result = TypeVar("Result")


class BatchedExecutor:
    """Runs calls that are submitted at about the same time in one thread of the loop's executor, one after another."""

    def __init__(self) -> None:
        self._pending: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []

    def submit(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Submit a call, which must be short, since others wait for it. Cancelled in time, it does not run."""
        loop = asyncio.get_running_loop()
        if not self._pending:
            loop.call_later(BATCH_WINDOW_S, self._run_batch, loop)
        done: asyncio.Future[Result] = loop.create_future()
        self._pending.append((work, done))
        return done

    def _run_batch(self, loop: asyncio.AbstractEventLoop) -> None:
        pending, self._pending = self._pending, []
        loop.run_in_executor(None, _run_all, pending).add_done_callback(
            lambda outcomes: _set_results(pending, outcomes.result())
        )


def _run_all(pending: list[tuple[Callable[[], Any], asyncio.Future[Any]]]) -> list[tuple[Any, Exception | None]]:
    """Run all calls, in a thread; return the result or the exception of each."""
    return [(None, None) if done.cancelled() else _run_one(work) for work, done in pending]


def _run_one(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return work(), None
    except Exception as problem:  # noqa: BLE001 - raised by the future
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
