"""Threads that run tasks: how many at once, and what becomes of the others when a run is stopped."""

from __future__ import annotations

import threading

import pytest

from emotoolkit.datasets.batch.executors import EXTRA_THREADS, ThreadExecutor
from emotoolkit.utils.progress import MediaSeconds

TIMEOUT_S = 30.0


class Player:
    """Stand-in for a player that has sent 1.5 s, of which 1 s was answered."""

    media_seconds = MediaSeconds(1.5, 1.0)

    def __init__(self):
        self.abandoned = threading.Event()

    def abandon(self):
        self.abandoned.set()


class Playing:
    """A task with a player that ends only when it is abandoned."""

    def __init__(self):
        self.started, self.player = threading.Event(), Player()

    def run(self, quota, active_players):
        with quota.hold(1), active_players.tracking(self.player):
            self.started.set()
            assert self.player.abandoned.wait(TIMEOUT_S)
        return []


class Returning:
    """A task that returns or raises at once."""

    def __init__(self, result):
        self.result = result

    def run(self, quota, active_players):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def test_receipts_of_finished_tasks():
    """A finished task gives its receipts; one that ends the run raises."""
    executor = ThreadExecutor(1)
    done, failed = Returning(["receipt"]), Returning(PermissionError("no right"))
    assert executor.receipts(done, executor.submit(done)) == ["receipt"]
    with pytest.raises(PermissionError, match="no right"):
        executor.receipts(failed, executor.submit(failed))
    executor.close()


def test_stop_abandons_what_runs_and_cancels_what_waits():
    """Running players are abandoned and waited for; tasks in the queue never start; the seconds sent are of players."""
    executor = ThreadExecutor(2)
    tasks = [Playing() for _ in range(2 + EXTRA_THREADS + 3)]
    futures = [executor.submit(task) for task in tasks]
    for task in tasks[:2]:
        assert task.started.wait(TIMEOUT_S)
    assert executor.media_seconds == (3.0, 2.0)
    executor.stop()
    assert executor.media_seconds == (0.0, 0.0)
    assert all(future.done() for future in futures)
    assert [future.cancelled() for future in futures] == [False] * (2 + EXTRA_THREADS) + [True] * 3
    assert not any(task.started.is_set() for task in tasks[2 + EXTRA_THREADS :])


def test_more_threads_than_sessions():
    """While as many tasks as there are sessions play, further ones run that need no session."""
    executor = ThreadExecutor(1)
    playing = Playing()
    executor.submit(playing)
    assert playing.started.wait(TIMEOUT_S)
    assert executor.submit(Returning(["written"])).result(TIMEOUT_S) == ["written"]
    executor.stop()
