"""The calls that a page may make to its view, and their answers, whatever transport carries them.

A page has at most one `pull` open, with the number of entries that it has. It is answered when there is something new,
and no sooner than 0.1 s after the call. So the kernel never sends anything unasked: a page that is slow, hidden or gone
blocks nothing, and leaves nothing to clean up.

Calls are answered on the page server's event loop, one coroutine each; whatever may block (the player, files) runs in
a worker thread. `set_selection` and `close` are also called from the kernel's threads.
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
"""Seconds from a pull to its answer, at least: ten answers a second look smooth."""

HEARTBEAT_S = 2.0
"""Seconds after which a pull is answered without news, so that a page notices a kernel that is gone."""

MAX_ENTRIES = 4000
"""Entries in an answer, at most: what a page processes without a visible delay."""

CHUNK_BYTES = 256 * 1024
"""Bytes of the medium in an answer, where the page cannot load it over HTTP."""

COMMAND_TIMEOUT_S = 0.2
"""Seconds that a command waits for the state to change before it is answered, at most."""

MAX_QUOTED_CHARS = 200
"""Characters of a call that are quoted in an error, at most."""

MAX_POINTS = 4000
"""Points of the waveform in an answer, at most: more than a screen has pixels."""

Answer = tuple[dict[str, Any], bytes]
"""JSON, and binary data beside it."""

Selection = tuple[float, float]


class PageCalls:
    """Answers the calls of the pages that show one view.

    Parameters
    ----------
    feed : Feed
        The log and status of the recording that is shown.
    on_select : callable
        Called with the stretch that a page selected, (start, end) in seconds, or None.
    """

    def __init__(self, feed: Feed, on_select: Callable[[Selection | None], None]) -> None:
        self.feed = feed
        self.selection: Selection | None = None
        self.selection_count = 0
        self.closed = False
        self._source = feed.source
        self._on_select = on_select
        self._level_meter = LevelMeter(feed.source.recording)
        self._lock = threading.Lock()
        self._medium: PlayableMedium | None = None

    @property
    def medium(self) -> PlayableMedium:
        """The medium that a page can play; made, with its preview, at the first call."""
        with self._lock:  # several pages may call at once, also while the view is closed
            if self._medium is None:
                self._medium = PlayableMedium(self._source.recording, self._source.missing_reason)
                if self.closed:
                    self._medium.close()
            return self._medium

    def close(self) -> None:
        """Mark the view as closed for its pages, and release the medium."""
        with self._lock:
            self.closed = True
            medium = self._medium
        if medium is not None:
            medium.close()

    async def answer(self, call: Mapping[str, Any]) -> Answer:
        """Answer a call; an error is answered with its sentence and the present status."""
        try:
            return await self._answer(call)
        except (EmotoolkitError, RuntimeError) as problem:
            said = str(problem)
        except (ArithmeticError, LookupError, OSError, TypeError, ValueError) as problem:  # a value of another kind
            rule = f"a page cannot ask for that ({problem})"
            said = str(SettingsError(setting="call", value=str(call)[:MAX_QUOTED_CHARS], rule=rule))
        return {"error": said, "status": await asyncio.to_thread(self._status)}, b""

    async def _answer(self, call: Mapping[str, Any]) -> Answer:
        match call:
            case {"do": "pull", "entry_count": int(entry_count), "status_key": str(status_key)}:
                return await self._pull(entry_count, status_key), b""
            case {"do": "play" | "pause" | "stop" | "seek" | "speed"}:
                return await self._run_command(call), b""
            case {"do": "select"}:
                return self._select(call.get("start"), call.get("end")), b""
            case {"do": "waveform", "start": start, "end": end, "points": points}:
                return await asyncio.to_thread(
                    self._waveform, _finite(start), _finite(end), min(int(points), MAX_POINTS)
                ), b""
            case {"do": "preview", "reason": str(reason)}:
                await asyncio.to_thread(self.medium.make_preview, reason)
                return {}, b""
            case {"do": "chunk", "from": int(begin)}:
                return await asyncio.to_thread(self._chunk, begin)
            case _:
                raise SettingsError(setting="call", value=dict(call), rule="the page asks what is not known here")

    async def _pull(self, entry_count: int, status_key: str) -> dict[str, Any]:
        """Answer once there are entries from `entry_count` on, or a status with another key than `status_key`."""
        deadline = time.monotonic() + HEARTBEAT_S
        while True:
            await asyncio.sleep(MIN_ANSWER_DELAY_S)
            answer = await asyncio.to_thread(self._new_entries, entry_count)
            is_new = answer["entries"] or answer["status_key"] != status_key
            if is_new or time.monotonic() > deadline or self.closed:
                return answer

    def _new_entries(self, entry_count: int) -> dict[str, Any]:
        entries = [to_json_row(entry) for entry in self.feed.entries(entry_count, MAX_ENTRIES)]
        status = self._status()
        # Position and level change all the time and are not news: the page extrapolates the position itself.
        lasting = {name: value for name, value in status.items() if name not in {"position", "level"}}
        return {
            "from": entry_count,
            "entries": entries,
            "total": len(self.feed.log.entries),
            "status": status,
            "status_key": json.dumps(lasting),
            "closed": self.closed,
        }

    def _status(self) -> dict[str, Any]:
        status = self.feed.status()
        fields = {name: _finite_or_none(value) for name, value in asdict(status).items()}
        return {
            **fields,
            "title": self._source.title,
            "duration": self._source.duration,
            "accepts_commands": self._source.accepts_commands,
            "seekable": self._source.seekable,
            "control_url": self._source.control_url,
            "default_parameters": DEFAULT_PARAMETERS,
            "sources": dict(self.feed.log.sources),
            "message_count": self.feed.log.message_count,
            "level": round(self._level_meter.at(status.position), 1) if self._source.accepts_commands else None,
            "selection": self.selection,
            "selection_count": self.selection_count,
            "medium": self._medium_status(),
        }

    def _medium_status(self) -> dict[str, Any]:
        medium = self.medium
        fields = {"kind": medium.kind, "message": medium.message, "ready": medium.path is not None}
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
        return {"status": await self._await_change(before)}

    async def _await_change(self, before: ViewStatus) -> dict[str, Any]:
        """Wait until the state has changed, for a short time; return the status."""
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        while self.feed.status().state == before.state and time.monotonic() < deadline:  # noqa: ASYNC110 - has no event
            await asyncio.sleep(COMMAND_TIMEOUT_S / 40)
        return await asyncio.to_thread(self._status)

    def _select(self, start: float | None, end: float | None) -> dict[str, Any]:
        self.set_selection(None if start is None or end is None else (_finite(start), _finite(end)))
        self._on_select(self.selection)
        return {"selection_count": self.selection_count}

    def set_selection(self, selection: Selection | None) -> None:
        """Set the selection for all pages, which get it with the next answer to a pull."""
        self.selection = selection
        self.selection_count += 1

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


def _finite(value: Any) -> float:
    """Return a number as it is in a call; raises ValueError where it is none, or not finite."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not finite")
    return number


def _finite_or_none(value: Any) -> Any:
    """Return None for a number that JSON does not have, such as NaN; anything else as it is."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
