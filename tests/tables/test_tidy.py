"""How much this package has left on the disk is said, and removed; nothing that a living process uses."""

from __future__ import annotations

import os
import tempfile
import time

import pytest
from typer.testing import CliRunner

import emotoolkit as emo
from emotoolkit import cli
from emotoolkit.errors import NoSuchFile
from emotoolkit.utils import folders
from emotoolkit.utils.folders import temporary_folder


@pytest.fixture
def left(tmp_path, monkeypatch):
    """Temporary folders: one of this process, and three of dead ones, of which one is an earlier version's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folders, "_locks", [])
    for name, lock in {"emotoolkit-dead": ".lock", "emotoolkit-live-dead": ".lock", "emotoolkit-preview-x": ""}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jsonl").write_bytes(bytes(1000))
        if lock:
            (tmp_path / name / lock).touch()
    old = time.time() - 2 * folders.UNLOCKED_AGE_S
    for path in ((tmp_path / "emotoolkit-preview-x"), (tmp_path / "emotoolkit-preview-x" / "a.jsonl")):
        os.utime(path, (old, old))
    (temporary_folder() / "b.jsonl").write_bytes(bytes(500))
    return tmp_path


def states(table):
    return dict(zip(table["what"], table["state"], strict=True)) | {
        "journals": sorted(table["state"][table["what"] == "journals"])
    }


def test_what_is_left(left):
    """A dry run removes nothing, and says kind, size, age and whether it is in use."""
    table = emo.tidy(dry_run=True)
    assert states(table) == {"journals": ["in use", "left"], "live recordings": "left", "scratch": "left"}
    assert sorted(table["bytes"]) == [500, 1000, 1000, 1000]
    assert table["age"].max().days >= 1
    assert len([*left.iterdir()]) == 4


def test_removed(left):
    """What dead processes left is removed; a second call has nothing to do."""
    assert states(emo.tidy()) == {"journals": ["in use", "removed"], "live recordings": "removed", "scratch": "removed"}
    assert len([*left.iterdir()]) == 1
    assert list(emo.tidy()["state"]) == ["in use"]


def test_a_folder_of_exports(left, tmp_path):
    """In a folder that is named, unfinished files of killed processes are removed, and nothing else."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in (".a.csv.1-00000000.part", ".a.csv.1-00000000.lock", "a.csv", ".b.csv.2-00000000.former"):
        (folder / name).write_text("x")
    old = time.time() - 2 * folders.UNLOCKED_AGE_S
    os.utime(folder / ".b.csv.2-00000000.former", (old, old))
    table = emo.tidy(folder)
    assert list(table["state"][table["what"] == "unfinished"]) == ["removed", "removed"]
    assert sorted(each.name for each in folder.iterdir()) == ["a.csv", "b.csv"]
    with pytest.raises(NoSuchFile):
        emo.tidy(tmp_path / "nowhere")


def test_nothing(tmp_path, monkeypatch):
    """Where there is nothing, the table has its columns and no row."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    table = emo.tidy()
    assert len(table) == 0
    assert table["age"].dtype.kind == "m"


@pytest.mark.parametrize(("words", "said", "count"), [(["--dry-run"], "can be removed", 4), ([], "removed.", 1)])
def test_from_a_shell(left, words, said, count):
    """A line for each, and the sum."""
    done = CliRunner().invoke(cli.app, ["tidy", *words])
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) == 5
    assert said in done.output.splitlines()[-1]
    assert len([*left.iterdir()]) == count
