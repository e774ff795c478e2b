"""A lock is held by one open file, is released by whatever ends its process, and is found even by who comes at once."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from emotoolkit.utils import file_locks
from emotoolkit.utils.file_locks import HeldLock, is_locked, remove_if_free, try_lock

HOLDER = """
import sys, time
from pathlib import Path
from emotoolkit.utils.file_locks import HeldLock
lock = HeldLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def test_as_long_as_its_process_lives(tmp_path):
    """It is held by another process until that is killed; the file stays then, and is free."""
    path = tmp_path / "a.lock"
    assert not is_locked(path)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline()
        assert is_locked(path)
        holder.kill()
    assert path.exists()
    assert not is_locked(path)


def test_released(tmp_path):
    """A lock that is released leaves no file; one that is held is refused to others with an error of the system."""
    path = tmp_path / "a.lock"
    lock = HeldLock(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_locks, "LOCK_TIMEOUT_S", 0.0)
        with pytest.raises(PermissionError, match=r"a\.lock is locked by another process"):
            HeldLock(path)
    remove_if_free(path)
    assert path.exists()
    lock.release()
    lock.release()
    assert not path.exists()
    HeldLock(path).release()


def test_many_take_and_look(tmp_path):
    """Who looks, and removes what is free, never takes a file away from under a new holder."""
    path, wrong, over = tmp_path / "a.lock", [], threading.Event()

    def sweep():
        while not over.is_set():
            remove_if_free(path)

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for each in sweepers:
        each.start()
    for _ in range(100):
        try:
            lock = HeldLock(path)
        except PermissionError:
            continue
        wrong.append(not is_locked(path))
        lock.release()
    over.set()
    for each in sweepers:
        each.join()
    assert len(wrong) > 50
    assert not any(wrong)


def test_a_link(tmp_path):
    """A link in the place of a lock is not followed: it counts as held."""
    (tmp_path / "a.lock").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").touch()
    assert is_locked(tmp_path / "a.lock")


def test_shared(tmp_path):
    """Several share a lock; none has it alone meanwhile."""
    with (tmp_path / "a").open("w") as one, (tmp_path / "a").open("r+") as two, (tmp_path / "a").open("r+") as three:
        assert try_lock(one.fileno(), share=True)
        assert try_lock(two.fileno(), share=True)
        assert not try_lock(three.fileno())
