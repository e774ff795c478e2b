"""Replay: what one API said about one recording. All of it is made from the journal's records, when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotoolkit import journal, tables
from emotoolkit.apis import BY_NAME
from emotoolkit.events import Fault, Heard, Ready, Report, span, told
from emotoolkit.journal import Began, Ended, Received, Sent, Started

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from emotoolkit.journal import Record

__all__ = ["Replay"]


@dataclass(frozen=True, eq=False, repr=False)
class Replay:
    """What one API said about one recording: tables, the report, and how the replay went.

    Tables are made when they are first read. Their columns and units are in `DataFrame.attrs["units"]`.

    Attributes
    ----------
    journal : pathlib.Path
        The file that holds every message as it arrived; `Replay.read(path)` makes the same tables from it again.
    """

    records: tuple[Record, ...]
    journal: Path

    @classmethod
    def read(cls, path: Path) -> Self:
        """Make a Replay from its journal, without server and recording.

        Parameters
        ----------
        path : pathlib.Path
            A journal of an earlier replay, complete or not.
        """
        return cls(tuple(journal.read(path)), path)

    @cached_property
    def began(self) -> Began:
        """File, settings, speed and time of day of the replay."""
        return next(record for record in self.records if isinstance(record, Began))

    @property
    def file(self) -> str:
        """The recording's path as it was given."""
        return self.began.file

    @property
    def api(self) -> str:
        """Name of the API: `emotion_logic` or `interhuman`."""
        return self.began.api

    @cached_property
    def complete(self) -> bool:
        """Whether every session came to the protocol's own end."""
        ends = [record for record in self.records if isinstance(record, Ended)]
        return len(ends) == len(self.began.sessions) and all(end.how == "finished" for end in ends)

    @property
    def source(self) -> str:
        """Who measured: the server's own label, such as "local measurement (emotoolkit 0.1.0)", else "server"."""
        labels = (each.event.server for each in told(self._heard) if isinstance(each.event, Ready))
        return next(filter(None, labels), "server")

    @property
    def report(self) -> dict[str, Any] | None:
        """Emotion Logic's report of the call; None if none came. With one session per channel, that of the first."""
        reports = (each.event.data for each in self._heard if isinstance(each.event, Report))
        return next((dict(report) for report in reports), None)

    @property
    def faults(self) -> list[Fault]:
        """What the server reported as errors, in order; a replay can be complete in spite of some."""
        return [each.event for each in self._heard if isinstance(each.event, Fault)]

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per message, in order of arrival. See `emotoolkit.tables.events`."""
        return self._labelled(tables.events(self._heard, self.api, self._due))

    @cached_property
    def packets(self) -> pd.DataFrame:
        """One row per packet sent. See `emotoolkit.tables.packets`."""
        return self._labelled(tables.packets(self._sent, self._start))

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per finished segment of speech (Emotion Logic). See `emotoolkit.tables.segments`."""
        return self._labelled(tables.segments(self._heard, self.file))

    @cached_property
    def signals(self) -> pd.DataFrame:
        """One row per signal interval (Interhuman). See `emotoolkit.tables.signals`."""
        return self._labelled(tables.signals(self._heard, self.file, self._media_end))

    @cached_property
    def engagement(self) -> pd.DataFrame:
        """One row per engagement state (Interhuman). See `emotoolkit.tables.engagement`."""
        return self._labelled(tables.engagement(self._heard, self.file, self._media_end))

    @cached_property
    def quality(self) -> pd.DataFrame:
        """One row per period, and the running overall (Interhuman). See `emotoolkit.tables.quality`."""
        return self._labelled(tables.quality(self._heard, self.file))

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per stretch that the server did not analyse wholly (Interhuman). See `emotoolkit.tables.coverage`."""
        return self._labelled(tables.coverage(self._heard, self.file))

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """All results in long form. See `emotoolkit.tables.tracks`."""
        return self._labelled(
            tables.tracks(self.api, self.segments, self.signals, self.engagement, self.quality, self.coverage)
        )

    def summary(self) -> pd.Series[Any]:
        """Say how the replay went, in numbers.

        Returns
        -------
        pandas.Series
            `speed` (achieved: media seconds sent per second), `lateness_p50`, `_p95`, `_p99` (s), `first_result` (s
            from the start to the first message with a result), `latency_p50`, `latency_p95` (s; NaN unless the replay
            is complete, since latency without the missing answers would flatter), `sent` and `answered` (s of media),
            `unanswered_tail` (s), `packets`, `messages`, `errors` (counts).
        """
        sent, heard = self.packets, self.events
        results = heard[heard["end"].notna() | heard["start"].notna()]
        answered = max((end for each in self._heard for end in span(each.event) if end is not None), default=0.0)
        latency = results["latency"] if self.complete else pd.Series(dtype=float)
        return pd.Series(
            {
                "speed": self._media_end / sent["sent"].max() if len(sent) else np.nan,
                **{f"lateness_p{q}": sent["lateness"].quantile(q / 100) for q in (50, 95, 99)},
                "first_result": results["received"].min(),
                **{f"latency_p{q}": latency.quantile(q / 100) for q in (50, 95)},
                "sent": self._media_end,
                "answered": answered,
                "unanswered_tail": max(0.0, self._media_end - answered),
                "packets": len(sent),
                "messages": len(heard),
                "errors": len(self.faults) + sum(isinstance(r, Ended) and r.error is not None for r in self.records),
            },
            name=self.file,
            dtype=float,
        )

    def __repr__(self) -> str:
        results = {"segments": self.segments, "signals": self.signals, "engagement": self.engagement}
        counts = ", ".join(f"{len(table)} {name}" for name, table in results.items() if len(table)) or "no results"
        state = "" if self.complete else "; incomplete"
        return f"<Replay of {self.file!r} through {self.api}, {self.source}: {counts}{state}>"

    @cached_property
    def _heard(self) -> list[Heard]:
        kind = BY_NAME[self.api]
        decoders = [kind(**settings).decoder() for settings in self.began.sessions]
        return [
            Heard(record.session, record.received - self._start, decoders[record.session].decode(record.raw))
            for record in self.records
            if isinstance(record, Received)
        ]

    @cached_property
    def _sent(self) -> list[Sent]:
        return [record for record in self.records if isinstance(record, Sent)]

    @cached_property
    def _start(self) -> float:
        return next((record.at for record in self.records if isinstance(record, Started)), 0.0)

    @cached_property
    def _media_end(self) -> float:
        return max((record.end for record in self._sent), default=0.0)

    @cached_property
    def _schedule(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Media time and when it was due, at the beginning and the end of every packet that had a due time."""
        known = sorted((record.end, record.due - self._start) for record in self._sent if record.due is not None)
        media, due = np.array(known, float).reshape(-1, 2).T
        return media, due

    def _due(self, moment: float) -> float:
        media, due = self._schedule
        if not len(media):
            return float("nan")
        speed = self.began.speed or float("nan")
        if moment < media[0]:
            return float(due[0] - (media[0] - moment) / speed)
        return float(np.interp(moment, media, due))

    def _labelled(self, table: pd.DataFrame) -> pd.DataFrame:
        units = BY_NAME[self.api].units(local=self.source != "server")
        known = {name: unit for name, unit in units.items() if name in table.columns}
        table.attrs = {"units": known | table.attrs.get("units", {}), "source": self.source, "api": self.api}
        return table
