"""The local server: Emotion Logic's protocol over socket.io on loopback, with measured results (`analysis.py`).

`serve()` starts one in a process of its own; `serving()` is the same inside a running event loop. This module does the
transport; `connection.py` makes the answers. At the same port whole files are analysed (`uploads.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections import defaultdict
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import socketio
from aiohttp import web
from engineio.exceptions import EngineIOError
from engineio.packet import NOOP, Packet
from engineio.payload import Payload
from socketio.exceptions import ConnectionRefusedError as Refused

from emotoolkit._version import __version__
from emotoolkit.apis.base.fault_injection import FaultInjector, Faults
from emotoolkit.apis.base.kept_media import KeptMedia, UploadBudget
from emotoolkit.apis.base.local_server import LocalServer, read_startup_line, serve_as_child
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.apis.emotion_logic.client.socketio import SocketIOAudioPacket
from emotoolkit.apis.emotion_logic.server import uploads
from emotoolkit.apis.emotion_logic.server.connection import Connection
from emotoolkit.apis.emotion_logic.server.options import Limits, Options, Variant
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.utils.loopback import refuse_foreign_pages, start_listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from emotoolkit.apis.base.fault_injection import DelayedMessage
    from emotoolkit.apis.emotion_logic.server.connection import Answer

__all__ = ["PORT", "serve", "serving"]

PORT = 2259
"""The vendor's streaming port (contract page §1.1), for a server started by hand."""

MODULE = "emotoolkit.apis.emotion_logic.server.app"

SERVER_LABEL = f"local measurement (emotoolkit {__version__})"

logger = logging.getLogger(MODULE)

UNKNOWN_MESSAGE = messages.text("weather-report", {"outlook": "a message of an unknown kind"})

MAX_PAYLOAD_PACKETS = 10_000
"""Packets that one HTTP request of a client may hold before it has its WebSocket: it may send all its sound by then.
The bytes of a request are limited besides; the library's own limit of 16 packets ends such a client."""

PING_TIMEOUT_S = 20.0
"""Seconds that a client gets to answer a ping: socket.io's default (contract page §1.2)."""

SHUTDOWN_TIMEOUT_S = 1.0
"""Seconds that open connections get when the server ends."""


def serve(
    *,
    port: int = 0,
    keep: str | Path | None = None,
    variant: Variant | None = None,
    faults: Faults | None = None,
    limits: Limits | None = None,
) -> LocalServer:
    """Start a local Emotion Logic server in a process of its own.

    Parameters
    ----------
    port : int
        Port on 127.0.0.1; 0 takes a free one.
    keep : path or None
        Folder in which the received bytes of every stream are kept, as `<stream id>.pcm`, for the user alone, up to
        `limits.kept` bytes; made if need be. None keeps nothing.
    variant : Variant or None
        Its behaviour where the documents leave room. None: as they recommend.
    faults : Faults or None
        Faults to simulate. `error` is the event that carries the failure: `"audio-analysis-error"`, `"analysis-error"`,
        `"audio-analysis"`, `"audio-analysis-completed"`, `"handshake-done"` or `"analysis-report-ready"`.
    limits : Limits or None
        Limits of what clients can make it write; None takes 1 GB of uploads at one time and 10 GB that are kept.

    Returns
    -------
    LocalServer
        Its `.url` goes into `EmotionLogic(url=...)`; `.close()`, or the end of a `with` block, ends it.

    Raises
    ------
    LocalServerFailed
        It did not start, for example because the port is taken.
    SettingsError
        `faults.error` is no such event.
    """
    options = _make_options(keep, variant=variant or Variant(), faults=faults or Faults(), limits=limits or Limits())
    return LocalServer(MODULE, options, port)


OPTIONS = ("fault", "variant", "limit")
"""Names of the options that a shell can give."""


def options(
    keep: str | Path | None = None,
    *,
    fault: Iterable[str] = (),
    limit: Iterable[str] = (),
    variant: Iterable[str] = (),
) -> Options:
    """Read options from words of a shell, such as `drop=12`, `headers=once`.

    Raises
    ------
    SettingsError
        A word is not valid.
    """
    return _make_options(
        keep,
        variant=read_words(Variant, variant),
        faults=read_words(Faults, fault),
        limits=read_words(Limits, limit),
    )


def _make_options(keep: str | Path | None, **fields: Any) -> Options:
    return Options(keep=Path(keep) if keep else None, **fields)


@asynccontextmanager
async def serving(options: Options = Options(), port: int = 0) -> AsyncIterator[str]:  # noqa: B008 - it is frozen
    """Serve inside the running loop; yields the address."""
    faults, variant = options.faults, options.variant
    # Handlers run one after another, so that a client that sends faster than we measure is slowed down by its socket.
    wire = socketio.AsyncServer(
        async_mode="aiohttp",
        async_handlers=False,
        serializer=SocketIOAudioPacket,
        # With `slow`, the answer to a ping queues behind the sound.
        ping_timeout=PING_TIMEOUT_S + faults.slow * 1000,
    )
    Payload.max_decode_packets = MAX_PAYLOAD_PACKETS
    requests = _OpenRequests()
    wire.register_namespace(_AnalysisNamespace(options, requests))
    app = web.Application(middlewares=[refuse_foreign_pages(), requests.track])
    app.router.add_post(
        "/analysis/analyzeFile",
        uploads.make_handler(SERVER_LABEL, UploadBudget(options.limits.uploads), variant.columns),
    )
    wire.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    try:
        address = await start_listening(runner, port)
        gc.freeze()
        yield f"http://{address}"
    finally:
        await wire.shutdown()
        await runner.cleanup()


class _RequestWithBody:
    """A request whose body has been read. It takes the place of the request's `content`, too."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self._request = request
        self._body = body

    @property
    def content(self) -> _RequestWithBody:
        """The body, as a stream."""
        return self

    async def read(self, size: int) -> bytes:
        """Read the body, of which `size` is the length."""
        return self._body[:size]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class _OpenRequests:
    """The HTTP requests of each engine.io session that are under way: a WebSocket, or a poll and a post."""

    def __init__(self) -> None:
        self._by_session: defaultdict[str, list[web.Request]] = defaultdict(list)

    @web.middleware
    async def track(
        self, request: web.Request, handler: Callable[[Any], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        session = request.query.get("sid", "")
        self._by_session[session].append(request)
        try:
            # The library takes the first piece of a body for the whole of it.
            whole = _RequestWithBody(request, await request.read()) if session and request.method == "POST" else request
            return await handler(whole)
        finally:
            self._by_session[session].remove(request)
            if not self._by_session[session]:
                del self._by_session[session]

    def abort(self, session: str, first: web.Request) -> None:
        """Abort the connections of a session, that of its first request included."""
        for request in (first, *self._by_session.get(session, ())):
            if request.transport is not None:
                request.transport.abort()


class _AnalysisNamespace(socketio.AsyncNamespace):  # type: ignore[misc]
    """The calls in progress, one per connection."""

    def __init__(self, options: Options, requests: _OpenRequests) -> None:
        super().__init__("/")
        self._requests = requests
        self._kept = KeptMedia(options.keep, options.limits.kept)
        self._options = options
        self._clients: dict[str, _ClientTransport] = {}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch an event; the library would do so by method names, which cannot have the wire's dashes."""
        sid, *values = args
        match event:
            case "connect":
                self._add_client(sid, values[0])
            case "disconnect":
                await self._remove_client(sid)
            case _ if sid in self._clients:
                await self._clients[sid].receive(event, values[0] if values else None)

    def _add_client(self, sid: str, environ: dict[str, Any]) -> None:
        if self._options.faults.refuse:
            raise Refused("no connection is taken (as it was told to)")
        connection = Connection(SERVER_LABEL, self._options.variant, self._options.faults)
        logger.debug("a client has connected: %d now", len(self._clients) + 1)

        async def send(text: str) -> None:
            await self.server.eio.send(self.server.manager.eio_sid_from_sid(sid, "/"), text)

        async def cut() -> None:
            if self._options.faults.close_frame:
                await self.disconnect(sid)
                return
            session = self.server.manager.eio_sid_from_sid(sid, "/")
            self._requests.abort(session, environ["aiohttp.request"])
            client = self.server.eio.sockets.get(session)
            if client is not None and not client.upgraded:  # only polls: no connection ends with which it would end
                await client.close(wait=False, abort=True)

        self._clients[sid] = _ClientTransport(connection, self._options.faults, self._kept, send, cut)

    async def _remove_client(self, sid: str) -> None:
        client = self._clients.pop(sid, None)
        if client is not None:
            client.close()
        transport = self.server.eio.sockets.get(self.server.manager.eio_sid_from_sid(sid, "/"))
        if transport is not None and not transport.upgraded:
            # Its last poll would wait for a message until the time of a ping has passed.
            await transport.queue.put(Packet(NOOP))


class _ClientTransport:
    """The transport of one connection: passes events on, and sends the answers, with the faults.

    Delayed answers are queued, and sent by a task of their own.

    Parameters
    ----------
    connection : Connection
        Makes the answers.
    faults : Faults
        The faults.
    kept : KeptMedia
        Stores the received sound.
    send : callable
        Sends the text of a socket.io packet.
    cut : callable
        Ends the connection.
    """

    def __init__(
        self,
        connection: Connection,
        faults: Faults,
        kept: KeptMedia,
        send: Callable[[str], Awaitable[None]],
        cut: Callable[[], Awaitable[None]],
    ) -> None:
        self._connection = connection
        self._faults = faults
        self._kept = kept
        self._fault_injector = FaultInjector(faults, UNKNOWN_MESSAGE)
        self._send = send
        self._cut = cut
        self._ended = False
        self._delayed: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._send_task = asyncio.ensure_future(self._send_delayed()) if faults.delay or faults.jitter else None

    async def receive(self, event: str, value: Any) -> None:
        """Handle an event, and send the answers to it."""
        if self._ended:
            return  # it was sent before the connection was cut
        if self._faults.slow:
            await asyncio.sleep(self._faults.slow)
        answers = self._connection.receive(event, value)
        self._keep_audio(event, value)
        if self._reached(self._faults.drop):
            self.close()
            await self._cut()
        elif not self._reached(self._faults.silent):
            await self._send_answers(answers, more_to_come=event == messages.AUDIO and bool(value))

    def close(self) -> None:
        """Stop receiving and sending."""
        self._ended = True
        if self._send_task is not None:
            self._send_task.cancel()

    def _reached(self, second: float | None) -> bool:
        return second is not None and self._connection.seconds >= second

    async def _send_answers(self, answers: Sequence[Answer], *, more_to_come: bool) -> None:
        outgoing = [each for name, value in answers for each in self._fault_injector.apply(messages.text(name, value))]
        if not more_to_come:  # answers held for shuffling must leave some time
            outgoing += self._fault_injector.flush()
        for each in outgoing:
            await self._send_message(each)

    async def _send_message(self, message: DelayedMessage) -> None:
        """Send an answer, now or when it is due. `2` is socket.io's packet type of an event (contract page §1.2)."""
        text = "2" + (message.answer[: len(message.answer) // 2] if message.torn else message.answer)
        if self._send_task is None:
            await self._send(text)
        else:
            self._delayed.put_nowait((asyncio.get_running_loop().time() + message.wait, text))

    async def _send_delayed(self) -> None:
        with contextlib.suppress(EngineIOError):  # the client has disconnected
            while True:
                due, text = await self._delayed.get()
                await asyncio.sleep(due - asyncio.get_running_loop().time())
                await self._send(text)

    def _keep_audio(self, event: str, data: Any) -> None:
        stream = self._connection.stream
        if stream is not None and event == messages.AUDIO and isinstance(data, bytes):
            self._kept.append(f"{stream}.pcm", data)


if __name__ == "__main__":
    serve_as_child(serving(*read_startup_line(Options)))
