"""A run over a dataset, followed from its folder while another thread or process writes: real runs, real servers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch.lock import lock_folder
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import SettingsError
from emotoolkit.views.dataset_view import DatasetView, dataset_html
from emotoolkit.views.run_follower import RecordingProgress, RunFollower, RunProgress
from tests.support.corpora import speech

EVIL = "<img src=x onerror=alert(1)>"


def until(fact, seconds=60.0):
    """Wait for a fact, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := fact()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found, "it did not come"
    return found


def test_a_run_of_another_thread_is_followed(sample, tmp_path, voice_server):
    """From before it begins to its end: what is under way and how far, what failed and why, how long it will take."""
    corpus = speech(sample, tmp_path / "corpus", 2, seconds=3.0)
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
        assert 0 <= sending.sent <= sending.length == pytest.approx(3.0, abs=0.01)
    assert progress.left == pytest.approx(6 - progress.seconds, abs=0.05)
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
    assert progress.seconds == pytest.approx(6.0, abs=0.01)


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


def test_the_view_keeps_up_and_closes(sample, tmp_path, voice_server):
    """`live` of a folder that is not there yet shows the run once it runs; a run that is written to is one, too."""
    folder = tmp_path / "run"
    view = emo.live(str(folder))
    assert isinstance(view, DatasetView)
    (html,) = view.children
    assert "no run has written there yet" in html.value
    corpus = speech(sample, tmp_path / "corpus", 2)
    inf = {"speed": float("inf"), "progress": False}
    emo.replay_dataset(corpus, emo.EmotionLogic(url=voice_server.url), folder=folder, **inf)
    until(lambda: "the last one ended: complete" in html.value)
    assert "2 of 2 recordings done" in html.value
    view.close()
    with lock_folder(Storage(folder)):
        view = emo.live(emo.Run(folder))
        assert isinstance(view, DatasetView)
        assert "running (process" in view.children[0].value
        view.close()
    view = emo.live(emo.Run(folder))
    assert not isinstance(view, DatasetView)
    view.close()
    assert "emotoolkit view" not in {thread.name for thread in threading.enumerate()}


def test_what_cannot_be_followed(tmp_path):
    """A file is no folder, and a folder is followed alone."""
    file = tmp_path / "talk.wav"
    file.write_bytes(b"")
    with pytest.raises(SettingsError, match=r"a recording is emo\.Recording\(name\)"):
        emo.live(file)
    with pytest.raises(SettingsError, match="in a view of its own"):
        emo.live(str(tmp_path / "a"), str(tmp_path / "b"))


def test_a_folder_that_cannot_be_read(tmp_path):
    """A folder in disorder is said to be so, and looked at again."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "manifest.parquet").write_bytes(b"torn")
    view = emo.live(folder)
    assert "cannot be read now" in view.children[0].value
    view.close()


def test_whatever_is_written_there_is_text():
    """Names and sentences are text; long lists are cut, and say so; unknown values are left out."""
    many = tuple((f"{n}.wav", EVIL) for n in range(50))
    sending = tuple(RecordingProgress(EVIL, 1.0, None) for _ in range(45))
    html = dataset_html(EVIL, RunProgress("", False, "", 200, 0, many, sending, 45.0, float("nan")), float("nan"))
    assert "<img" not in html
    assert html.count("⚠") == 40
    assert "and 10 more: Run.failures has all of them" in html
    assert "and 5 more" in html
    assert "nan" not in html
    assert json.dumps(html)
