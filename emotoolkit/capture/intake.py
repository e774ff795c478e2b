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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from emotoolkit.capture import wire
from emotoolkit.capture.finished import finish
from emotoolkit.capture.growing import Appended

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Intake"]

HOST = "127.0.0.1"

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
"""Seconds without a chunk after which a page is gone, however it is connected. A recorder gives ten a second."""

FAREWELL = 5.0
"""Seconds that a page gets to send the last of it."""

REFUSED = {"NotAllowedError", "SecurityError"}
LOST = {"DeviceLost"}

Answer = "Callable[[dict[str, Any]], None]"


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

    def __init__(self, file: Appended, say: Callable[[wire.Line], None], now: Callable[[], float]) -> None:
        self._file, self._say, self._now = file, say, now
        self._page: str | None = None
        self._answer: Callable[[dict[str, Any]], None] | None = None
        self._next = 0
        self._began: float | None = None
        self._wanted = False
        self._heard = now()
        self._last_call: float | None = None
        self.ended = asyncio.Event()

    def hear(self, message: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
        """Take a message of a page; answers go the way that it came."""
        page = str(message.get("page", ""))
        if self.ended.is_set():
            answer({"do": "ended"})
        elif self._page not in (None, page):
            answer({"do": "busy"})
        else:
            self._page, self._answer, self._heard, self._last_call = page, answer, self._now(), None
            match message:
                case {"do": "hello"} if self._next:
                    answer({"do": "go on", "have": self._next})
                case {"do": "hello"} if self._wanted:
                    answer({"do": "start", "have": 0})
                case {"do": "end"}:
                    self.ended.set()
                case {"do": "problem"}:
                    self._fail(message)

    def take(self, chunk: bytes, answer: Callable[[dict[str, Any]], None]) -> None:
        """Take a chunk; one that was there before is acknowledged again, and one too early waits to be sent again."""
        self._heard, self._last_call = self._now(), None
        number = int.from_bytes(chunk[:NUMBER], "big")
        if number == self._next and not self.ended.is_set():
            self._file.write(chunk[NUMBER:])
            self._next += 1
            if self._began is None:
                self._began = self._now()
                self._say(wire.Began())
        answer({"have": self._next})

    def left(self, page: str) -> None:
        """Hear that the connection of a page broke: it has a moment to come back."""
        if page == self._page and not self.ended.is_set():
            self._last_call = self._now()

    def go(self) -> None:
        """Let the page record: now, or when it comes."""
        self._wanted = True
        if self._answer is not None:
            self._answer({"do": "start", "have": 0})

    def stop(self) -> None:
        """End the recording: ask the page for the last of it."""
        if self._answer is None:
            self.ended.set()
        else:
            self._answer({"do": "stop"})
            asyncio.get_running_loop().call_later(FAREWELL, self.ended.set)

    def look(self) -> None:
        """See whether the page is still there. To be called twice a second."""
        now = self._now()
        left = self._last_call is not None and now - self._last_call > GRACE
        silent = self._began is not None and now - self._heard > SILENCE
        if (left or silent) and not self.ended.is_set():
            if self._began is None:  # it recorded nothing: another page may
                self._page = self._answer = self._last_call = None
            else:
                self._say(wire.Failed("PageGone", self._facts()))
                self.ended.set()

    def _fail(self, message: dict[str, Any]) -> None:
        name, device = str(message.get("name")), str(message.get("device"))
        facts = {**self._facts(), "device": device, "reason": str(message.get("reason") or name)}
        kind = "DeviceRefused" if name in REFUSED else "DeviceLost" if name in LOST else "NoDevice"
        self._say(wire.Failed(kind, facts))
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

    async def open(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        return f"ws://{HOST}:{self._runner.addresses[0][1]}/{self._token}"

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
        pending: set[asyncio.Task[None]] = set()

        def answer(message: dict[str, Any]) -> None:
            task = asyncio.ensure_future(_sent(page, message))
            pending.add(task)
            task.add_done_callback(pending.discard)

        name = ""
        async for message in page:
            if message.type is WSMsgType.BINARY:
                self._intake.take(message.data, answer)
            elif message.type is WSMsgType.TEXT:
                told = json.loads(message.data)
                name = str(told.get("page", name))
                self._intake.hear(told, answer)
        self._pages.discard(page)
        self._intake.left(name)
        return page


async def _sent(page: web.WebSocketResponse, message: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):  # it is gone, and `left` says so
        await page.send_json(message)


def _say(line: wire.Line) -> None:
    sys.stdout.write(wire.to_line(line))
    sys.stdout.flush()


async def _run(path: Path) -> None:
    loop = asyncio.get_running_loop()
    file = Appended(path)
    intake = Intake(file, _say, loop.time)
    door = _Door(intake)
    _say(wire.Waiting(await door.open()))

    def obey(kind: bytes, data: bytes) -> None:
        def answer(message: dict[str, Any]) -> None:
            _say(wire.Told(message))

        if kind == wire.GO:
            intake.go()
        elif kind == wire.STOP:
            intake.stop()
        elif kind == wire.PAGE:
            intake.hear(json.loads(data), answer)
        elif kind == wire.CHUNK:
            intake.take(data, answer)

    def listen() -> None:
        for frame in wire.frames(sys.stdin.fileno()):
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
    _say(wire.Ended(file.bytes))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # nobody is there any more to be told
        asyncio.run(_run(Path(sys.argv[1])))
