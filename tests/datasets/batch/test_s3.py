"""A dataset behind `s3://`, and a run written there: against a server of that protocol on this machine."""

import json
import math
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pandas as pd
import pytest
import s3fs
from moto.server import ThreadedMotoServer

import emotoolkit as emo
from emotoolkit.datasets.batch.lease import FILE_NAME, leased
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import RunLocked
from tests.support.corpora import kept_seconds, speech

INF = {"speed": math.inf, "progress": False}
pytestmark = [pytest.mark.soak, pytest.mark.filterwarnings("ignore")]  # the cloud's own libraries warn


@pytest.fixture
def bucket(monkeypatch):
    """A bucket, reached as a user reaches one: by the environment."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word-of-the-cloud")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    fsspec.filesystem("s3").makedirs("lab", exist_ok=True)
    yield "s3://lab"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_read_from_and_written_to(sample, tmp_path, voice_server, bucket):
    """The tables are those of a run on disk; the second call sends nothing; no key of the cloud is in any file."""
    api = emo.EmotionLogic(url=voice_server.url)
    here = speech(sample, tmp_path / "corpus", 3)
    cloud = fsspec.filesystem("s3")
    for file in here["file"]:
        cloud.put_file(file, f"lab/corpus/{Path(file).name}")
    (tmp_path / "list.csv").write_text("file,mood\nclip-0000.wav,calm\nclip-0001.wav,glad\nclip-0002.wav,sad\n")
    cloud.put_file(str(tmp_path / "list.csv"), "lab/corpus/list.csv")

    dataset = emo.read_dataset(f"{bucket}/corpus/list.csv")
    assert dataset["mood"].tolist() == ["calm", "glad", "sad"]
    assert emo.plan(dataset, api).recordings == 3
    run = emo.replay_dataset(dataset, api, folder=f"{bucket}/runs/first", **INF)
    assert run.failures.empty
    disk = emo.replay_dataset(here, api, folder=tmp_path / "disk", **INF)
    columns = disk.segments.columns.drop("speaker")
    pd.testing.assert_frame_equal(run.segments[columns], disk.segments[columns])
    assert run.segments.loc[["clip-0001.wav"], "mood"].unique().tolist() == ["glad"]

    before = kept_seconds(voice_server.kept)
    again = emo.replay_dataset(dataset, api, folder=f"{bucket}/runs/first", **INF)
    assert again.provenance["sent_now"] == 0
    assert kept_seconds(voice_server.kept) == before
    assert len(emo.Run(f"{bucket}/runs/first").replay("clip-0002.wav").segments) > 0
    written = [path for path in cloud.find("lab/runs") if not path.endswith("/")]
    assert not [path for path in written if b"word-of-the-cloud" in cloud.cat_file(path)]
    assert not [path for path in written if path.rpartition("/")[2].startswith(".")], "nothing half written is left"


def test_two_runs(sample, tmp_path, voice_server, bucket):
    """The second is told who is there; of two that begin at the same moment the store itself lets one in."""
    api, corpus = emo.EmotionLogic(url=voice_server.url), speech(sample, tmp_path / "corpus", 1)
    with leased(Storage(f"{bucket}/run")):
        with pytest.raises(RunLocked, match=rf"process {os.getpid()} on .*, since 20"):
            emo.replay_dataset(corpus, api, folder=f"{bucket}/run", **INF)
        with pytest.raises(FileExistsError):
            Storage(f"{bucket}/run").put(FILE_NAME, b"{}", create=True)
    assert emo.replay_dataset(corpus, api, folder=f"{bucket}/run", **INF).failures.empty
    assert not Storage(f"{bucket}/run").exists(FILE_NAME)


def test_goes_to_other_machines(bucket):
    """The folder's address, and nothing of who may write there, goes to the machines of a cluster."""
    sent = pickle.dumps(Storage(f"{bucket}/run"))
    assert b"word-of-the-cloud" not in sent
    there = pickle.loads(sent)
    there.write("a/b.txt", b"whole")
    assert there.names("a", ".txt") == ["b"]
    there.remove("a/b.txt")
    assert not there.exists("a/b.txt")


RUN = """
import sys, math, pandas as pd, emotoolkit as emo
corpus, folder, url = sys.argv[1:]
emo.replay_dataset(pd.read_csv(corpus), emo.EmotionLogic(url=url), folder=folder, sessions=2, speed=1, progress=False)
"""


def test_killed(sample, tmp_path, voice_server, bucket):
    """`kill -9` of a run behind an address: the next call is told when the folder is free, and then goes on."""
    api, folder = emo.EmotionLogic(url=voice_server.url), f"{bucket}/run"
    corpus = speech(sample, tmp_path / "corpus", 5, 4.0)
    corpus.to_csv(tmp_path / "corpus.csv", index=False)
    given = [str(tmp_path / "corpus.csv"), folder, voice_server.url]
    running = subprocess.Popen([sys.executable, "-c", RUN, *given])
    storage = Storage(folder)
    while len(storage.names("receipts", ".json")) < 2:
        assert running.poll() is None
        time.sleep(0.1)
    running.kill()
    running.wait(30)
    with pytest.raises(RunLocked, match=f"process {running.pid} on "):
        emo.replay_dataset(corpus, api, folder=folder, **INF)
    lease = json.loads(storage.read(FILE_NAME))
    storage.put(FILE_NAME, json.dumps(lease | {"said": lease["said"] - 11 * 60}).encode())  # eleven minutes later
    before = kept_seconds(voice_server.kept)
    run = emo.replay_dataset(corpus, api, folder=folder, **INF)
    assert [*run.summary["status"]] == ["done"] * 5
    assert kept_seconds(voice_server.kept) - before <= 3 * 4.0, "what was done is not sent again"
    alone = emo.replay_dataset(corpus, api, folder=tmp_path / "alone", **INF)
    pd.testing.assert_frame_equal(run.segments, alone.segments)
