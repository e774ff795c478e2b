"""The log of one recording's view, updated on request: without a reader, nothing runs.

Readers are the refresh thread and the workers of the page server, so a lock serialises updates. Entries are only ever
appended, so the list may be read without it.
"""

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
"""Records of a replay added at once, at most: about 0.2 s of work, so that a long journal does not block a view."""


class Feed:
    """The log and the status of one recording.

    Attributes
    ----------
    source : ViewSource
        What is shown.
    log : ViewLog
        The entries until now.
    """

    def __init__(self, source: ViewSource) -> None:
        self.source = source
        self.log = ViewLog()
        self._seen: dict[Path, int] = {}
        self._lock = threading.Lock()

    def status(self) -> ViewStatus:
        """Return the replay's present status."""
        return self.source.status()

    def refresh(self) -> bool:
        """Add new records to the log, a batch at most; return whether there are more."""
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

    def entries(self, first: int, max_entries: int) -> list[Entry]:
        """Refresh the log, and return its entries from index `first` on."""
        self.refresh()
        return self.log.entries[first : first + max_entries]
