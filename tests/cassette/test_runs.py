"""A run over a dataset, exported and packed."""

import math
import shutil

import emotoolkit as emo


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
