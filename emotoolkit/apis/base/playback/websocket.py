"""The server that plays journals of an API over WebSocket.

An API adds its `MediaProgress`, which finds out how far a client is from the messages that it has sent.
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
from emotoolkit.utils.loopback import serving_guarded_app

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aiohttp import WSMessage

    from emotoolkit.apis.base.playback.script import StageFunction

__all__ = ["MediaProgress", "serve_playback_as_child", "serving_playback"]

CLOSE_TIMEOUT_S = 5.0
"""Seconds that a client gets to close properly."""

GOING_AWAY = 1001
"""Close code of a server that goes away (RFC 6455, 7.4.1)."""


class MediaProgress(Protocol):
    """Tracks how far one client is. Its methods run in a thread, since parsing media takes time."""

    def receive(self, message: WSMessage) -> Moment | None:
        """Take a message of the client; return the moment that it has come to, None if not known."""

    def close(self) -> None:
        """Release its resources."""


def serving_playback(
    access: JournalAccess,
    stage: StageFunction,
    make_progress: Callable[[], MediaProgress],
    paths: Sequence[str] = ("/",),
) -> AbstractAsyncContextManager[str]:
    """Serve the registered journals; the context gives the address.

    Parameters
    ----------
    access : JournalAccess
        The journals and their tokens.
    stage : callable
        Gives the stage of a session that a message belongs to.
    make_progress : callable
        Makes a `MediaProgress` for each client.
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
            await wire.close(code=GOING_AWAY)  # not an abort, which could lose the last messages

        async def close() -> None:
            await wire.close()

        timing = request.query.get("timing") == "1"
        await _play_session(wire, PlaybackSender(script, wire.send_str, cut, close, timing=timing), make_progress())
        return wire

    app = access.app()
    app.add_routes([web.get(path, stream) for path in paths])
    return serving_guarded_app(app, shutdown_timeout=CLOSE_TIMEOUT_S)


def serve_playback_as_child(
    stage: StageFunction, make_progress: Callable[[], MediaProgress], paths: Sequence[str] = ("/",)
) -> None:
    """Serve journals in this process until standard input ends; each line of it registers one."""
    access = JournalAccess()
    read_startup_line(dict)  # it has no options: the journals come in later lines
    serve_as_child(serving_playback(access, stage, make_progress, paths), access.register)


async def _play_session(wire: web.WebSocketResponse, sender: PlaybackSender, progress: MediaProgress) -> None:
    try:
        with suppress(ConnectionError):  # the client has disconnected
            await sender.advance_to(Moment(Stage.OPENING))
            async for message in wire:
                moment = await asyncio.to_thread(progress.receive, message)
                if moment is not None:
                    await sender.advance_to(moment)
    finally:
        await sender.stop()
        await asyncio.to_thread(progress.close)
