"""A run on a Dask cluster of processes, some of which are killed: every recording once, never too many."""

import _thread
import math
import os
import signal
import threading
import time
from types import SimpleNamespace

import dask
import pandas as pd
import pytest
from distributed import Client, KilledWorker, LocalCluster

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.datasets.batch import task
from emotoolkit.datasets.batch.dask_executor import ClusterSlots, run_task
from emotoolkit.errors import RunInterrupted, SettingsError
from tests.support.corpora import RATE, speech
from tests.support.deaths import kill_when, server_of, worker_of

SESSIONS = 3
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(240)]  # Dask's own, while workers die


@pytest.fixture
def processes():
    """Four workers, each a process, whose dead are believed dead after 3 s."""
    with dask.config.set({"distributed.scheduler.locks.lease-timeout": "3s"}):
        local = LocalCluster(n_workers=4, threads_per_worker=2, processes=True, dashboard_address=None)
        with local, Client(local) as client:
            yield client


@pytest.fixture(scope="module")
def client():
    """Two workers in this process: what is sent to them is the same, and they start in no time."""
    local = LocalCluster(n_workers=2, threads_per_worker=2, processes=False, dashboard_address=None)
    with local, Client(local) as client:
        yield client


def test_a_cluster_gives_the_same_tables(sample, tmp_path, client, voice_server):
    """What a cluster's workers write is what threads of this process write; asked again, nothing is sent."""
    corpus = speech(sample, tmp_path / "corpus", 4)
    api, settings = emo.EmotionLogic(url=voice_server.url), {"speed": math.inf, "progress": False}
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", sessions=2, cluster=client, **settings)
    alone = emo.replay_dataset(corpus, api, folder=tmp_path / "alone", **settings)
    assert run.summary["status"].tolist() == ["done"] * 4
    pd.testing.assert_frame_equal(run.segments, alone.segments)
    again = emo.replay_dataset(corpus, api, folder=tmp_path / "run", cluster=client, **settings)
    assert again.provenance["sent_now"] == 0


@pytest.mark.soak
def test_two_of_four_workers_are_killed(sample, tmp_path, processes):
    """Every recording is in the tables exactly once, and no more sessions than allowed were ever open at the server."""
    corpus = speech(sample, tmp_path / "corpus", 16)
    (tmp_path / "kept").mkdir()
    most, over = [0], threading.Event()
    watch = threading.Thread(target=_watch, args=(tmp_path / "kept", most, over))
    with app.serve(keep=tmp_path / "kept") as counted:
        killer = threading.Thread(target=_kill, args=(processes, tmp_path / "run" / "receipts"))
        watch.start()
        killer.start()
        api, settings = emo.EmotionLogic(url=counted.url), {"sessions": SESSIONS, "progress": False}
        run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", speed=2, cluster=processes, **settings)
        killer.join()
        over.set()
        watch.join()
        alone = emo.replay_dataset(corpus, api, folder=tmp_path / "alone", speed=math.inf, **settings)
    assert run.summary["status"].tolist() == ["done"] * 16
    pd.testing.assert_frame_equal(run.segments, alone.segments)
    assert 1 <= most[0] <= SESSIONS
    sent = sum(path.stat().st_size for path in (tmp_path / "kept").glob("*.pcm")) / 2 / RATE - 32
    assert sent <= 32 + 2 * SESSIONS * 2


def test_interrupted(sample, tmp_path, client, voice_server):
    """Ctrl-C drops what is under way and begins nothing that waits; the cluster lives on, and so does the run."""
    corpus = speech(sample, tmp_path / "corpus", 12)
    api = emo.EmotionLogic(url=voice_server.url)
    unfinished = tmp_path / "run" / "journals" / "unfinished"

    def interrupt():
        while not [*unfinished.glob("*/*.jsonl")]:
            time.sleep(0.02)
        _thread.interrupt_main()

    threading.Thread(target=interrupt).start()
    with pytest.raises(RunInterrupted):
        emo.replay_dataset(corpus, api, folder=tmp_path / "run", sessions=2, cluster=client, progress=False)
    begun = [*(tmp_path / "run" / "journals").rglob("*.jsonl")]
    assert 0 < len(begun) <= 2
    assert client.submit(math.sqrt, 4.0).result(timeout=60) == 2.0
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", cluster=client, speed=math.inf, progress=False)
    assert run.summary["status"].tolist() == ["done"] * 12


def test_a_recording_that_no_worker_survives(sample, tmp_path, client, voice_server, monkeypatch):
    """A recording of which worker after worker died has failed; the others are sent, and the next call tries again."""
    corpus = speech(sample, tmp_path / "corpus", 3)

    def dying(task, slots):
        if task.rows[0].name == "clip-0001.wav":
            raise KilledWorker("task", SimpleNamespace(address="inproc://last"), 3)
        return run_task(task, slots)

    api, settings = emo.EmotionLogic(url=voice_server.url), {"speed": math.inf, "progress": False, "cluster": client}
    with monkeypatch.context() as patched:
        patched.setattr("emotoolkit.datasets.batch.dask_executor.run_task", dying)
        run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", **settings)
    assert run.summary["status"].tolist() == ["done", "failed", "done"]
    assert run.failures["error"].tolist() == ["WorkersLost"]
    assert run.failures["sentence"].str.startswith("4 workers of the cluster ended").all()
    assert emo.replay_dataset(corpus, api, folder=tmp_path / "run", **settings).failures.empty


@pytest.mark.parametrize("victim", [server_of, worker_of], ids=["server", "worker"])
def test_a_process_that_dies_on_a_cluster_is_started_again(sample, tmp_path, client, monkeypatch, victim):
    """A local server, or the process that sends, killed at the second recording: all are done, in one attempt each."""
    monkeypatch.setattr(task, "FIRST_WAIT_S", 0.01)
    monkeypatch.delenv("EMOTION_LOGIC_URL", raising=False)
    api = emo.EmotionLogic()
    killed = kill_when(monkeypatch, victim, lambda name, killed: name == "clip-0001.wav" and not killed, api)
    corpus, settings = speech(sample, tmp_path / "corpus", 4, 1.0), {"speed": 4.0, "retry": 1, "progress": False}
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", sessions=2, cluster=client, **settings)
    assert killed == ["clip-0001.wav"]
    assert run.failures.empty
    assert (run.summary["attempts"] >= 1).all()


@pytest.mark.parametrize("victim", [server_of, worker_of], ids=["server", "worker"])
def test_three_deaths_on_a_cluster_blame_the_recording(sample, tmp_path, client, monkeypatch, victim):
    """A recording that kills a process each time fails for that, and no other does."""
    monkeypatch.setattr(task, "FIRST_WAIT_S", 0.01)
    monkeypatch.delenv("EMOTION_LOGIC_URL", raising=False)
    api = emo.EmotionLogic()
    killed = kill_when(monkeypatch, victim, lambda name, _: name == "clip-0001.wav", api)
    corpus, settings = speech(sample, tmp_path / "corpus", 4, 1.0), {"speed": 4.0, "progress": False}
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", sessions=2, cluster=client, **settings)
    assert killed == ["clip-0001.wav"] * 3
    assert run.failures.index.tolist() == ["clip-0001.wav"]
    assert run.failures["error"].tolist() == ["FatalRecording"]
    assert run.failures["sentence"].str.contains("ended 3 times while this recording was being sent").all()


def test_more_slots_than_there_are(client):
    """A recording that needs more sessions than may ever be open is said, not waited for."""
    with pytest.raises(SettingsError, match="needs 2 sessions at once"), ClusterSlots("few", 1).hold(2):
        pass


def _kill(client, receipts):
    """Kill two workers, one after the other, when something is done and more is under way."""
    for count, pid in zip((2, 5), [*client.run(os.getpid).values()], strict=False):
        while len([*receipts.glob("*.json")]) < count:
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)


def _watch(kept, most, over):
    """Count the streams that are growing: those that got anything within the last half second."""
    while not over.wait(0.1):
        now = time.time()
        most[0] = max(most[0], sum(now - path.stat().st_mtime < 0.2 for path in kept.glob("*.pcm")))
