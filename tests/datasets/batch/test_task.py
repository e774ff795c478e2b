"""A task: how it ends when the run is over before the task is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch import dask_executor, retries, task
from emotoolkit.datasets.batch.session_limit import Slots
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.datasets.batch.task import ActivePlayers, RunOptions, Task
from emotoolkit.datasets.manifest import normalize_dataset
from emotoolkit.datasets.rows import parse_rows
from emotoolkit.errors import ReplayInterrupted


@pytest.fixture
def talk_task(sample, tmp_path):
    """Make a task that sends half a minute of talk, in real time, through an API."""

    def make(api, attempts=1):
        storage = Storage(tmp_path / "run")
        storage.check()
        rows = parse_rows(normalize_dataset(pd.DataFrame({"file": [str(sample / "talk.wav")]})))
        return Task(tuple(rows), RunOptions(api, api.located(), "", 1.0, attempts, storage))

    return make


@dataclass(frozen=True)
class NamedSlots:
    """Slots with a name, like those of a cluster, that are always free."""

    name: str
    active_players: object = None

    def hold(self, sessions):
        return nullcontext()


def test_the_end_of_a_run_is_seen_before_the_watcher_looks(talk_task, voice_server, monkeypatch):
    """A task of a cluster that finds the run over stops sending, though its watcher has not looked yet."""
    over, players = threading.Event(), set()

    class Player(task.Player):
        def answers(self, timeout, **how):
            players.add(self)
            if self.sent > 0:
                over.set()
            return super().answers(timeout, **how)

    monkeypatch.setattr(dask_executor, "_WantedCheck", lambda name: lambda: not over.is_set())
    monkeypatch.setattr(dask_executor, "share_lock", lambda storage, token: nullcontext(True))
    monkeypatch.setattr(dask_executor, "POLL_INTERVAL_S", 60.0)
    monkeypatch.setattr(task, "CLOSE_TIMEOUT_S", 0.3)
    monkeypatch.setattr(task, "Player", Player)
    assert dask_executor.run_task(talk_task(emo.EmotionLogic(url=voice_server.url)), NamedSlots("slots")) == []
    (player,) = players
    player.wait(10)
    assert not player.playing


def test_nobody_waits_for_the_next_attempt_of_a_run_that_is_over(talk_task, monkeypatch):
    """An interrupt ends the pause after an attempt that failed, and there is no further attempt."""
    monkeypatch.setattr(task, "FIRST_WAIT_S", 30.0)
    failed, may_pass = threading.Event(), retries.may_retry

    def failing(problem):
        failed.set()
        return may_pass(problem)

    monkeypatch.setattr(retries, "may_retry", failing)
    under_way = ActivePlayers()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(talk_task(emo.EmotionLogic(url="http://127.0.0.1:9"), 3).run, Slots(1), under_way)
        assert failed.wait(20)
        under_way.abandon()
        with pytest.raises(ReplayInterrupted):
            running.result(timeout=15)
