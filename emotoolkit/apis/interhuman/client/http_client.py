"""The client's HTTP requests: a token for an id and a secret (contract page §1.4), an upload (§7.1)."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from emotoolkit.apis.base.http_bodies import read_body
from emotoolkit.apis.interhuman.wire import values
from emotoolkit.errors import ServerRefused, ServerSilent, ServerUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emotoolkit.apis.interhuman.settings import InterhumanSettings

__all__ = ["cached_tokens", "credential", "get", "post"]

CORRELATION_HEADER = "X-Correlation-ID"
AUTH_PATH = "/v1/auth"

EXPIRY_MARGIN_S = 30.0
"""Seconds before its expiry from which a token is not used any more (§1.4)."""

HTTP_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    expires_at: float


_token_cache: dict[tuple[str, ...], _Token] = {}
"""Tokens of this process, by address, id, digest of the secret, and scope."""


async def credential(settings: InterhumanSettings, scope: str) -> str | None:
    """Get the credential for the server: the key, or a token for id and secret; None if there are neither.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
        Id and secret could not be exchanged for a token.
    """
    if settings.key is not None or settings.key_id is None or settings.key_secret is None:
        return settings.key
    now = time.monotonic()
    digest = hashlib.sha256(settings.key_secret.encode()).hexdigest()
    cache_key = settings.address, settings.key_id, digest, scope
    known = _token_cache.get(cache_key)
    if known is None or known.expires_at - EXPIRY_MARGIN_S <= now:
        body = {"key_id": settings.key_id, "key_secret": settings.key_secret, "scopes": [scope]}
        answer = await post(settings, AUTH_PATH, timeout_s=settings.timeout, json=body)
        known = _token_cache[cache_key] = _read_token(settings, answer, now)
    return known.value


def _read_token(settings: InterhumanSettings, answer: str, now: float) -> _Token:
    try:
        given = json.loads(answer)
        return _Token(str(given["access_token"]), now + float(given["expires_in"]))
    except (KeyError, RecursionError, TypeError, ValueError):
        reason = f"what it answers to {AUTH_PATH} is no token"
        raise ServerRefused(api=settings.title, url=settings.address, reason=reason, code=200) from None


def cached_tokens(settings: InterhumanSettings) -> list[str]:
    """List the tokens that this process holds for the address of these settings."""
    return [token.value for (address, *_), token in _token_cache.items() if address == settings.address]


async def post(
    settings: InterhumanSettings,
    path: str,
    *,
    timeout_s: float,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> str:
    """Post to the server of these settings; returns the body of the response, which has `timeout_s` seconds.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent, MessageTooLarge
    """
    return await _request("POST", settings, path, timeout_s, headers=headers, **options)


async def get(
    settings: InterhumanSettings, path: str, *, timeout_s: float, headers: Mapping[str, str] | None = None
) -> str:
    """Send a GET request to the server of these settings; returns and raises as `post` does."""
    return await _request("GET", settings, path, timeout_s, headers=headers)


async def _request(method: str, settings: InterhumanSettings, path: str, timeout_s: float, **options: Any) -> str:
    scheme, host, *_ = urlsplit(settings.address)
    url = urlunsplit((HTTP_SCHEMES.get(scheme, scheme), host, path, "", ""))
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            # No redirects: consent and key are for this address.
            http.request(method, url, allow_redirects=False, **options) as response,
        ):
            body = await read_body(response, api=settings.title, url=url, limit_mb=settings.max_message_mb)
            if response.status < 300:  # noqa: PLR2004 - from 300 on it is a redirect or an error
                return body
            reason, code, session = values.read_refusal(body)
            raise ServerRefused(
                api=settings.title,
                url=url,
                reason=reason or f"HTTP {response.status}",
                code=code or response.status,
                correlation_id=session or response.headers.get(CORRELATION_HEADER),
            )
    except TimeoutError:
        raise ServerSilent(api=settings.title, url=url, step=path, timeout=timeout_s) from None
    except (aiohttp.ClientError, OSError) as problem:
        raise ServerUnreachable(api=settings.title, url=url, reason=str(problem) or type(problem).__name__) from problem
