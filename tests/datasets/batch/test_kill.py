"""A run that is killed at any moment, and started again: nothing is lost, and hardly anything is paid twice."""

import math
import os
import random
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.apis.emotion_logic.server import app
from tests.support.corpora import kept_seconds, speech

SESSIONS = 4
RUN = """
import math, sys, pandas as pd, emotoolkit as emo
corpus = pd.read_csv(sys.argv[1])
settings = {"folder": sys.argv[3], "sessions": 4, "speed": float(sys.argv[4]), "progress": False}
emo.replay_dataset(corpus, emo.EmotionLogic(url=sys.argv[2]), **settings)
"""


@pytest.mark.parametrize(
    ("clips", "kills", "seconds", "speed"),
    [(12, 3, 2.0, 8.0), pytest.param(200, 25, 2.0, 8.0, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def test_killed_and_started_again(sample, tmp_path, clips, kills, seconds, speed):
    """`kill -9` at random moments: sent is a dataset and a recording per session and kill; the tables are the same."""
    corpus = speech(sample, tmp_path / "corpus", clips, seconds)
    corpus.to_csv(tmp_path / "corpus.csv", index=False)
    (tmp_path / "kept").mkdir()
    with app.serve(keep=tmp_path / "kept") as counted:
        call = [sys.executable, "-c", RUN, str(tmp_path / "corpus.csv"), counted.url, str(tmp_path / "run"), str(speed)]
        dice, killed = random.Random(clips), 0
        # Each life gets its share of the receipts, so that the moments spread over the whole run.
        for kill in range(kills):
            running = subprocess.Popen(call)
            _wait_for_receipts(running, tmp_path / "run" / "receipts", round(clips * kill / (kills + 1)) + 1)
            time.sleep(dice.uniform(0, 0.8 * seconds / speed))
            if running.poll() is None:
                os.kill(running.pid, signal.SIGKILL)
                killed += 1
            running.wait()
        subprocess.run(call, check=True, timeout=1200)
        sent = kept_seconds(tmp_path / "kept")
        print(f"{killed} kills of {clips} recordings: {sent / (clips * seconds):.3f} datasets sent")
        assert killed >= kills - 1
        assert clips * seconds * 0.999 <= sent <= clips * seconds + killed * SESSIONS * seconds + 0.1
        disturbed = emo.Run(tmp_path / "run")
        settings = {"speed": math.inf, "progress": False}
        api = emo.EmotionLogic(url=counted.url)
        undisturbed = emo.replay_dataset(corpus, api, folder=tmp_path / "undisturbed", **settings)
    assert disturbed.failures.empty
    for table in ("segments", "tracks"):
        pd.testing.assert_frame_equal(getattr(disturbed, table), getattr(undisturbed, table))
    assert not [*(tmp_path / "run" / "journals" / "unfinished").rglob("*.jsonl")]


def _wait_for_receipts(running, folder, count):
    while running.poll() is None and len([*folder.glob("*.json")]) < count:
        time.sleep(0.02)
