"""A dataset behind `s3://`, and a run written there: against a server of that protocol on this machine."""

import math
import os
import pickle
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
