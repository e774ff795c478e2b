"""Disks that take no more, for real: what had arrived is kept, a sentence says why, and the same call goes on."""

import contextlib
import math
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.errors import DiskFull, FileRefused, NotWritable, UnheardWarning
from emotoolkit.replays import worker_client
from tests.support import disks
from tests.support.media_files import film

INF = {"speed": math.inf, "progress": False}
APIS = {"voice": emo.EmotionLogic, "film": emo.Interhuman}

pytestmark = [pytest.mark.timeout(120), pytest.mark.no_speech]


@pytest.fixture
def bounded():
    """Let the process that sends write no file beyond some bytes, as a disk that takes no more: `bounded(bytes)`."""
    with ExitStack() as limits:

        def bound(size):
            limits.close()
            if size is not None:
                limits.enter_context(disks.bounded(worker_client.shared().pid, size))

        try:
            yield bound
        except disks.NoDisk as reason:
            pytest.skip(str(reason))


@pytest.mark.parametrize("api", APIS)
def test_a_disk_that_was_full_before(api, small_disk, brief_interview):
    """A full disk ends a replay in a sentence at the first record."""
    (small_disk / "j").mkdir()
    disks.fill(small_disk)
    player = emo.Player(brief_interview, APIS[api](), speed=math.inf, journal=small_disk / "j").start()
    with pytest.raises(DiskFull, match=r"There is no room left under .*/j' \(0 MB free\)") as caught:
        player.wait(10)
    assert caught.value.folder == str(small_disk / "j")
    assert len(caught.value.replays) == 1


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("size", [0, 3000])
def test_a_journal_that_takes_no_more(api, size, bounded, brief_interview, tmp_path):
    """So does whatever else a disk says, at once and in the middle; what had arrived is there, and the next goes on."""
    bounded(size)
    player = emo.Player(brief_interview, APIS[api](), speed=math.inf, journal=tmp_path).start()
    with pytest.raises(NotWritable, match=r"Nothing can be written to .* \(File too large\)") as caught:
        player.wait(60)
    if size:
        assert len(caught.value.replay.events) > 0
        assert (
            emo.Replay.read(caught.value.replay.journal).records
            == caught.value.replay.records[: len(emo.Replay.read(caught.value.replay.journal).records)]
        )
    bounded(None)
    assert emo.replay(brief_interview, APIS[api](), journal=tmp_path, **INF).complete


def test_a_run_goes_on_when_there_is_room(bounded, sample, tmp_path):
    """A disk that takes no more ends a run, and lets go of its folder; the same call goes on when it takes more."""
    bounded(4000)
    with pytest.raises(NotWritable, match="File too large") as caught:
        emo.replay_dataset(sample, emo.EmotionLogic(), folder=tmp_path / "run", **INF)
    assert caught.value.folder == str(tmp_path / "run")
    assert not caught.value.replays
    bounded(None)
    run = emo.replay_dataset(sample, emo.EmotionLogic(), folder=tmp_path / "run", **INF)
    assert set(run.summary["status"]) <= {"done", "done, with notices"}


def test_a_cassette(bounded, sample, tmp_path):
    """A cassette is played into a journal, which may take no more, too."""
    recorded = emo.replay(sample / "talk.wav", emo.EmotionLogic(), journal=tmp_path, **INF)
    bounded(3000)
    with pytest.raises(NotWritable, match="File too large") as caught:
        emo.replay(sample / "talk.wav", emo.Cassette(recorded.journal), journal=tmp_path, **INF)
    assert len(caught.value.replay.events) > 0


def test_live(bounded, sample, tmp_path):
    """A live recording's journal that takes no more ends the replay; what was recorded is a recording."""
    source = emo.microphone(tmp_path / "call.webm", via="desktop", device=sample / "talk.wav")
    player = emo.Player(source, emo.EmotionLogic(), journal=tmp_path)
    bounded(1500)
    player.start()
    with pytest.raises(NotWritable, match="File too large"):
        player.wait(30)
    assert source.state == "ended"


@pytest.mark.parametrize("api", APIS)
def test_an_upload(api, small_disk, tmp_path):
    """An upload's journal that finds no room ends the upload; with room again, the same call does it."""
    short = film(tmp_path / "short.mp4", "libx264", "aac", seconds=3.0)
    (small_disk / "j").mkdir()
    disks.fill(small_disk)
    with pytest.raises(DiskFull, match="There is no room left under") as caught:
        emo.upload(short, APIS[api](), journal=small_disk / "j")
    assert len(caught.value.replays) == 1
    disks.free(small_disk)
    assert emo.upload(short, APIS[api](), journal=small_disk / "j").complete


def test_a_live_recording(small_disk, sample, tmp_path):
    """The file of a live recording that finds no more room ends it in a sentence; what was recorded is a recording."""
    with contextlib.suppress(OSError):
        (small_disk / "room").write_bytes(bytes(40_000))
    disks.fill(small_disk)
    (small_disk / "room").unlink()
    source = emo.microphone(small_disk / "call.webm", via="desktop", device=sample / "talk.wav")
    player = emo.Player(source, emo.EmotionLogic(), journal=tmp_path).start()
    with pytest.raises(FileRefused, match=r"Nothing more can be written to .*call.webm' \(No space left") as caught:
        player.wait(60)
    assert caught.value.replay.summary()["sent"] > 0
    assert emo.Recording(small_disk / "call.webm").duration > 0


def test_notices(sample, tmp_path):
    """Notices that a journal takes no more: a sentence, with all results; of a run, nothing is sent again."""
    samples, rate = soundfile.read(sample / "talk.wav")
    path = tmp_path / "soft.wav"
    soundfile.write(path, samples * 10 ** (-24 / 20), rate, subtype="PCM_16")
    api, corpus = emo.EmotionLogic(), pd.DataFrame({"file": [str(path)]})
    player = emo.Player(path, api, speed=math.inf, journal=tmp_path / "j").start()
    player.answers(60)
    with disks.bounded(os.getpid(), player.replays[0].journal.stat().st_size):
        with pytest.raises(NotWritable, match="File too large") as caught:
            player.wait(10)
        with pytest.raises(NotWritable, match="File too large"):
            emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF)
    assert [type(each) for each in caught.value.replay.notices()] == [UnheardWarning]
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF)
    assert run.provenance["sent_now"] == 0
    assert run.notices["notice"].tolist() == ["UnheardWarning"]


def test_a_folder_that_is_removed(sample, tmp_path):
    """Who removes the folder of a journal during a replay is told so."""
    player = emo.Player(sample / "talk.wav", emo.EmotionLogic(), speed=1.0, journal=tmp_path / "j").start()
    while not player.sent:
        player._done.wait(0.02)
    shutil.rmtree(tmp_path / "j")
    with pytest.raises(NotWritable, match="the journal was removed meanwhile"):
        player.wait(10)
    assert not Path(tmp_path / "j").exists()
