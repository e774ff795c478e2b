"""The local server: Emotion Logic's protocol over socket.io on loopback. What it answers is measured (`analysis.py`).

`serve()` starts one in a process of its own; `serving()` is the same inside a running event loop.
"""

from __future__ import annotations

import gc
import uuid
from contextlib import asynccontextmanager
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import socketio
import typer
from aiohttp import web

from emotoolkit import __version__
from emotoolkit.emotion_logic import messages, scores
from emotoolkit.emotion_logic.analysis import Call
from emotoolkit.emotion_logic.messages import Refusal
from emotoolkit.local_server import HOST, LocalServer, serve_as_child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

__all__ = ["PORT", "serve", "serving"]

PORT = 2259
"""The vendor's streaming port (contract page §1.1), for a server started by hand."""

MODULE = "emotoolkit.emotion_logic.server"

LABEL = f"local measurement (emotoolkit {__version__})"


def serve(*, port: int = 0, keep: str | Path | None = None) -> LocalServer:
    """Start a local Emotion Logic server in a process of its own.

    Parameters
    ----------
    port : int
        Port on 127.0.0.1; 0 takes a free one.
    keep : path or None
        Folder in which the received bytes of every stream are kept, as `<stream id>.pcm`. None keeps nothing.

    Returns
    -------
    LocalServer
        Its `.url` goes into `EmotionLogic(url=...)`; `.close()`, or the end of a `with` block, ends it.

    Raises
    ------
    LocalServerFailed
        It did not start, for example because the port is taken.
    """
    return LocalServer(MODULE, "--port", str(port), *(["--keep", str(keep)] if keep else []))


@asynccontextmanager
async def serving(port: int = 0, keep: Path | None = None) -> AsyncIterator[str]:
    """Serve inside the running loop; yields the address."""
    # Handlers run one after the other: a client that sends faster than we measure is held back by its own socket.
    wire = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False, transports=["websocket"])
    wire.register_namespace(_Calls(keep))
    app = web.Application()
    wire.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        gc.freeze()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await wire.shutdown()
        await runner.cleanup()


class _Calls(socketio.AsyncNamespace):  # type: ignore[misc]
    """The calls in progress, one per connection; each method answers the event of its name."""

    def __init__(self, keep: Path | None) -> None:
        super().__init__("/")
        self._keep = keep
        self._calls: dict[str, _Connected] = {}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Find the answer to an event; event names of the wire have dashes, which methods cannot have."""
        sid, *values = args
        match event:
            case "disconnect":
                self._calls.pop(sid, None)
            case messages.HANDSHAKE:
                await self._shake_hands(sid, *values)
            case messages.AUDIO:
                await self._hear(sid, *values)
            case name if name in messages.REPORT_REQUESTS:
                await self._report(sid, name, *values)

    async def _shake_hands(self, sid: str, value: Any = None) -> None:
        if sid in self._calls:
            refusal: Any = Refusal("order", "this stream has been announced already")
        else:
            refusal = messages.read_handshake(value)
        if isinstance(refusal, Refusal):
            await self.emit(messages.HANDSHAKE_DONE, messages.failure(refusal.about, refusal.message), to=sid)
            return
        stream = str(uuid.uuid4())
        kept = None if self._keep is None else self._keep / f"{stream}.pcm"
        self._calls[sid] = _Connected(Call(refusal), kept)
        await self.emit(messages.HANDSHAKE_DONE, messages.handshake_done(stream, LABEL), to=sid)

    async def _hear(self, sid: str, data: Any = None) -> None:
        connected = self._calls.get(sid)
        if connected is None:
            problem = messages.failure("order", "audio-stream came before a successful handshake")
            await self.emit(messages.ANALYSIS_ERROR, problem, to=sid)
        elif not isinstance(data, bytes):
            problem = messages.failure("payload", "audio-stream carries one binary buffer")
            await self.emit(messages.ANALYSIS_ERROR, problem, to=sid)
        elif data:
            connected.store(data)
            await self._tell(sid, connected.call, connected.call.feed(data))
        else:
            await self._tell(sid, connected.call, connected.call.finish())
            await self.emit(messages.COMPLETED, messages.completed(), to=sid)

    async def _report(self, sid: str, name: str, value: Any = None) -> None:
        connected = self._calls.get(sid)
        if connected is None:
            problem = messages.failure("order", f"{name} came before a successful handshake")
            await self.emit(messages.REPORT, problem, to=sid)
            return
        if name in connected.answered:
            return
        connected.answered.add(name)
        await self._tell(sid, connected.call, connected.call.finish())
        wants_segments = not isinstance(value, dict) or value.get("fetchSegments", True)
        rows = connected.call.rows if wants_segments else None
        await self.emit(messages.REPORT, messages.report(connected.call.report(), scores.COLUMNS, rows), to=sid)

    async def _tell(self, sid: str, call: Call, rows: Sequence[Sequence[float]]) -> None:
        for row in rows:
            channels: list[Sequence[float]] = [[] for _ in range(call.channels)]
            channels[int(row[1])] = row
            await self.emit(messages.ANALYSIS, messages.analysis(scores.COLUMNS, channels), to=sid)


class _Connected:
    """A call, the requests it has had an answer to, and the file that keeps its bytes."""

    def __init__(self, call: Call, kept: Path | None) -> None:
        self.call = call
        self.answered: set[str] = set()
        self._kept = kept

    def store(self, data: bytes) -> None:
        if self._kept is not None:
            with self._kept.open("ab") as file:
                file.write(data)


def _main(port: Annotated[int, typer.Option()] = 0, keep: Annotated[Path | None, typer.Option()] = None) -> None:
    serve_as_child(serving(port, keep))


if __name__ == "__main__":
    typer.run(_main)
