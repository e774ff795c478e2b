"""Removes secrets from text that is written down, such as an answer of a server that repeats a key."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MASK", "redact", "secrets_in_address"]

MASK = "…"

MIN_SECRET_CHARS = 6
"""Minimum length of a secret: a shorter one would be found in ordinary words and numbers."""

SECRET_WORDS = ("key", "token", "secret", "password", "auth", "signature")
"""Words in the name of a parameter whose value is secret."""


@lru_cache(maxsize=64)
def secrets_in_address(url: str) -> tuple[str, ...]:
    """Find the secrets in an address: the password, and parameters whose name has one of `SECRET_WORDS`.

    Examples
    --------
    >>> secrets_in_address("wss://eva:open%20sesame@example.org/stream?model=inter-2&api_key=ih_live")
    ('open%20sesame', 'ih_live')
    """
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if any(word in name.lower() for word in SECRET_WORDS)]
    return (*filter(None, [parts.password]), *named)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret by `MASK`, also where it is encoded as JSON or in an address."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_CHARS:
            for form in _encodings(secret):
                text = text.replace(form, MASK)
    return text


@lru_cache(maxsize=64)
def _encodings(secret: str) -> tuple[str, ...]:
    """List the encodings of a secret. Cached, since every line of every journal is searched."""
    return tuple(sorted({secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret)}, key=len))
