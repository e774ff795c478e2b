"""The records of a journal, decoded: from raw messages to events in media time, all at once or one by one.

Nothing is decoded before it is needed, and nothing twice: what is derived from the records is cached.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.apis.base import schedule
from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Heard,
    Quality,
    Ready,
    Report,
    Segments,
    SignalDetected,
    SignalEnded,
    SignalSpans,
    SignalUpdated,
    Unknown,
    Unread,
    flattened,
    shifted,
)
from emotoolkit.apis.base.journal import Began, Opened, Received, Reference, Sent
from emotoolkit.apis.base.message_text import NO_KIND, is_media_time
from emotoolkit.apis.base.protocols import PlanningDecoder
from emotoolkit.apis.base.result_columns import MessageColumns
from emotoolkit.apis.registry import APIS
from emotoolkit.replays.decoding import SessionDecoders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import JournalRecord, Record
    from emotoolkit.apis.base.result_columns import ResultColumns

    R = TypeVar("R", bound=JournalRecord)

__all__ = ["DecodedJournal"]

SESSION = "session"
"""Value of the setting `time_base` with which times count from the beginning of the session."""

TABLE_OF_EVENT: dict[type[Event], str] = {
    Ready: "ready",
    Report: "report",
    Segments: "segments",
    SignalDetected: "signals",
    SignalUpdated: "signals",
    SignalEnded: "signals",
    SignalSpans: "signals",
    Engagement: "engagement",
    Quality: "quality",
    Coverage: "coverage",
    Unread: "unread",
}
"""Table to which each kind of event belongs."""


class DecodedJournal:
    """The records of a journal by kind, and their messages as events.

    Parameters
    ----------
    records : sequence of Record
        A journal's records, beginning with its `Began`.
    bulk : bool
        Whether messages of the usual shape may be decoded all at once, by columns, for the tables; False decodes all of
        them one by one. The tables are the same, and take longer to make.
    """

    def __init__(self, records: Sequence[Record], *, bulk: bool = True) -> None:
        self.records = records
        self._bulk = bulk
        self._by_kind: dict[type[JournalRecord], list[Any]] = defaultdict(list)
        for record in records:
            self._by_kind[type(record)].append(record)

    def records_of(self, kind: type[R]) -> list[R]:
        """Return all records of a kind, in their order."""
        return self._by_kind.get(kind, [])

    @property
    def began(self) -> Began:
        """The first record."""
        return self.records_of(Began)[0]

    @property
    def opened(self) -> list[Opened]:
        """Sessions that were opened."""
        return self.records_of(Opened)

    @property
    def sent(self) -> list[Sent]:
        """Packets that were sent."""
        return self.records_of(Sent)

    @property
    def references(self) -> list[Reference]:
        """Changes of the clock."""
        return self.records_of(Reference)

    @property
    def is_known(self) -> bool:
        """Whether an installed API can decode the messages."""
        return self.began.api in APIS

    @cached_property
    def received_events(self) -> list[Heard]:
        """All messages, decoded one by one; those of an API that is not installed as `Unknown`."""
        if not self.is_known:
            return [self._timed_event(record, Unknown(NO_KIND, record.raw)) for record in self.records_of(Received)]
        decoders, events = self._decoders(), []
        for record in self.records:
            if isinstance(record, Received):
                event = decoders.received(record, self.session_starts[record.session])
                events.append(self._timed_event(record, event))
            elif isinstance(record, Sent):
                decoders.sent(record, self.session_starts[record.session])
        return events

    @cached_property
    def columns(self) -> ResultColumns | None:
        """All messages, decoded in bulk; None where they have to be decoded one by one."""
        received, decoders = self.records_of(Received), self._decoders().by_session
        sessions, which = np.unique(np.array([record.session for record in received], np.int64), return_inverse=True)
        if not self._bulk or not decoders.keys() >= {*sessions.tolist(), *self.media_ends}:
            return None
        begins = np.array([self.session_starts[session] for session in sessions.tolist()], float)
        messages = MessageColumns([record.raw for record in received], sessions[which], begins[which])
        return APIS[self.began.api].together(messages, decoders)

    @cached_property
    def events_by_table(self) -> dict[str, list[Heard]]:
        """Events that are in no columns, flattened, by the table to which they belong, in order of arrival."""
        events = self.received_events if self.columns is None else self._other_events(self.columns)
        by_table: dict[str, list[Heard]] = defaultdict(list)
        for each in flattened(events):
            by_table[TABLE_OF_EVENT.get(type(each.event), "")].append(each)
        return by_table

    def table_input(self, table: str) -> Any:
        """Return what a table is made of: columns if there are any, else events."""
        if self.columns is not None and table in self.columns.columns:
            return self.columns.columns[table]
        return self.events_by_table[table]

    @cached_property
    def session_starts(self) -> dict[int, float]:
        """Media second at which each session began: that of its first packet, since video begins at a key picture."""
        sent = {record.session: record.start for record in reversed(self.sent) if is_media_time(record.start)}
        requested = {each.session: each.start if is_media_time(each.start) else 0.0 for each in self.opened}
        return {session: sent.get(session, start) for session, start in requested.items()}

    @cached_property
    def media_ends(self) -> dict[int, float]:
        """Media second up to which each session was sent the recording."""
        return {record.session: record.end for record in self.sent if is_media_time(record.end)}

    @cached_property
    def clock_start(self) -> float:
        """Seconds from the worker's first record to the start of the clock."""
        return next((record.at for record in self.references), 0.0)

    def due(self, session: int, moment: float) -> float:
        """Return the seconds since the replay began at which a media second was due, in the turn of this session."""
        return schedule.due_time(self._session_references[session], moment) - self.clock_start

    @cached_property
    def _session_references(self) -> dict[int, list[Reference]]:
        """Changes of the clock during each session's turn, which begins when the session is open."""
        turns = 0
        references: dict[int, list[Reference]] = {}
        for record in self.records:
            if isinstance(record, Opened) and record.renews is not None:
                references[record.session] = references[record.renews]
            elif isinstance(record, Opened):
                references[record.session] = schedule.turn_references(self.references, turns)
            elif isinstance(record, Reference) and record.why in schedule.TURN_START_REASONS:
                turns += 1
        return references

    def _timed_event(self, record: Received, event: Event) -> Heard:
        return Heard(record.session, record.received - self.clock_start, event)

    def _decoders(self) -> SessionDecoders:
        """Return a new decoder for each session."""
        decoders = SessionDecoders(self.began)
        for each in self.opened:
            decoders.opened(each)
        for session, decoder in decoders.by_session.items():
            if isinstance(decoder, PlanningDecoder) and decoder.relative:
                decoders.by_session[session] = decoder.planned(*self._messages_and_packets(session))
        return decoders

    def _messages_and_packets(self, session: int) -> tuple[list[str], list[tuple[float, float]]]:
        """Return all messages of a session, and start and end of its packets in seconds of the session."""
        begin = self.session_starts.get(session, 0.0)
        sent = [each for each in self.sent if each.session == session and is_media_time(each.start)]
        raws = [each.raw for each in self.records_of(Received) if each.session == session]
        return raws, [(each.start - begin, each.end - begin) for each in sent]

    @cached_property
    def segment_notes(self) -> list[dict[str, Any]]:
        """How times were assigned to segments, for each session in which that was not plain."""
        if all(settings.get("time_base", SESSION) == SESSION for settings in self.began.sessions):
            return []
        notes = (getattr(decoder, "segment_note", None) for decoder in self._decoders().by_session.values())
        return [note for note in notes if note is not None]

    def _other_events(self, columns: ResultColumns) -> list[Heard]:
        """Return the events of messages that bulk decoding has left over."""
        received = self.records_of(Received)
        others = [(received[place], event) for place, event in columns.rest]
        return [self._timed_event(each, shifted(event, self.session_starts[each.session])) for each, event in others]
