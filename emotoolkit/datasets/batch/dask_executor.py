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

from emotoolkit.datasets.batch.lock import shared
from emotoolkit.datasets.batch.session_limit import check_enough
from emotoolkit.datasets.batch.task import UnderWay
from emotoolkit.errors import NoticeWarning, ReplayInterrupted, StillPictureWarning, TruncatedWarning, WorkersLost
from emotoolkit.utils.extras import needing
from emotoolkit.utils.warning_filters import hushed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from distributed import Client

    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.batch.task import Errand

__all__ = ["Cluster", "Leases"]

GLANCE = 1.0
"""Seconds between two looks at whether the run is over."""

LOST = 10.0
"""Seconds without an answer of the scheduler after which a run is thought over."""

BETWEEN = 0.05
"""Seconds between two attempts at several seats at once."""


@dataclass(frozen=True)
class Leases:
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
    under_way: UnderWay | None = None

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

        check_enough(sessions, self.sessions)
        seats = Semaphore(max_leases=self.sessions, name=self.name)
        with ExitStack() as held:
            taken = 0
            while taken < sessions:
                if self.under_way is not None and self.under_way.over:
                    raise ReplayInterrupted(sent=0.0)
                # Whoever waits for its second seat must not keep the first: two such would wait for each other.
                if seats.acquire(timeout=GLANCE if sessions == 1 else BETWEEN):
                    taken += 1
                    held.callback(seats.release)
                else:
                    held.pop_all().close()
                    taken = 0
                    time.sleep(BETWEEN)
            yield


class Cluster:
    """A Dask cluster as the crew of a run.

    Parameters
    ----------
    client : distributed.Client
        The cluster.
    sessions : int
        Sessions open at once, over all workers.
    """

    seconds = 0.0
    """What is under way elsewhere is heard of when it is done."""

    def __init__(self, client: Client, sessions: int) -> None:
        with needing("distributed"):
            from distributed import Event, Semaphore

        name = f"emotoolkit-{uuid.uuid4().hex}"
        self._leases = Leases(name, sessions)
        self._seats = Semaphore(max_leases=sessions, name=name)
        self._over = Event(name, client=client)
        self._executor = client.get_executor(pure=False)

    def submit(self, errand: Errand) -> Future[list[Receipt]]:
        """Give an errand to whichever worker is free."""
        return cast("Future[list[Receipt]]", self._executor.submit(carry_out, errand, self._leases))

    def receipts(self, errand: Errand, finished: Future[list[Receipt]]) -> Sequence[Receipt]:
        """Give the receipts of an errand that is finished; of one at which worker after worker died, its failure."""
        from distributed import KilledWorker

        try:
            return finished.result()
        except KilledWorker as problem:
            return errand.refuse(WorkersLost(workers=problem.allowed_failures + 1), {})

    def stop(self) -> None:
        """Tell all workers to drop what is under way, and wait."""
        self._over.set()
        self._executor.shutdown()

    def close(self) -> None:
        """Give the seats back."""
        self._executor.shutdown()
        with hushed(RuntimeWarning, module=r"distributed\."):  # those of workers that died are not given back
            self._seats.close()


class _Wanted:
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
        self._heard = time.monotonic()

    def __call__(self) -> bool:
        """Ask. Dask forgets the tasks of a client that is gone, and gives those of a worker thought dead to another."""
        try:
            wanted = self._task in self._client.processing().get(self._worker, ()) and not self._over.is_set()
        except Exception:  # noqa: BLE001 - whatever it is that keeps it from being answered: asked again
            return time.monotonic() - self._heard < LOST
        self._heard = time.monotonic()
        return wanted


class _UnderWay(UnderWay):
    """What is under way in one task of the cluster: over as soon as nobody wants it, wherever that was said."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._wanted = wanted

    @property
    def over(self) -> bool:
        """Whether nothing may begin any more."""
        return super().over or not self._wanted()


def carry_out(errand: Errand, leases: Leases) -> list[Receipt]:
    """Do an errand on a worker of the cluster. One that the end of the run meets has no receipts."""
    done = threading.Event()
    under_way = _UnderWay(_Wanted(leases.name))
    threading.Thread(target=_watch, args=(under_way, done), daemon=True).start()
    terms = errand.terms
    try:
        quiet = hushed(StillPictureWarning, TruncatedWarning, NoticeWarning)
        with quiet, shared(terms.storage, terms.run) as ours:
            if under_way.over or not ours:
                return []
            return errand.run(replace(leases, under_way=under_way), under_way)
    except ReplayInterrupted:
        return []  # Dask takes an interrupt for its own, and would end the worker
    finally:
        done.set()


def _watch(under_way: UnderWay, done: threading.Event) -> None:
    """Drop the errand when the run is over."""
    while not done.wait(GLANCE):
        if under_way.over:
            under_way.abandon()
            return
