"""The recorder of the browser: takes the chunks of a page's MediaRecorder and appends them to a growing file.

It runs in a process of its own, and the page speaks to it directly over a WebSocket on loopback: a kernel that sorts a
list holds up nothing. Where the page cannot reach it, since the kernel is on another machine, the same messages come
through the kernel, over this process's standard input. Each chunk has a number and is acknowledged when it is in the
file, so that a page may send again what it is not sure of, and holds no more than is unacknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from emotoolkit.errors import FileRefused
from emotoolkit.media.capture import recorder_protocol
from emotoolkit.media.capture.finalize import finish
from emotoolkit.media.capture.growing_file import Appended
from emotoolkit.utils.loopback import listening

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Intake"]

TOKEN = 24
"""Random bytes in the address."""

LARGEST = 64 * 1024 * 1024
"""Bytes of a chunk, at most: a page that was held up for a minute has that much."""

NUMBER = 4
"""Bytes of a chunk's number, in front of it, big-endian."""

GRACE = 3.0
"""Seconds that a page whose connection broke gets to come back."""

LOOK = 0.5
"""Seconds between two looks whether the page is still there."""

SILENCE = 10.0
"""Seconds without a word after which a page is gone that speaks to this process. A recorder gives some each second."""

BUSY = 120.0
"""The same where it speaks through the kernel: that passes nothing on while it computes."""

REFUSED = {"NotAllowedError", "SecurityError"}
LOST = {"DeviceLost"}


@dataclass(frozen=True, eq=False)
class Way:
    """How a page is spoken to."""

    answer: Callable[[dict[str, Any]], None]
    patience: float = SILENCE
    """Seconds without a word after which there is nobody at its other end."""


class Intake:
    """What a page sends, on its way into the file; knows nothing of sockets.

    Parameters
    ----------
    file : Appended
        Where the chunks go.
    say : callable
        Tells the notebook.
    now : callable
        Monotonic seconds.
    """

    def __init__(self, file: Appended, say: Callable[[recorder_protocol.Line], None], now: Callable[[], float]) -> None:
        self._file, self._say, self._now = file, say, now
        self._page: str | None = None
        self._way: Way | None = None
        self._next = 0
        self._began: float | None = None
        self._wanted = self._ending = False
        self._heard = now()
        self._last_call: float | None = None
        self.ended = asyncio.Event()

    def hear(self, message: dict[str, Any], way: Way) -> None:
        """Take a message of a page; answers go the way that it came."""
        page = str(message.get("page", ""))
        if self.ended.is_set():
            way.answer({"do": "ended"})
        elif self._page not in (None, page):
            way.answer({"do": "busy"})
        else:
            self._page, self._way, self._heard, self._last_call = page, way, self._now(), None
            match message:
                case {"do": "hello"} if self._next:
                    way.answer({"do": "go on", "have": self._next})
                case {"do": "hello"} if self._wanted:
                    way.answer({"do": "start", "have": 0})
                case {"do": "end"}:
                    self.ended.set()
                case {"do": "problem"}:
                    self._fail(message)

    def take(self, chunk: bytes, way: Way) -> None:
        """Take a chunk; one that was there before is acknowledged again, and one too early waits to be sent again."""
        self._heard, self._last_call = self._now(), None
        number = int.from_bytes(chunk[:NUMBER], "big")
        if number == self._next and not self.ended.is_set():
            try:
                self._file.write(chunk[NUMBER:])
            except FileRefused as problem:
                self._say(recorder_protocol.Failed(type(problem).__name__, problem.facts))
                self.ended.set()
                return
            self._next += 1
            if self._began is None:
                self._began = self._now()
                self._say(recorder_protocol.Began())
        way.answer({"have": self._next})

    def left(self, way: Way) -> None:
        """Hear that the way to a page broke: it has a moment to come back on another."""
        if way is self._way and not self.ended.is_set():
            self._last_call = self._now()

    def go(self) -> None:
        """Let the page record: now, or when it comes."""
        self._wanted = True
        if self._way is not None:
            self._way.answer({"do": "start", "have": 0})

    def stop(self) -> None:
        """End the recording: ask the page for the last of it, which may take as long as it goes on sending."""
        if self._way is None:
            self.ended.set()
        elif not self._ending:
            self._ending, self._heard = True, self._now()
            self._way.answer({"do": "stop"})

    def look(self) -> None:
        """See whether the page is still there. To be called twice a second."""
        now = self._now()
        left = self._last_call is not None and now - self._last_call > GRACE
        patience = SILENCE if self._way is None else self._way.patience
        silent = (self._began is not None or self._ending) and now - self._heard > patience
        if (left or silent) and not self.ended.is_set():
            if self._began is None:  # it recorded nothing: another page may, if one still should
                self._page = self._way = self._last_call = None
                if self._ending:
                    self.ended.set()
            else:
                self._say(recorder_protocol.Failed("PageGone", self._facts()))
                self.ended.set()

    def _fail(self, message: dict[str, Any]) -> None:
        name, device = str(message.get("name")), str(message.get("device"))
        facts = {**self._facts(), "device": device, "reason": str(message.get("reason") or name)}
        kind = "DeviceRefused" if name in REFUSED else "DeviceLost" if name in LOST else "NoDevice"
        self._say(recorder_protocol.Failed(kind, facts))
        if name not in LOST:  # else the page sends the last of it, and its end
            self.ended.set()

    def _facts(self) -> dict[str, Any]:
        seconds = 0.0 if self._began is None else self._heard - self._began
        return {"file": str(self._file.path), "seconds": round(seconds, 1)}


class _Door:
    """Where pages come in: a WebSocket on loopback, for who knows the token."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._token = secrets.token_urlsafe(TOKEN)
        app = web.Application()
        app.router.add_get(f"/{self._token}", self._page)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self._pages: set[web.WebSocketResponse] = set()
        self._pending: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        return f"ws://{await listening(self._runner)}/{self._token}"

    async def close(self) -> None:
        for page in tuple(self._pages):
            with contextlib.suppress(ConnectionError):
                await page.send_json({"do": "ended"})
            await page.close()
        await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse(max_msg_size=LARGEST, compress=False, heartbeat=SILENCE)
        await page.prepare(request)
        self._pages.add(page)

        def answer(message: dict[str, Any]) -> None:
            task = asyncio.ensure_future(_sent(page, message))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

        way = Way(answer)
        async for message in page:
            if message.type is WSMsgType.BINARY:
                self._intake.take(message.data, way)
            elif message.type is WSMsgType.TEXT:
                self._intake.hear(json.loads(message.data), way)
        self._pages.discard(page)
        self._intake.left(way)
        return page


async def _sent(page: web.WebSocketResponse, message: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):  # it is gone, and `left` says so
        await page.send_json(message)


def _say(line: recorder_protocol.Line) -> None:
    sys.stdout.write(recorder_protocol.to_line(line))
    sys.stdout.flush()


async def _run(path: Path) -> None:
    loop = asyncio.get_running_loop()
    file = Appended(path)
    intake = Intake(file, _say, loop.time)
    door = _Door(intake)
    _say(recorder_protocol.Waiting(await door.open()))

    kernel = Way(lambda message: _say(recorder_protocol.Told(message)), BUSY)

    def obey(kind: bytes, data: bytes) -> None:
        if kind == recorder_protocol.GO:
            intake.go()
        elif kind == recorder_protocol.STOP:
            intake.stop()
        elif kind == recorder_protocol.PAGE:
            intake.hear(json.loads(data), kernel)
        elif kind == recorder_protocol.CHUNK:
            intake.take(data, kernel)

    def listen() -> None:
        for frame in recorder_protocol.frames(sys.stdin.fileno()):
            loop.call_soon_threadsafe(obey, *frame)
        loop.call_soon_threadsafe(intake.ended.set)  # the notebook has ended

    threading.Thread(target=listen, daemon=True).start()
    while not intake.ended.is_set():
        intake.look()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await intake.ended.wait()
    file.close()
    await door.close()
    await asyncio.to_thread(finish, path)
    _say(recorder_protocol.Ended(file.bytes))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # nobody is there any more to be told
        asyncio.run(_run(Path(sys.argv[1])))
