"""The local server: Emotion Logic's protocol over socket.io on loopback. What it answers is measured (`analysis.py`).

`serve()` starts one in a process of its own; `serving()` is the same inside a running event loop. Here is the wire;
what is said on it is `connection.py`'s. Beside it, at the same port, whole files are taken (`uploads.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import socketio
from aiohttp import web
from engineio.exceptions import EngineIOError
from socketio.exceptions import ConnectionRefusedError as Refused

from emotoolkit._version import __version__
from emotoolkit.apis.base.fault_injection import Faults, Mouth
from emotoolkit.apis.base.local_server import LocalServer, serve_as_child, started_with
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.apis.emotion_logic.client.socketio import SoundFrame
from emotoolkit.apis.emotion_logic.server import uploads
from emotoolkit.apis.emotion_logic.server.connection import Conversation
from emotoolkit.apis.emotion_logic.server.options import Options, Variant
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.utils.loopback import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from emotoolkit.apis.base.fault_injection import Said
    from emotoolkit.apis.emotion_logic.server.connection import Answer

__all__ = ["PORT", "serve", "serving"]

PORT = 2259
"""The vendor's streaming port (contract page §1.1), for a server started by hand."""

MODULE = "emotoolkit.apis.emotion_logic.server.app"

LABEL = f"local measurement (emotoolkit {__version__})"

UNKNOWN = messages.text("weather-report", {"outlook": "a message of a kind that nobody knows"})

PATIENCE = 20.0
"""Seconds that a client gets to answer a ping: socket.io's own default (contract page §1.2)."""

GOODBYE = 1.0
"""Seconds that open connections get when the server ends."""


def serve(
    *, port: int = 0, keep: str | Path | None = None, variant: Variant | None = None, faults: Faults | None = None
) -> LocalServer:
    """Start a local Emotion Logic server in a process of its own.

    Parameters
    ----------
    port : int
        Port on 127.0.0.1; 0 takes a free one.
    keep : path or None
        Folder in which the received bytes of every stream are kept, as `<stream id>.pcm`; made if it is not there.
        None keeps nothing.
    variant : Variant or None
        In which manner it behaves where the documents leave room. None: as they recommend.
    faults : Faults or None
        What it does wrong. `error` is the event that carries the failure: `"audio-analysis-error"`, `"analysis-error"`,
        `"audio-analysis"`, `"audio-analysis-completed"`, `"handshake-done"` or `"analysis-report-ready"`.

    Returns
    -------
    LocalServer
        Its `.url` goes into `EmotionLogic(url=...)`; `.close()`, or the end of a `with` block, ends it.

    Raises
    ------
    LocalServerFailed
        It did not start, for example because the port is taken.
    SettingsError
        There is no way to report that error.
    """
    options = _options(keep, variant=variant or Variant(), faults=faults or Faults())
    return LocalServer(MODULE, options, port)


OPTIONS = ("fault", "variant")
"""What a shell can tell this server."""


def options(keep: str | Path | None = None, *, fault: Iterable[str] = (), variant: Iterable[str] = ()) -> Options:
    """Give the options that words of a shell stand for, such as `drop=12`, `headers=once`.

    Raises
    ------
    SettingsError
        A word means nothing.
    """
    return _options(keep, variant=read_words(Variant, variant), faults=read_words(Faults, fault))


def _options(keep: str | Path | None, **told: Any) -> Options:
    return Options(keep=Path(keep) if keep else None, **told)


@asynccontextmanager
async def serving(options: Options = Options(), port: int = 0) -> AsyncIterator[str]:  # noqa: B008 - it is frozen
    """Serve inside the running loop; yields the address."""
    faults, variant = options.faults, options.variant
    # Handlers run one after the other: a client that sends faster than we measure is held back by its own socket.
    wire = socketio.AsyncServer(
        async_mode="aiohttp",
        async_handlers=False,
        transports=["websocket"],
        serializer=SoundFrame,
        ping_timeout=PATIENCE + faults.slow * 1000,  # whoever reads slowly finds the answer to a ping behind the sound
    )
    wire.register_namespace(_Calls(options))
    app = web.Application()
    app.router.add_post("/analysis/analyzeFile", uploads.analyzer(LABEL, variant.columns))
    wire.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE)
    try:
        address = await listening(runner, port)
        gc.freeze()
        yield f"http://{address}"
    finally:
        await wire.shutdown()
        await runner.cleanup()


class _Calls(socketio.AsyncNamespace):  # type: ignore[misc]
    """The calls in progress, one per connection."""

    def __init__(self, options: Options) -> None:
        super().__init__("/")
        if options.keep is not None:
            options.keep.mkdir(parents=True, exist_ok=True)
        self._options = options
        self._lines: dict[str, _Line] = {}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Find who is to hear an event; event names of the wire have dashes, which methods cannot have."""
        sid, *values = args
        match event:
            case "connect":
                self._connect(sid, values[0])
            case "disconnect":
                self._hang_up(sid)
            case _ if sid in self._lines:
                await self._lines[sid].hear(event, values[0] if values else None)

    def _connect(self, sid: str, environ: dict[str, Any]) -> None:
        if self._options.faults.refuse:
            raise Refused("no connection is taken (as it was told to)")
        conversation = Conversation(LABEL, self._options.variant, self._options.faults)

        async def send(text: str) -> None:
            await self.server.eio.send(self.server.manager.eio_sid_from_sid(sid, "/"), text)

        async def cut() -> None:
            if self._options.faults.close_frame:
                await self.disconnect(sid)
            else:
                environ["aiohttp.request"].transport.abort()

        self._lines[sid] = _Line(conversation, self._options, send, cut)

    def _hang_up(self, sid: str) -> None:
        line = self._lines.pop(sid, None)
        if line is not None:
            line.close()


class _Line:
    """A connection with a call on it: what is heard goes to the conversation, what it answers goes out, well or badly.

    Parameters
    ----------
    conversation : Conversation
        Who answers.
    options : Options
        What goes wrong on the way, and where what is heard is kept.
    send : callable
        Sends the text of a socket.io packet.
    cut : callable
        Ends the connection.
    """

    def __init__(
        self,
        conversation: Conversation,
        options: Options,
        send: Callable[[str], Awaitable[None]],
        cut: Callable[[], Awaitable[None]],
    ) -> None:
        self._conversation = conversation
        self._faults = faults = options.faults
        self._keep = options.keep
        self._mouth = Mouth(faults, UNKNOWN)
        self._send = send
        self._cut = cut
        self._ended = False
        self._late: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._speaking = asyncio.ensure_future(self._speak_late()) if faults.delay or faults.jitter else None

    async def hear(self, event: str, value: Any) -> None:
        """Take an event; what is to be said to it is said."""
        if self._ended:
            return  # it had been sent before the connection was cut
        if self._faults.slow:
            await asyncio.sleep(self._faults.slow)
        answers = self._conversation.hear(event, value)
        self._store(event, value)
        if self._reached(self._faults.drop):
            self.close()
            await self._cut()
        elif not self._reached(self._faults.silent):
            await self._say(answers, more_to_come=event == messages.AUDIO and bool(value))

    def close(self) -> None:
        """Hear and say no more."""
        self._ended = True
        if self._speaking is not None:
            self._speaking.cancel()

    def _reached(self, second: float | None) -> bool:
        return second is not None and self._conversation.seconds >= second

    async def _say(self, answers: Sequence[Answer], *, more_to_come: bool) -> None:
        said = [each for name, value in answers for each in self._mouth.say(messages.text(name, value))]
        if not more_to_come:  # what is held back to be shuffled is not held back for ever
            said += self._mouth.rest()
        for each in said:
            await self._utter(each)

    async def _utter(self, said: Said) -> None:
        """Send an answer, now or in its time. `2` is socket.io's sign for an event (contract page §1.2)."""
        text = "2" + (said.answer[: len(said.answer) // 2] if said.torn else said.answer)
        if self._speaking is None:
            await self._send(text)
        else:
            self._late.put_nowait((asyncio.get_running_loop().time() + said.wait, text))

    async def _speak_late(self) -> None:
        with contextlib.suppress(EngineIOError):  # the client has gone
            while True:
                due, text = await self._late.get()
                await asyncio.sleep(due - asyncio.get_running_loop().time())
                await self._send(text)

    def _store(self, event: str, data: Any) -> None:
        stream = self._conversation.stream
        if self._keep is not None and stream is not None and event == messages.AUDIO and isinstance(data, bytes):
            with (self._keep / f"{stream}.pcm").open("ab") as file:
                file.write(data)


if __name__ == "__main__":
    serve_as_child(serving(*started_with(Options)))
