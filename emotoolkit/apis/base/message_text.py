"""How the text of a server's message is read, whichever API it is of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import Unknown, Unread

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["MAX_MEDIA_TIME_S", "NO_KIND", "classify_unreadable", "is_media_time", "parse_message"]


NO_KIND = "?"
"""Kind of a message that has none where it should be."""


MAX_MEDIA_TIME_S = 1e8
"""Seconds, three years: a time beyond, before or after, is none of a recording. It would not go into a table either,
which holds 292 years: who says milliseconds since 1970 has said 54 000 years."""


def is_media_time(seconds: float) -> bool:
    """Whether it can be a time of a recording. Infinity and NaN cannot.

    Examples
    --------
    >>> is_media_time(3.5), is_media_time(1.7e12), is_media_time(float("nan"))
    (True, False, False)
    """
    return abs(seconds) <= MAX_MEDIA_TIME_S


def parse_message(raw: str) -> Any:
    r"""Parse a message; halves of characters, which JSON can say and tables and files cannot, become question marks.

    Examples
    --------
    >>> parse_message('["neutral", "\\ud800"]')
    ['neutral', '?']
    """
    value = json.loads(raw)
    if "\\ud" not in raw.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def classify_unreadable(kind: str, raw: str, known: Collection[str]) -> Unknown:
    """Keep a message that says nothing: `UnreadRow` if it is of a known kind, or names one where it has none itself.

    Examples
    --------
    >>> classify_unreadable("?", '{"message": {"type": "signal.ended"}}', {"signal.ended"})
    Unread(kind='?', raw='{"message": {"type": "signal.ended"}}')
    >>> classify_unreadable("weather", '{"type": "weather"}', {"signal.ended"})
    Unknown(kind='weather', raw='{"type": "weather"}')
    """
    meant = kind in known or (kind == NO_KIND and any(f'"{name}' in raw.replace("\\", "") for name in known))
    return (Unread if meant else Unknown)(kind, raw)
