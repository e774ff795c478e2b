"""A run on a Dask cluster: the same tasks, on any number of machines, under one quota of sessions.

`replay_dataset(..., cluster=client)` submits each recording to the cluster as a task of its own. Dask gives tasks to
idle workers, moves waiting ones away from busy workers, and gives those of a worker that died to another: such a
recording is sent again from its beginning, in a new session. The quota is a semaphore of the cluster: an account's
sessions are counted over all workers. The slots of a worker that died are free again when Dask takes it for dead, which
is later than the end of its sessions: there are never more open than allowed.

After a run was killed, with its notebook or its machine, nothing keeps sending: each worker asks the scheduler every
second whether its task is still wanted. It is not, as soon as the client is gone. The next run on the folder waits
until all tasks of the last one have ended (`emotoolkit.datasets.batch.lock`). When the scheduler dies, the workers end
what they are at as well, since it no longer answers, and the run raises `ClusterLost`.

The folder must be reachable from all workers: on a disk that all machines share, or remote for fsspec (`s3://…`);
journals are then written on the worker's own disk and uploaded when they are complete.
"""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from emotoolkit.datasets.batch.lock import share_lock
from emotoolkit.datasets.batch.session_limit import check_session_limit
from emotoolkit.datasets.batch.task import ActivePlayers
from emotoolkit.errors import (
    ClusterLost,
    EmotoolkitError,
    NoticeWarning,
    ReplayInterrupted,
    StillPictureWarning,
    WorkersLost,
)
from emotoolkit.utils.extras import needing
from emotoolkit.utils.progress import MediaSeconds
from emotoolkit.utils.warning_filters import suppress_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from distributed import Client

    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.batch.task import Task

__all__ = ["ClusterSlots", "DaskExecutor"]

POLL_INTERVAL_S = 1.0
"""Seconds between two checks whether the run is over."""

SCHEDULER_TIMEOUT_S = 10.0
"""Seconds without an answer of the scheduler after which a run is taken to be over."""

RETRY_INTERVAL_S = 0.05
"""Seconds between two attempts to get several slots at once."""


@dataclass(frozen=True)
class ClusterSlots:
    """Quota over all workers of a cluster.

    Parameters
    ----------
    name : str
        Name of the cluster's semaphore.
    sessions : int
        How many may be open.
    active_players : ActivePlayers or None
        Players of the task that waits for slots: once they are cancelled, it waits no longer.
    """

    name: str
    sessions: int
    active_players: ActivePlayers | None = None

    @contextmanager
    def hold(self, sessions: int) -> Iterator[None]:
        """Hold slots until the block ends.

        Raises
        ------
        SettingsError
            There are fewer slots in all.
        ReplayInterrupted
            The run was over before the slots were free.
        """
        from distributed import Semaphore

        check_session_limit(sessions, self.sessions)
        semaphore = Semaphore(max_leases=self.sessions, name=self.name)
        with ExitStack() as held:
            acquired = 0
            while acquired < sessions:
                if self.active_players is not None and self.active_players.cancelled:
                    raise ReplayInterrupted(sent=0.0)
                # Do not keep the first slot while waiting for the second: two such tasks would wait for each other.
                if semaphore.acquire(timeout=POLL_INTERVAL_S if sessions == 1 else RETRY_INTERVAL_S):
                    acquired += 1
                    held.callback(semaphore.release)
                else:
                    held.pop_all().close()
                    acquired = 0
                    time.sleep(RETRY_INTERVAL_S)
            yield


class DaskExecutor:
    """Executor of a run's tasks on a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        The cluster.
    sessions : int
        Sessions open at once, over all workers.
    """

    media_seconds = MediaSeconds(0.0, 0.0)
    """Always 0: the progress of tasks on other machines is not known before they are done."""

    waiting = ""
    """Always empty, for the same reason."""

    def __init__(self, client: Client, sessions: int) -> None:
        with needing("distributed"):
            from distributed import Event, Semaphore

        self._client = client
        name = f"emotoolkit-{uuid.uuid4().hex}"
        self._slots = ClusterSlots(name, sessions)
        with self._needing_scheduler():
            self._semaphore = Semaphore(max_leases=sessions, name=name)
            self._over = Event(name, client=client)
            self._executor = client.get_executor(pure=False)

    def submit(self, task: Task) -> Future[list[Receipt]]:
        """Submit a task to the cluster."""
        with self._needing_scheduler():
            return cast("Future[list[Receipt]]", self._executor.submit(run_task, task, self._slots))

    def receipts(self, task: Task, finished: Future[list[Receipt]]) -> Sequence[Receipt]:
        """Return the receipts of a finished task; if worker after worker died of it, those of its failure."""
        from distributed import KilledWorker

        try:
            with self._needing_scheduler():
                return finished.result()
        except KilledWorker as problem:
            return task.refuse(WorkersLost(workers=problem.allowed_failures + 1), {})

    def stop(self) -> None:
        """Let all workers abandon their tasks, and wait for that. A cluster that is lost abandons them by itself."""
        if self._is_lost:
            return
        with suppress(ClusterLost), self._needing_scheduler():
            self._over.set()
            self._executor.shutdown()

    def close(self) -> None:
        """Wait for all tasks and close the semaphore."""
        if self._is_lost:
            return
        with suppress(ClusterLost), self._needing_scheduler():
            self._executor.shutdown()
            with suppress_warnings(RuntimeWarning, module=r"distributed\."):  # of slots that dead workers still hold
                self._semaphore.close()

    @property
    def _is_lost(self) -> bool:
        return bool(self._client.status != "running")

    @contextmanager
    def _needing_scheduler(self) -> Iterator[None]:
        """Raise `ClusterLost` where the scheduler does not answer, or has cancelled the run's tasks."""
        try:
            yield
        except EmotoolkitError:  # what a task says, such as that the disk is full
            raise
        except (CancelledError, OSError, ValueError, RuntimeError) as problem:
            if isinstance(problem, CancelledError):
                reason = "it does not answer any more" if self._is_lost else "its tasks were cancelled"
            elif self._is_lost:
                reason = str(problem)
            else:
                raise
            raise ClusterLost(reason=reason) from problem


class _WantedCheck:
    """Check whether the task that runs on this thread is still wanted, by asking the scheduler.

    Parameters
    ----------
    name : str
        Name of the event that is set when the run is over.
    """

    def __init__(self, name: str) -> None:
        from distributed import Event, get_client, get_worker

        worker = get_worker()
        self._client = get_client()  # only possible on Dask's own threads
        self._over = Event(name, client=self._client)
        self._worker, self._task = worker.address, worker.get_current_task()
        self._answered_at = time.monotonic()

    def __call__(self) -> bool:
        """Ask the scheduler: it forgets tasks of a client that is gone, and moves those of a dead worker to another."""
        try:
            wanted = self._task in self._client.processing().get(self._worker, ()) and not self._over.is_set()
        except Exception:  # noqa: BLE001 - no answer, for any reason: ask again later
            return time.monotonic() - self._answered_at < SCHEDULER_TIMEOUT_S
        self._answered_at = time.monotonic()
        return wanted


class _ClusterPlayers(ActivePlayers):
    """Active players of one task of the cluster: cancelled as soon as the task is not wanted any more."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._wanted = wanted

    @property
    def cancelled(self) -> bool:
        """Whether no player may start any more."""
        return super().cancelled or not self._wanted()


def run_task(task: Task, slots: ClusterSlots) -> list[Receipt]:
    """Run a task on a worker of the cluster. Without receipts if the run ends meanwhile.

    A second thread checks every second whether the run is over, and then abandons the task's players.
    """
    done = threading.Event()
    active_players = _ClusterPlayers(_WantedCheck(slots.name))
    threading.Thread(target=_abandon_when_over, args=(active_players, done), daemon=True).start()
    options = task.options
    try:
        quiet = suppress_warnings(StillPictureWarning, NoticeWarning)
        with quiet, share_lock(options.storage, options.run_token) as ours:
            if active_players.cancelled or not ours:
                return []
            return task.run(replace(slots, active_players=active_players), active_players)
    except ReplayInterrupted:
        return []  # it is a KeyboardInterrupt, which would make Dask end the worker
    finally:
        done.set()


def _abandon_when_over(active_players: ActivePlayers, done: threading.Event) -> None:
    """Abandon the players when the run is over."""
    while not done.wait(POLL_INTERVAL_S):
        if active_players.cancelled:
            active_players.abandon()
            return
