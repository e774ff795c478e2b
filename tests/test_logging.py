"""What the library tells the `emotoolkit` logger: all processes, no keys, no folders, and nothing printed."""

import logging
import math
import shutil

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.local_server import LocalServer
from emotoolkit.apis.emotion_logic.server import app as voice_app
from emotoolkit.apis.interhuman.server import app as face_app
from emotoolkit.replays import worker_client

KEY = "ih_live_do_not_tell"


@pytest.fixture
def told(caplog):
    """Everything that is told to the package's logger."""
    with caplog.at_level(logging.DEBUG, logger="emotoolkit"):
        yield lambda level=logging.DEBUG: [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith("emotoolkit.") and record.levelno >= level
        ]


def test_a_replay(talk, tmp_path, told, capfd):
    """A replay tells of its session: connecting, open, everything sent, and how it ended; and prints nothing."""
    folder = tmp_path / "patients"
    folder.mkdir()
    file = shutil.copy(talk.path, folder)
    with voice_app.serve() as server:
        emo.replay(file, emo.EmotionLogic(url=server.url), speed=math.inf, progress=False)
    lines = [line.partition(": ")[2] for line in told() if line.startswith("talk.wav through emotion_logic, session 0")]
    host = server.url.removeprefix("http://")
    assert [line.split(" after ")[0].split(" for the")[0] for line in lines][:3] == [
        f"connecting to {host}",
        f"open at {host}",
        "sent up to 30.0 s; waiting",
    ]
    assert lines[3].startswith("waited ")
    assert lines[4] == "finished"
    assert any(line.startswith("the local server of emotion_logic has started at ") for line in told(logging.INFO))
    assert "patients" not in "".join(told())
    assert capfd.readouterr() == ("", "")


def test_no_key(interview, told):
    """Neither a key nor what stands in an address besides the host gets into a line, whether let in or refused."""
    with face_app.serve(keys=[KEY]) as server:
        for key in (KEY, "wrong_key_do_not_tell"):
            api = emo.Interhuman(url=f"{server.url}?note=do_not_tell", key=key)
            player = emo.Player(interview, api, speed=math.inf, until=6.0).start()
            try:
                player.wait()
            except emo.errors.ServerRefused:
                assert key != KEY
    assert any(line.endswith("session 0: failed (ServerRefused)") for line in told(logging.INFO))
    assert any(line.endswith("session 0: finished") for line in told(logging.INFO))
    assert "do_not_tell" not in "".join(told())


def test_retries_of_a_run(talk, tmp_path, told, monkeypatch):
    """A run tells of each attempt that failed, how long it waits, and how it ended; the file has no folder."""
    monkeypatch.setattr("emotoolkit.datasets.batch.task.FIRST_WAIT_S", 0.01)
    corpus = tmp_path / "patients"
    corpus.mkdir()
    shutil.copy(talk.path, corpus)
    with voice_app.serve(faults=Faults(drop=1.0)) as faulty:
        api = emo.EmotionLogic(url=faulty.url)
        emo.replay_dataset(corpus, api, folder=tmp_path / "run", speed=math.inf, retry=2, progress=False)
    lines = told(logging.INFO)
    assert "run in run: 1 recordings, 4 sessions at once" in lines
    assert "talk.wav: attempt 1 of 2 failed (ServerGone); the next one is in 0.0 s" in lines
    assert "talk.wav: failed (ServerGone) at the step 'send'" in lines
    assert "run in run: complete" in lines
    assert str(tmp_path) not in "".join(lines)


def test_processes(told):
    """The start and the end of the worker and of a local server are told, with the process's number."""
    client = worker_client.WorkerClient()
    client.close()
    with LocalServer("emotoolkit.apis.emotion_logic.server.app") as server:
        pid = server.pid
    lines = told(logging.INFO)
    assert f"the worker has started: process {client.pid}" in lines
    assert f"the local server of emotion_logic has started at {server.url}: process {pid}" in lines
    assert f"the local server of emotion_logic is ended: process {pid}" in lines


def test_a_local_server_tells_its_parent(talk, told):
    """What a local server tells in its own process reaches the logger here."""
    with voice_app.serve() as server:
        emo.replay(talk, emo.EmotionLogic(url=server.url), speed=math.inf, progress=False)
    assert "a client has connected: 1 now" in told()
