"""Plays journals of an API that speaks over a WebSocket: who comes in, what is said, when it ends.

What an API adds is a listener: how far a client is that has sent what it sent.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from emotoolkit.apis.base.local_server import serve_as_child, started_with
from emotoolkit.apis.base.playback.access import NOBODY, Door
from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.speaker import Speaker
from emotoolkit.utils.loopback import served

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aiohttp import WSMessage

    from emotoolkit.apis.base.playback.script import StageOf

__all__ = ["Listener", "play_as_child", "playing"]

PARTING = 5.0
"""Seconds that a client gets to close properly."""

GONE = 1001
"""Close code of a connection that ends for no reason of the session's (RFC 6455, 7.4.1)."""


class Listener(Protocol):
    """Counts what one client sends. Its methods run in a thread: looking into media takes time."""

    def hear(self, message: WSMessage) -> Moment | None:
        """Take a message; give the moment that the client has come to, None where it is none."""

    def close(self) -> None:
        """Let go of what it held."""


def playing(
    door: Door, stage: StageOf, listener: Callable[[], Listener], paths: Sequence[str] = ("/",)
) -> AbstractAsyncContextManager[str]:
    """Serve the journals that a door lets one hear; the context gives the address.

    Parameters
    ----------
    door : Door
        Who may hear what.
    stage : callable
        Says to which stage of a conversation a message belongs.
    listener : callable
        Makes a listener for each client.
    paths : sequence of str
        Paths of the server's addresses.
    """

    async def stream(request: web.Request) -> web.StreamResponse:
        script = door.script(request.query, stage)
        if script is None:
            return web.Response(status=404, text=NOBODY)
        wire = web.WebSocketResponse(timeout=PARTING, compress=False, max_msg_size=0)
        await wire.prepare(request)

        async def cut() -> None:
            await wire.close(code=GONE)  # behind all that was said: a cable that is cut would take some of it along

        async def close() -> None:
            await wire.close()

        timing = request.query.get("timing") == "1"
        await _play(wire, Speaker(script, wire.send_str, cut, close, timing=timing), listener())
        return wire

    app = door.app()
    app.add_routes([web.get(path, stream) for path in paths])
    return served(app, goodbye=PARTING)


def play_as_child(stage: StageOf, listener: Callable[[], Listener], paths: Sequence[str] = ("/",)) -> None:
    """Run a server that plays in this process, until standard input ends; its lines say what may be heard."""
    door = Door()
    started_with(dict)  # what it plays comes in later lines; there is nothing else to tell it
    serve_as_child(playing(door, stage, listener, paths), door.admit)


async def _play(wire: web.WebSocketResponse, speaker: Speaker, listener: Listener) -> None:
    try:
        with suppress(ConnectionError):  # the client is gone, and has missed nothing that it wanted
            await speaker.reach(Moment(Stage.OPENING))
            async for message in wire:
                moment = await asyncio.to_thread(listener.hear, message)
                if moment is not None:
                    await speaker.reach(moment)
    finally:
        await speaker.leave()
        await asyncio.to_thread(listener.close)
