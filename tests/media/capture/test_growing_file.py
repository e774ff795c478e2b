"""A file that is still being written is read to its end, and to no earlier one."""

import itertools
import subprocess
import sys
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.media.capture.growing_file import GrowingFileReader, GrowingFileWriter, is_growing
from tests.support.examples import examples


class Patience:
    """A time that passes while a reader waits, and does something then."""

    def __init__(self, then=()):
        self.then = list(then)

    def sleep(self, seconds):
        if self.then:
            self.then.pop(0)()


@settings(max_examples=examples(50))
@given(pieces=st.lists(st.binary(max_size=50), max_size=12), sizes=st.lists(st.integers(1, 40), min_size=1))
def test_everything_once(tmp_path_factory, pieces, sizes):
    """Whatever the pieces in which it is written and asked for: what is read is what was written, once, in order."""
    path = tmp_path_factory.mktemp("growing") / "a.bin"
    writer = GrowingFileWriter(path)
    wait = Patience([*(lambda data=data: writer.write(data) for data in pieces), writer.close])
    reader = GrowingFileReader(path, sleep=wait.sleep)
    got, turn = b"", 0
    while data := reader.read(sizes[turn % len(sizes)]):
        assert len(data) <= sizes[turn % len(sizes)]
        got, turn = got + data, turn + 1
    assert got == b"".join(pieces)
    reader.close()
    writer.close()


def test_an_end_between_two_looks(tmp_path):
    """What a writer wrote just before its end is not missed."""
    writer = GrowingFileWriter(tmp_path / "a.bin")

    def end():
        writer.write(b"last words")
        writer.close()

    wait = Patience([end])
    with GrowingFileReader(tmp_path / "a.bin", sleep=wait.sleep) as reader:
        assert reader.read(100) == b"last words"
        assert reader.read(100) == b""


WRITER = """
import sys, time
from pathlib import Path
from emotoolkit.media.capture.growing_file import GrowingFileWriter
writer = GrowingFileWriter(Path(sys.argv[1]))
writer.write(b"before")
print("written", flush=True)
time.sleep(600)
"""


def test_a_dead_writer(tmp_path):
    """A writer that was killed ends the file; one that only takes its time does not."""
    path = tmp_path / "a.bin"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline()
        waits = itertools.count()

        def wait(_):
            if next(waits) == 500:
                writer.kill()
                writer.wait()

        with GrowingFileReader(path, sleep=wait) as reader:
            assert reader.read(100) == b"before"
            assert reader.read(100) == b""
        assert next(waits) == 501
    assert is_growing(path)  # nobody said that it is complete


def test_a_real_wait(tmp_path):
    """A reader in a thread gets what another writes meanwhile."""
    writer = GrowingFileWriter(tmp_path / "a.bin")
    got = []
    with GrowingFileReader(tmp_path / "a.bin") as reader:
        thread = threading.Thread(target=lambda: got.append(reader.read(10)))
        thread.start()
        writer.write(b"hello")
        thread.join()
    writer.close()
    assert got == [b"hello"]
    assert writer.bytes == 5
