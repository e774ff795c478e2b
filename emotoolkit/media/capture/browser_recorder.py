"""Browser recorder: appends the chunks of a page's MediaRecorder to a growing file.

It runs in its own process, and the page connects to it directly by a WebSocket on loopback, so that a busy kernel does
not block it. If the page cannot connect, since the kernel is on another machine, the same messages come through the
kernel, on this process's standard input. Each chunk has a number and is acknowledged when it is in the file: after a
reconnect the page sends again what was not acknowledged.
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
from emotoolkit.media.capture.finalize import finalize_file
from emotoolkit.media.capture.growing_file import GrowingFileWriter
from emotoolkit.utils.loopback import refuse_foreign_hosts, start_listening

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BrowserRecorder"]

TOKEN_BYTES = 24
"""Random bytes in the address."""

MAX_CHUNK_BYTES = 64 * 1024 * 1024
"""Largest chunk: that of a page that was suspended for a minute."""

CHUNK_NUMBER_BYTES = 4
"""Bytes of the chunk's number before its data, big-endian."""

RECONNECT_TIMEOUT_S = 3.0
"""Seconds for a page to reconnect."""

POLL_INTERVAL_S = 0.5
"""Seconds between two checks of the page."""

SILENCE_TIMEOUT_S = 10.0
"""Seconds without a message after which a directly connected page is gone. While recording, it sends many a second."""

KERNEL_SILENCE_TIMEOUT_S = 120.0
"""The same for a page connected through the kernel, which forwards nothing while it computes."""

REFUSED_ERRORS = {"NotAllowedError", "SecurityError"}
LOST_ERRORS = {"DeviceLost"}


@dataclass(frozen=True, eq=False)
class PageLink:
    """A connection to a page, by WebSocket or through the kernel."""

    send: Callable[[dict[str, Any]], None]
    timeout_s: float = SILENCE_TIMEOUT_S
    """Seconds without a message after which the page is gone."""


class BrowserRecorder:
    """Write the chunks of one page to the file; independent of sockets.

    The first page that says hello becomes the recorder's page, and others are refused as busy. It may record once both
    it and `request_start` have come, in any order. The first chunk begins the recording. It ends (`ended`) when the
    page has sent its last chunk, when the page or a device fails, or when the page is gone: disconnected for
    `RECONNECT_TIMEOUT_S`, or silent. A page that is gone before its first chunk is forgotten instead, and another one
    may take its place.

    All methods are called in the event loop.

    Parameters
    ----------
    file : GrowingFileWriter
        Receives the chunks.
    report : callable
        Sends a message to the notebook.
    now : callable
        Returns monotonic seconds.
    """

    def __init__(
        self,
        file: GrowingFileWriter,
        report: Callable[[recorder_protocol.RecorderMessage], None],
        now: Callable[[], float],
    ) -> None:
        self._file, self._report, self._now = file, report, now
        self._page: str | None = None
        self._link: PageLink | None = None
        self._next_chunk = 0
        self._began_at: float | None = None
        self._start_requested = self._ending = False
        self._last_message_at = now()
        self._disconnected_at: float | None = None
        self.ended = asyncio.Event()

    def receive(self, message: dict[str, Any], link: PageLink) -> None:
        """Handle a message of a page; replies are sent on its link."""
        page = str(message.get("page", ""))
        if self.ended.is_set():
            link.send({"do": "ended"})
        elif self._page not in (None, page):
            link.send({"do": "busy"})
        else:
            self._page, self._link, self._last_message_at, self._disconnected_at = page, link, self._now(), None
            match message:
                case {"do": "hello"} if self._next_chunk:
                    link.send({"do": "go on", "have": self._next_chunk})
                case {"do": "hello"} if self._start_requested:
                    link.send({"do": "start", "have": 0})
                case {"do": "end"}:
                    self.ended.set()
                case {"do": "problem"}:
                    self._fail(message)

    def receive_chunk(self, chunk: bytes, link: PageLink) -> None:
        """Append a chunk if it is the next one, and acknowledge all that the file has; the page sends others again."""
        self._last_message_at, self._disconnected_at = self._now(), None
        number = int.from_bytes(chunk[:CHUNK_NUMBER_BYTES], "big")
        if number == self._next_chunk and not self.ended.is_set():
            try:
                self._file.write(chunk[CHUNK_NUMBER_BYTES:])
            except FileRefused as problem:
                self._report(recorder_protocol.RecorderFailed(type(problem).__name__, problem.facts))
                self.ended.set()
                return
            self._next_chunk += 1
            if self._began_at is None:
                self._began_at = self._now()
                self._report(recorder_protocol.RecordingBegan())
        link.send({"have": self._next_chunk})

    def disconnected(self, link: PageLink) -> None:
        """Note that a link broke; the page has `RECONNECT_TIMEOUT_S` to return on another one."""
        if link is self._link and not self.ended.is_set():
            self._disconnected_at = self._now()

    def request_start(self) -> None:
        """Tell the page to record, now or when it connects."""
        self._start_requested = True
        if self._link is not None:
            self._link.send({"do": "start", "have": 0})

    def stop(self) -> None:
        """Ask the page to stop; the recording ends after its last chunk, or at once if there is no page."""
        if self._link is None:
            self.ended.set()
        elif not self._ending:
            self._ending, self._last_message_at = True, self._now()
            self._link.send({"do": "stop"})

    def check_page(self) -> None:
        """Check whether the page is gone. To be called every `POLL_INTERVAL_S`."""
        now = self._now()
        disconnected = self._disconnected_at is not None and now - self._disconnected_at > RECONNECT_TIMEOUT_S
        timeout_s = SILENCE_TIMEOUT_S if self._link is None else self._link.timeout_s
        silent = (self._began_at is not None or self._ending) and now - self._last_message_at > timeout_s
        if (disconnected or silent) and not self.ended.is_set():
            if self._began_at is None:  # nothing was recorded: another page may record, unless the recording ends
                self._page = self._link = self._disconnected_at = None
                if self._ending:
                    self.ended.set()
            else:
                self._report(recorder_protocol.RecorderFailed("PageGone", self._facts()))
                self.ended.set()

    def _fail(self, message: dict[str, Any]) -> None:
        name, device = str(message.get("name")), str(message.get("device"))
        facts = {**self._facts(), "device": device, "reason": str(message.get("reason") or name)}
        kind = "DeviceRefused" if name in REFUSED_ERRORS else "DeviceLost" if name in LOST_ERRORS else "NoDevice"
        self._report(recorder_protocol.RecorderFailed(kind, facts))
        if name not in LOST_ERRORS:  # after those the page still sends its last chunks and `end`
            self.ended.set()

    def _facts(self) -> dict[str, Any]:
        seconds = 0.0 if self._began_at is None else self._last_message_at - self._began_at
        return {"file": str(self._file.path), "seconds": round(seconds, 1)}


class _PageSocket:
    """WebSocket server on loopback for pages; its address has a secret token."""

    def __init__(self, recorder: BrowserRecorder) -> None:
        self._recorder = recorder
        self._token = secrets.token_urlsafe(TOKEN_BYTES)
        app = web.Application(middlewares=[refuse_foreign_hosts])
        app.router.add_get(f"/{self._token}", self._serve_page)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self._pages: set[web.WebSocketResponse] = set()
        self._pending: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        return f"ws://{await start_listening(self._runner)}/{self._token}"

    async def close(self) -> None:
        for page in tuple(self._pages):
            with contextlib.suppress(ConnectionError):
                await page.send_json({"do": "ended"})
            await page.close()
        await self._runner.cleanup()

    async def _serve_page(self, request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse(max_msg_size=MAX_CHUNK_BYTES, compress=False, heartbeat=SILENCE_TIMEOUT_S)
        await page.prepare(request)
        self._pages.add(page)

        def send(message: dict[str, Any]) -> None:
            task = asyncio.ensure_future(_send(page, message))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

        link = PageLink(send)
        async for message in page:
            if message.type is WSMsgType.BINARY:
                self._recorder.receive_chunk(message.data, link)
            elif message.type is WSMsgType.TEXT:
                self._recorder.receive(json.loads(message.data), link)
        self._pages.discard(page)
        self._recorder.disconnected(link)
        return page


async def _send(page: web.WebSocketResponse, message: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):  # the page is gone, which `disconnected` handles
        await page.send_json(message)


def _report(message: recorder_protocol.RecorderMessage) -> None:
    sys.stdout.write(recorder_protocol.to_line(message))
    sys.stdout.flush()


async def _run(path: Path) -> None:
    """Run the recorder until it has ended.

    The notebook's frames are read in a thread, since standard input blocks, and dispatched in the event loop.
    """
    loop = asyncio.get_running_loop()
    file = GrowingFileWriter(path)
    recorder = BrowserRecorder(file, _report, loop.time)
    socket = _PageSocket(recorder)
    _report(recorder_protocol.RecorderReady(await socket.open()))

    kernel = PageLink(lambda message: _report(recorder_protocol.PageMessage(message)), KERNEL_SILENCE_TIMEOUT_S)

    def dispatch(kind: bytes, data: bytes) -> None:
        if kind == recorder_protocol.START:
            recorder.request_start()
        elif kind == recorder_protocol.STOP:
            recorder.stop()
        elif kind == recorder_protocol.PAGE:
            recorder.receive(json.loads(data), kernel)
        elif kind == recorder_protocol.CHUNK:
            recorder.receive_chunk(data, kernel)

    def read_stdin() -> None:
        for frame in recorder_protocol.read_frames(sys.stdin.fileno()):
            loop.call_soon_threadsafe(dispatch, *frame)
        loop.call_soon_threadsafe(recorder.ended.set)  # the notebook has ended

    threading.Thread(target=read_stdin, daemon=True).start()
    while not recorder.ended.is_set():
        recorder.check_page()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_INTERVAL_S):
                await recorder.ended.wait()
    file.close()
    await socket.close()
    await asyncio.to_thread(finalize_file, path)
    _report(recorder_protocol.RecordingEnded(file.bytes))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the notebook has ended, and nothing reads the reports
        asyncio.run(_run(Path(*recorder_protocol.read_arguments(sys.stdin.fileno()))))
