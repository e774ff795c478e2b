"""The notebook's end of the pipe: what a worker's end leaves of it."""

import io
import os
import threading
import time

from emotoolkit.replays import worker_client


class Dying:
    """A worker that was killed while it wrote."""

    pid, alive = 0, False

    def __init__(self, module):
        self.stdout = io.BytesIO(b'7 {"whole": 1}\n7 {"torn": ')
        self.stdin = io.BytesIO()

    def wait(self):
        return -9

    def close(self):
        return -9


def test_a_torn_line_is_the_end(monkeypatch):
    """A line that a dying worker left unfinished is dropped, and whoever listens is told that no more will come."""
    heard, over, listening = [], threading.Event(), threading.Event()

    def listen(line):
        heard.append(line)
        if line is None:
            over.set()

    class Patient(worker_client.WorkerClient):
        def _read(self):
            listening.wait()
            super()._read()

    monkeypatch.setattr(worker_client, "ChildProcess", Dying)
    worker = Patient()
    worker.listen(7, listen)
    listening.set()
    assert over.wait(60)
    worker.close()
    assert heard == ['{"whole": 1}\n', None]
    assert worker.exit_code == -9


def test_one_worker_serves_all_threads(monkeypatch):
    """Threads that all want it at the same moment start it once."""
    made, together = [], threading.Barrier(8)

    class Slow:
        owner_pid, alive = os.getpid(), True

        def __init__(self):
            time.sleep(0.02)
            made.append(self)

    def want():
        together.wait()
        worker_client.shared()

    monkeypatch.setattr(worker_client, "WorkerClient", Slow)
    monkeypatch.setattr(worker_client, "_clients", [])
    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
