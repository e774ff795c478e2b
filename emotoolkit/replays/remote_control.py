"""The worker's HTTP server for pages: a replay's token allows to pause, seek and resume it.

While a notebook is in a long call of a library written in C, none of its threads runs, and a page's requests to it
wait. Requests to the worker do not. The notebook learns of them from the journal's lines, as of everything else.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from emotoolkit.replays.commands import Pause, Resume, Seek
from emotoolkit.utils.loopback import CORS_HEADERS, refuse_foreign_hosts, start_listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.commands import ReplayCommand
    from emotoolkit.replays.states import Status

__all__ = ["RemoteControl"]

MAX_REQUEST_BYTES = 4096
"""Largest request body in bytes."""


class RemoteControl:
    """HTTP server on the loopback interface that takes commands from pages.

    Parameters
    ----------
    execute : callable
        Executes a command and returns the replay's status after it; None if the command is not possible.
    """

    def __init__(self, execute: Callable[[ReplayCommand], Status | None]) -> None:
        self._execute = execute
        self._players: dict[str, int] = {}
        app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[refuse_foreign_hosts])
        app.router.add_post("/{token}", self._on_request)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self._address = ""

    async def open(self) -> None:
        """Start listening."""
        self._address = await start_listening(self._runner)

    def issue_url(self, player: int, token: str) -> str:
        """Allow control of a replay with this token. Returns the URL for it."""
        self._players[token] = player
        return f"http://{self._address}/{token}"

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _on_request(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if token not in self._players:
            raise web.HTTPNotFound(text="There is no such replay any more.", headers=CORS_HEADERS)
        command = _parse_command(self._players[token], await request.text())
        if command is None:
            raise web.HTTPBadRequest(
                text='A call is {"do": "play"}, "pause", or "seek" with "to".', headers=CORS_HEADERS
            )
        status = self._execute(command)
        if status is None:
            raise web.HTTPConflict(text="This replay has ended, or has no such moment.", headers=CORS_HEADERS)
        return web.json_response(asdict(status), headers=CORS_HEADERS)


def _parse_command(player: int, text: str) -> ReplayCommand | None:
    try:
        request = json.loads(text)
    except (RecursionError, ValueError):
        return None
    match request:
        case {"do": "play"}:
            return Resume(player)
        case {"do": "pause"}:
            return Pause(player)
        case {"do": "seek", "to": int() | float() as to}:
            return Seek(player, float(to))
    return None
