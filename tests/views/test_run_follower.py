"""The progress of a run, read from its folder while another thread or process writes: real runs, real servers."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.apis.base.journal import Sent
from emotoolkit.datasets.batch import lock
from emotoolkit.views.dataset_view import dataset_html
from emotoolkit.views.run_follower import RunFollower
from tests.support.corpora import speech
from tests.support.journals import emotion_logic, write


def until(fact, seconds=60.0):
    """Wait for a fact, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := fact()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found, "it did not come"
    return found


def test_a_run_of_another_thread_is_followed(sample, tmp_path, voice_server):
    """From before it begins to its end: what is under way and how far, what failed and why, how long it will take."""
    corpus = speech(sample, tmp_path / "corpus", 2, seconds=9.0)
    bad = tmp_path / "words.wav"
    bad.write_text("no sound at all")
    corpus = pd.concat([corpus, pd.DataFrame({"file": [str(bad)], "speaker": ["?"]})], ignore_index=True)
    folder = tmp_path / "run"
    follower = RunFollower(folder)
    assert follower.poll(0.0)[0] is None
    settings = {"folder": folder, "sessions": 2, "speed": 1.0, "progress": False}
    run = threading.Thread(
        target=lambda: emo.replay_dataset(corpus, emo.EmotionLogic(url=voice_server.url), **settings)
    )
    run.start()

    def moving():
        progress, wait = follower.poll(time.monotonic())
        under_way = progress is not None and progress.sending and progress.sending[0].sent > 0 and wait > 0
        return (progress, wait) if under_way else None

    progress, wait = until(moving)
    assert (progress.rows, progress.alive, progress.writer.startswith("process ")) == (3, True, True)
    assert [file for file, _ in progress.failures] == ["words.wav"]
    assert "cannot be read as audio or video" in progress.failures[0][1]
    for sending in progress.sending:
        assert "clip-" in sending.file
        assert 0 <= sending.sent <= sending.length == pytest.approx(9.0, abs=0.01)
        assert 0 <= sending.answered <= sending.sent
    assert progress.left == pytest.approx(18 - progress.seconds, abs=0.05)
    html = dataset_html(follower.name, progress, wait)
    assert "running (process" in html
    assert f"of 3 recordings done · 1 failed · {len(progress.sending)} under way" in html
    assert "left" in html
    run.join(60)
    progress, _ = follower.poll(time.monotonic())
    assert (progress.done, progress.sending, progress.left, progress.writer, progress.ended) == (
        2,
        (),
        0.0,
        "",
        "complete",
    )
    assert progress.seconds == pytest.approx(18.0, abs=0.01)


def test_a_run_that_was_killed(sample, tmp_path, voice_server):
    """A process that is gone is said to be gone, and what its journals tell is still there."""
    corpus = speech(sample, tmp_path / "corpus", 2)
    corpus.to_csv(tmp_path / "corpus.csv", index=False)
    code = (
        "import pandas as pd, emotoolkit as emo\n"
        f"emo.replay_dataset(pd.read_csv({str(tmp_path / 'corpus.csv')!r}), emo.EmotionLogic(url={voice_server.url!r}),"
        f" folder={str(tmp_path / 'run')!r}, progress=False)"
    )
    follower = RunFollower(tmp_path / "run")
    other = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    try:
        progress = until(lambda: (each := follower.poll(time.monotonic())[0]) and each.sending and each)
        assert (progress.alive, progress.writer) == (True, f"process {other.pid}")
    finally:
        other.kill()
        other.wait()
    progress, _ = follower.poll(time.monotonic())
    assert not progress.alive
    assert "was killed; then the same call goes on" in dataset_html("run", progress, float("nan"))


ROW = {"channel": 0, "startPosSec": 0.0, "endPosSec": 0.0}


def test_time_left_is_of_answers(tmp_path):
    """Of a run that has sent everything at once, the time left is estimated from what was answered."""
    folder = tmp_path / "run"
    (folder / "journals" / "unfinished" / "a").mkdir(parents=True)
    pd.DataFrame({"file": ["a.wav"], "row": ["a"]}).to_parquet(folder / "manifest.parquet")
    (folder / lock.FILE_NAME).write_text(f"process {os.getpid()}")
    follower, path = RunFollower(folder), folder / "journals" / "unfinished" / "a" / "a.jsonl"

    def written(*ends):
        """Write the journal with answers up to these seconds, and more packets than are searched."""
        began, opened, reference, _, *answers, _ = emotion_logic(
            "a.wav", 100.0, *(ROW | {"endPosSec": e} for e in ends)
        )
        packets = [Sent(0, n / 100, (n + 1) / 100, None, 0.1, 100) for n in range(10_000)]
        write(path, [began, opened, reference, *packets, *answers])

    written()
    progress, wait = follower.poll(0.0)
    assert [(each.sent, each.answered) for each in progress.sending] == [(100.0, 0.0)]
    assert math.isnan(wait)
    written(10.0)
    assert math.isnan(follower.poll(0.5)[1])
    progress, wait = follower.poll(10.0)
    assert [(each.sent, each.answered) for each in progress.sending] == [(100.0, 10.0)]
    assert wait == pytest.approx(90.0)
    written(10.0, 50.0)
    assert follower.poll(20.0)[1] == pytest.approx(20.0)
