"""Processes of this machine that die in the middle of a run: they are started again, and no recording pays for it."""

import signal
import threading

import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch import deaths, task
from emotoolkit.errors import FatalRecording, ReplayInterrupted, ServerGone, WorkerGone
from tests.support.corpora import speech
from tests.support.deaths import kill_when, server_of, worker_of


@pytest.fixture(autouse=True)
def own_server(monkeypatch):
    """No address in the environment, and hardly a pause before the next attempt."""
    monkeypatch.delenv("EMOTION_LOGIC_URL", raising=False)
    monkeypatch.setattr(task, "FIRST_WAIT_S", 0.01)


@pytest.mark.parametrize(
    ("victim", "how"),
    [(server_of, signal.SIGKILL), (server_of, signal.SIGTERM), (worker_of, signal.SIGKILL)],
    ids=["server-killed", "server-ended", "worker-killed"],
)
def test_a_process_that_dies_is_started_again(sample, tmp_path, monkeypatch, victim, how):
    """Killed at its third recording of eight: all eight are done, though each has one attempt only."""
    api = emo.EmotionLogic()
    killed = kill_when(monkeypatch, victim, lambda name, killed: name == "clip-0002.wav" and not killed, api, how)
    corpus = speech(sample, tmp_path / "corpus", 8, 1.0)
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", sessions=3, speed=4.0, retry=1, progress=False)
    assert killed == ["clip-0002.wav"]
    assert run.failures.empty
    assert run.segments.index.unique("file").size == 8


@pytest.mark.parametrize(
    ("victim", "process"),
    [(server_of, "The local emotion_logic server"), (worker_of, "The process that replays")],
)
def test_three_deaths_blame_the_recording(sample, tmp_path, monkeypatch, victim, process):
    """A recording that kills its process each time fails, with a sentence that says so; the others are done."""
    api = emo.EmotionLogic()
    killed = kill_when(monkeypatch, victim, lambda name, killed: name == "clip-0001.wav", api)
    corpus = speech(sample, tmp_path / "corpus", 6, 1.0)
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", sessions=3, speed=4.0, progress=False)
    assert killed == ["clip-0001.wav"] * 3
    (failure,) = run.failures.reset_index().to_dict("records")
    assert failure["file"].endswith("clip-0001.wav")
    assert failure["error"] == "FatalRecording"
    assert failure["sentence"].startswith(f"{process} ended 3 times while this recording was being sent")
    assert (run.summary["status"] == "done").sum() == 5


def test_suspects_are_sent_one_at_a_time():
    """With two deaths a recording waits for another such one; an interrupt ends the wait."""
    dead = WorkerGone(code=-9, words="(none)")
    first, second = deaths.DeathCounter(), deaths.DeathCounter()
    for counter in (first, second):
        counter.note(dead)
        with counter.attempt(lambda: True), counter.attempt(lambda: True):
            pass
        counter.note(dead)
    over = threading.Event()
    with first.attempt(lambda: True):
        over.set()
        with pytest.raises(ReplayInterrupted), second.attempt(over.is_set):
            pass
    with second.attempt(lambda: True), pytest.raises(FatalRecording, match="exit code -9"):
        second.note(dead)


def test_a_server_that_lives_is_not_counted_as_dead(voice_server):
    """A connection that ends at a server of somebody else, or at one that still runs, is no death."""
    counter = deaths.DeathCounter()
    running = emo.EmotionLogic().located().address
    for url in (voice_server.url, running, "http://lab:2259", ""):
        counter.note(ServerGone(api="Emotion Logic", url=url, sent=1.0, reason="closed"))
    assert counter.count == 0
