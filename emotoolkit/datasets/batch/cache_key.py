"""The key of an answer: what was sent, through what, and every setting that can change what comes back.

What has the same key is not sent again. A renamed file has the same key; a changed setting has another.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emotoolkit.utils import addresses

if TYPE_CHECKING:
    from emotoolkit.apis.base.protocols import Api

__all__ = ["SCHEMA_VERSION", "address", "compute_key", "describe_request"]

SCHEMA_VERSION = 1
"""Of journals and results on disk. A new one makes every answer anew."""

IGNORED_SETTINGS = frozenset({"url", "path", "timeout", "consent", "insecure"})
"""Settings that change nothing that comes back. All others do, also those that nobody has thought of yet."""


def describe_request(api: Api) -> dict[str, Any]:
    """What is asked of whom: protocol, server, and each setting that can change the answer.

    The server that is started for whoever names none is always the same one, whatever its port.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> describe_request(emo.EmotionLogic(url="http://lab:2259", consent="forms", timeout=3))["server"]
    'http://lab:2259'
    """
    settings = api.settings()
    url = settings.get("url") or os.environ.get(f"{api.name.upper()}_URL")
    relevant = {name: value for name, value in settings.items() if name not in IGNORED_SETTINGS}
    return {"api": api.name, "server": address(url), "settings": relevant, "schema": SCHEMA_VERSION}


def address(url: str | None) -> str:
    """Scheme, host and port of a server: no user, no word, no query.

    Examples
    --------
    >>> address("wss://eva:secret@api.example.org/v1/stream?token=1")
    'wss://api.example.org'
    """
    if not url:
        return "local"
    if "://" in url and url.partition("://")[0] not in addresses.HTTP_SCHEMES:  # of what is played from a cassette
        return f"{url.partition('://')[0]}://{urlsplit(url).hostname or ''}"
    parts = addresses.read(url)
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{parts.host}{port}" if parts.scheme else f"{parts.host}{port}"


def compute_key(media: str, start: float, end: float, api: Api) -> str:
    """Key of the answer to a file (its hash), or to a stretch of it (in seconds; -1 is the file's own begin or end).

    `api` is as its user made it: before an address was filled in.
    """
    facts = {"media": media, "start": start, "end": end, **describe_request(api)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
