"""Plays journals of an API that speaks over a WebSocket: who comes in, what is said, when it ends.

What an API adds is a listener: how far a client is that has sent what it sent.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from emotoolkit.apis.base.local_server import read_startup_line, serve_as_child
from emotoolkit.apis.base.playback.access import NOT_FOUND_TEXT, JournalAccess
from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.speaker import PlaybackSender
from emotoolkit.utils.loopback import serving_app

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aiohttp import WSMessage

    from emotoolkit.apis.base.playback.script import StageFunction

__all__ = ["MediaProgress", "serve_playback_as_child", "serving_playback"]

CLOSE_TIMEOUT_S = 5.0
"""Seconds that a client gets to close properly."""

GOING_AWAY = 1001
"""Close code of a connection that ends for no reason of the session's (RFC 6455, 7.4.1)."""


class MediaProgress(Protocol):
    """Counts what one client sends. Its methods run in a thread: looking into media takes time."""

    def receive(self, message: WSMessage) -> Moment | None:
        """Take a message; give the moment that the client has come to, None where it is none."""

    def close(self) -> None:
        """Let go of what it held."""


def serving_playback(
    access: JournalAccess,
    stage: StageFunction,
    make_progress: Callable[[], MediaProgress],
    paths: Sequence[str] = ("/",),
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
        script = access.find_script(request.query, stage)
        if script is None:
            return web.Response(status=404, text=NOT_FOUND_TEXT)
        wire = web.WebSocketResponse(timeout=CLOSE_TIMEOUT_S, compress=False, max_msg_size=0)
        await wire.prepare(request)

        async def cut() -> None:
            await wire.close(
                code=GOING_AWAY
            )  # behind all that was said: a cable that is cut would take some of it along

        async def close() -> None:
            await wire.close()

        timing = request.query.get("timing") == "1"
        await _play_session(wire, PlaybackSender(script, wire.send_str, cut, close, timing=timing), make_progress())
        return wire

    app = access.app()
    app.add_routes([web.get(path, stream) for path in paths])
    return serving_app(app, shutdown_timeout=CLOSE_TIMEOUT_S)


def serve_playback_as_child(
    stage: StageFunction, make_progress: Callable[[], MediaProgress], paths: Sequence[str] = ("/",)
) -> None:
    """Run a server that plays in this process, until standard input ends; its lines say what may be heard."""
    access = JournalAccess()
    read_startup_line(dict)  # what it plays comes in later lines; there is nothing else to tell it
    serve_as_child(serving_playback(access, stage, make_progress, paths), access.register)


async def _play_session(wire: web.WebSocketResponse, sender: PlaybackSender, progress: MediaProgress) -> None:
    try:
        with suppress(ConnectionError):  # the client is gone, and has missed nothing that it wanted
            await sender.advance_to(Moment(Stage.OPENING))
            async for message in wire:
                moment = await asyncio.to_thread(progress.receive, message)
                if moment is not None:
                    await sender.advance_to(moment)
    finally:
        await sender.stop()
        await asyncio.to_thread(progress.close)
