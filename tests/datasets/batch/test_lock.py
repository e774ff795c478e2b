"""Who holds a folder, and how long tasks of a dead run may still write to it."""

import json
import threading

import fsspec
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch import lock
from emotoolkit.datasets.batch.lock import lock_folder, share_lock
from emotoolkit.datasets.batch.receipt import DONE, Receipt, read_receipts
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.datasets.batch.task import RunOptions, Task
from emotoolkit.datasets.manifest import normalize_dataset
from emotoolkit.datasets.rows import parse_rows
from emotoolkit.errors import NotMedia, RunLocked

TAKEN = "Another run is writing into .* .it has taken over from this one, which was thought dead."


@pytest.fixture(params=["disk", "address"])
def storage(request, tmp_path):
    """A folder, here and behind an address."""
    if request.param == "disk":
        folder = Storage(tmp_path / "run")
        folder.check()
        yield folder
        return
    yield Storage("memory://held/run")
    system = fsspec.filesystem("memory")
    if system.exists("/held"):
        system.rm("/held", recursive=True)


def receipt(run, sentence=""):
    """Make a receipt of a row, as a task of a run does."""
    return Receipt(id="aa", file="a.wav", start=None, end=None, asked="", status=DONE, run=run, sentence=sentence)


def test_a_receipt_of_another_run(storage):
    """A receipt is written while its run holds the folder; later, or when another holds it, it is refused."""
    with lock_folder(storage) as first:
        receipt(first.token, "first").write(storage)
        assert json.loads(storage.read("receipts/aa.json"))["run"] == first.token
    with pytest.raises(RunLocked, match=TAKEN):
        receipt(first.token, "late").write(storage)
    with lock_folder(storage) as second:
        receipt(second.token, "second").write(storage)
        with pytest.raises(RunLocked, match=TAKEN):
            receipt(first.token, "late").write(storage)
    assert read_receipts(storage)["aa"].sentence == "second"


def test_results_of_another_run(storage):
    """A task of a run that has lost the folder neither fails a row nor takes its tables away."""
    api = emo.EmotionLogic(url="http://127.0.0.1:9")
    (row,) = parse_rows(normalize_dataset(pd.DataFrame({"file": ["a.wav"]})))
    with lock_folder(storage) as first:
        task = Task((row,), RunOptions(api, api, "", 1.0, 1, storage, first.token))
    with lock_folder(storage):
        storage.write(f"segments/{row.id}.parquet", b"new")
        with pytest.raises(RunLocked, match=TAKEN):
            task.refuse(NotMedia(file="a.wav", reason="x"), {})
        assert storage.read(f"segments/{row.id}.parquet") == b"new"
        assert read_receipts(storage) == {}


def test_a_run_waits_for_the_tasks_of_a_dead_one(tmp_path):
    """While a task holds its shared lock no run begins; the waiting run is visible meanwhile; then it begins."""
    storage = Storage(tmp_path)
    storage.write(lock.HOLDER_FILE, b"dead")
    begun, over = threading.Event(), threading.Event()

    def run():
        with lock_folder(storage):
            begun.set()
            over.wait()

    second = threading.Thread(target=run)
    with share_lock(storage, "dead") as ours:
        assert ours
        second.start()
        while storage.read(lock.HOLDER_FILE) == b"dead":
            pass
        assert not begun.wait(3 * lock.POLL_INTERVAL_S)
        with share_lock(storage, "dead") as late:
            assert not late, "a task that begins now finds another run's token"
        with pytest.raises(RunLocked, match="process"), lock_folder(storage):
            pass
    assert begun.wait(10)
    with share_lock(storage, "dead") as late:
        assert not late
    over.set()
    second.join()


def test_tasks_that_do_not_end(tmp_path, monkeypatch):
    """They are waited for, for a minute at most; the error says what still uses the folder."""
    storage = Storage(tmp_path)
    storage.write(lock.HOLDER_FILE, b"dead")
    monkeypatch.setattr(lock, "TASKS_TIMEOUT_S", 0.0)
    said = "workers of a cluster, which are still at what a run had given them that was killed"
    with share_lock(storage, "dead"), pytest.raises(RunLocked, match=said), lock_folder(storage):
        pass
    with lock_folder(storage):
        pass
