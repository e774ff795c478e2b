"""Hashes of recordings, as a replay writes them to its journals."""

import asyncio
import hashlib
from types import SimpleNamespace

from emotoolkit.replays.recording_checksums import RecordingChecksums


class Journal:
    """Keeps what is written about its recording."""

    def __init__(self, recording):
        self.spec = SimpleNamespace(recording=recording)
        self.written = []

    def write_media(self, *found):
        self.written.append(found)


def test_hash_and_size_are_written(talk):
    """After waiting, the journal gets what `sha256sum` says of the file."""
    journal = Journal(talk)
    checksums = RecordingChecksums([journal])
    asyncio.run(checksums.wait(journal))
    checksums.write(journal)
    content = talk.path.read_bytes()
    assert journal.written == [(hashlib.sha256(content).hexdigest(), len(content))]


def test_a_file_that_is_being_recorded_has_none():
    """There is nothing to wait for, and nothing is written."""
    journal = Journal(SimpleNamespace(live=True))
    checksums = RecordingChecksums([journal])
    asyncio.run(checksums.wait(journal))
    checksums.write(journal)
    assert journal.written == []
