"""The local server that plays journals: the same wire as `app.py`, and what is said on it was recorded.

Which journal and session a connection is to hear stands in its address
(`?token=…&journal=…&session=…&timing=…`); who may come in, in `base/playback/access.py`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from emotoolkit.apis.base.local_server import serve_as_child, started_with
from emotoolkit.apis.base.playback.access import NOBODY, Door
from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.speaker import Speaker
from emotoolkit.apis.emotion_logic.client.socketio import SoundFrame
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.stages import stage
from emotoolkit.utils.loopback import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["serving"]

ROUNDING = 0.001
"""Seconds by which sound may fall short of a recorded position: other packets end at other samples."""

EVENT = "2"
"""socket.io's sign for an event (contract page §1.2)."""

GOODBYE = 1.0


@asynccontextmanager
async def serving(door: Door) -> AsyncIterator[str]:
    """Serve the journals that a door lets one hear inside the running loop; yields the address."""
    wire = socketio.AsyncServer(
        async_mode="aiohttp", async_handlers=False, transports=["websocket"], serializer=SoundFrame
    )
    wire.register_namespace(_Calls(door))
    app = door.app()
    wire.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE)
    try:
        yield f"http://{await listening(runner)}"
    finally:
        await wire.shutdown()
        await runner.cleanup()


class _Calls(socketio.AsyncNamespace):  # type: ignore[misc]
    """The calls in progress, one per connection."""

    def __init__(self, door: Door) -> None:
        super().__init__("/")
        self._door = door
        self._lines: dict[str, _Line] = {}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Find who is to hear an event."""
        sid, *values = args
        match event:
            case "connect":
                self._connect(sid, values[0])
            case "disconnect":
                await self._hang_up(sid)
            case _ if sid in self._lines:
                await self._lines[sid].hear(event, values[0] if values else None)

    async def _hang_up(self, sid: str) -> None:
        line = self._lines.pop(sid, None)
        if line is not None:
            await line.leave()

    def _connect(self, sid: str, environ: dict[str, Any]) -> None:
        wanted = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        played = self._door.script(wanted, stage)
        if played is None:
            raise Refused(NOBODY.strip())

        async def say(raw: str) -> None:
            await self.server.eio.send(self.server.manager.eio_sid_from_sid(sid, "/"), EVENT + raw)

        async def cut() -> None:
            await self.disconnect(sid)  # behind all that was said: a cable that is cut would take some of it along

        async def close() -> None:
            """It is the client that leaves."""

        self._lines[sid] = _Line(Speaker(played, say, cut, close, timing=wanted.get("timing") == "1"))


class _Line:
    """Counts the seconds of sound that came, and lets the speaker know."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._bytes = 0
        self._per_second = 0

    async def leave(self) -> None:
        """Say no more: the client is gone."""
        await self._speaker.leave()

    async def hear(self, event: str, value: Any) -> None:
        """Take an event of the client."""
        match event:
            case messages.HANDSHAKE:
                announced = messages.read_handshake(value)
                if isinstance(announced, messages.Handshake):
                    self._per_second = announced.sampling_rate * announced.channels * announced.bits // 8
                await self._speaker.reach(Moment(Stage.OPENING))
            case messages.AUDIO if value:
                self._bytes += len(value)
                seconds = self._bytes / max(self._per_second, 1)
                await self._speaker.reach(Moment(Stage.MEDIA, seconds + ROUNDING))
            case messages.AUDIO:
                await self._speaker.reach(Moment(Stage.ASKED))
            case name if name in messages.REPORT_REQUESTS:
                await self._speaker.reach(Moment(Stage.LAST))
            case _:
                pass


if __name__ == "__main__":
    _door = Door()
    started_with(dict)  # what it plays comes in later lines; there is nothing else to tell it
    serve_as_child(serving(_door), _door.admit)
