"""Two runs on one folder behind an address: one has it, the other is told who, and nobody waits for the dead."""

import json
import math
import threading
import time

import fsspec
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.datasets.batch import lease as leases
from emotoolkit.datasets.batch.lease import EXPIRY_S, FILE_NAME, RECHECK_DELAY_S, RENEW_INTERVAL_S, Lease, leased
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.errors import NotWritable, RunLocked

INF = {"speed": math.inf, "progress": False}


class Time:
    """A time that passes only when somebody sleeps."""

    def __init__(self):
        self.now = 1_800_000_000.0
        self.meanwhile = lambda: None

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def time_():
    return Time()


@pytest.fixture
def folder():
    """A folder in memory."""
    yield "memory://shared/run"
    system = fsspec.filesystem("memory")
    if system.exists("/shared"):
        system.rm("/shared", recursive=True)


@pytest.fixture
def storage(folder):
    return Storage(folder)


def test_the_second_is_told_who_is_there(storage, time_):
    """Who, since when, and from when on the folder is free if that one was killed."""
    first, second = (Lease(storage, time_, time_.sleep) for _ in range(2))
    first.acquire()
    with pytest.raises(RunLocked) as refused:
        second.acquire()
    since, free = "2027-01-15 08:00:00 UTC", "2027-01-15 08:10:00 UTC"
    assert f"since {since}; if that was killed, the folder is free from {free} on" in str(refused.value)
    assert refused.value.facts["folder"] == "memory://shared/run"
    second.release()
    assert storage.exists(FILE_NAME), "what is another's is not given back"
    first.release()
    assert not storage.exists(FILE_NAME)
    second.acquire()


def test_who_goes_on_is_believed_alive(storage, time_):
    """A run that renews its lease keeps it, however long it lasts."""
    first, second = (Lease(storage, time_, time_.sleep) for _ in range(2))
    first.acquire()
    for _ in range(30):
        time_.sleep(RENEW_INTERVAL_S)
        first.renew()
        first.check()
    with pytest.raises(RunLocked):
        second.acquire()


def test_who_was_killed_is_not_waited_for(storage, time_):
    """After ten minutes without a word another takes over; the first, had it only slept, finds out and ends."""
    first, second = (Lease(storage, time_, time_.sleep) for _ in range(2))
    first.acquire()
    time_.sleep(EXPIRY_S - RECHECK_DELAY_S)
    with pytest.raises(RunLocked):
        second.acquire()
    time_.sleep(2 * RECHECK_DELAY_S)
    second.acquire()
    first.check()
    first.renew()
    with pytest.raises(RunLocked, match="process"):
        first.check()
    first.release()
    second.renew()
    second.check()


@pytest.mark.parametrize("dead", [False, True])
def test_of_two_at_the_same_moment_one_has_it(storage, time_, dead, monkeypatch):
    """Both find nobody, or a dead one, and both write: the last word counts, where the store itself cannot tell."""
    monkeypatch.setattr(Storage, "_create", lambda *_: False)
    if dead:
        Lease(storage, time_, time_.sleep).acquire()
        time_.sleep(EXPIRY_S + 1)
    first, second = (Lease(storage, time_, time_.sleep) for _ in range(2))
    found = second._read()
    second._read = lambda: found  # it looked before the first wrote

    def meanwhile():
        time_.meanwhile = lambda: None
        later, second._sleep = second._sleep, lambda _: delattr(second, "_read")
        second.acquire()
        second._sleep = later

    time_.meanwhile = meanwhile
    with pytest.raises(RunLocked):
        first.acquire()
    second.renew()
    second.check()


def test_the_store_itself_sees_to_it(storage, time_):
    """Where a store makes a file only if there is none, nobody comes in between, however slow he is."""
    first, second = (Lease(storage, time_, time_.sleep) for _ in range(2))
    first.acquire()
    second._storage = Storage(storage.name)
    with pytest.raises(FileExistsError):
        storage.put(FILE_NAME, b"{}", create=True)
    assert json.loads(storage.read(FILE_NAME))["owner"] == first._own.owner


def test_an_answer_that_was_lost(storage, time_, monkeypatch):
    """The store made the file, the network lost the answer, and the store was asked again: it is ours."""
    lease = Lease(storage, time_, time_.sleep)
    put = Storage.put

    def twice(self, name, data, *, create=False):
        put(self, name, data)
        put(self, name, data, create=create)

    monkeypatch.setattr(Storage, "put", twice)
    lease.acquire()
    lease.check()


def test_a_file_that_nobody_can_read(storage, time_):
    """It says nothing of who is there, so only its user can decide; the sentence says what to do."""
    storage.write(FILE_NAME, b"torn")
    with pytest.raises(RunLocked, match="cannot be read; if no other run is under way, remove that file"):
        Lease(storage, time_, time_.sleep).acquire()


def test_a_store_that_is_away(storage, time_, monkeypatch):
    """A minute without the store is nothing; when others may believe us dead, we end and say why."""
    lease, over = Lease(storage, time_, time_.sleep), threading.Event()
    lease.acquire()

    def away(*_):
        lease.check()
        time_.sleep(RENEW_INTERVAL_S)
        if time_.now - lease._own.said > EXPIRY_S:
            over.set()
        raise ConnectionError("no route")

    monkeypatch.setattr(Storage, "read", away)
    monkeypatch.setattr(leases, "RENEW_INTERVAL_S", 0.0)
    lease.keep_renewing(over)
    with pytest.raises(NotWritable, match=r"run.lock could not be renewed since 2027-01-15 08:00:00 UTC: no route"):
        lease.check()


def test_an_interrupt_while_it_is_taken(storage, monkeypatch):
    """Ctrl-C in the first second leaves nothing that would keep others out."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Lease.__init__, "__defaults__", (time.time, interrupted))
    with pytest.raises(KeyboardInterrupt), leased(storage):
        pass
    assert not storage.exists(FILE_NAME)


@pytest.fixture
def corpus(sample):
    return pd.DataFrame({"file": [str(sample / "talk.wav")], "end": [2.0]})


def test_two_runs(corpus, folder, voice_server):
    """The second call is refused; the folder is given back at the end."""
    api = emo.EmotionLogic(url=voice_server.url)
    with leased(Storage(folder)), pytest.raises(RunLocked, match="Another run is writing into 'memory://shared/run'"):
        emo.replay_dataset(corpus, api, folder=folder, **INF)
    run = emo.replay_dataset(corpus, api, folder=folder, **INF)
    assert run.failures.empty
    assert not Storage(folder).exists(FILE_NAME)


def test_a_run_that_lost_its_folder(corpus, folder, voice_server, monkeypatch):
    """It ends, drops what is under way, and writes nothing about itself into what is another's."""
    taken = Lease.acquire

    def overtaken(self):
        taken(self)
        self._other = self._own

    monkeypatch.setattr(Lease, "acquire", overtaken)
    with pytest.raises(RunLocked):
        emo.replay_dataset(corpus, emo.EmotionLogic(url=voice_server.url), folder=folder, **INF)
    assert not Storage(folder).exists("run.json")
