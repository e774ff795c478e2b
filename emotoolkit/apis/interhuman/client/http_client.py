"""What a client asks over HTTP: a token for a pair of id and secret (contract page §1.4), an upload (§7.1)."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from emotoolkit.apis.interhuman.wire import decoder
from emotoolkit.errors import ServerRefused, ServerSilent, ServerUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emotoolkit.apis.interhuman.settings import InterhumanSettings

__all__ = ["credential", "get", "post", "tokens"]

CORRELATION = "X-Correlation-ID"
AUTH = "/v1/auth"

EARLY = 30.0
"""Seconds before its end from which a token is not used any more (§1.4)."""

SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: float


_tokens: dict[tuple[str, ...], _Token] = {}
"""Tokens that are good for a while, by address, id, digest of the secret, and scope; of this process alone."""


async def credential(settings: InterhumanSettings, scope: str) -> str | None:
    """Give what is presented to the server: the key, or a token for the pair; None if there is neither.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
        The pair could not be exchanged.
    """
    if settings.key is not None or settings.key_id is None or settings.key_secret is None:
        return settings.key
    now = time.monotonic()
    digest = hashlib.sha256(settings.key_secret.encode()).hexdigest()
    place = settings.address, settings.key_id, digest, scope
    known = _tokens.get(place)
    if known is None or known.until - EARLY <= now:
        asked = {"key_id": settings.key_id, "key_secret": settings.key_secret, "scopes": [scope]}
        answer = await post(settings, AUTH, patience=settings.timeout, json=asked)
        known = _tokens[place] = _token(settings, answer, now)
    return known.value


def _token(settings: InterhumanSettings, answer: str, now: float) -> _Token:
    try:
        given = json.loads(answer)
        return _Token(str(given["access_token"]), now + float(given["expires_in"]))
    except (KeyError, RecursionError, TypeError, ValueError):
        reason = f"what it answers to {AUTH} is no token"
        raise ServerRefused(api=settings.title, url=settings.address, reason=reason, code=200) from None


def tokens(settings: InterhumanSettings) -> list[str]:
    """Give the tokens that this process holds for the address of these settings."""
    return [token.value for (address, *_), token in _tokens.items() if address == settings.address]


async def post(
    settings: InterhumanSettings, path: str, *, patience: float, headers: Mapping[str, str] | None = None, **what: Any
) -> str:
    """Post to the server that the settings name, and wait `patience` seconds; returns the body of the answer.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    return await _asked("POST", settings, path, patience, headers=headers, **what)


async def get(
    settings: InterhumanSettings, path: str, *, patience: float, headers: Mapping[str, str] | None = None
) -> str:
    """Read something there; what is returned and raised is as of `post`."""
    return await _asked("GET", settings, path, patience, headers=headers)


async def _asked(method: str, settings: InterhumanSettings, path: str, patience: float, **what: Any) -> str:
    scheme, host, *_ = urlsplit(settings.address)
    url = urlunsplit((SCHEMES.get(scheme, scheme), host, path, "", ""))
    within = aiohttp.ClientTimeout(total=patience)
    try:
        async with (
            aiohttp.ClientSession(timeout=within) as http,
            # Nowhere else than asked for: consent and key are for this address.
            http.request(method, url, allow_redirects=False, **what) as response,
        ):
            body = (await response.read()).decode(errors="replace")
            if response.status < 300:  # noqa: PLR2004 - beyond, it sends us elsewhere
                return body
            reason, code, session = decoder.refusal(body)
            raise ServerRefused(
                api=settings.title,
                url=url,
                reason=reason or f"HTTP {response.status}",
                code=code or response.status,
                correlation_id=session or response.headers.get(CORRELATION),
            )
    except TimeoutError:
        raise ServerSilent(api=settings.title, url=url, step=path, timeout=patience) from None
    except (aiohttp.ClientError, OSError) as problem:
        raise ServerUnreachable(api=settings.title, url=url, reason=str(problem) or type(problem).__name__) from problem
