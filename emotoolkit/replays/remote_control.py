"""The worker's door for pages: who knows a replay's token holds it, moves it and lets it go on.

A notebook that is busy with one long call of a library written in C runs no other thread: what a page asks of it waits.
What a page asks here does not. The notebook learns of it as of everything else, from the journal's lines.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from emotoolkit.replays.commands import Pause, Resume, Seek
from emotoolkit.utils.loopback import OPEN, listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.commands import Control
    from emotoolkit.replays.states import Standing

__all__ = ["Steering"]

LARGEST_CALL = 4096
"""Bytes of a call."""


class Steering:
    """A server on the loopback interface.

    Parameters
    ----------
    steer : callable
        Does what is asked and gives where the replay then is; None if that cannot be: the notebook says why.
    """

    def __init__(self, steer: Callable[[Control], Standing | None]) -> None:
        self._steer = steer
        self._players: dict[str, int] = {}
        app = web.Application(client_max_size=LARGEST_CALL)
        app.router.add_post("/{token}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self._address = ""

    async def open(self) -> None:
        """Listen."""
        self._address = await listening(self._runner)

    def admit(self, player: int, token: str) -> str:
        """Let whoever knows `token` steer a replay. Gives the address for that."""
        self._players[token] = player
        return f"http://{self._address}/{token}"

    async def close(self) -> None:
        """Admit nobody any more."""
        await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if token not in self._players:
            raise web.HTTPNotFound(text="There is no such replay any more.", headers=OPEN)
        command = _command(self._players[token], await request.text())
        if command is None:
            raise web.HTTPBadRequest(text='A call is {"do": "play"}, "pause", or "seek" with "to".', headers=OPEN)
        standing = self._steer(command)
        if standing is None:
            raise web.HTTPConflict(text="This replay has ended, or has no such moment.", headers=OPEN)
        return web.json_response(asdict(standing), headers=OPEN)


def _command(player: int, text: str) -> Control | None:
    try:
        call = json.loads(text)
    except ValueError:
        return None
    match call:
        case {"do": "play"}:
            return Resume(player)
        case {"do": "pause"}:
            return Pause(player)
        case {"do": "seek", "to": int() | float() as to}:
            return Seek(player, float(to))
    return None
