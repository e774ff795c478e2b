"""The desk of a view: what its page may ask, and the answers. Who carries a call here is not known to it.

A page has at most one `pull` open: "I have so many entries, what is new?" The answer comes when there is something new,
and not sooner than a tenth of a second after the question. So the kernel sends nothing that was not asked for: a page
that is slow, hidden or gone holds nobody up, and there is nothing to clean up behind it.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import EmotoolkitError, SettingsError
from emotoolkit.plots.timeline import DEFAULT_PARAMETERS
from emotoolkit.views.level_meter import LevelMeter
from emotoolkit.views.playable_medium import PlayableMedium
from emotoolkit.views.view_log import to_json_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emotoolkit.views.view_feed import Feed
    from emotoolkit.views.view_sources import ViewStatus

__all__ = ["Answer", "PageCalls"]

MIN_ANSWER_DELAY_S = 0.1
"""Seconds from a pull to its answer, at least: ten a second look smooth."""

HEARTBEAT_S = 2.0
"""Seconds after which a pull is answered though nothing is new, so that a page notices a kernel that is gone."""

MAX_ENTRIES = 4000
"""Entries in an answer: what a page takes in without a stutter."""

CHUNK_BYTES = 256 * 1024
"""Bytes of the medium in an answer, where it cannot come over HTTP."""

COMMAND_TIMEOUT_S = 0.2
"""Seconds that a command may take to show before it is answered."""

MAX_POINTS = 4000
"""Stretches of the waveform in an answer, at most: more than a screen has pixels."""

Answer = tuple[dict[str, Any], bytes]
"""What goes back: JSON, and bytes beside it."""

Selection = tuple[float, float]


class PageCalls:
    """Answers the calls of the pages that show one view.

    Parameters
    ----------
    feed : Feed
        What is shown.
    select : callable
        Told the stretch that a page selected, (start, end) in seconds, or None.
    """

    def __init__(self, feed: Feed, select: Callable[[Selection | None], None]) -> None:
        self.feed = feed
        self.selection: Selection | None = None
        self.selections = 0
        self.closed = False
        self._source = feed.source
        self._select = select
        self._level_meter = LevelMeter(feed.source.recording)
        self._lock = threading.Lock()
        self._medium: PlayableMedium | None = None

    @property
    def medium(self) -> PlayableMedium:
        """What a page can play; a preview is begun when the first page asks."""
        with self._lock:  # several pages may ask at once, and one whose view is closed meanwhile
            if self._medium is None:
                self._medium = PlayableMedium(self._source.recording, self._source.missing_reason)
                if self.closed:
                    self._medium.close()
            return self._medium

    def close(self) -> None:
        """Answer no more, and let go of the medium."""
        with self._lock:
            self.closed = True
            medium = self._medium
        if medium is not None:
            medium.close()

    async def answer(self, call: Mapping[str, Any]) -> Answer:
        """Answer a call. What was asked wrongly is answered with a sentence, never with silence."""
        try:
            return await self._answer(call)
        except (EmotoolkitError, RuntimeError) as problem:
            return {"error": str(problem), "now": await asyncio.to_thread(self._status)}, b""

    async def _answer(self, call: Mapping[str, Any]) -> Answer:
        match call:
            case {"do": "pull", "have": int(have), "seen": str(seen)}:
                return await self._pull(have, seen), b""
            case {"do": "play" | "pause" | "stop" | "seek" | "speed"}:
                return await self._run_command(call), b""
            case {"do": "select"}:
                return self._take_selection(call.get("start"), call.get("end")), b""
            case {"do": "waveform", "start": start, "end": end, "points": points}:
                return await asyncio.to_thread(
                    self._waveform, float(start), float(end), min(int(points), MAX_POINTS)
                ), b""
            case {"do": "preview", "why": str(why)}:
                await asyncio.to_thread(self.medium.make_preview, why)
                return {}, b""
            case {"do": "chunk", "from": int(begin)}:
                return await asyncio.to_thread(self._chunk, begin)
            case _:
                raise SettingsError(setting="call", value=dict(call), rule="the page asks what is not known here")

    async def _pull(self, have: int, seen: str) -> dict[str, Any]:
        deadline = time.monotonic() + HEARTBEAT_S
        while True:
            await asyncio.sleep(MIN_ANSWER_DELAY_S)
            answer = await asyncio.to_thread(self._new_entries, have)
            if answer["entries"] or answer["seen"] != seen or time.monotonic() > deadline or self.closed:
                return answer

    def _new_entries(self, have: int) -> dict[str, Any]:
        entries = [to_json_row(entry) for entry in self.feed.entries(have, MAX_ENTRIES)]
        now = self._status()
        # What changes by itself, from moment to moment, is no news: the page goes on counting.
        settled = {name: value for name, value in now.items() if name not in {"position", "level"}}
        return {
            "from": have,
            "entries": entries,
            "total": len(self.feed.log.entries),
            "now": now,
            "seen": json.dumps(settled),
            "closed": self.closed,
        }

    def _status(self) -> dict[str, Any]:
        now = self.feed.status()
        fields = {name: _finite_or_none(value) for name, value in asdict(now).items()}
        return {
            **fields,
            "title": self._source.title,
            "duration": self._source.duration,
            "live": self._source.accepts_commands,
            "steered": self._source.seekable,
            "door": self._source.control_url,
            "first": DEFAULT_PARAMETERS,
            "sources": dict(self.feed.log.sources),
            "messages": self.feed.log.messages,
            "level": round(self._level_meter.at(now.position), 1) if self._source.accepts_commands else None,
            "selection": self.selection,
            "selections": self.selections,
            "medium": self._medium_status(),
        }

    def _medium_status(self) -> dict[str, Any]:
        medium = self.medium
        fields = {"kind": medium.kind, "said": medium.message, "ready": medium.path is not None}
        if medium.path is not None and medium.path.is_file():
            fields |= {"type": medium.type, "bytes": medium.path.stat().st_size}
        return fields

    async def _run_command(self, call: Mapping[str, Any]) -> dict[str, Any]:
        before = self.feed.status()
        match call:
            case {"do": "seek", "to": to}:
                await asyncio.to_thread(self._source.seek, float(to))
            case {"do": "speed", "speed": speed}:
                await asyncio.to_thread(self._source.set_speed, math.inf if speed is None else float(speed))
            case {"do": "play" | "pause" | "stop" as name}:
                await asyncio.to_thread(getattr(self._source, name))
        return {"now": await self._await_change(before)}

    async def _await_change(self, before: ViewStatus) -> dict[str, Any]:
        """Wait a moment for a command to show."""
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        while self.feed.status().state == before.state and time.monotonic() < deadline:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(COMMAND_TIMEOUT_S / 40)
        return await asyncio.to_thread(self._status)

    def _take_selection(self, start: float | None, end: float | None) -> dict[str, Any]:
        self.set_selection(None if start is None or end is None else (float(start), float(end)))
        self._select(self.selection)
        return {"selections": self.selections}

    def set_selection(self, selection: Selection | None) -> None:
        """Keep what is selected; pages are told."""
        self.selection = selection
        self.selections += 1

    def _waveform(self, start: float, end: float, points: int) -> dict[str, Any]:
        recording = self._source.recording
        if recording is None or recording.audio is None or not recording.path.is_file():
            return {"start": start, "end": end, "low": [], "high": []}
        first, last = recording.window(max(0.0, start), end)
        _, low, high = recording.envelope(points, first, last)
        return {
            "start": first,
            "end": last,
            "low": [round(float(each), 3) for each in low],
            "high": [round(float(each), 3) for each in high],
        }

    def _chunk(self, begin: int) -> Answer:
        path = self.medium.path
        if path is None:
            return {"error": self.medium.message}, b""
        with path.open("rb") as file:
            file.seek(begin)
            data = file.read(CHUNK_BYTES)
        return {"from": begin, "bytes": len(data)}, data


def _finite_or_none(value: Any) -> Any:
    """JSON has no NaN: None stands for it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
