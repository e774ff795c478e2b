"""The local server that plays journals: the same transport as `app.py`, with recorded messages.

The query of the address chooses journal and session (`?token=…&journal=…&session=…&timing=…`);
`base/playback/access.py` checks the token.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from emotoolkit.apis.base.local_server import read_startup_line, serve_as_child
from emotoolkit.apis.base.playback.access import NOT_FOUND_TEXT, JournalAccess
from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.speaker import PlaybackSender
from emotoolkit.apis.emotion_logic.client.socketio import SocketIOAudioPacket
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.stages import stage
from emotoolkit.utils.loopback import start_listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["serving"]

POSITION_TOLERANCE_S = 0.001
"""Seconds by which sound may fall short of a recorded position, as other packets end at other samples."""

EVENT_PREFIX = "2"
"""socket.io's packet type of an event (contract page §1.2)."""

SHUTDOWN_TIMEOUT_S = 1.0


@asynccontextmanager
async def serving(access: JournalAccess) -> AsyncIterator[str]:
    """Serve the registered journals inside the running loop; yields the address."""
    wire = socketio.AsyncServer(
        async_mode="aiohttp", async_handlers=False, transports=["websocket"], serializer=SocketIOAudioPacket
    )
    wire.register_namespace(_PlaybackNamespace(access))
    app = access.app()
    wire.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    try:
        yield f"http://{await start_listening(runner)}"
    finally:
        await wire.shutdown()
        await runner.cleanup()


class _PlaybackNamespace(socketio.AsyncNamespace):  # type: ignore[misc]
    """The calls in progress, one per connection."""

    def __init__(self, access: JournalAccess) -> None:
        super().__init__("/")
        self._access = access
        self._clients: dict[str, _MediaProgress] = {}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch an event."""
        sid, *values = args
        match event:
            case "connect":
                self._add_client(sid, values[0])
            case "disconnect":
                await self._remove_client(sid)
            case _ if sid in self._clients:
                await self._clients[sid].receive(event, values[0] if values else None)

    async def _remove_client(self, sid: str) -> None:
        client = self._clients.pop(sid, None)
        if client is not None:
            await client.stop()

    def _add_client(self, sid: str, environ: dict[str, Any]) -> None:
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        script = self._access.find_script(query, stage)
        if script is None:
            raise Refused(NOT_FOUND_TEXT.strip())

        async def send(raw: str) -> None:
            await self.server.eio.send(self.server.manager.eio_sid_from_sid(sid, "/"), EVENT_PREFIX + raw)

        async def cut() -> None:
            await self.disconnect(sid)  # not an abort, which could lose the last messages

        async def close() -> None:
            """Do nothing: in this protocol the client disconnects."""

        self._clients[sid] = _MediaProgress(PlaybackSender(script, send, cut, close, timing=query.get("timing") == "1"))


class _MediaProgress:
    """Counts the seconds of sound received, and advances the sender to them."""

    def __init__(self, sender: PlaybackSender) -> None:
        self._sender = sender
        self._bytes = 0
        self._bytes_per_second = 0

    async def stop(self) -> None:
        """Stop sending: the client has disconnected."""
        await self._sender.stop()

    async def receive(self, event: str, value: Any) -> None:
        """Handle an event of the client."""
        match event:
            case messages.HANDSHAKE:
                announced = messages.read_handshake(value)
                if isinstance(announced, messages.Handshake):
                    self._bytes_per_second = announced.sampling_rate * announced.channels * announced.bits // 8
                await self._sender.advance_to(Moment(Stage.OPENING))
            case messages.AUDIO if value:
                self._bytes += len(value)
                seconds = self._bytes / max(self._bytes_per_second, 1)
                await self._sender.advance_to(Moment(Stage.MEDIA, seconds + POSITION_TOLERANCE_S))
            case messages.AUDIO:
                await self._sender.advance_to(Moment(Stage.AFTER_MEDIA))
            case name if name in messages.REPORT_REQUESTS:
                await self._sender.advance_to(Moment(Stage.LAST))
            case _:
                pass


if __name__ == "__main__":
    _access = JournalAccess()
    read_startup_line(dict)  # it has no options: the journals come in later lines
    serve_as_child(serving(_access), _access.register)
