"""A process of our own: its end and its last words, whoever asks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from emotoolkit.child import Child


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
    child = Child("emotoolkit.no_such_module")
    other = threading.Thread(target=child.wait)
    child._errors = Held(child._errors, other)
    assert child.close() == 1
    other.join()
    child.stdout.close()
    assert "no_such_module" in child.last_words()


def test_many_threads_close_one_child():
    """Whoever closes it gets its exit code and its last words."""
    child = Child("emotoolkit.no_such_module")
    with ThreadPoolExecutor(8) as threads:
        ends = [threads.submit(child.close) for _ in range(8)]
    assert {end.result() for end in ends} == {1}
    child.stdout.close()
    assert "no_such_module" in child.last_words()
