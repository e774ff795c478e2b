"""A run over a dataset, followed from its folder while another thread or process writes: real runs, real servers."""

from __future__ import annotations

import json
import threading

import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch.lock import lock_folder
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import EmptyRecording, SettingsError
from emotoolkit.views.dataset_view import DatasetView, dataset_html
from emotoolkit.views.run_follower import RecordingProgress, RunProgress
from tests.support.corpora import speech
from tests.views.test_run_follower import until

EVIL = "<img src=x onerror=alert(1)>"


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


def test_notices_are_counted(sample, tmp_path, voice_server):
    """Recordings with notices are counted beside those that are done."""
    corpus = emo.read_dataset(sample)
    api = emo.EmotionLogic(url=voice_server.url)
    emo.replay_dataset(corpus, api, folder=tmp_path / "run", speed=float("inf"), progress=False)
    view = emo.live(str(tmp_path / "run"))
    until(lambda: "3 of 3 recordings done · 1 with notices (Run.notices)" in view.children[0].value)
    view.close()


def test_what_cannot_be_followed(tmp_path):
    """A file is no folder, but a recording, which may be none; and a folder is followed alone."""
    file = tmp_path / "talk.wav"
    file.write_bytes(b"")
    with pytest.raises(EmptyRecording, match="is a media file of length zero"):
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
