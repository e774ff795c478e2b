"""A receipt is read as it was written, whole or not at all, and only by a run that still has the folder."""

from __future__ import annotations

import json

import pytest

from emotoolkit.datasets.batch.lock import lock_folder
from emotoolkit.datasets.batch.receipt import Receipt, read_receipts
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import RunLocked


@pytest.fixture
def storage(tmp_path) -> Storage:
    """A folder of a run."""
    folder = Storage(tmp_path / "run")
    folder.check()
    return folder


def receipt(name: str = "a-1", **more) -> Receipt:
    """A receipt of a row."""
    return Receipt(**{"id": name, "file": "a/ü.wav", "start": 0.5, "end": None, "asked": "h", "status": "done"} | more)


def test_it_is_read_as_it_was_written(storage):
    """Every field, those that say nothing included, comes back equal; one file for each row."""
    written = [
        receipt(),
        receipt("b-2", notices={"Cut": "it ended early"}, rows={"signals": 3}, summary={"late": 0.25, "none": None}),
        receipt("c-3", status="failed", step="open", error="NotMedia", sentence="“x” is no film\n", truncated=True),
    ]
    for each in written:
        each.write(storage)
    assert read_receipts(storage) == {each.id: each for each in written}
    assert Receipt.read(storage, "b-2") == written[1]


def test_it_is_plain_json(storage):
    """Whoever has no emotoolkit reads it with any program."""
    receipt(duration=2.5).write(storage)
    found = json.loads(storage.read("receipts/a-1.json"))
    assert (found["file"], found["start"], found["end"], found["duration"]) == ("a/ü.wav", 0.5, None, 2.5)


def test_a_later_one_takes_its_place(storage):
    """Of a row that was tried again there is the last word alone."""
    receipt(status="failed").write(storage)
    receipt(attempts=2).write(storage)
    (found,) = read_receipts(storage).values()
    assert (found.status, found.attempts) == ("done", 2)


def test_an_empty_folder_has_none(storage):
    """A run that has not begun has no receipts."""
    assert read_receipts(storage) == {}


@pytest.mark.parametrize(
    ("status", "notices", "shown"),
    [
        ("done", {}, "done"),
        ("done", {"Cut": "it ended early"}, "done, with notices"),
        ("failed", {}, "failed"),
        ("failed", {"Cut": "it ended early"}, "failed"),
    ],
)
def test_what_is_shown(status, notices, shown):
    """One that is done and has notices says so; a failure is a failure."""
    assert receipt(status=status, notices=notices).shown_status == shown


def test_only_the_run_that_has_the_folder_writes(storage):
    """While it holds the folder its receipts are written; one of another run, or of a run that is over, is not."""
    with lock_folder(storage) as hold:
        receipt("mine", run=hold.token).write(storage)
        with pytest.raises(RunLocked):
            receipt("others", run="another").write(storage)
    assert list(read_receipts(storage)) == ["mine"]
