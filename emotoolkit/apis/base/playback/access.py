"""Access control of the servers that play journals: a random token for each journal.

A journal is a conversation of real people, and a port of this machine is open to all its users and to every page in a
browser. So a server has no journal until its parent registers one, over standard input, together with a random token. A
request with another token or none, or from a page of another machine, always gets the same answer.
"""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from emotoolkit.apis.base import local_server
from emotoolkit.apis.base.playback import library
from emotoolkit.apis.base.playback.script import build_script
from emotoolkit.errors import EmotoolkitError
from emotoolkit.utils.loopback import comes_from_here, names_this_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from emotoolkit.apis.base.local_server import LocalServer
    from emotoolkit.apis.base.playback.script import Script, Stage

__all__ = ["NOT_FOUND_TEXT", "JournalAccess", "grant_access"]

TOKEN_BYTES = 24
"""Random bytes of a token."""

NOT_FOUND_TEXT = "there is no such session\n"
"""Answer to every refused request, so that it does not reveal whether a journal exists."""


class JournalAccess:
    """The journals that a server plays, each by its token."""

    def __init__(self) -> None:
        self._journals: dict[str, tuple[Path, str]] = {}

    def register(self, line: bytes) -> None:
        """Register a journal by a line of `grant_access`."""
        entry = json.loads(line)
        self._journals[entry["token"]] = Path(entry["place"]), entry["journal"]

    def find_script(self, query: Mapping[str, str], stage: Callable[[str], Stage | None]) -> Script | None:
        """Make the script of a query's session (`token`, `journal`, `session`); None without access or session."""
        journal = self._find_journal(query)
        if journal is None:
            return None
        try:
            return build_script(library.read_records(*journal), int(query["session"]), stage)
        except (EmotoolkitError, KeyError, OSError, ValueError):
            return None

    def _find_journal(self, query: Mapping[str, str]) -> tuple[Path, str] | None:
        """Look up the journal of the query's token, if it is the one that the query names."""
        place, name = self._journals.get(query.get("token", ""), (None, None))
        return None if place is None or name is None or query.get("journal") != name else (place, name)

    def app(self) -> web.Application:
        """Make an application that refuses requests without a valid token, and all from pages of other machines."""

        @web.middleware
        async def guard(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> web.StreamResponse:
            if self._find_journal(request.query) is None or not (
                names_this_server(request) and comes_from_here(request)
            ):
                return web.Response(status=404, text=NOT_FOUND_TEXT)
            return await handler(request)  # type: ignore[no-any-return]

        return web.Application(middlewares=[guard])


def grant_access(module: str, place: Path, journal: str) -> tuple[LocalServer, str]:
    """Register a journal with the shared server of a module; return the server and the journal's token.

    All journals of a module share one process.

    Raises
    ------
    LocalServerFailed
        The server did not start, or has ended.
    """
    with _tokens_lock:
        server = local_server.get_shared(module)
        key = server.pid, str(place), journal
        if key not in _tokens:
            token = secrets.token_urlsafe(TOKEN_BYTES)
            server.send_line(json.dumps({"token": token, "place": str(place), "journal": journal}))
            _tokens[key] = token
        return server, _tokens[key]


_tokens: dict[tuple[int, str, str], str] = {}
_tokens_lock = threading.Lock()
