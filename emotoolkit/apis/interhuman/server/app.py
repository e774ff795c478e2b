"""The local server: Interhuman's protocol on loopback, with measured results (`analysis.py`).

`serve()` starts one in a process of its own; `serving()` is the same inside a running event loop. This module has the
routes, handshakes and token requests; `connection.py` has the sessions over a WebSocket.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import uuid
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.kept_media import KeptMedia
from emotoolkit.apis.base.local_server import LocalServer, read_startup_line, serve_as_child
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.apis.interhuman.server import client_tokens, profiles
from emotoolkit.apis.interhuman.server.auth import (
    ACCESS_TOKEN_LIFETIME_S,
    CredentialStore,
    Grant,
    find_credential,
    scopes_by_digest,
    select_subprotocol,
)
from emotoolkit.apis.interhuman.server.connection import Client, Connection
from emotoolkit.apis.interhuman.server.http_replies import CORRELATION_HEADER, error_response, json_response
from emotoolkit.apis.interhuman.server.options import Limits, Options
from emotoolkit.apis.interhuman.server.uploads import UploadEndpoints
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.apis.interhuman.wire.scopes import STREAM
from emotoolkit.utils.garbage import IdleCollector
from emotoolkit.utils.json_values import is_text_list
from emotoolkit.utils.loopback import refuse_foreign_pages, start_listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

__all__ = ["PORT", "serve", "serving"]

PORT = 2260
"""Default port of a server started by hand, next to that of Emotion Logic's; the service itself has none of its own."""

MODULE = "emotoolkit.apis.interhuman.server.app"

logger = logging.getLogger(MODULE)

RECEIVE_LIMIT_FACTOR = 2
"""Messages are received up to this multiple of the size limit, so that one above the limit gets an error (§11)."""

CLOSE_TIMEOUT_S = 5.0
"""Seconds that a client has to acknowledge a close."""


def serve(
    *,
    port: int = 0,
    keep: str | Path | None = None,
    profile: str = "reference",
    keys: Mapping[str, Iterable[str]] | Iterable[str] | None = None,
    faults: Faults | None = None,
    refuse: Iterable[str] = (),
    limits: Limits | None = None,
) -> LocalServer:
    """Start a local Interhuman server in a process of its own.

    Parameters
    ----------
    port : int
        Port on 127.0.0.1; 0 takes a free one.
    keep : path or None
        Folder in which every received binary message is stored, as `<session id>/<number>.bin`, counted from 00001,
        for the user alone, up to `limits.kept` bytes. None stores nothing.
    profile : {"reference", "quickstart", "v2", "v0"}
        Version of the service to emulate: today's; that of the quickstart, with signals in batches and without
        `session.ready`; v2, with models; v0, with flat messages. v2 and v0 have paths of their own, which are served
        whatever the profile is. The quickstart's and v0 answer each message by what is in it; the others look at 8 s
        at a time, every 3 s.
    keys : iterable or mapping of str, or None
        The keys that are accepted; a mapping gives the scopes of each. `"id:secret"` is a pair for `POST /v1/auth`.
        None accepts every client.
    faults : Faults or None
        Faults to inject; None injects none.
    refuse : iterable of {"continuations", "restarts", "mp4v"}
        Media to reject with `ih5004`, as the service has at one time or another.
    limits : Limits or None
        Limits of sessions and messages; None takes the service's.

    Returns
    -------
    LocalServer
        Its `.url` is for `Interhuman(url=...)`; `.close()`, or the end of a `with` block, stops it. The URL is a base
        address, which the vendor's own clients accept too, or with v2 and v0 the address of the stream.

    Raises
    ------
    LocalServerFailed
        It did not start, for example because the port is in use.
    SettingsError
        There is no such profile, or no rejection of that name.
    """
    options = _make_options(
        keep, keys, profile=profile, faults=faults or Faults(), refuse=tuple(refuse), limits=limits or Limits()
    )
    return LocalServer(MODULE, options, port)


OPTIONS = ("fault", "profile", "refuse", "limit", "locked")
"""Parameters of `options` that are options of the command line."""


def options(
    keep: str | Path | None = None,
    *,
    fault: Iterable[str] = (),
    limit: Iterable[str] = (),
    refuse: Iterable[str] = (),
    locked: bool = False,
    profile: str = "reference",
) -> Options:
    """Parse options from the command line, such as `drop=12`, `idle=20`, and a profile.

    Raises
    ------
    SettingsError
        A word is not an option.
    LookupError
        The server should be locked, and there is no key in the environment.
    """
    keys = None
    if locked:
        keys = [os.environ.get("INTERHUMAN_API_KEY", "")]
        if not keys[0]:
            raise LookupError("there is no key in INTERHUMAN_API_KEY.")
    faults, limits = read_words(Faults, fault), read_words(Limits, limit)
    return _make_options(keep, keys, profile=profile, faults=faults, refuse=tuple(refuse), limits=limits)


def _make_options(
    keep: str | Path | None, keys: Mapping[str, Iterable[str]] | Iterable[str] | None, **chosen: Any
) -> Options:
    return Options(keep=Path(keep) if keep else None, keys=None if keys is None else scopes_by_digest(keys), **chosen)


@asynccontextmanager
async def serving(options: Options = Options(), port: int = 0) -> AsyncIterator[str]:  # noqa: B008 - it is frozen
    """Serve inside the running event loop; yields the address."""
    credentials = CredentialStore({}, allow_all=True) if options.keys is None else CredentialStore(options.keys)
    in_progress = IdleCollector()
    endpoints, uploads = (
        _StreamAndTokenEndpoints(options, credentials),
        UploadEndpoints(options, credentials, in_progress),
    )
    app = web.Application(
        client_max_size=RECEIVE_LIMIT_FACTOR * options.limits.largest,
        middlewares=[refuse_foreign_pages(endpoints.is_of_token_with_origins), in_progress.middleware()],
    )
    app.add_routes([web.get(path, endpoints.stream) for path in messages.PATHS])
    app.add_routes([web.post("/v1/upload/analyze", uploads.upload), web.post("/v2/upload/analyze", uploads.submit)])
    app.add_routes([web.get("/v2/upload/jobs/{job}", uploads.job), web.post("/v1/auth", endpoints.exchange)])
    app.add_routes(
        [web.post("/v1/client_tokens", endpoints.mint), web.post("/v1/client_tokens/revoke", endpoints.revoke)]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_TIMEOUT_S)
    try:
        address = await start_listening(runner, port)
        gc.freeze()
        path = profiles.PROFILES[options.profile].path
        yield f"http://{address}{'' if path == messages.PATHS[0] else path}"
    finally:
        await endpoints.close()
        await uploads.close()
        await runner.cleanup()


class _StreamAndTokenEndpoints:
    """Handlers of stream handshakes (§1.7) and of token requests (§1.4, §1.5)."""

    def __init__(self, options: Options, credentials: CredentialStore) -> None:
        self._options = options
        self._credentials = credentials
        self._kept = KeptMedia(options.keep, options.limits.kept)
        self._websockets: set[web.WebSocketResponse] = set()
        self._session_counts: Counter[str | None] = Counter()

    async def close(self) -> None:
        """Close all sessions."""
        await asyncio.gather(*(websocket.close(code=1001) for websocket in self._websockets))

    def is_of_token_with_origins(self, request: web.Request) -> bool:
        """Whether a request has a client token that names the origins from which it may be used (§1.5)."""
        grant = self._credentials.authorize(_credential(request))
        return isinstance(grant, Grant) and grant.caps.allowed_origins is not None

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Accept or reject a handshake, then run the session; unknown query parameters are ignored (§1.6)."""
        session = str(uuid.uuid4())
        profile = profiles.find(request.path, self._options.profile)
        if profile is None or self._options.faults.refuse:
            return error_response(503, "ih1003", session)
        offered = _offered_subprotocols(request)
        credential = _credential(request)
        grant = self._credentials.authorize(credential)
        if isinstance(grant, str):
            return error_response(401, grant, session)
        if not grant.allows(request.headers.get("Origin")):
            return error_response(403, "ih2003", session, "the token may not be used by a page from this origin")
        websocket = self._websocket(select_subprotocol(offered))
        if not websocket.can_prepare(request):
            return web.Response(status=426, text="This is the address of a WebSocket.\n")
        websocket.headers[CORRELATION_HEADER] = session
        await websocket.prepare(request)
        client = Client(
            session=session,
            profile=profile,
            grant=grant,
            include=tuple(request.query.getall("include[]", [])),
            model=request.query.get("model") if profile.models else None,
        )
        abort = request.transport.abort if request.transport else lambda: None
        connection = Connection(websocket, abort, self._options, client, self._kept)
        self._websockets.add(websocket)
        logger.debug("a client has connected: %d now", len(self._websockets))
        self._session_counts[credential] += 1
        try:
            await connection.run(self._refusal_code(request, profile, credential, grant))
        except ConnectionError:
            pass  # the client has disconnected
        finally:
            self._session_counts[credential] -= 1
            self._websockets.discard(websocket)
        return websocket

    def _websocket(self, protocol: str | None) -> web.WebSocketResponse:
        return web.WebSocketResponse(
            timeout=CLOSE_TIMEOUT_S,
            protocols=[protocol] if protocol else [],
            compress=False,
            max_msg_size=RECEIVE_LIMIT_FACTOR * self._options.limits.largest,
        )

    def _refusal_code(
        self, request: web.Request, profile: profiles.Profile, credential: str | None, grant: Grant
    ) -> str | None:
        """Find the error to send after an accepted handshake, as the service does (§1.7); None if there is none."""
        if STREAM not in grant.scopes and not any(scope.startswith(STREAM + ".") for scope in grant.scopes):
            return "ih2003"
        if profile.models and request.query.get("model", profile.models[0]) not in profile.models:
            return "ih4005"
        limit = grant.caps.max_concurrent or self._options.limits.sessions
        return "ih3002" if limit and self._session_counts[credential] > limit else None

    async def exchange(self, request: web.Request) -> web.Response:
        """Issue a token for an id and a secret (§1.4)."""
        session = str(uuid.uuid4())
        try:
            body = json.loads(await request.read())
            key_id, secret, scopes = body.get("key_id"), body.get("key_secret"), body.get("scopes")
        except (AttributeError, RecursionError, ValueError):
            return error_response(422, "ih1001", session, "the request is not a JSON object")
        if not secret:
            return error_response(400, "ih2005", session)
        if not isinstance(key_id, str) or not isinstance(secret, str) or not scopes or not is_text_list(scopes):
            return error_response(400, "ih2001", session, "key_id is a string, and scopes an array of at least one")
        token = self._credentials.exchange(key_id, secret, scopes)
        if token is None:
            return error_response(401, "ih2001", session)
        if not token:
            return error_response(403, "ih2003", session)
        response = client_tokens.token_response(token, tuple(scopes), ACCESS_TOKEN_LIFETIME_S)
        return json_response(response, session)

    async def mint(self, request: web.Request) -> web.Response:
        """Issue a token for a client that must not have the key (§1.5)."""
        session = str(uuid.uuid4())
        token_request = client_tokens.read_request(await _read_json(request))
        if isinstance(token_request, str):
            return error_response(400, "ih2001", session, token_request)
        token = self._credentials.mint(
            token_request.key, token_request.scopes, token_request.lifetime_s, token_request.caps
        )
        if not token:
            return error_response(401, "ih2001", session) if token is None else error_response(403, "ih2003", session)
        response = client_tokens.token_response(
            token, token_request.scopes, token_request.lifetime_s, token_request.caps
        )
        return json_response(response, session)

    async def revoke(self, request: web.Request) -> web.Response:
        """Revoke a client token; sessions opened with it end at their next message."""
        session = str(uuid.uuid4())
        body = await _read_json(request)
        key, token = (body.get(name) if isinstance(body, dict) else None for name in ("api_key", "token"))
        if not isinstance(key, str) or not isinstance(token, str):
            return error_response(400, "ih2001", session, "api_key and token are strings")
        if not self._credentials.revoke(key, token):
            return error_response(401, "ih2001", session)
        return json_response({}, session)


def _offered_subprotocols(request: web.Request) -> list[str]:
    """List the subprotocols that a client offers."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    return [each.strip() for each in offered if each.strip()]


def _credential(request: web.Request) -> str | None:
    return find_credential(request.headers.get("Authorization", ""), _offered_subprotocols(request))


async def _read_json(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except (RecursionError, ValueError):
        return None


if __name__ == "__main__":
    serve_as_child(serving(*read_startup_line(Options)))
