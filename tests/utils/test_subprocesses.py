"""A process of our own: its end and its last words, whoever asks."""

from __future__ import annotations

import math
import multiprocessing
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from emotoolkit.apis.base.local_server import startup_line
from emotoolkit.utils import subprocesses
from emotoolkit.utils.subprocesses import ChildProcess


class Held:
    """A file whose reader is overtaken by another caller at the worst moment, where the child lets that happen."""

    def __init__(self, file, overtaker: threading.Thread) -> None:
        self._file, self._overtaker = file, overtaker

    def __getattr__(self, name):
        return getattr(self._file, name)

    def seek(self, place):
        if not self._overtaker.ident:
            self._overtaker.start()
            self._overtaker.join(0.2)
        return self._file.seek(place)


def test_two_threads_wait_for_one_child():
    """The thread that reads a child and the one that closes it may both wait for its end: each gets its words."""
    child = ChildProcess("emotoolkit.no_such_module")
    other = threading.Thread(target=child.wait)
    child._errors = Held(child._errors, other)
    assert child.close() == 1
    other.join()
    child.stdout.close()
    assert "no_such_module" in child.stderr_tail()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on Windows")
def test_a_fork_lets_go_of_it():
    """A fork of this process, such as a pool's, keeps no child alive when the process itself is gone."""
    child = ChildProcess("emotoolkit.apis.emotion_logic.server.app")
    child.stdin.write(startup_line(None, 0).encode())
    child.stdin.flush()
    assert child.stdout.readline().startswith(b"http")
    forked = multiprocessing.get_context("fork").Process(target=threading.Event().wait)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on: a process with threads forks
        forked.start()
    child.stdin.close()  # as the system does with all that a killed process held
    try:
        assert child.wait() == 0
    finally:
        forked.kill()
        forked.join()
        child.stdout.close()


def test_many_threads_close_one_child():
    """Whoever closes it gets its exit code and its last words."""
    child = ChildProcess("emotoolkit.no_such_module")
    with ThreadPoolExecutor(8) as threads:
        ends = [threads.submit(child.close) for _ in range(8)]
    assert {end.result() for end in ends} == {1}
    child.stdout.close()
    assert "no_such_module" in child.stderr_tail()


UNLIMITED = -1


@pytest.mark.parametrize(
    ("soft", "hard", "most", "tried", "reached"),
    [
        (256, UNLIMITED, 10_240, [UNLIMITED, 10_240], 10_240),  # macOS says so, and refuses it
        (256, UNLIMITED, math.inf, [UNLIMITED], UNLIMITED),
        (1024, 524_288, math.inf, [524_288], 524_288),
        (1024, 524_288, 10_240, [524_288, 10_240], 10_240),
        (1024, 4096, math.inf, [4096], 4096),
        (64, 64, math.inf, [64], 64),
        (20_000, UNLIMITED, 10_240, [UNLIMITED], 20_000),  # nothing is lowered
        (256, UNLIMITED, 0, [UNLIMITED, 10_240], 256),
    ],
)
def test_the_limit_of_files(monkeypatch, soft, hard, most, tried, reached):
    """It is raised as far as the system lets it, whatever that says of itself; a refusal is no error."""
    import resource

    attempts, now = [], [soft]

    def set_limit(_, limits):
        attempts.append(limits[0])
        if limits[0] > most or (limits[0] == UNLIMITED and most != math.inf):
            raise ValueError("current limit exceeds maximum limit")
        now[0] = limits[0]

    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    subprocesses._raise_file_limit()
    assert (attempts, now) == (tried, [reached])
