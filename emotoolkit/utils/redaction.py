"""Removes secrets from text that is written down, such as an answer of a server that repeats a key."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MASK", "redact", "secrets_in_address"]

MASK = "…"

MIN_SECRET_CHARS = 6
"""Minimum length of a secret: a shorter one would be found in ordinary words and numbers."""

ESCAPE_SIGNS = ("\\u", "\\U", "\\x", "\\/", "%", "&#")
"""What a text has if characters are escaped in it one by one, besides those that JSON must escape."""

BACKSLASHES = r"\\{1,16}+"
"""Pattern of the backslashes of an escape: each time that a text is written as JSON doubles them."""

JSON_LETTERS = {'"': '"', "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
"""Characters that JSON escapes by a letter."""

SECRET_WORDS = ("key", "token", "secret", "password", "auth", "signature")
"""Words in the name of a parameter whose value is secret."""


@lru_cache(maxsize=64)
def secrets_in_address(url: str) -> tuple[str, ...]:
    """Find the secrets in an address: the password, and parameters whose name has one of `SECRET_WORDS`.

    Examples
    --------
    >>> secrets_in_address("wss://eva:open%20sesame@example.org/stream?model=inter-2&api_key=ih_live")
    ('open sesame', 'open%20sesame', 'ih_live')
    """
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if any(word in name.lower() for word in SECRET_WORDS)]
    passwords = {parts.password, unquote(parts.password)} if parts.password else ()
    return (*sorted(passwords), *named)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret by `MASK`, also where all or some of it is escaped, as in JSON, an address or HTML."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_CHARS:
            for form in _encodings(secret):
                text = text.replace(form, MASK)
            if any(sign in text for sign in ESCAPE_SIGNS):
                text = _escaped_pattern(secret).sub(MASK, text)
    return text


@lru_cache(maxsize=64)
def _encodings(secret: str) -> tuple[str, ...]:
    """List the encodings of a secret. Cached, since every line of every journal is searched."""
    return tuple(sorted({secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret)}, key=len))


@lru_cache(maxsize=64)
def _escaped_pattern(secret: str) -> re.Pattern[str]:
    """Make a pattern for a secret of whose characters any is escaped, in any way and however often."""
    return re.compile("".join(_run_pattern(run) for run in re.findall(r"\\+|[^\\]", secret, re.DOTALL)))


def _run_pattern(run: str) -> str:
    """Make the pattern of a character, or of a run of backslashes, each of which may stand there doubled."""
    forms = [*_code_patterns(run[0])]
    if run[0] == "\\":
        return rf"(?:\\{{{len(run)},{16 * len(run)}}}+|(?:{'|'.join(forms)}){{{len(run)}}})"
    if run in JSON_LETTERS:
        forms.append(rf"{BACKSLASHES}{JSON_LETTERS[run]}")
    if run == " ":
        forms.append(r"\+")
    return f"(?:{re.escape(run)}|{'|'.join(forms)})"


def _code_patterns(character: str) -> list[str]:
    """Make the patterns of a character's code: of JSON and Python, of an address, of HTML."""
    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    in_json = "".join(rf"{BACKSLASHES}u{units[at : at + 4]}" for at in range(0, len(units), 4))
    in_address = "".join(f"%(?:25)*{byte:02x}" for byte in character.encode(errors="surrogatepass"))
    forms = [in_json, in_address, rf"{BACKSLASHES}U{code:08x}", f"&#0*{code};", f"&#x0*{code:x};"]
    return [f"(?i:{form})" for form in (*forms, *([rf"{BACKSLASHES}x{code:02x}"] if code < 256 else []))]  # noqa: PLR2004
