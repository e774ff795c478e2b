"""How the text of a server's message is read, whichever API it is of."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["parsed"]


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
