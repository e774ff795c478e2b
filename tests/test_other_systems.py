"""On another system: its answers are given here, and the whole of the package goes on."""

from __future__ import annotations

import pytest

from tests.support import windows_like
from tests.support.corpora import speech

REPLAY = """
import math, sys, hashlib
import emotoolkit as emo
sample, folder = sys.argv[1:]
for api, table in ((emo.EmotionLogic(), "segments"), (emo.Interhuman(), "signals")):
    found = emo.replay(sample + "/interview.mp4", api, speed=math.inf, progress=False, journal=folder)
    print(api.name, found.complete, getattr(found, table).to_csv())
"""

RUN = """
import math, sys
import emotoolkit as emo
from emotoolkit.datasets.batch.lock import lock_folder
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.views.run_follower import RunFollower
corpus, folder = sys.argv[1:]
say = dict(folder=folder + "/run", speed=math.inf, progress=False, sessions=2)
run = emo.replay_dataset(emo.read_dataset(corpus), emo.EmotionLogic(), **say)
print(sorted(run.table["status"]) if hasattr(run, "table") else run.summary)
with lock_folder(Storage(folder + "/run")):
    print(RunFollower(folder + "/run").poll(0.0)[0].alive)
    try:
        emo.replay_dataset(emo.read_dataset(corpus), emo.EmotionLogic(), **say)
    except emo.errors.RunLocked as problem:
        print(problem)
for each in ("csv", "eaf", "cassettes", "audformat", "audformat"):
    print(each, len(emo.export(run, each, folder + "/export")))
print(len(run.segments), emo.tidy(folder + "/export", dry_run=True)["state"].unique())
found = emo.upload(corpus + "/" + run.segments.index.levels[0][0].rpartition("/")[2], emo.EmotionLogic())
print(found.complete)
"""


@pytest.mark.timeout(300)
def test_a_replay_on_windows(sample, tmp_path):
    """Worker and servers with threads at their pipes give the tables that they give here, value for value."""
    import math

    import emotoolkit as emo

    there = windows_like.run(tmp_path, REPLAY, sample, tmp_path)
    for api, table in ((emo.EmotionLogic(), "segments"), (emo.Interhuman(), "signals")):
        here = emo.replay(sample / "interview.mp4", api, speed=math.inf, progress=False, journal=tmp_path)
        assert f"{api.name} True {getattr(here, table).to_csv()}" in there


@pytest.mark.timeout(300)
def test_a_run_on_windows(sample, tmp_path):
    """A run, its lock and who holds it, exports that replace others, an upload."""
    corpus = tmp_path / "corpus"
    speech(sample, corpus, 3)
    said = windows_like.run(tmp_path, RUN, corpus, tmp_path)
    assert "Another run is writing into" in said
    assert "(process " in said
    assert said.endswith("True\n")
