"""Secrets out of what is written down, whoever says them: a server that repeats a key in its answer does, too."""

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
"""Characters that a secret has at least: a shorter one would be found in ordinary words and numbers."""

SECRET_WORDS = ("key", "token", "secret", "password", "auth", "signature")
"""What is in the name of a parameter whose value is nobody's business."""


@lru_cache(maxsize=64)
def secrets_in_address(url: str) -> tuple[str, ...]:
    """Find the secrets in an address: a password, and parameters that are called like one.

    Examples
    --------
    >>> secrets_in_address("wss://eva:open%20sesame@example.org/stream?model=inter-2&api_key=ih_live")
    ('open%20sesame', 'ih_live')
    """
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if any(word in name.lower() for word in SECRET_WORDS)]
    return (*filter(None, [parts.password]), *named)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Put `MASK` in the place of each secret, also where it is written as JSON or as part of an address."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_CHARS:
            for form in _encodings(secret):
                text = text.replace(form, MASK)
    return text


@lru_cache(maxsize=64)
def _encodings(secret: str) -> tuple[str, ...]:
    """How a secret may be written. Kept, since every line of every journal is looked through."""
    return tuple(sorted({secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret)}, key=len))
