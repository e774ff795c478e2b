"""How far the answers to a replay reach, counted as they arrive: for its progress."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from emotoolkit.apis.base.events import span
from emotoolkit.apis.base.journal import Began, Opened, Received, Reference, Sent
from emotoolkit.apis.registry import APIS
from emotoolkit.replays.decoding import SessionDecoders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emotoolkit.apis.base.journal import Record

__all__ = ["AnsweredMedia"]


class AnsweredMedia:
    """Media second up to which a replay is answered; each record is looked at once.

    Parameters
    ----------
    records : sequence of Record
        The replay's records, which may grow meanwhile.
    begins : mapping of int to float, optional
        Media second at which sessions begin, where the records of their first packets are left out.
    """

    def __init__(self, records: Sequence[Record], begins: Mapping[int, float] | None = None) -> None:
        self.loops = 0
        """Turns of a loop that have been completed."""
        self._records = records
        self._lock = threading.Lock()  # a view and a progress bar may both ask
        self._place = 0
        self._decoders: SessionDecoders | None = None
        self._begins = dict(begins or {})
        self._settings_indices: dict[int, int] = {}
        self._until: dict[int, float] = {}

    def read(self) -> float:
        """Read new records; return the media second up to which all parallel sessions are answered."""
        with self._lock:
            new = self._records[self._place :]
            self._place += len(new)
            for record in new:
                self._apply(record)
            return min(self._until.values(), default=0.0)

    def _apply(self, record: Record) -> None:
        match record:
            case Began(api=api):
                self._decoders = SessionDecoders(record) if api in APIS else None
            case Reference(why="loop"):
                self.loops += 1
                self._until = dict.fromkeys(self._until, 0.0)
            case Opened(session=session):
                self._settings_indices[session] = record.of
                self._until.setdefault(record.of, 0.0)
                if self._decoders is not None:
                    self._decoders.opened(record)
            case Sent(session=session):
                begin = self._begins.setdefault(session, record.start)  # of video, the key picture before `Opened`'s
                if self._decoders is not None:
                    self._decoders.sent(record, begin)
            case Received() if self._decoders is not None:
                self._receive(record, self._decoders)
            case _:
                pass

    def _receive(self, record: Received, decoders: SessionDecoders) -> None:
        event = decoders.received(record, self._begins.get(record.session, 0.0))
        moments = [moment for moment in span(event) if moment is not None and math.isfinite(moment)]
        index = self._settings_indices[record.session]
        self._until[index] = max([self._until[index], *moments])
