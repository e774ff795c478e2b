"""What a killed writer leaves beside its files is removed by the next one, and nothing of a living one."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from emotoolkit.utils import folders, unfinished
from emotoolkit.utils.file_locks import HeldLock
from emotoolkit.utils.file_names import atomic_replace

WRITER = """
import sys, time
from pathlib import Path
from emotoolkit.utils.file_names import atomic_replace
with atomic_replace(Path(sys.argv[1])) as part:
    (part.mkdir() if "folder" in sys.argv else part.touch())
    if "folder" in sys.argv: (part / "a").write_text("half")
    print(part, flush=True)
    time.sleep(600)
"""

OLD = time.time() - 2 * folders.UNLOCKED_AGE_S


@pytest.fixture(autouse=True)
def _a_new_process():
    """Each test sweeps as a process does that has just begun."""
    unfinished.sweep.cache_clear()


def swept(folder):
    """What is in a folder after the next export to it."""
    with atomic_replace(folder / "next.csv") as part:
        part.write_text("whole")
    return sorted(each.name for each in folder.iterdir() if each.name != "next.csv")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_killed_and_alive(tmp_path, kind):
    """While the writer lives its part stays; when it has been killed, part and lock go."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "a b.csv"), kind], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline()
        assert len(swept(tmp_path)) == 2
        writer.kill()
    unfinished.sweep.cache_clear()
    assert swept(tmp_path) == []


def make(folder, name, *, old=False, folder_like=False):
    path = folder / name
    path.mkdir() if folder_like else path.write_text("x")
    if old:
        os.utime(path, (OLD, OLD))
    return path


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ([".segments.csv.1256.part"], []),  # of an earlier version
        ([".segments.csv.1-00000000.part"], []),
        ([".segments.csv.1-00000000.former"], ["segments.csv"]),
        ([".segments.csv.1-00000000.former", ".segments.csv.1-00000000.part"], ["segments.csv"]),
        ([".segments.csv.1-00000000.former", "segments.csv"], ["segments.csv"]),
        ([".part"], [".part"]),
        (["segments.csv.1256.part"], ["segments.csv.1256.part"]),  # not hidden: somebody else's
        ([".movie.mp4.part"], [".movie.mp4.part"]),  # no number: a browser's
        ([".a.12x.part"], [".a.12x.part"]),
        ([".git"], [".git"]),
    ],
)
def test_old_ones_without_a_lock(tmp_path, names, left):
    """What an earlier version left is removed after a day; what was being replaced comes back; other files stay."""
    for name in names:
        make(tmp_path, name, old=True)
    assert swept(tmp_path) == left


@pytest.mark.parametrize("name", [".segments.csv.1256.part", ".segments.csv.1-00000000.part", ".a.1.former"])
def test_young_ones_without_a_lock(tmp_path, name):
    """May be those of a living process, where there are no locks."""
    make(tmp_path, name)
    assert swept(tmp_path) == [name]


def test_held_in_this_process(tmp_path):
    """A part that another thread is writing stays, however old."""
    make(tmp_path, ".a.csv.1-00000000.part", old=True)
    lock = HeldLock(tmp_path / ".a.csv.1-00000000.lock")
    assert len(swept(tmp_path)) == 2
    lock.release()


def test_no_locks(tmp_path, monkeypatch):
    """On a file system without locks files are written all the same, and nothing young is removed."""

    def refuse(path):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(unfinished, "HeldLock", refuse)
    assert swept(tmp_path) == []
    assert (tmp_path / "next.csv").read_text() == "whole"


def test_an_error_leaves_nothing(tmp_path):
    """A write that fails leaves the former file, no part and no lock."""
    (tmp_path / "a.csv").write_text("former")
    with pytest.raises(ZeroDivisionError), atomic_replace(tmp_path / "a.csv") as part:
        part.write_text(str(1 / 0) if part.write_text("half") else "")
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "former"
