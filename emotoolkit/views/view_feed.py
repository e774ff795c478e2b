"""The log of one recording's view, kept up to date by whoever asks for it. Nothing runs while nobody looks."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

from emotoolkit.views.view_log import ViewLog

if TYPE_CHECKING:
    from pathlib import Path

    from emotoolkit.views.view_log import Entry
    from emotoolkit.views.view_sources import ViewSource, ViewStatus

__all__ = ["Feed"]

MAX_BATCH_RECORDS = 20_000
"""Records taken at once: about 0.2 s of work, so that a long journal holds nobody up."""


class Feed:
    """What is known of a watched recording, and where it is now.

    Attributes
    ----------
    watched : Watched
        What is watched.
    log : Log
        What has been told of it until now.
    """

    def __init__(self, source: ViewSource) -> None:
        self.source = source
        self.log = ViewLog()
        self._seen: dict[Path, int] = {}
        self._lock = threading.Lock()

    def status(self) -> ViewStatus:
        """Where the replay is."""
        return self.source.status()

    def refresh(self) -> bool:
        """Take what is new, a batch at most; says whether there is more."""
        with self._lock:
            more = False
            for replay in self.source.replays():
                part = replay.journal
                seen = self._seen.get(part, 0)
                fresh = tuple(islice(replay.records, seen, seen + MAX_BATCH_RECORDS))
                self.log.add_records(part, fresh)
                self._seen[part] = seen + len(fresh)
                more |= self._seen[part] < len(replay.records)
            return more

    def entries(self, have: int, max_entries: int) -> list[Entry]:
        """Take what is new, and give the entries from number `have` on."""
        self.refresh()
        return self.log.entries[have : have + max_entries]
