"""Replay: the results of one recording through one API, made from the journal's records when they are first read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit.apis.base import journal
from emotoolkit.apis.base.events import Fault, Ready, Report, Unread, span
from emotoolkit.apis.base.journal import COMPLETE_ENDS, Began, Ended, Idle, Notice, Received
from emotoolkit.apis.recorded_settings import recorded_settings
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import EmotoolkitError, IdleWarning, NoSuchFile, NotJournal, notice_by_name
from emotoolkit.replays import shown_notices
from emotoolkit.replays.decoded_journal import DecodedJournal
from emotoolkit.replays.marked_results import MarkedResults
from emotoolkit.tables import from_events, marks, traffic
from emotoolkit.utils.formats import check_format

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Self

    from numpy.typing import NDArray

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.errors import NoticeWarning
    from emotoolkit.tables.impossible_times import ImpossibleTimes

__all__ = ["Replay"]

RESULT_TABLES = {"segments", "signals", "engagement", "quality", "coverage", "events", "packets", "_results"}
"""Tables that notices do not change."""


MAX_FIRST_LINE_BYTES = 1 << 24
"""Bytes of the first line in which a later format is looked for."""


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
        _check_format(place)
        try:
            records = tuple(journal.read(place))
            journal.check_sessions(records)
            _check_settings(records)
        except EmotoolkitError:
            raise
        except ValueError as problem:
            raise NotJournal(path=str(place), reason=str(problem)) from problem
        return cls(records, place)

    @cached_property
    def _decoded(self) -> DecodedJournal:
        return DecodedJournal(self.records, bulk=self.at_once)

    @cached_property
    def _results(self) -> MarkedResults:
        return MarkedResults(self._decoded, self.file, self.duration, complete=self.complete)

    @property
    def impossible_times(self) -> list[ImpossibleTimes]:
        """What is known of results whose times cannot be, which are marked as `suspect` in the tables."""
        return self._results.impossible_times

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
        """Texts of the warnings: of pauses close to a server's idle limit, in order, then of notices."""
        idle = self._decoded.records_of(Idle)
        idle_warnings = [IdleWarning(api=self.api, limit=record.limit, left=record.left) for record in idle]
        return [str(each) for each in [*idle_warnings, *self.notices()]]

    @cached_property
    def kept_notices(self) -> tuple[NoticeWarning, ...]:
        """Notices that the journal has: those found at the replay's end, with the recording at hand."""
        kept = self._decoded.records_of(Notice)
        return tuple(notice_by_name(each.kind, each.facts, each.text) for each in kept)

    def notices(self) -> list[NoticeWarning]:
        """Return the notices about this replay, without giving them as warnings; see `emotoolkit.notices`.

        They are those that were found at its end, which the journal keeps, and those that its messages alone show.
        """
        return self._with_shown(self.kept_notices)

    def noted(self, found: Sequence[NoticeWarning]) -> Replay:
        """Return the replay with these notices, and those that its messages alone show, as records at its end."""
        notices = self._with_shown(found)
        if not notices:
            return self
        records = (Notice(type(each).__name__, str(each), each.facts) for each in notices)
        whole = replace(self, records=(*self.records, *records))
        made = {name: table for name, table in vars(self).items() if name in RESULT_TABLES}
        vars(whole).update(made)  # no table is made twice
        return whole

    def _with_shown(self, found: Sequence[NoticeWarning]) -> list[NoticeWarning]:
        return shown_notices.extend(found, self, self._decoded)

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per message, in order of arrival. See `tables.traffic.events`."""
        return self._with_attrs(traffic.events(self._decoded.received_events, self.api, self._decoded.due))

    @cached_property
    def packets(self) -> pd.DataFrame:
        """One row per packet sent. See `tables.traffic.packets`."""
        return self._with_attrs(traffic.packets(self._decoded.sent, self._decoded.clock_start))

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per finished segment of speech (Emotion Logic). See `tables.from_events.segments`."""
        return self._with_attrs(self._results.marked_table("segments"))

    @cached_property
    def signals(self) -> pd.DataFrame:
        """One row per signal interval (Interhuman). See `tables.from_events.signals`."""
        return self._with_attrs(self._results.marked_table("signals"))

    @cached_property
    def engagement(self) -> pd.DataFrame:
        """One row per engagement state (Interhuman). See `tables.from_events.engagement`."""
        return self._with_attrs(self._results.marked_table("engagement"))

    @cached_property
    def quality(self) -> pd.DataFrame:
        """One row per period, and the running overall (Interhuman). See `tables.from_events.quality`."""
        return self._with_attrs(self._results.marked_table("quality"))

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per interval that was not analysed in full (Interhuman). See `tables.from_events.coverage`."""
        return self._with_attrs(self._results.marked_table("coverage"))

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
        table = marks.marks(
            self.file, self.duration, decoded.references, sent, ended, events, self.coverage, self.notices()
        )
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
            messages, or entries in them, of known kinds that could not be decoded; see `.unread`), `notices` (count of
            what nobody would expect; see `.notices()`).
        """
        decoded = self._decoded
        sent = traffic.packet_times(decoded.sent, decoded.clock_start)
        received = traffic.message_times(decoded.received_events, decoded.due)
        results = ~(np.isnan(received.starts) & np.isnan(received.ends))
        latency = _without_nan(received.latencies[results])
        counted = latency[latency >= 0] if self.complete else latency[:0]
        seconds, end = float((sent.ends - sent.starts).sum()), max(sent.ends, default=0.0)
        moments = (moment for each in decoded.received_events for moment in span(each.event))
        answered = max((moment for moment in moments if moment is not None), default=0.0)
        return pd.Series(
            {
                "speed": seconds / sent.sent.max() / self.parallel_sessions if len(sent.sent) else np.nan,
                **_percentiles("lateness", _without_nan(sent.lateness), (50, 95, 99)),
                "stalls": sum(record.why == "stall" for record in decoded.references),
                "first_result": min(received.received[results], default=np.nan),
                **_percentiles("latency", counted, (50, 90, 95, 99)),
                "early": int((latency < 0).sum()),
                "sent": seconds / self.parallel_sessions,
                "answered": answered,
                "unanswered_tail": max(0.0, end - answered),
                "packets": len(sent.sent),
                "messages": len(received.received),
                "errors": len(self.faults) + sum(end.error is not None for end in decoded.records_of(Ended)),
                "unread": len(self.unread),
                "notices": len(self.notices()),
            },
            name=self.file,
            dtype=float,
        )

    @property
    def parallel_sessions(self) -> int:
        """Number of parallel sessions, which get the same media."""
        return len(self.began.sessions)

    def __repr__(self) -> str:
        if not self._decoded.is_known:
            messages = len(self._decoded.records_of(Received))
            return f"<Replay of {self.file!r} through {self.api}, which is not known here: {messages} messages>"
        results = {"segments": self.segments, "signals": self.signals, "engagement": self.engagement}
        counts = ", ".join(f"{len(table)} {name}" for name, table in results.items() if len(table)) or "no results"
        state = ("" if self.complete else "; incomplete") + (f"; {len(self.unread)} unread" if self.unread else "")
        state += "; with notices" if self.notices() else ""
        return f"<Replay of {self.file!r} through {self.api}, {self.source}: {counts}{state}>"

    def _repr_html_(self) -> str | None:
        from emotoolkit.replays import html_card

        return html_card.html(self, self.notices()) if self._decoded.is_known else None

    def _repr_png_(self) -> bytes | None:
        """Draw the timeline for where HTML cannot be shown, as in print; None where matplotlib is not installed."""
        from emotoolkit.plots import timeline

        return timeline.png(None, (self,)) if self._decoded.is_known else None

    def _with_attrs(self, table: pd.DataFrame) -> pd.DataFrame:
        if len(self._decoded.opened) <= self.parallel_sessions and "session" in table.columns:
            del table["session"]
        units = APIS[self.api].units(local=self.source != "server") if self._decoded.is_known else {}
        known = {name: unit for name, unit in units.items() if name in table.columns}
        table.attrs = {"units": known | table.attrs.get("units", {}), "source": self.source, "api": self.api}
        return table


def _check_settings(records: Sequence[Record]) -> None:
    """Raise ValueError if the settings in a journal are none; those of an API that is not installed are not checked."""
    began = records[0]
    if isinstance(began, Began) and began.api in APIS:
        recorded_settings(began)


def _check_format(place: Path) -> None:
    """Refuse a journal of a later format by its first line, since later lines may be of kinds that are not known."""
    try:
        with place.open("rb") as file:
            began = journal.from_line(file.readline(MAX_FIRST_LINE_BYTES))
    except FileNotFoundError:
        raise NoSuchFile(file=str(place), folder=str(Path.cwd())) from None
    except (RecursionError, ValueError):
        return  # it is torn, or no journal: said when it is read
    if isinstance(began, Began):
        try:
            check_format("journal", began.journal, journal.VERSION)
        except ValueError as problem:
            raise NotJournal(path=str(place), reason=str(problem)) from None


def _without_nan(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _percentiles(name: str, values: NDArray[np.float64], percents: Sequence[int]) -> dict[str, float]:
    return {f"{name}_p{q}": float(np.percentile(values, q)) if len(values) else np.nan for q in percents}
