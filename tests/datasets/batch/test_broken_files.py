"""A hundred files of which some are broken in each way that files are: the rest completes, and each says why not."""

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from tests.support.corpora import speech
from tests.support.media_files import film

BROKEN = {
    "empty.wav": "EmptyRecording",
    "text.wav": "NotMedia",
    "silent-film.mp4": "NoSound",
    "locked.wav": "NotMedia",
    "folder.wav": "IsFolder",
    "link.wav": "NoSuchFile",
    "gone.wav": "NoSuchFile",
    "headless.mp4": "NotMedia",
}
WHOLE = {"cut-off.wav", "tenth.wav", "many-channels.wav"}
RUN = """
import math, os, sys, pandas as pd
import emotoolkit as emo
corpus = pd.read_csv(sys.argv[1])
corpus.attrs["root"] = sys.argv[4]
api, settings = emo.EmotionLogic(url=sys.argv[2]), {"speed": math.inf, "progress": False}
if os.getuid() == 0:  # root may read everything: go on as nobody, with all that nobody could not import
    emo.replay_dataset(corpus.iloc[:1], api, folder=sys.argv[3] + "-before", **settings)
    os.setgid(65534)
    os.setuid(65534)
emo.replay_dataset(corpus, api, folder=sys.argv[3], **settings)
"""


@pytest.fixture
def place():
    """A folder that everybody may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def zoo(sample, place):
    """89 clips of speech, eight that cannot be replayed, and three that only look so."""
    folder = place / "zoo"
    corpus = speech(sample, folder, 100 - len(BROKEN) - len(WHOLE), 0.6)
    good = (folder / "clip-0000.wav").read_bytes()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("no sound " * 1000)
    (folder / "cut-off.wav").write_bytes(good[: len(good) // 2])
    film(folder / "silent-film.mp4", "libx264", None, seconds=1.0)
    film(folder / "headless.mp4", "libx264", "aac", seconds=1.0)
    (folder / "headless.mp4").write_bytes((folder / "headless.mp4").read_bytes()[:3000])
    soundfile.write(folder / "tenth.wav", np.zeros(1102), 11_025)
    loud = np.random.default_rng(1).normal(0, 0.1, (96_000, 6))
    soundfile.write(folder / "many-channels.wav", loud, 96_000, subtype="PCM_24")
    (folder / "locked.wav").write_bytes(good)
    (folder / "locked.wav").chmod(0)
    (folder / "folder.wav").mkdir()
    (folder / "link.wav").symlink_to(folder / "nowhere.wav")
    strange = pd.DataFrame({"file": [str(folder / name) for name in (*BROKEN, *sorted(WHOLE))]})
    return pd.concat([corpus, strange], ignore_index=True)


def test_the_rest_completes(zoo, place, voice_server):
    """Each broken file is a row of `failures` with its reason; everything else is done."""
    zoo.to_csv(place / "zoo.csv", index=False)
    (place / "out").mkdir()
    (place / "out").chmod(0o777)
    call = [sys.executable, "-c", RUN, place / "zoo.csv", voice_server.url, place / "out" / "run", place / "zoo"]
    subprocess.run(list(map(str, call)), check=True, timeout=110)
    run = emo.Run(place / "out" / "run")
    assert dict(run.failures["error"]) == BROKEN
    assert (run.failures["step"] == "open").all()
    assert run.failures["sentence"].str.len().min() > 20
    assert run.summary["status"].str.startswith("done").sum() == 92
    assert run.summary.loc[sorted(WHOLE), "status"].str.startswith("done").all()
    assert run.summary.loc["tenth.wav", "duration"] == pytest.approx(0.1, abs=0.001)


def test_planned_before(zoo, voice_server):
    """The plan knows them all beforehand, but for what only its own user may not read."""
    refused = emo.plan(zoo, emo.EmotionLogic(url=voice_server.url), speed=math.inf).refused
    expected = {name for name in BROKEN if name != "locked.wav" or os.getuid() != 0}
    assert {*refused.index} == expected
