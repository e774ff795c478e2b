"""Runs on a Dask cluster whose notebook is killed: nothing goes on sending, and the next call has the folder alone."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client, LocalCluster

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.datasets.batch.receipt import read_receipts
from emotoolkit.datasets.batch.storage import Storage
from tests.support.corpora import speech

SESSIONS = 3
CLIPS = 5

SILENT = 8.0
"""Seconds within which the sessions of a run have ended that was killed."""

GIVING_UP = 20.0
"""Seconds within which workers have ended their sessions whose scheduler has died."""

RUN = """
import sys, pandas as pd, emotoolkit as emo
from distributed import Client, LocalCluster
if __name__ == "__main__":
    corpus, folder, where, speed, url = sys.argv[1:]
    inside = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": ":0"}
    with Client(LocalCluster(**inside) if where == "inside" else where) as client:
        settings = {"folder": folder, "sessions": 3, "speed": float(speed), "progress": False, "cluster": client}
        api = emo.EmotionLogic(url=url or None)
        run = emo.replay_dataset(pd.read_csv(corpus), api, **settings)
        print(*run.summary["status"], run.provenance["state"])
"""

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="connections are counted as Linux tells them"),
]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """Address of a scheduler with two workers of two threads, each a process of its own."""
    with cluster(tmp_path_factory.mktemp("scheduler"), workers=2) as (address, _):
        yield address


@contextmanager
def cluster(folder, workers, threads=2):
    """Begin a cluster; gives the scheduler's address and process."""
    told = folder / "told.json"
    found, local = ["--scheduler-file", str(told)], ["--host", "127.0.0.1", "--no-dashboard"]
    begun = [dask("scheduler", "--port", "0", *found, *local)]
    begun += [dask("worker", "--nthreads", str(threads), "--no-nanny", *found, *local) for _ in range(workers)]
    while not told.exists():
        assert begun[0].poll() is None
        time.sleep(0.05)
    yield json.loads(told.read_text())["address"], begun[0]
    for process in reversed(begun):
        process.terminate()
        process.wait(30)


def dask(*command):
    """Begin a program of Dask."""
    return subprocess.Popen([sys.executable, "-m", "dask", *command], stderr=subprocess.DEVNULL)


@pytest.fixture
def corpus(sample, tmp_path):
    """Five clips, none of which is done within the time of a test at the pace of life."""
    speech(sample, tmp_path / "corpus", CLIPS, 25.0).to_csv(tmp_path / "corpus.csv", index=False)
    return tmp_path / "corpus.csv"


@pytest.fixture
def counted():
    """A server, and how many connections it has."""
    with app.serve() as local:
        port = f":{int(local.url.rpartition(':')[2]):04X} "

        def connections():
            lines = Path("/proc/net/tcp").read_text().splitlines()
            return sum(line.split()[3] == "01" and port in line[:21] for line in lines)

        yield local.url, connections


def call(corpus, folder, where, speed, url):
    """Begin a run in a process of its own."""
    given = [str(corpus), str(folder), where, str(speed), url]
    return subprocess.Popen([sys.executable, "-c", RUN, *given], stdout=subprocess.PIPE, text=True)


def wait_for_sessions(folder, is_going):
    """Wait until all sessions of a run send."""
    unfinished = folder / "journals" / "unfinished"
    while sum(path.stat().st_size > 3000 for path in unfinished.glob("*/*.jsonl")) < SESSIONS:
        assert is_going()
        time.sleep(0.05)


def killed(corpus, folder, where, url):
    """Begin a run at the pace of life, and kill it when all its sessions are open."""
    running = call(corpus, folder, where, 1.0, url)
    wait_for_sessions(folder, lambda: running.poll() is None)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()


@pytest.mark.parametrize("where", ["outside", pytest.param("inside", marks=pytest.mark.soak)])
def test_nothing_is_sent_for_nobody(tmp_path, corpus, scheduler, counted, where):
    """`kill -9` of a notebook: all sessions end, whether the cluster is its own or lives on, and nobody has failed."""
    url, connections = counted
    killed(corpus, tmp_path / "run", scheduler if where == "outside" else "inside", url)
    then = time.monotonic()
    while connections():
        time.sleep(0.05)
        assert time.monotonic() - then < SILENT
    print(f"no session {time.monotonic() - then:.1f} s after the end")
    time.sleep(2 * SILENT / 10)  # none begins anew
    assert connections() == 0
    assert read_receipts(Storage(tmp_path / "run")) == {}


@pytest.mark.parametrize("own", [pytest.param(True, marks=pytest.mark.soak), False])
def test_the_next_call_has_the_folder_alone(tmp_path, corpus, scheduler, counted, own):
    """The same call right after: complete, never more sessions than allowed, and all receipts are its own.

    A server that is the killed notebook's own dies with it; that nothing answers there is none of the next call's.
    """
    url, connections = counted
    killed(corpus, tmp_path / "run", scheduler, "" if own else url)
    most, over = [0], threading.Event()

    def watch():
        while not over.wait(0.02):
            most[0] = max(most[0], connections())

    watching = threading.Thread(target=watch)
    watching.start()
    again = call(corpus, tmp_path / "run", scheduler, math.inf, "" if own else url)
    said, _ = again.communicate(timeout=120)
    over.set()
    watching.join()
    assert again.returncode == 0
    assert said.split() == ["done"] * CLIPS + ["complete"]
    assert own or 1 <= most[0] <= SESSIONS
    time.sleep(2)  # whoever would still write has the time for it
    told = read_receipts(Storage(tmp_path / "run"))
    assert [each.status for each in told.values()] == ["done"] * CLIPS
    assert len({each.run for each in told.values()}) == 1
    assert not [*(tmp_path / "run" / "journals" / "unfinished").rglob("*.jsonl")]
    assert len(emo.Run(tmp_path / "run").segments) > 0


@contextmanager
def doing_meanwhile(folder, action):
    """Do something as soon as all sessions of a run send."""
    waiting = threading.Event()

    def act():
        wait_for_sessions(folder, lambda: not waiting.is_set())
        action()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        waiting.set()
        thread.join()


@pytest.mark.filterwarnings("ignore")  # Dask's own, of a scheduler that is gone
def test_the_scheduler_dies(tmp_path, corpus, counted):
    """The run ends in a sentence, nobody goes on sending, and the same call goes on from there."""
    url, connections = counted
    dataset, settings = pd.read_csv(corpus), {"folder": tmp_path / "run", "sessions": SESSIONS, "progress": False}
    (tmp_path / "dask").mkdir()
    with (
        cluster(tmp_path / "dask", workers=1, threads=SESSIONS) as (address, process),
        Client(address, timeout=5) as client,
    ):
        began = time.monotonic()
        with (
            doing_meanwhile(tmp_path / "run", process.kill),
            pytest.raises(emo.errors.ClusterLost, match="goes on from there"),
        ):
            emo.replay_dataset(dataset, emo.EmotionLogic(url=url), speed=1, cluster=client, **settings)
        print(f"said after {time.monotonic() - began:.1f} s")
        then = time.monotonic()
        while connections():
            time.sleep(0.05)
            assert time.monotonic() - then < GIVING_UP
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "ClusterLost"
    run = emo.replay_dataset(dataset, emo.EmotionLogic(url=url), speed=math.inf, **settings)
    assert [*run.summary["status"]] == ["done"] * CLIPS


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore")
def test_the_cluster_is_restarted(tmp_path, corpus, counted):
    """Whoever restarts all workers, as from a dashboard, cancels the run's tasks: a sentence, and the call goes on."""
    url, _ = counted
    dataset, settings = pd.read_csv(corpus), {"folder": tmp_path / "run", "sessions": SESSIONS, "progress": False}
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as local, Client(local) as client:
        with (
            doing_meanwhile(tmp_path / "run", client.restart),
            pytest.raises(emo.errors.ClusterLost, match="cancelled"),
        ):
            emo.replay_dataset(dataset, emo.EmotionLogic(url=url), speed=1, cluster=client, **settings)
        run = emo.replay_dataset(dataset, emo.EmotionLogic(url=url), speed=math.inf, cluster=client, **settings)
    assert [*run.summary["status"]] == ["done"] * CLIPS
