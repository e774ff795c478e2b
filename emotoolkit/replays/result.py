"""Replay: the results of one recording through one API, made from the journal's records when they are first read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit.apis.base import journal
from emotoolkit.apis.base.events import Fault, Ready, Report, Results, Step, Unread, span
from emotoolkit.apis.base.journal import Began, Ended, Idle, Received
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import (
    IdleWarning,
    ImpossibleTimesWarning,
    NoSuchFile,
    NotJournal,
    ReportMissingWarning,
    UnansweredWarning,
    UnreadWarning,
)
from emotoolkit.replays.decoded_journal import DecodedJournal
from emotoolkit.tables import from_events, impossible_times, marks
from emotoolkit.utils.formats import check_format

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Self

    from numpy.typing import NDArray

    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import Record

__all__ = ["Replay"]

MAX_SHOWN_CHARS = 200
"""Characters that a notice shows of a message that could not be read."""

FINAL_EVENTS = Step, Report
"""Events by which a server says, after the media, that it has said everything."""

UNREAD_REPORT = "what came in its place could not be read"
"""Why there is no report, where one came."""

COMPLETE_ENDS = {"finished", "left"}
"""How sessions end that leave nothing unanswered."""


@dataclass(frozen=True, eq=False, repr=False)
class Replay:
    """The results of one recording through one API: tables, the report, and how the replay went.

    Tables are made when they are first read. Their units are in `DataFrame.attrs["units"]`.

    Attributes
    ----------
    records : tuple of Record
        The journal's records.
    journal : pathlib.Path
        The file that holds every message as it arrived; `Replay.read(path)` makes the same tables from it again.
    at_once : bool
        Whether messages of the usual shape may be decoded all at once, by columns, for the tables; False decodes all
        of them one by one. The tables are the same, and take longer to make.
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
    def _decoded(self) -> DecodedJournal:
        return DecodedJournal(self.records, bulk=self.at_once)

    @property
    def began(self) -> Began:
        """File, settings, speed and time of day of the replay."""
        return self._decoded.began

    @property
    def file(self) -> str:
        """The recording's path as it was given."""
        return self.began.file

    @property
    def api(self) -> str:
        """Name of the API, such as `emotion_logic` or `interhuman`.

        If the package that brings it is not installed, there are `events`, as text, and `packets`; all else raises
        `UnknownApi`.
        """
        return self.began.api

    @cached_property
    def complete(self) -> bool:
        """Whether every session came to the protocol's own end."""
        ends = self._decoded.records_of(Ended)
        return 0 < len(ends) == len(self._decoded.opened) and all(end.how in COMPLETE_ENDS for end in ends)

    @cached_property
    def source(self) -> str:
        """Who measured: the server's own label, such as "local measurement (emotoolkit 0.1.0)", else "server".

        "unknown" if the messages' API is not installed.
        """
        if not self._decoded.is_known:
            return "unknown"
        ready = (each.event for each in self._decoded.events_by_table["ready"])
        return next((event.server for event in ready if isinstance(event, Ready) and event.server), "server")

    @property
    def report(self) -> dict[str, Any] | None:
        """Emotion Logic's report of the call; None if none came. With one session per channel, that of the first."""
        by_session = sorted(self._decoded.events_by_table["report"], key=lambda each: each.session)
        reports = (each.event.data for each in by_session if isinstance(each.event, Report))
        return next((dict(report) for report in reports), None)

    @property
    def faults(self) -> list[Fault]:
        """Errors that the server reported, in order; a replay can be complete in spite of some."""
        return [each.event for each in self._decoded.received_events if isinstance(each.event, Fault)]

    @cached_property
    def unread(self) -> list[Unread]:
        """Messages, or entries in them, of known kinds that could not be decoded, in order."""
        return [each.event for each in self._decoded.events_by_table["unread"] if isinstance(each.event, Unread)]

    @property
    def duration(self) -> float:
        """Length of the recording in seconds; of a live one, as far as it was sent."""
        if self.began.duration is not None:
            return self.began.duration
        return max((each.end for each in self._decoded.sent), default=0.0)

    @property
    def warnings(self) -> list[str]:
        """Texts of the warnings: of pauses close to a server's idle limit, in order, then of unread messages."""
        idle = self._decoded.records_of(Idle)
        idle_warnings = [IdleWarning(api=self.api, limit=record.limit, left=record.left) for record in idle]
        return [str(each) for each in [*idle_warnings, *self.notices()]]

    def notices(self) -> list[Warning]:
        """Return warnings about the results of this replay, without giving them."""
        return [
            *self._unread_notices(),
            *self._report_notices(),
            *self._silence_notices(),
            *self._time_notices(),
        ]

    def _unread_notices(self) -> list[Warning]:
        if not self.unread:
            return []
        first = self.unread[0].raw
        short = first if len(first) <= MAX_SHOWN_CHARS else f"{first[:MAX_SHOWN_CHARS]}…"
        kinds = Counter(each.kind for each in self.unread)
        return [UnreadWarning(file=self.file, api=self.api, kinds=kinds, first=short)]

    def _report_notices(self) -> list[Warning]:
        """Find out whether a report was wanted and did not come from a session that has ended in order."""
        decoded = self._decoded
        if not (self.complete and any(settings.get("report") for settings in self.began.sessions)):
            return []
        reported = {each.session for each in decoded.events_by_table["report"]}
        finished = {each.session for each in decoded.records_of(Ended) if each.how == "finished"}
        if finished <= reported:
            return []
        faults = {each.session: each.event for each in decoded.received_events if isinstance(each.event, Fault)}
        fault = next((faults[session] for session in sorted(finished - reported) if session in faults), None)
        if fault is None:
            unread = any("report" in each.kind for each in self.unread)
            return [ReportMissingWarning(file=self.file, api=self.api, reason=UNREAD_REPORT if unread else None)]
        return [ReportMissingWarning(file=self.file, api=self.api, reason=fault.message, code=fault.code)]

    def _silence_notices(self) -> list[Warning]:
        """Find out whether a session ended by silence alone, and without any result."""
        decoded = self._decoded
        if not (self.complete and decoded.is_known and decoded.sent) or self.unread or self._has_columns:
            return []
        last = max(each.sent for each in decoded.sent)
        heard = zip(decoded.records_of(Received), decoded.received_events, strict=True)
        for record, each in heard:
            says_that_all_is_said = record.received >= last and isinstance(each.event, FINAL_EVENTS)
            if says_that_all_is_said or isinstance(each.event, Fault | Results) or any(_times(each.event)):
                return []
        sent = sum(each.end - each.start for each in decoded.sent) / self._parallel_sessions
        waited = max(each.at for each in decoded.records_of(Ended)) - last
        return [UnansweredWarning(file=self.file, api=self.api, sent=sent, waited=waited)]

    def _time_notices(self) -> list[Warning]:
        """Find results whose times cannot be."""
        if not self._decoded.is_known:
            return []
        packets = [each.end - each.start for each in self._decoded.sent]
        is_of_session = any(settings.get("time_base") == "session" for settings in self.began.sessions)
        found = impossible_times.find(
            [self.segments, self.signals, self.engagement, self.quality],
            duration=self.duration,
            segment=max(packets, default=0.0) if is_of_session and self.complete else None,
            sent=sum(packets),
        )
        return [ImpossibleTimesWarning(file=self.file, api=self.api, **each) for each in found]

    @property
    def _has_columns(self) -> bool:
        """Whether there are results that were decoded in bulk; others take longer to look through."""
        columns = self._decoded.columns
        return columns is not None and any(len(each.session) for each in columns.columns.values())

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per message, in order of arrival. See `tables.from_events.events`."""
        return self._with_attrs(from_events.events(self._decoded.received_events, self.api, self._decoded.due))

    @cached_property
    def packets(self) -> pd.DataFrame:
        """One row per packet sent. See `tables.from_events.packets`."""
        return self._with_attrs(from_events.packets(self._decoded.sent, self._decoded.clock_start))

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per finished segment of speech (Emotion Logic). See `tables.from_events.segments`."""
        return self._with_attrs(from_events.segments(self._decoded.table_input("segments"), self.file))

    @cached_property
    def signals(self) -> pd.DataFrame:
        """One row per signal interval (Interhuman). See `tables.from_events.signals`."""
        decoded = self._decoded
        return self._with_attrs(from_events.signals(decoded.table_input("signals"), self.file, decoded.media_ends))

    @cached_property
    def engagement(self) -> pd.DataFrame:
        """One row per engagement state (Interhuman). See `tables.from_events.engagement`."""
        decoded = self._decoded
        rows = decoded.table_input("engagement")
        return self._with_attrs(from_events.engagement(rows, self.file, decoded.media_ends))

    @cached_property
    def quality(self) -> pd.DataFrame:
        """One row per period, and the running overall (Interhuman). See `tables.from_events.quality`."""
        decoded = self._decoded
        return self._with_attrs(from_events.quality(decoded.table_input("quality"), self.file, decoded.session_starts))

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per interval that was not analysed in full (Interhuman). See `tables.from_events.coverage`."""
        return self._with_attrs(from_events.coverage(self._decoded.events_by_table["coverage"], self.file))

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """All results in long form. See `tables.from_events.tracks`."""
        return self._with_attrs(
            from_events.tracks(self.api, self.segments, self.signals, self.engagement, self.quality, self.coverage)
        )

    @cached_property
    def marks(self) -> pd.DataFrame:
        """Where something is missing, was held up or went wrong; timelines show it. See `tables.marks`."""
        decoded = self._decoded
        sent, ended, events = decoded.sent, decoded.records_of(Ended), decoded.received_events
        table = marks.marks(self.file, self.duration, decoded.references, sent, ended, events, self.coverage)
        return self._with_attrs(table)

    def summary(self) -> pd.Series[Any]:
        """Summarise the replay in numbers.

        Returns
        -------
        pandas.Series
            `speed` (achieved: media seconds sent per second, pauses included), `lateness_p50`, `_p95`, `_p99` (s),
            `stalls` (count of times the sender was held up for more than a packet), `first_result` (s from the start to
            the first message with a result), `latency_p50`, `_p90`, `_p95`, `_p99` (s; NaN unless the replay is
            complete, since latency without the missing answers would flatter), `early` (count of results that arrived
            before their media time was due: an error of clock or server, left out of the latency), `sent` and
            `answered` (s of media), `unanswered_tail` (s), `packets`, `messages`, `errors` (counts), `unread` (count of
            messages, or entries in them, of known kinds that could not be decoded; see `.unread`).
        """
        decoded = self._decoded
        sent = from_events.packet_times(decoded.sent, decoded.clock_start)
        received = from_events.message_times(decoded.received_events, decoded.due)
        results = ~(np.isnan(received.starts) & np.isnan(received.ends))
        latency = _without_nan(received.latencies[results])
        counted = latency[latency >= 0] if self.complete else latency[:0]
        seconds, end = float((sent.ends - sent.starts).sum()), max(sent.ends, default=0.0)
        moments = (moment for each in decoded.received_events for moment in span(each.event))
        answered = max((moment for moment in moments if moment is not None), default=0.0)
        return pd.Series(
            {
                "speed": seconds / sent.sent.max() / self._parallel_sessions if len(sent.sent) else np.nan,
                **_percentiles("lateness", _without_nan(sent.lateness), (50, 95, 99)),
                "stalls": sum(record.why == "stall" for record in decoded.references),
                "first_result": min(received.received[results], default=np.nan),
                **_percentiles("latency", counted, (50, 90, 95, 99)),
                "early": int((latency < 0).sum()),
                "sent": seconds / self._parallel_sessions,
                "answered": answered,
                "unanswered_tail": max(0.0, end - answered),
                "packets": len(sent.sent),
                "messages": len(received.received),
                "errors": len(self.faults) + sum(end.error is not None for end in decoded.records_of(Ended)),
                "unread": len(self.unread),
            },
            name=self.file,
            dtype=float,
        )

    @property
    def _parallel_sessions(self) -> int:
        """Number of parallel sessions, which get the same media."""
        return len(self.began.sessions)

    def __repr__(self) -> str:
        if not self._decoded.is_known:
            messages = len(self._decoded.records_of(Received))
            return f"<Replay of {self.file!r} through {self.api}, which is not known here: {messages} messages>"
        results = {"segments": self.segments, "signals": self.signals, "engagement": self.engagement}
        counts = ", ".join(f"{len(table)} {name}" for name, table in results.items() if len(table)) or "no results"
        state = ("" if self.complete else "; incomplete") + (f"; {len(self.unread)} unread" if self.unread else "")
        return f"<Replay of {self.file!r} through {self.api}, {self.source}: {counts}{state}>"

    def _repr_html_(self) -> str | None:
        from emotoolkit.replays import html_card

        return html_card.html(self, self.notices()) if self._decoded.is_known else None

    def _repr_png_(self) -> bytes | None:
        """Draw the timeline for where HTML cannot be shown, as in print; None where matplotlib is not installed."""
        from emotoolkit.plots import timeline

        return timeline.png(None, (self,)) if self._decoded.is_known else None

    def _with_attrs(self, table: pd.DataFrame) -> pd.DataFrame:
        if len(self._decoded.opened) <= self._parallel_sessions and "session" in table.columns:
            del table["session"]
        units = APIS[self.api].units(local=self.source != "server") if self._decoded.is_known else {}
        known = {name: unit for name, unit in units.items() if name in table.columns}
        table.attrs = {"units": known | table.attrs.get("units", {}), "source": self.source, "api": self.api}
        return table


def _times(event: Event) -> list[bool]:
    return [moment is not None for moment in span(event)]


def _without_nan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _percentiles(name: str, values: NDArray[np.float64], percents: Sequence[int]) -> dict[str, float]:
    return {f"{name}_p{q}": float(np.percentile(values, q)) if len(values) else np.nan for q in percents}
