"""How the text of a server's message is read, whichever API it is of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import Unknown, Unread

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LONGEST", "NAMELESS", "is_moment", "parsed", "unreadable"]


NAMELESS = "?"
"""Kind of a message that has none where it should be."""


LONGEST = 1e8
"""Seconds, three years: a time beyond, before or after, is none of a recording. It would not go into a table either,
which holds 292 years: who says milliseconds since 1970 has said 54 000 years."""


def is_moment(seconds: float) -> bool:
    """Whether it can be a time of a recording. Infinity and NaN cannot.

    Examples
    --------
    >>> is_moment(3.5), is_moment(1.7e12), is_moment(float("nan"))
    (True, False, False)
    """
    return abs(seconds) <= LONGEST


def parsed(raw: str) -> Any:
    r"""Parse a message; halves of characters, which JSON can say and tables and files cannot, become question marks.

    Examples
    --------
    >>> parsed('["neutral", "\\ud800"]')
    ['neutral', '?']
    """
    value = json.loads(raw)
    if "\\ud" not in raw.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def unreadable(kind: str, raw: str, known: Collection[str]) -> Unknown:
    """Keep a message that says nothing: `Unread` if it is of a known kind, or names one where it has none itself.

    Examples
    --------
    >>> unreadable("?", '{"message": {"type": "signal.ended"}}', {"signal.ended"})
    Unread(kind='?', raw='{"message": {"type": "signal.ended"}}')
    >>> unreadable("weather", '{"type": "weather"}', {"signal.ended"})
    Unknown(kind='weather', raw='{"type": "weather"}')
    """
    meant = kind in known or (kind == NAMELESS and any(f'"{name}' in raw.replace("\\", "") for name in known))
    return (Unread if meant else Unknown)(kind, raw)
