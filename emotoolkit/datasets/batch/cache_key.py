"""Cache key of an answer: a hash of what was sent, through what, and every setting that can change the answer.

A medium whose key is known is not sent again. A renamed file has the same key; a changed setting gives another.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emotoolkit.apis.base.settings import added_later
from emotoolkit.utils import addresses

if TYPE_CHECKING:
    from emotoolkit.apis.base.protocols import Api

__all__ = ["SCHEMA_VERSION", "address", "compute_key", "describe_request"]

SCHEMA_VERSION = 1
"""Version of journals and results on disk. With a new one every medium is sent again."""

IGNORED_SETTINGS = frozenset({"url", "path", "timeout", "warm_up", "consent", "insecure", "max_message_mb"})
"""Settings that do not change the answer. All others are in the key, also those of future APIs."""


def describe_request(api: Api) -> dict[str, Any]:
    """Describe a request: protocol, server, and each setting that can change the answer.

    The local server that is started where none is named counts as the same server, whatever its port.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> describe_request(emo.EmotionLogic(url="http://lab:2259", consent="forms", timeout=3))["server"]
    'http://lab:2259'
    """
    settings = api.settings()
    url = settings.get("url") or os.environ.get(f"{api.name.upper()}_URL")
    ignored = IGNORED_SETTINGS | added_later(api)  # what an earlier version has been told is not asked again
    relevant = {name: value for name, value in settings.items() if name not in ignored}
    return {"api": api.name, "server": address(url), "settings": relevant, "schema": SCHEMA_VERSION}


def address(url: str | None) -> str:
    """Return scheme, host and port of a server's URL, without user, password and query; "local" for none.

    Examples
    --------
    >>> address("wss://eva:secret@api.example.org/v1/stream?token=1")
    'wss://api.example.org'
    >>> address("http://[2001:db8::1]:2259/x")
    'http://[2001:db8::1]:2259'
    """
    if not url:
        return "local"
    if "://" in url and url.partition("://")[0] not in addresses.HTTP_SCHEMES:  # a cassette's
        return f"{url.partition('://')[0]}://{urlsplit(url).hostname or ''}"
    parts = dataclasses.replace(addresses.read(url), user=None)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme else parts.netloc


def compute_key(media: str, start: float, end: float, api: Api) -> str:
    """Compute the key of the answer to a file (its hash) from `start` to `end` (s; -1 is the file's own).

    `api` is as its user made it, before the address of a local server was filled in.
    """
    facts = {"media": media, "start": start, "end": end, **describe_request(api)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
