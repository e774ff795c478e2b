"""The door of the servers that play journals: who has a token hears the one journal that it is for, nobody else any.

A journal is a conversation of real people, and a port of this machine is open to each of its users and to each page
that is open in a browser. So a server knows of no journal until it is told of one, over its standard input, together
with a random token; and whoever has another token, or none, or is a page from elsewhere, gets one and the same answer.
"""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from emotoolkit.apis.base import local_server
from emotoolkit.apis.base.playback import library
from emotoolkit.apis.base.playback.script import script
from emotoolkit.errors import EmotoolkitError
from emotoolkit.utils.addresses import is_loopback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from emotoolkit.apis.base.local_server import LocalServer
    from emotoolkit.apis.base.playback.script import Script, Stage

__all__ = ["NOBODY", "Door", "admitted"]

TOKEN = 24
"""Random bytes of a token."""

NOBODY = "there is no such session\n"
"""What whoever may not come in is told, whatever the reason: whether a journal is there is nobody's business."""


class Door:
    """The journals that a server plays, each by its token."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Path, str]] = {}

    def admit(self, line: bytes) -> None:
        """Learn of a journal: a line of `admitted`."""
        told = json.loads(line)
        self._places[told["token"]] = Path(told["place"]), told["journal"]

    def script(self, wanted: Mapping[str, str], stage: Callable[[str], Stage | None]) -> Script | None:
        """Give what is said in the session that an address asks for (`?token=…&journal=…&session=…`), or None."""
        asked = self._asked(wanted)
        if asked is None:
            return None
        try:
            return script(library.records(*asked), int(wanted["session"]), stage)
        except (EmotoolkitError, KeyError, OSError, ValueError):
            return None

    def _asked(self, wanted: Mapping[str, str]) -> tuple[Path, str] | None:
        """Find the journal that a token is for, if it is the one that is asked for."""
        place, name = self._places.get(wanted.get("token", ""), (None, None))
        return None if place is None or name is None or wanted.get("journal") != name else (place, name)

    def app(self) -> web.Application:
        """Make an application into which nobody comes without a token, and no page from elsewhere with one."""

        @web.middleware
        async def guard(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> web.StreamResponse:
            if self._asked(request.query) is None or not _from_here(request):
                return web.Response(status=404, text=NOBODY)
            return await handler(request)  # type: ignore[no-any-return]

        return web.Application(middlewares=[guard])


def _from_here(request: web.Request) -> bool:
    """Whether a request names this machine as its server, and is of no page that another one serves."""
    origins = request.headers.getall("Origin", [])
    return _is_here(f"//{request.headers.get('Host', '')}") and all(_is_here(origin) for origin in origins)


def _is_here(address: str) -> bool:
    try:
        return is_loopback(urlsplit(address).hostname)
    except ValueError:
        return False


def admitted(module: str, place: Path, journal: str) -> tuple[LocalServer, str]:
    """Let the one server of a protocol play a journal; gives it and the token by which it does.

    All journals share the server, so that many of them do not leave many processes.

    Raises
    ------
    LocalServerFailed
        The server did not start, or ended meanwhile.
    """
    with _admitting:
        server = local_server.shared(module)
        key = server.pid, str(place), journal
        if key not in _tokens:
            token = secrets.token_urlsafe(TOKEN)
            server.tell(json.dumps({"token": token, "place": str(place), "journal": journal}))
            _tokens[key] = token
        return server, _tokens[key]


_tokens: dict[tuple[int, str, str], str] = {}
_admitting = threading.Lock()
