"""How the text of a server's message is read, whichever API it is of."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["LONGEST", "is_moment", "parsed"]

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
