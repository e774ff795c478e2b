"""plan: estimate what replaying a dataset will take, from the files' headers. Nothing is sent."""

from __future__ import annotations

import heapq
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.datasets.manifest import normalize_dataset
from emotoolkit.datasets.rows import MediaRange, Row, parse_rows
from emotoolkit.errors import EmotoolkitError, StillPictureWarning
from emotoolkit.media.clip import Clip
from emotoolkit.media.remote import local_copy
from emotoolkit.replays.assignments import check_api
from emotoolkit.replays.checks import check_count, check_speed
from emotoolkit.replays.notices import predict_notices
from emotoolkit.utils.cut_tables import more_rows_html
from emotoolkit.utils.media_clock import format_time
from emotoolkit.utils.warning_filters import suppress_warnings

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from emotoolkit.apis.base.protocols import Api

__all__ = ["Outlook", "Plan", "plan", "read_outlooks"]

HEADER_THREADS = 8
"""Headers read at the same time: waiting for a disk or a network takes longer than reading."""

MAX_SHOWN = 20
"""Rows of a table that are shown on a page."""

MAX_LISTENED = 300
"""Largest number of recordings whose sound is sampled, a few seconds of each."""

BYTE_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))

NOTICE_TEXTS = {
    "MixedWarning": "have channels of different sound, mixed to one (.notices)",
    "HeaderWarning": "are longer or shorter than their header says (.notices)",
    "TrackLeftOutWarning": "have a track that cannot be replayed (.notices)",
    "SilentTrackWarning": "have sound in another track than the one taken (.notices)",
    "SamplesWarning": "have samples that do not fit (.notices)",
    "UnheardWarning": "are softer than background_noise (.notices)",
}
"""Text of a plan for each kind of notice."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Estimate for a medium before it is sent: its length (s), sessions and bytes, or why it will be refused.

    `turns` is the number of consecutive sessions, where one does not last as long as the recording; `notices` are those
    of a few seconds of its sound.
    """

    length: float
    sessions: int
    bytes: float
    codec: str
    problem: Exception | None = None
    turns: int = 1
    notices: tuple[Warning, ...] = ()


def plan(
    dataset: pd.DataFrame | str | os.PathLike[str],
    api: Api,
    *,
    sessions: int = 4,
    speed: float = 1.0,
    price: float | None = None,
) -> Plan:
    """Estimate what replaying a dataset through an API will take. Reads headers; sends nothing.

    Parameters
    ----------
    dataset : pandas.DataFrame, str or path
        As `read_dataset` or `join_clips` give it; or the path that `read_dataset` reads.
    api : EmotionLogic, Interhuman, or an API that another package brings
        Through what.
    sessions : int
        Sessions at once.
    speed : float
        Media seconds per second.
    price : float or None
        Price of a minute of media in one session, in whatever currency.

    Returns
    -------
    Plan
        Shows itself; its numbers are attributes, its tables `refused` and `short`.

    Raises
    ------
    DatasetError
        The table is not a dataset.

    Notes
    -----
    A recording behind an address is copied here to read its header. One that has no duration in its header (raw AAC,
    streamed Matroska) is read through.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> corpus = emo.read_dataset("datasets/sample")
    >>> plan(corpus, emo.EmotionLogic(), sessions=2)  # doctest: +NORMALIZE_WHITESPACE
    <Plan: 3 recordings, 0:01:42 of media through emotion_logic, 3 sessions, 2 at once at speed 1: 0:01:02, 2.2 MB, 1 of
    3 listened to have channels of different sound, mixed to one (.notices)>
    """
    check_count("sessions", sessions)
    check_speed(speed)
    check_api(api)
    rows = parse_rows(normalize_dataset(dataset))
    return Plan(rows, read_outlooks(rows, api, speed, listen=MAX_LISTENED), api, sessions, speed, price)


def read_outlooks(rows: Sequence[Row], api: Api, speed: float, listen: int = 0) -> dict[MediaRange, Outlook]:
    """Read the header of every medium, and sample the sound of `listen` of them, evenly spread."""
    media = {row.medium: row.name for row in rows}
    sampled = {[*media][n * len(media) // listen] for n in range(listen)} if len(media) > listen else {*media}
    sampled = sampled if listen else set()
    # A warning for each of ten thousand recordings would hide the rest.
    with suppress_warnings(StillPictureWarning), ThreadPoolExecutor(HEADER_THREADS) as readers:
        found = readers.map(
            lambda medium: _read_outlook(medium, media[medium], api, speed, listen=medium in sampled), media
        )
        return dict(zip(media, found, strict=True))


def _read_outlook(medium: MediaRange, name: str, api: Api, speed: float, *, listen: bool = False) -> Outlook:
    try:
        with local_copy(medium.path) as path:
            return _outlook_of_clip(open_clip(medium, path, name), api, speed, listen=listen)
    except Exception as problem:  # noqa: BLE001 - a bad file becomes a row of `refused`
        return Outlook(0.0, 0, 0.0, "", problem)


def open_clip(medium: MediaRange, path: Path, name: str) -> Clip:
    """Open a medium at its path on this machine."""
    start, end = (None if time < 0 else time for time in (medium.start, medium.end))
    return Clip(path, name, start, end)


def _outlook_of_clip(clip: Clip, api: Api, speed: float, *, listen: bool) -> Outlook:
    codec = ", ".join(track.codec for track in clip.tracks)
    try:
        sessions = api.sessions(clip)
    except EmotoolkitError as problem:
        return Outlook(clip.length, 0, 0.0, codec, problem)
    byte_count = sum(each.bytes_per_second(clip) for each in sessions) * clip.length
    turns = max(1, math.ceil(clip.length / speed / api.longest))
    notices = tuple(predict_notices(clip, sessions)) if listen else ()
    return Outlook(clip.length, len(sessions), byte_count, codec, turns=turns, notices=notices)


@dataclass(frozen=True, repr=False)
class Plan:
    """Estimate of what replaying a dataset will take. Made by `emotoolkit.plan`."""

    rows: Sequence[Row]
    outlooks: dict[MediaRange, Outlook]
    api: Api
    sessions: int
    speed: float
    price: float | None

    @property
    def recordings(self) -> int:
        """Rows of the dataset."""
        return len(self.rows)

    @property
    def hours(self) -> float:
        """Hours of media that will be sent, each session counted."""
        return sum(each.length * each.sessions for each in self.outlooks.values()) / 3600

    @property
    def openings(self) -> int:
        """Sessions that will be opened, without retries."""
        return sum(each.sessions * each.turns for each in self.outlooks.values())

    @property
    def bytes(self) -> float:
        """Bytes that will be sent, approximately."""
        return sum(each.bytes for each in self.outlooks.values())

    @property
    def wall_time(self) -> float:
        """Seconds that it will take; NaN at infinite speed, where the server decides."""
        if math.isinf(self.speed):
            return math.nan
        free = [0.0] * self.sessions
        for each in self.outlooks.values():
            if each.sessions:
                taken = [heapq.heappop(free) for _ in range(min(each.sessions, self.sessions))]
                for _ in taken:
                    heapq.heappush(free, max(taken) + each.length / self.speed)
        return max(free)

    @property
    def cost(self) -> float | None:
        """Total price; None if no price was given."""
        return None if self.price is None else self.hours * 60 * self.price

    @property
    def refused(self) -> pd.DataFrame:
        """Rows that will be refused. Index `file`; columns `duration` (s), `error` (its name), `sentence` (why)."""
        return self._table([row for row in self.rows if self.outlooks[row.medium].problem is not None])

    @property
    def short(self) -> pd.DataFrame:
        """Clips that are shorter than what the service needs to begin to answer; `join_clips` joins them.

        Index `file`; columns as of `refused`, empty where the service accepts the clip all the same.
        """
        outlooks = self.outlooks
        return self._table([row for row in self.rows if 0 < outlooks[row.medium].length < self.api.answers_after])

    @property
    def notices(self) -> pd.DataFrame:
        """Notices from a sample of the sound: channels that are mixed to one, speech below the threshold.

        Index `file`; columns `notice` (name of the warning that a replay gives), `sentence` (its text). The sample is
        six seconds of each recording, of 300 recordings at most, evenly spread over the dataset.
        """
        found = [(row.name, each) for row in self.rows for each in self.outlooks[row.medium].notices]
        return pd.DataFrame(
            {
                "notice": pd.Series([type(each).__name__ for _, each in found], dtype="str").to_numpy(),
                "sentence": pd.Series([str(each) for _, each in found], dtype="str").to_numpy(),
            },
            index=pd.Index([name for name, _ in found], name="file", dtype="str"),
        )

    def _table(self, rows: list[Row]) -> pd.DataFrame:
        problems = [self.outlooks[row.medium].problem for row in rows]
        sentences = [each and str(each) for each in problems]  # with whole paths: nothing of a plan is stored
        return pd.DataFrame(
            {
                "duration": np.array([self.outlooks[row.medium].length for row in rows], float),
                "error": pd.Series([each and type(each).__name__ for each in problems], dtype="str").to_numpy(),
                "sentence": pd.Series(sentences, dtype="str").to_numpy(),
            },
            index=pd.Index([row.name for row in rows], name="file", dtype="str"),
        )

    def facts(self) -> list[str]:
        """Describe the plan in short phrases."""
        media = format_time(self.hours * 3600, hours=True)
        facts = [
            f"{self.recordings} recordings, {media} of media through {self.api.name}",
            f"{self.openings} sessions, {self.sessions} at once at speed {self.speed:g}: {self._wall_time_text()}",
            _format_bytes(self.bytes),
        ]
        if self.cost is not None:
            facts.append(f"price {self.cost:.2f}, at {self.price:g} a minute")
        if len(self.refused):
            facts.append(f"{len(self.refused)} will be refused")
        if len(self.short):
            facts.append(f"{len(self.short)} clips want joining (emo.join_clips)")
        found = self.notices["notice"]
        for name, words in NOTICE_TEXTS.items():
            if count := int((found == name).sum()):
                facts.append(f"{count} of {min(len(self.outlooks), MAX_LISTENED)} listened to {words}")
        return facts

    def _wall_time_text(self) -> str:
        return "as fast as the server takes it" if math.isinf(self.speed) else format_time(self.wall_time, hours=True)

    def __repr__(self) -> str:
        return f"<Plan: {', '.join(self.facts())}>"

    def _repr_html_(self) -> str:
        facts = "".join(f"<li>{escape(fact)}</li>" for fact in self.facts())
        tables = "".join(
            f"<p>{title}</p>{table.head(MAX_SHOWN).to_html(float_format='{:.2f}'.format)}"
            f"{more_rows_html(table, MAX_SHOWN)}"
            for title, table in (
                ("Will be refused", self.refused),
                ("Want joining", self.short),
                ("Heard in a quick listen", self.notices),
            )
            if len(table)
        )
        return f"<div><b>Plan</b><ul>{facts}</ul>{tables}</div>"


def _format_bytes(count: float) -> str:
    unit = next(((step, name) for step, name in BYTE_UNITS if count >= step), (1.0, "B"))
    return f"{count / unit[0]:.1f} {unit[1]}"
