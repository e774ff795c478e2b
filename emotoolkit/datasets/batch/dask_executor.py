"""A run on a Dask cluster: the same errands, on any number of machines, under one quota of sessions.

`replay_dataset(..., cluster=client)` gives each recording to the cluster as a task of its own. Dask hands tasks to
whoever is free, takes waiting ones from whoever has a long one, and gives those of a worker that died to another: such
a recording is sent again from its beginning, in a new session. The quota is a semaphore of the cluster: an account's
sessions are counted over all workers. The seats of a worker that died are free again when Dask no longer believes in
it, which is later than when its sessions end: there are never more open than allowed.

A run that was killed, with its notebook or its machine, leaves nothing behind that sends: each worker asks the
scheduler every second whether its errand is still wanted. It is not, as soon as the client is gone. The next run on the
folder waits until all errands of the last one have ended (`emotoolkit.datasets.batch.lock`).

The folder must be one that all workers reach. A disk that all machines share, or an address for fsspec (`s3://…`);
journals are then written on the worker's own disk and carried over when they are complete.
"""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from emotoolkit.datasets.batch.lock import share_lock
from emotoolkit.datasets.batch.session_limit import check_session_limit
from emotoolkit.datasets.batch.task import ActivePlayers
from emotoolkit.errors import NoticeWarning, ReplayInterrupted, StillPictureWarning, TruncatedWarning, WorkersLost
from emotoolkit.utils.extras import needing
from emotoolkit.utils.warning_filters import suppress_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from distributed import Client

    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.batch.task import Task

__all__ = ["ClusterSlots", "DaskExecutor"]

POLL_INTERVAL_S = 1.0
"""Seconds between two looks at whether the run is over."""

SCHEDULER_TIMEOUT_S = 10.0
"""Seconds without an answer of the scheduler after which a run is thought over."""

RETRY_INTERVAL_S = 0.05
"""Seconds between two attempts at several seats at once."""


@dataclass(frozen=True)
class ClusterSlots:
    """A quota over all workers of a cluster.

    Parameters
    ----------
    name : str
        Of the cluster's semaphore.
    sessions : int
        How many may be open.
    under_way : UnderWay or None
        For what seats are held: when that is over, they are not waited for any longer.
    """

    name: str
    sessions: int
    active_players: ActivePlayers | None = None

    @contextmanager
    def hold(self, sessions: int) -> Iterator[None]:
        """Hold seats for as long as the block lasts.

        Raises
        ------
        SettingsError
            There will never be so many.
        ReplayInterrupted
            The run was over before they were free.
        """
        from distributed import Semaphore

        check_session_limit(sessions, self.sessions)
        semaphore = Semaphore(max_leases=self.sessions, name=self.name)
        with ExitStack() as held:
            taken = 0
            while taken < sessions:
                if self.active_players is not None and self.active_players.cancelled:
                    raise ReplayInterrupted(sent=0.0)
                # Whoever waits for its second seat must not keep the first: two such would wait for each other.
                if semaphore.acquire(timeout=POLL_INTERVAL_S if sessions == 1 else RETRY_INTERVAL_S):
                    taken += 1
                    held.callback(semaphore.release)
                else:
                    held.pop_all().close()
                    taken = 0
                    time.sleep(RETRY_INTERVAL_S)
            yield


class DaskExecutor:
    """A Dask cluster as the crew of a run.

    Parameters
    ----------
    client : distributed.Client
        The cluster.
    sessions : int
        Sessions open at once, over all workers.
    """

    seconds_sent = 0.0
    """What is under way elsewhere is heard of when it is done."""

    def __init__(self, client: Client, sessions: int) -> None:
        with needing("distributed"):
            from distributed import Event, Semaphore

        name = f"emotoolkit-{uuid.uuid4().hex}"
        self._slots = ClusterSlots(name, sessions)
        self._semaphore = Semaphore(max_leases=sessions, name=name)
        self._over = Event(name, client=client)
        self._executor = client.get_executor(pure=False)

    def submit(self, task: Task) -> Future[list[Receipt]]:
        """Give an errand to whichever worker is free."""
        return cast("Future[list[Receipt]]", self._executor.submit(run_task, task, self._slots))

    def receipts(self, task: Task, finished: Future[list[Receipt]]) -> Sequence[Receipt]:
        """Give the receipts of an errand that is finished; of one at which worker after worker died, its failure."""
        from distributed import KilledWorker

        try:
            return finished.result()
        except KilledWorker as problem:
            return task.refuse(WorkersLost(workers=problem.allowed_failures + 1), {})

    def stop(self) -> None:
        """Tell all workers to drop what is under way, and wait."""
        self._over.set()
        self._executor.shutdown()

    def close(self) -> None:
        """Give the seats back."""
        self._executor.shutdown()
        with suppress_warnings(
            RuntimeWarning, module=r"distributed\."
        ):  # those of workers that died are not given back
            self._semaphore.close()


class _WantedCheck:
    """Whether the errand of this task is still wanted, as the scheduler knows.

    Parameters
    ----------
    name : str
        Of the event that says that the run is over.
    """

    def __init__(self, name: str) -> None:
        from distributed import Event, get_client, get_worker

        worker = get_worker()
        self._client = get_client()  # here: a thread of our own is none of Dask's, and cannot
        self._over = Event(name, client=self._client)
        self._worker, self._task = worker.address, worker.get_current_task()
        self._answered_at = time.monotonic()

    def __call__(self) -> bool:
        """Ask. Dask forgets the tasks of a client that is gone, and gives those of a worker thought dead to another."""
        try:
            wanted = self._task in self._client.processing().get(self._worker, ()) and not self._over.is_set()
        except Exception:  # noqa: BLE001 - whatever it is that keeps it from being answered: asked again
            return time.monotonic() - self._answered_at < SCHEDULER_TIMEOUT_S
        self._answered_at = time.monotonic()
        return wanted


class _ClusterPlayers(ActivePlayers):
    """What is under way in one task of the cluster: over as soon as nobody wants it, wherever that was said."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._wanted = wanted

    @property
    def cancelled(self) -> bool:
        """Whether nothing may begin any more."""
        return super().cancelled or not self._wanted()


def run_task(task: Task, slots: ClusterSlots) -> list[Receipt]:
    """Do an errand on a worker of the cluster. One that the end of the run meets has no receipts."""
    done = threading.Event()
    active_players = _ClusterPlayers(_WantedCheck(slots.name))
    threading.Thread(target=_abandon_when_over, args=(active_players, done), daemon=True).start()
    options = task.options
    try:
        quiet = suppress_warnings(StillPictureWarning, TruncatedWarning, NoticeWarning)
        with quiet, share_lock(options.storage, options.run_token) as ours:
            if active_players.cancelled or not ours:
                return []
            return task.run(replace(slots, active_players=active_players), active_players)
    except ReplayInterrupted:
        return []  # Dask takes an interrupt for its own, and would end the worker
    finally:
        done.set()


def _abandon_when_over(active_players: ActivePlayers, done: threading.Event) -> None:
    """Drop the errand when the run is over."""
    while not done.wait(POLL_INTERVAL_S):
        if active_players.cancelled:
            active_players.abandon()
            return
