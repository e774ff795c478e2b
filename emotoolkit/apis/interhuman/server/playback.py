"""The local server that plays journals: the same wire as `app.py`, and what is said on it was recorded.

Which journal and session a connection is to hear stands in its address
(`?token=…&journal=…&session=…&timing=…`); who may come in, in `base/playback/access.py`.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from emotoolkit.apis.base.local_server import serve_as_child, started_with
from emotoolkit.apis.base.playback.access import NOBODY, Door
from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.speaker import Speaker
from emotoolkit.apis.interhuman.server.probe import Probe
from emotoolkit.apis.interhuman.wire import messages, requests
from emotoolkit.apis.interhuman.wire.stages import stage
from emotoolkit.utils.loopback import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import WSMessage

__all__ = ["serving"]

ROUNDING = 0.25
"""Seconds by which a container may fall short of what it was cut to: it ends with a whole picture, and the newest one
may still be in the demuxer."""

PARTING = 5.0

GONE = 1001
"""Close code of a connection that ends for no reason of the session's (§6.3)."""


@asynccontextmanager
async def serving(door: Door) -> AsyncIterator[str]:
    """Serve the journals that a door lets one hear inside the running loop; yields the address."""

    async def stream(request: web.Request) -> web.StreamResponse:
        return await _play(door, request)

    app = door.app()
    app.add_routes([web.get(path, stream) for path in messages.PATHS])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=PARTING)
    try:
        yield f"http://{await listening(runner)}"
    finally:
        await runner.cleanup()


async def _play(door: Door, request: web.Request) -> web.StreamResponse:
    wanted = request.query
    played = door.script(wanted, stage)
    if played is None:
        return web.Response(status=404, text=NOBODY)
    wire = web.WebSocketResponse(timeout=PARTING, compress=False, max_msg_size=0)
    await wire.prepare(request)

    async def cut() -> None:
        await wire.close(code=GONE)  # behind all that was said: a cable that is cut would take some of it along

    async def close() -> None:
        await wire.close()

    speaker = Speaker(played, wire.send_str, cut, close, timing=wanted.get("timing") == "1")
    listener = _Listener(speaker)
    try:
        await speaker.reach(Moment(Stage.OPENING))
        async for message in wire:
            await listener.hear(message)
    except ConnectionError:
        pass  # the client is gone, and has missed nothing that it wanted
    finally:
        await speaker.leave()
        await asyncio.to_thread(listener.close)
    return wire


class _Listener:
    """Counts the seconds of media that came, and lets the speaker know."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._probe = Probe()

    async def hear(self, message: WSMessage) -> None:
        """Take a message of the client."""
        if message.type is WSMsgType.BINARY:
            await asyncio.to_thread(self._probe.feed, message.data)
            await self._speaker.reach(Moment(Stage.MEDIA, self._probe.seconds + ROUNDING))
        elif message.type is WSMsgType.TEXT:
            last = isinstance(requests.read_text(message.data), requests.Close)
            if last or self._probe.seconds:
                await self._speaker.reach(Moment(Stage.LAST if last else Stage.ASKED))

    def close(self) -> None:
        """Let go of the media."""
        self._probe.close()


if __name__ == "__main__":
    _door = Door()
    started_with(dict)  # what it plays comes in later lines; there is nothing else to tell it
    serve_as_child(serving(_door), _door.admit)
