"""Replay: what one API said about one recording. All of it is made from the journal's records, when asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit.apis.base import journal, schedule
from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Fault,
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
    span,
)
from emotoolkit.apis.base.journal import Began, Ended, Idle, Opened, Received, Reference, Sent
from emotoolkit.apis.base.message_text import NO_KIND, is_media_time
from emotoolkit.apis.base.result_columns import MessageColumns
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import IdleWarning, NoSuchFile, NotJournal, UnreadWarning
from emotoolkit.replays.decoding import SessionDecoders
from emotoolkit.tables import from_events, marks
from emotoolkit.utils.formats import check_format

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Self, TypeVar

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import JournalRecord, Record
    from emotoolkit.apis.base.result_columns import ResultColumns

    R = TypeVar("R", bound=JournalRecord)

__all__ = ["Replay"]

MAX_SHOWN_CHARS = 200
"""Letters that are shown of what could not be read."""

COMPLETE_ENDS = {"finished", "left"}
"""Ends of sessions that leave nothing unanswered."""

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
"""What each kind of event is a row of."""


@dataclass(frozen=True, eq=False, repr=False)
class Replay:
    """What one API said about one recording: tables, the report, and how the replay went.

    Tables are made when they are first read. Their columns and units are in `DataFrame.attrs["units"]`.

    Attributes
    ----------
    journal : pathlib.Path
        The file that holds every message as it arrived; `Replay.read(path)` makes the same tables from it again.
    at_once : bool
        Whether messages of the usual shape may be read all at once, by columns, for the tables; False reads all of
        them one after another. The tables are the same, and take longer to make.
    """

    records: tuple[Record, ...]
    journal: Path
    at_once: bool = True

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Make a Replay from its journal, without server and recording.

        Parameters
        ----------
        path : str or path
            A journal of an earlier replay, complete or not.

        Raises
        ------
        NoSuchFile
            There is none at that path.
        NotJournal
            The file is no journal, or a replay ended before it had begun to write it.
        """
        place = Path(path)
        if place.is_dir():
            raise NotJournal(path=str(place), reason="it is a folder")
        try:
            records = tuple(journal.read(place))
        except FileNotFoundError:
            raise NoSuchFile(file=str(place), folder=str(Path.cwd())) from None
        except (KeyError, TypeError, ValueError) as problem:
            raise NotJournal(path=str(place), reason=f"{type(problem).__name__}: {problem}") from problem
        began = next(iter(records), None)
        if not isinstance(began, Began):
            raise NotJournal(path=str(place), reason="its first line is missing")
        try:
            check_format("journal", began.journal, journal.VERSION)
        except ValueError as problem:
            raise NotJournal(path=str(place), reason=str(problem)) from None
        return cls(records, place)

    @cached_property
    def began(self) -> Began:
        """File, settings, speed and time of day of the replay."""
        return self._records_of(Began)[0]

    @property
    def file(self) -> str:
        """The recording's path as it was given."""
        return self.began.file

    @property
    def api(self) -> str:
        """Name of the API, such as `emotion_logic` or `interhuman`.

        Where no package here brings it, there are `events`, as text, and `packets`; all else raises `UnknownApi`.
        """
        return self.began.api

    @property
    def _is_known(self) -> bool:
        """Whether there is an API here that can read the messages."""
        return self.api in APIS

    @cached_property
    def complete(self) -> bool:
        """Whether every session came to the protocol's own end."""
        ends = self._records_of(Ended)
        return 0 < len(ends) == len(self._opened) and all(end.how in COMPLETE_ENDS for end in ends)

    @cached_property
    def source(self) -> str:
        """Who measured: the server's own label, such as "local measurement (emotoolkit 0.1.0)", else "server".

        "unknown" where it cannot be read.
        """
        if not self._is_known:
            return "unknown"
        servers = (each.event.server for each in self._events_by_table["ready"] if isinstance(each.event, Ready))
        return next(filter(None, servers), "server")

    @property
    def report(self) -> dict[str, Any] | None:
        """Emotion Logic's report of the call; None if none came. With one session per channel, that of the first."""
        in_order = sorted(
            self._events_by_table["report"], key=lambda each: each.session
        )  # sessions do not end in their order
        reports = (each.event.data for each in in_order if isinstance(each.event, Report))
        return next((dict(report) for report in reports), None)

    @property
    def faults(self) -> list[Fault]:
        """What the server reported as errors, in order; a replay can be complete in spite of some."""
        return [each.event for each in self._received_events if isinstance(each.event, Fault)]

    @cached_property
    def unread(self) -> list[Unread]:
        """What is of a kind that we know and could not be read, in order: messages, or entries in them."""
        return [each.event for each in self._events_by_table["unread"] if isinstance(each.event, Unread)]

    @property
    def duration(self) -> float:
        """Length of the recording in seconds; of one that was made meanwhile, as far as it was sent."""
        if self.began.duration is not None:
            return self.began.duration
        return max((each.end for each in self._sent), default=0.0)

    @property
    def warnings(self) -> list[str]:
        """What was said of pauses that were longer than a server allows, in order, and of what could not be read."""
        idle = self._records_of(Idle)
        idle_warnings: list[Warning] = [
            IdleWarning(api=self.api, limit=record.limit, left=record.left) for record in idle
        ]
        return [str(each) for each in [*idle_warnings, *self.notices()]]

    def notices(self) -> list[Warning]:
        """What its user should know of this replay although it went to its end: warnings, not given yet."""
        if not self.unread:
            return []
        first = self.unread[0].raw
        short = first if len(first) <= MAX_SHOWN_CHARS else f"{first[:MAX_SHOWN_CHARS]}…"
        kinds = Counter(each.kind for each in self.unread)
        return [UnreadWarning(file=self.file, api=self.api, kinds=kinds, first=short)]

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per message, in order of arrival. See `tables.from_events.events`."""
        return self._with_attrs(from_events.events(self._received_events, self.api, self._due))

    @cached_property
    def packets(self) -> pd.DataFrame:
        """One row per packet sent. See `tables.from_events.packets`."""
        return self._with_attrs(from_events.packets(self._sent, self._clock_start))

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per finished segment of speech (Emotion Logic). See `tables.from_events.segments`."""
        return self._with_attrs(from_events.segments(self._table_input("segments"), self.file))

    @cached_property
    def signals(self) -> pd.DataFrame:
        """One row per signal interval (Interhuman). See `tables.from_events.signals`."""
        return self._with_attrs(from_events.signals(self._table_input("signals"), self.file, self._media_ends))

    @cached_property
    def engagement(self) -> pd.DataFrame:
        """One row per engagement state (Interhuman). See `tables.from_events.engagement`."""
        return self._with_attrs(from_events.engagement(self._table_input("engagement"), self.file, self._media_ends))

    @cached_property
    def quality(self) -> pd.DataFrame:
        """One row per period, and the running overall (Interhuman). See `tables.from_events.quality`."""
        return self._with_attrs(from_events.quality(self._table_input("quality"), self.file, self._session_starts))

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per stretch that was not analysed wholly (Interhuman). See `tables.from_events.coverage`."""
        return self._with_attrs(from_events.coverage(self._events_by_table["coverage"], self.file))

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """All results in long form. See `tables.from_events.tracks`."""
        return self._with_attrs(
            from_events.tracks(self.api, self.segments, self.signals, self.engagement, self.quality, self.coverage)
        )

    @cached_property
    def marks(self) -> pd.DataFrame:
        """Where something is missing, was held up or went wrong; timelines show it. See `tables.marks`."""
        ended, heard = self._records_of(Ended), self._received_events
        table = marks.marks(self.file, self.duration, self._references, self._sent, ended, heard, self.coverage)
        return self._with_attrs(table)

    def summary(self) -> pd.Series[Any]:
        """Say how the replay went, in numbers.

        Returns
        -------
        pandas.Series
            `speed` (achieved: media seconds sent per second, pauses included), `lateness_p50`, `_p95`, `_p99` (s),
            `stalls` (count of times the sender was held up for more than a packet), `first_result` (s from the start to
            the first message with a result), `latency_p50`, `_p90`, `_p95`, `_p99` (s; NaN unless the replay is
            complete, since latency without the missing answers would flatter), `early` (count of results that came
            before what they speak of was due: a fault of clock or server, left out of the latency), `sent` and
            `answered` (s of media), `unanswered_tail` (s), `packets`, `messages`, `errors` (counts), `unread` (count of
            messages, or entries in them, of kinds that we know, which could not be read; see `.unread`).
        """
        sent, heard = (
            from_events.packet_times(self._sent, self._clock_start),
            from_events.message_times(self._received_events, self._due),
        )
        results = ~(np.isnan(heard.starts) & np.isnan(heard.ends))
        latency = _without_nan(heard.latencies[results])
        counted = latency[latency >= 0] if self.complete else latency[:0]
        seconds, end = float((sent.ends - sent.starts).sum()), max(sent.ends, default=0.0)
        answered = max(
            (last for each in self._received_events for last in span(each.event) if last is not None), default=0.0
        )
        return pd.Series(
            {
                "speed": seconds / sent.sent.max() / self._parallel_sessions if len(sent.sent) else np.nan,
                **_percentiles("lateness", _without_nan(sent.lateness), (50, 95, 99)),
                "stalls": sum(record.why == "stall" for record in self._references),
                "first_result": min(heard.received[results], default=np.nan),
                **_percentiles("latency", counted, (50, 90, 95, 99)),
                "early": int((latency < 0).sum()),
                "sent": seconds / self._parallel_sessions,
                "answered": answered,
                "unanswered_tail": max(0.0, end - answered),
                "packets": len(sent.sent),
                "messages": len(heard.received),
                "errors": len(self.faults) + sum(end.error is not None for end in self._records_of(Ended)),
                "unread": len(self.unread),
            },
            name=self.file,
            dtype=float,
        )

    @property
    def _parallel_sessions(self) -> int:
        """Sessions that run side by side and get the same media."""
        return len(self.began.sessions)

    def __repr__(self) -> str:
        if not self._is_known:
            messages = len(self._records_of(Received))
            return f"<Replay of {self.file!r} through {self.api}, which is not known here: {messages} messages>"
        results = {"segments": self.segments, "signals": self.signals, "engagement": self.engagement}
        counts = ", ".join(f"{len(table)} {name}" for name, table in results.items() if len(table)) or "no results"
        state = ("" if self.complete else "; incomplete") + (f"; {len(self.unread)} unread" if self.unread else "")
        return f"<Replay of {self.file!r} through {self.api}, {self.source}: {counts}{state}>"

    def _repr_html_(self) -> str | None:
        from emotoolkit.replays import html_card

        return html_card.html(self, self.notices()) if self._is_known else None

    def _repr_png_(self) -> bytes | None:
        """Draw itself where HTML cannot be shown, as in print; None where matplotlib is not installed."""
        from emotoolkit.plots import timeline

        return timeline.png(None, (self,)) if self._is_known else None

    @cached_property
    def _by_kind(self) -> dict[type[JournalRecord], list[Any]]:
        kinds: dict[type[JournalRecord], list[Any]] = defaultdict(list)
        for record in self.records:
            kinds[type(record)].append(record)
        return kinds

    def _records_of(self, kind: type[R]) -> list[R]:
        """All records of a kind, in their order."""
        return self._by_kind.get(kind, [])

    @cached_property
    def _received_events(self) -> list[Heard]:
        """All messages, read one after another."""
        if not self._is_known:
            return [self._timed_event(record, Unknown(NO_KIND, record.raw)) for record in self._records_of(Received)]
        decoders, received = self._decoders(), []
        for record in self.records:
            if isinstance(record, Received):
                received.append(
                    self._timed_event(record, decoders.received(record, self._session_starts[record.session]))
                )
            elif isinstance(record, Sent):
                decoders.sent(record, self._session_starts[record.session])
        return received

    def _timed_event(self, record: Received, event: Event) -> Heard:
        return Heard(record.session, record.received - self._clock_start, event)

    def _decoders(self) -> SessionDecoders:
        """A new decoder for each session."""
        decoders = SessionDecoders(self.began)
        for each in self._opened:
            decoders.opened(each)
        return decoders

    @cached_property
    def _columns(self) -> ResultColumns | None:
        """What was said, read all at once; None where it has to be read one message after another."""
        received, decoders = self._records_of(Received), self._decoders().by_session
        sessions, which = np.unique(np.array([record.session for record in received], np.int64), return_inverse=True)
        if not self.at_once or not decoders.keys() >= {*sessions.tolist(), *self._media_ends}:
            return None
        begins = np.array([self._session_starts[session] for session in sessions.tolist()], float)
        messages = MessageColumns([record.raw for record in received], sessions[which], begins[which])
        return APIS[self.api].together(messages, decoders)

    def _table_input(self, table: str) -> Any:
        """What a table is made of: columns, where there are any, or what was heard."""
        return (
            self._events_by_table[table]
            if self._columns is None
            else self._columns.columns.get(table, self._events_by_table[table])
        )

    @cached_property
    def _events_by_table(self) -> dict[str, list[Heard]]:
        """What is in no columns, by the table that it belongs to, in order of arrival; each told of by itself."""
        heard = self._received_events if self._columns is None else self._other_events(self._columns)
        found: dict[str, list[Heard]] = defaultdict(list)
        for each in flattened(heard):
            found[TABLE_OF_EVENT.get(type(each.event), "")].append(each)
        return found

    def _other_events(self, columns: ResultColumns) -> list[Heard]:
        received = self._records_of(Received)
        others = [(received[place], event) for place, event in columns.rest]
        return [self._timed_event(each, shifted(event, self._session_starts[each.session])) for each, event in others]

    @property
    def _opened(self) -> list[Opened]:
        return self._records_of(Opened)

    @property
    def _sent(self) -> list[Sent]:
        return self._records_of(Sent)

    @property
    def _references(self) -> list[Reference]:
        return self._records_of(Reference)

    @cached_property
    def _session_starts(self) -> dict[int, float]:
        """Media second at which each session began: where its first packet did, since video begins at a key picture."""
        sent = {record.session: record.start for record in reversed(self._sent) if is_media_time(record.start)}
        requested = {each.session: each.start if is_media_time(each.start) else 0.0 for each in self._opened}
        return {session: sent.get(session, start) for session, start in requested.items()}

    @cached_property
    def _clock_start(self) -> float:
        return next((record.at for record in self._references), 0.0)

    @cached_property
    def _media_ends(self) -> dict[int, float]:
        """Media second up to which each session was sent anything."""
        return {record.session: record.end for record in self._sent if is_media_time(record.end)}

    @cached_property
    def _session_references(self) -> dict[int, list[Reference]]:
        """The clock's course during each session's turn, which begins when it is open."""
        turns = 0
        courses: dict[int, list[Reference]] = {}
        for record in self.records:
            if isinstance(record, Opened) and record.renews is not None:
                courses[record.session] = courses[record.renews]
            elif isinstance(record, Opened):
                courses[record.session] = schedule.turn_references(self._references, turns)
            elif isinstance(record, Reference) and record.why in schedule.TURN_START_REASONS:
                turns += 1
        return courses

    def _due(self, session: int, moment: float) -> float:
        """Seconds since the replay began at which the clock reached a media second, while this session had its turn."""
        return schedule.due_time(self._session_references[session], moment) - self._clock_start

    def _with_attrs(self, table: pd.DataFrame) -> pd.DataFrame:
        if len(self._opened) <= self._parallel_sessions and "session" in table.columns:
            del table["session"]
        units = APIS[self.api].units(local=self.source != "server") if self._is_known else {}
        known = {name: unit for name, unit in units.items() if name in table.columns}
        table.attrs = {"units": known | table.attrs.get("units", {}), "source": self.source, "api": self.api}
        return table


def _without_nan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _percentiles(name: str, values: NDArray[np.float64], percents: Sequence[int]) -> dict[str, float]:
    return {f"{name}_p{q}": float(np.percentile(values, q)) if len(values) else np.nan for q in percents}
