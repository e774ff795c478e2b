"""Runs whose disk fills up, for real, wherever they write: a sentence, nothing lost, and the same call goes on."""

from __future__ import annotations

import math
import threading
import time

import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch.storage import RESERVE_MB
from emotoolkit.errors import DiskFull
from tests.support import disks
from tests.support.corpora import speech
from tests.support.media_files import film

INF = {"speed": math.inf, "progress": False}
SIZE_MB = round(RESERVE_MB) + 12
"""Megabytes of a disk on which a run may begin."""

CLIPS = 5
WAIT_S = 10.0
"""Seconds within which a full disk must be said."""

pytestmark = pytest.mark.timeout(120)

MOMENTS = {
    "manifest": "manifest.parquet",
    "journal": "journals/unfinished/*/*.jsonl",
    "answer": "journals/*.jsonl",
    "table": "*/*.parquet",
    "receipt": "receipts/*.json",
    "last receipt": "receipts/[!.]*.json",
}
"""What there is when the disk fills up, so that what is written next finds no room."""

EVERY_DAY = {"journal", "table", "last receipt"}


@pytest.fixture
def disk(tmp_path):
    """A disk on which a run has room, but not much more."""
    try:
        with disks.mounted(tmp_path / "disk", SIZE_MB) as place:
            yield place
    except disks.NoDisk as reason:
        pytest.skip(str(reason))


def corpus(name, sample, folder):
    """Some clips for an API, and its settings."""
    if name == "voice":
        return speech(sample, folder / "corpus", CLIPS, 1.5), emo.EmotionLogic(background_noise=0)
    for number in range(CLIPS):
        film(folder / f"{number}.mp4", "libx264", "aac", seconds=3.0 + number / 5)
    return str(folder), emo.Interhuman()


def fill_when(place, pattern, count, over):
    """Fill the disk as soon as there are so many such files."""
    while not over.wait(0.001):
        if len([*(place / "run").glob(pattern)]) >= count:
            disks.fill(place)
            return


def run_until_full(disk, dataset, settings):
    """Run; where that was quicker than what fills the disk, run again on the full one."""
    emo.replay_dataset(dataset, settings, folder=disk / "run", sessions=1, **INF)
    disks.fill(disk)
    emo.replay_dataset(dataset, settings, folder=disk / "run", sessions=1, **INF)


@pytest.mark.parametrize("api", ["voice", "film"])
@pytest.mark.parametrize(
    "moment", [each if each in EVERY_DAY else pytest.param(each, marks=pytest.mark.soak) for each in MOMENTS]
)
def test_a_disk_that_fills_up(api, moment, sample, tmp_path, disk):
    """A sentence within seconds; what was done is done; with room again, the same call sends only the rest."""
    (tmp_path / "media").mkdir()
    dataset, settings = corpus(api, sample, tmp_path / "media")
    settings.located()  # so that its server is there
    over = threading.Event()
    count = CLIPS if moment == "last receipt" else 1
    filling = threading.Thread(target=fill_when, args=(disk, MOMENTS[moment], count, over))
    filling.start()
    began = time.monotonic()
    try:
        with pytest.raises(DiskFull, match=r"There is no room left under .*run' \(\d+ MB free\)"):
            run_until_full(disk, dataset, settings)
    finally:
        over.set()
        filling.join()
    assert time.monotonic() - began < WAIT_S * CLIPS
    done = len([*(disk / "run" / "receipts").glob("*.json")])
    disks.free(disk)
    run = emo.replay_dataset(dataset, settings, folder=disk / "run", sessions=1, **INF)
    assert set(run.summary["status"]) <= {"done", "done, with notices"}
    assert run.provenance["sent_now"] <= CLIPS - done
    assert len(run.summary) == CLIPS
