"""Hashes of the recordings of a replay, computed while it runs and written to the journals at their ends."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING

from emotoolkit.utils import checksum

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.journal_writer import JournalWriter

__all__ = ["RecordingChecksums"]


class RecordingChecksums:
    """The SHA-256 and the size of each journal's recording.

    Parameters
    ----------
    journals : iterable of JournalWriter
        Those of the replay; computing begins at once, in the background.
    """

    def __init__(self, journals: Iterable[JournalWriter]) -> None:
        self._futures = {journal: _checksum_future(journal.spec.recording) for journal in journals}

    async def wait(self, journal: JournalWriter) -> None:
        """Wait until the recording of a journal has been read. Cancelling this goes on reading."""
        await asyncio.shield(asyncio.wrap_future(self._futures[journal]))

    def write(self, journal: JournalWriter) -> None:
        """Write the file's hash and size to its journal, if they have been computed by now."""
        future = self._futures[journal]
        known = future.done() and not future.cancelled()
        if known and (found := future.result()) is not None:
            journal.write_media(*found)


def _checksum_future(recording: Recording) -> Future[tuple[str, int] | None]:
    """Return a future of the file's hash and size; its result is None for a file that is still being recorded."""
    if not recording.live:
        return checksum.sha256_in_background(recording.path)
    unknown: Future[tuple[str, int] | None] = Future()
    unknown.set_result(None)
    return unknown
