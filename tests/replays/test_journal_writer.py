"""Journals from the inside: how they begin, what is masked, and what becomes of a disk that takes no more."""

from pathlib import Path

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, from_line, read
from emotoolkit.errors import DiskFull, ServerFault
from emotoolkit.replays.commands import StreamSpec
from emotoolkit.replays.journal_writer import JournalWriter, first_line

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


class ListSink:
    """Sink that keeps the lines."""

    def __init__(self):
        self.lines = []

    def write(self, line):
        number, _, text = line.partition(b" ")
        assert number == b"7"
        self.lines.append(text)

    async def drain(self):
        pass

    @property
    def records(self):
        return [from_line(line) for line in self.lines]


@pytest.fixture
def spec(talk, tmp_path):
    """A recording on its way through an API that has a key."""
    api = emo.Interhuman(url="ws://127.0.0.1:9/v1?token=whisper", key="a whispered key")
    return StreamSpec(7, talk, (api,), tmp_path / "talk.jsonl")


def test_no_secret_is_written(spec):
    """Neither the first line nor what a server repeats has a secret in it, on disk and besides."""
    kept = ListSink()
    journal = JournalWriter(spec, kept)
    journal.begin(1.0, 3.0)
    session = journal.open_session(0, 0.0, 0.1)
    journal.write(Received(session, 0.2, "your key is: a whispered key"))
    fault = ServerFault(api="x", url="ws://127.0.0.1/?token=whisper", sent=0.0, reason="a whispered key?", code=None)
    journal.end_session(session, 0.3, "failed", fault)
    journal.close()
    text = spec.journal.read_text(encoding="utf-8")
    assert "whisper" not in text
    assert text.count("…") == 4
    assert list(read(spec.journal)) == kept.records


def test_one_first_line(spec):
    """The line that a player makes before any has arrived is the one that the worker then writes, but for the time."""
    journal = JournalWriter(spec, ListSink())
    journal.begin(2.0)
    (begun,) = read(spec.journal)
    told = from_line(first_line(spec, 2.0))
    assert isinstance(begun, Began)
    assert {name: getattr(begun, name) for name in ("file", "duration", "api", "sessions", "speed", "epoch")} == {
        name: getattr(told, name) for name in ("file", "duration", "api", "sessions", "speed", "epoch")
    }
    journal.close()


@needs_full
def test_a_full_disk_is_an_end(spec):
    """A disk that takes no more is told once; an end that it does not take is a failure, and still heard of."""
    kept, told = ListSink(), []
    journal = JournalWriter(StreamSpec(7, spec.recording, spec.sessions, FULL), kept, told.append)
    journal.check()
    journal.begin(1.0)
    assert told == [journal]
    with pytest.raises(DiskFull):
        journal.check()
    journal.end_session(journal.open_session(0, 0.0, 0.1), 0.2, "finished")
    journal.close()
    assert [type(record) for record in kept.records] == [Began, Opened, Ended]
    assert (kept.records[-1].how, kept.records[-1].error) == ("failed", "DiskFull")
    assert told == [journal]
