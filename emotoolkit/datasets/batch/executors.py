"""Executors of a run's tasks: threads of this process; for a cluster see `dask_executor`."""

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
    from emotoolkit.utils.progress import MediaSeconds

__all__ = ["Executor", "ThreadExecutor"]

EXTRA_THREADS = 2
"""Threads beyond the number of sessions: while some write tables, the others keep all sessions in use."""


class Executor(Protocol):
    """Executor of the tasks of a run."""

    @property
    def media_seconds(self) -> MediaSeconds:
        """Seconds of media that running tasks have sent, and got answered, as far as known in this process."""

    @property
    def waiting(self) -> str:
        """What servers have kept running tasks waiting for, as far as known in this process; "" for nothing."""

    def submit(self, task: Task) -> Future[list[Receipt]]:
        """Queue a task."""

    def receipts(self, task: Task, finished: Future[list[Receipt]]) -> Sequence[Receipt]:
        """Return the receipts of a finished task; raise what ends the run."""

    def stop(self) -> None:
        """Start no more tasks, abandon the running ones, and wait for their end."""

    def close(self) -> None:
        """Release threads and other resources, after the last task."""


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
    def media_seconds(self) -> MediaSeconds:
        """Seconds of media that running tasks have sent, and got answered."""
        return self._active_players.media_seconds

    @property
    def waiting(self) -> str:
        """What servers have kept running tasks waiting for; "" for nothing."""
        return self._active_players.waiting

    def submit(self, task: Task) -> Future[list[Receipt]]:
        """Queue a task."""
        return self._threads.submit(task.run, self._slots, self._active_players)

    def receipts(self, task: Task, finished: Future[list[Receipt]]) -> Sequence[Receipt]:  # noqa: ARG002
        """Return the receipts of a finished task; raise what ends the run."""
        return finished.result()

    def stop(self) -> None:
        """Start no more tasks, abandon the running ones, and wait for their end."""
        self._active_players.abandon()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Wait for all tasks and end the threads."""
        self._threads.shutdown()
