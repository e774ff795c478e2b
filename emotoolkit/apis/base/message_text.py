"""Reading the text of a server's message, of any API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.base.events import Unknown, Unread

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "MAX_MEDIA_TIME_S",
    "NO_KIND",
    "classify_unreadable",
    "is_media_time",
    "number_or_text",
    "parse_json",
    "parse_message",
    "parsed",
]

NO_KIND = "?"
"""Kind of a message that does not have one."""

MAX_MEDIA_TIME_S = 1e8
"""Seconds, three years: no recording has later times, nor earlier ones than minus that. A table holds times up to 292
years; milliseconds since 1970, taken for seconds, would be 54 000 years."""

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""A number as JSON writes it. A text like "007" is none: it is a name."""


BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]')
"""Strings, whose brackets do not count, and brackets."""

MAX_DEPTH = 100
"""Levels of nesting that are read of a message which has more than Python's reader takes."""

MAX_SHALLOWED_CHARS = 1_000_000
"""Characters of the longest message of which nested parts are left out: a longer one would hold up all sessions."""

MAX_NUMBER_CHARS = 40
"""Characters of the longest text that is taken for a number."""


def is_media_time(seconds: float) -> bool:
    """Whether a time can be one of a recording; infinity and NaN cannot.

    Examples
    --------
    >>> is_media_time(3.5), is_media_time(1.7e12), is_media_time(float("nan"))
    (True, False, False)
    """
    return abs(seconds) <= MAX_MEDIA_TIME_S


def parse_json(text: str) -> Any:
    """Parse JSON as Python's own reader does, but let no number and no nesting cost what is beside it.

    A whole number with more digits than Python converts becomes text, and what is nested too deeply is cut off.

    Raises
    ------
    ValueError, RecursionError
        It is no JSON, or too long a text that is nested too deeply.

    Examples
    --------
    >>> parse_json("[7, 1" + 5000 * "0" + "]")[0], parse_json("[7, " + 99_999 * "[" + 99_999 * "]" + "]")[0]
    (7, 7)
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a whole number of thousands of digits
        return json.loads(text, parse_int=_int_or_text)
    except RecursionError:
        if len(text) > MAX_SHALLOWED_CHARS:
            raise
        return json.loads(_shallow(text), parse_int=_int_or_text)


def _int_or_text(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _shallow(text: str) -> str:
    """Leave out what is nested more deeply than `MAX_DEPTH`."""
    kept: list[str] = []
    depth = end = 0
    for found in BRACKETS.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept += text[end : found.start()], "null"
        elif found[0] in "]}":
            depth -= 1
            end = found.end() if depth == MAX_DEPTH else end
    return "".join((*kept, text[end:]))


def parse_message(raw: str) -> Any:
    r"""Parse a message; lone surrogates, which JSON allows and files do not, become question marks.

    Examples
    --------
    >>> parse_message('["neutral", "\\ud800"]')
    ['neutral', '?']
    """
    value = parse_json(raw)
    if "\\ud" not in raw.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def parsed(value: Any) -> Any:
    """Parse a value that is an object or a list as JSON text; leave any other.

    Examples
    --------
    >>> parsed('{"done": true}'), parsed("neutral"), parsed("[1")
    ({'done': True}, 'neutral', '[1')
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return parse_message(value)
    except ValueError:
        return value


def number_or_text(text: str) -> int | float | str:
    """Read a number that is written as text; any other text stays.

    Examples
    --------
    >>> number_or_text("7"), number_or_text("0.5"), number_or_text("007"), number_or_text("neutral")
    (7, 0.5, '007', 'neutral')
    """
    found = NUMBER.fullmatch(text) if len(text) <= MAX_NUMBER_CHARS else None
    if found is None:
        return text
    return float(text) if found[2] or found[3] else int(text)


def classify_unreadable(kind: str, raw: str, known: Collection[str]) -> Unknown:
    """Keep the text of an unreadable message: `Unread` if it is of a known kind, or has no kind but names a known one.

    Examples
    --------
    >>> classify_unreadable("?", '{"message": {"type": "signal.ended"}}', {"signal.ended"})
    Unread(kind='?', raw='{"message": {"type": "signal.ended"}}')
    >>> classify_unreadable("weather", '{"type": "weather"}', {"signal.ended"})
    Unknown(kind='weather', raw='{"type": "weather"}')
    """
    is_known = kind in known or (kind == NO_KIND and any(f'"{name}' in raw.replace("\\", "") for name in known))
    return (Unread if is_known else Unknown)(kind, raw)
