"""Who does the errands: threads of this process, or a cluster (`emotoolkit.datasets.batch.dask_executor`)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from emotoolkit.datasets.batch.session_limit import Slots
from emotoolkit.datasets.batch.task import ActivePlayers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.batch.task import Task

__all__ = ["Executor", "ThreadExecutor"]

EXTRA_THREADS = 2
"""Threads more than sessions: while some write tables, as many sessions as allowed are open."""


class Executor(Protocol):
    """Who does the errands of a run."""

    @property
    def seconds_sent(self) -> float:
        """Seconds of media sent of what is under way, as far as that is known here."""

    def submit(self, task: Task) -> Future[list[Receipt]]:
        """Give an errand; it is begun when there is somebody free."""

    def receipts(self, task: Task, finished: Future[list[Receipt]]) -> Sequence[Receipt]:
        """Give the receipts of an errand that is finished; raise what ends the run."""

    def stop(self) -> None:
        """Begin nothing more, drop what is under way, and wait until all is still."""

    def close(self) -> None:
        """Let everybody go."""


class ThreadExecutor:
    """Threads of this process.

    Parameters
    ----------
    sessions : int
        Sessions open at once.
    """

    def __init__(self, sessions: int) -> None:
        self._slots = Slots(sessions)
        self._active_players = ActivePlayers()
        self._threads = ThreadPoolExecutor(sessions + EXTRA_THREADS, thread_name_prefix="emotoolkit")

    @property
    def seconds_sent(self) -> float:
        """Seconds of media sent of what is under way."""
        return self._active_players.seconds_sent

    def submit(self, task: Task) -> Future[list[Receipt]]:
        """Give an errand."""
        return self._threads.submit(task.run, self._slots, self._active_players)

    def receipts(self, task: Task, finished: Future[list[Receipt]]) -> Sequence[Receipt]:  # noqa: ARG002
        """Give the receipts of an errand that is finished."""
        return finished.result()

    def stop(self) -> None:
        """Begin nothing more, drop what is under way, and wait."""
        self._active_players.abandon()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Let everybody go."""
        self._threads.shutdown()
