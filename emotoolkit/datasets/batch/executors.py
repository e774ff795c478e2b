"""Who does the errands: threads of this process, or a cluster (`emotoolkit.datasets.batch.dask_executor`)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from emotoolkit.datasets.batch.session_limit import Seats
from emotoolkit.datasets.batch.task import UnderWay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.batch.task import Errand

__all__ = ["Crew", "Threads"]

BEHIND = 2
"""Threads more than sessions: while some write tables, as many sessions as allowed are open."""


class Crew(Protocol):
    """Who does the errands of a run."""

    @property
    def seconds(self) -> float:
        """Seconds of media sent of what is under way, as far as that is known here."""

    def submit(self, errand: Errand) -> Future[list[Receipt]]:
        """Give an errand; it is begun when there is somebody free."""

    def receipts(self, errand: Errand, finished: Future[list[Receipt]]) -> Sequence[Receipt]:
        """Give the receipts of an errand that is finished; raise what ends the run."""

    def stop(self) -> None:
        """Begin nothing more, drop what is under way, and wait until all is still."""

    def close(self) -> None:
        """Let everybody go."""


class Threads:
    """Threads of this process.

    Parameters
    ----------
    sessions : int
        Sessions open at once.
    """

    def __init__(self, sessions: int) -> None:
        self._seats = Seats(sessions)
        self._under_way = UnderWay()
        self._threads = ThreadPoolExecutor(sessions + BEHIND, thread_name_prefix="emotoolkit")

    @property
    def seconds(self) -> float:
        """Seconds of media sent of what is under way."""
        return self._under_way.seconds

    def submit(self, errand: Errand) -> Future[list[Receipt]]:
        """Give an errand."""
        return self._threads.submit(errand.run, self._seats, self._under_way)

    def receipts(self, errand: Errand, finished: Future[list[Receipt]]) -> Sequence[Receipt]:  # noqa: ARG002
        """Give the receipts of an errand that is finished."""
        return finished.result()

    def stop(self) -> None:
        """Begin nothing more, drop what is under way, and wait."""
        self._under_way.abandon()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Let everybody go."""
        self._threads.shutdown()
