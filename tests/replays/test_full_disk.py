"""Disks that take no more, for real: what had arrived is kept, a sentence says why, and the same call goes on."""

import math
import resource
import shutil
import sys
from pathlib import Path

import pytest

import emotoolkit as emo
from emotoolkit.apis.base import journal
from emotoolkit.errors import DiskFull, NotWritable
from emotoolkit.replays import worker_client

INF = {"speed": math.inf, "progress": False}
APIS = {"voice": emo.EmotionLogic, "film": emo.Interhuman}

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def bounded():
    """Let the process that sends write no file beyond some bytes, as a disk that takes no more: `bounded(bytes)`."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("only Linux lets one bound another process's files")
    worker = worker_client.shared()
    before = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    yield lambda size: resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    if worker.alive:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("api", APIS)
def test_a_disk_that_was_full_before(api, small_disk, brief_interview):
    """A full disk ends a replay in a sentence at the first record."""
    (small_disk / "j").mkdir()
    with pytest.raises(OSError, match="No space"):
        (small_disk / "filler").write_bytes(bytes(2_000_000))
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
    bounded(resource.RLIM_INFINITY)
    assert emo.replay(brief_interview, APIS[api](), journal=tmp_path, **INF).complete


def test_a_run_goes_on_when_there_is_room(bounded, sample, tmp_path):
    """A disk that takes no more ends a run, and lets go of its folder; the same call goes on when it takes more."""
    bounded(4000)
    with pytest.raises(NotWritable, match="File too large") as caught:
        emo.replay_dataset(sample, emo.EmotionLogic(), folder=tmp_path / "run", **INF)
    assert caught.value.folder == str(tmp_path / "run")
    assert not caught.value.replays
    bounded(resource.RLIM_INFINITY)
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


def test_an_upload(sample, tmp_path):
    """An upload's journal that is on a full disk ends the upload; what had arrived is in the error."""
    if sys.platform != "linux":
        pytest.skip("only Linux has /dev/full")
    (tmp_path / "j").mkdir()
    made = journal.new_file

    def full(folder, name, number=0):
        path = made(folder, name, number)
        path.unlink()
        path.symlink_to("/dev/full")
        return path

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emotoolkit.replays.upload.new_file", full)
        with pytest.raises(DiskFull, match="There is no room left under") as caught:
            emo.upload(sample / "talk.wav", emo.EmotionLogic(), journal=tmp_path / "j")
    assert len(caught.value.replays) == 1


def test_a_folder_that_is_removed(sample, tmp_path):
    """Who removes the folder of a journal during a replay is told so."""
    player = emo.Player(sample / "talk.wav", emo.EmotionLogic(), speed=1.0, journal=tmp_path / "j").start()
    while not player.sent:
        player._done.wait(0.02)
    shutil.rmtree(tmp_path / "j")
    with pytest.raises(NotWritable, match="the journal was removed meanwhile"):
        player.wait(10)
    assert not Path(tmp_path / "j").exists()
