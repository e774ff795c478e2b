"""A run over a dataset, exported and packed."""

import json
import math
import shutil
import zipfile

import emotoolkit as emo
from tests.support.corpora import speech


def test_a_run(talk, call, tmp_path):
    """A run's labels go out with the replays' names, and its cassettes play each of its recordings."""
    for recording in (talk, call):
        shutil.copy(recording.path, tmp_path)
    corpus = emo.read_dataset(tmp_path)
    run = emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tmp_path / "run", speed=math.inf, progress=False)
    paths = emo.export(run, "rttm", tmp_path / "rttm")
    assert sorted(path.name for path in paths) == ["call.rttm", "talk.rttm"]
    (box,) = emo.export(run, "cassettes", tmp_path / "public")
    again = emo.replay(tmp_path / "talk.wav", emo.Cassette(box), speed=math.inf, progress=False)
    mine = run.segments.xs("talk.wav", level="file")["energy"]
    assert again.segments["energy"].tolist() == mine.tolist()
    assert len(mine) > 5


def test_what_is_not_in_the_tables_is_not_published(sample, tmp_path):
    """A recording that was taken out of the dataset stays in the run's folder, and out of the cassettes."""
    corpus = speech(sample, tmp_path / "corpus", 3)
    settings = {"folder": tmp_path / "run", "speed": math.inf, "progress": False}
    emo.replay_dataset(corpus, emo.EmotionLogic(), **settings)
    run = emo.replay_dataset(corpus[:2], emo.EmotionLogic(), **settings)
    assert len([*(tmp_path / "run" / "journals").glob("*.jsonl")]) == 3
    (box,) = emo.export(run, "cassettes", tmp_path / "public")
    with zipfile.ZipFile(box) as packed:
        told = json.loads(packed.read("cassettes.json"))["cassettes"]
    assert sorted(each["file"] for each in told) == ["clip-0000.wav", "clip-0001.wav"]
