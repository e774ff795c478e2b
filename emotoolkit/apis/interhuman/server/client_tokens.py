"""Tokens for clients that must not hold a key, asked for over HTTP (contract page §1.4, §1.5). Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from emotoolkit.apis.interhuman.server.auth import LONGEST, SHORTEST, USUAL, Caps
from emotoolkit.apis.interhuman.wire.scopes import STREAM
from emotoolkit.utils.json_values import is_text_list

__all__ = ["Mint", "given", "read"]

AMOUNTS = ("max_duration_seconds", "max_bytes", "max_concurrent", "max_video_seconds")

ONE = 1
"""Sessions at once that a client token is good for where nothing is said."""


@dataclass(frozen=True, slots=True)
class Mint:
    """A legal request for a client token."""

    key: str
    scopes: tuple[str, ...]
    life: int
    caps: Caps


def read(asked: Any) -> Mint | str:
    """Check a request for a client token; returns what is wrong with it, in a sentence, if anything is."""
    if not isinstance(asked, dict):
        return "the request is not a JSON object"
    key, scopes, origins = asked.get("api_key"), asked.get("scopes", [STREAM]), asked.get("allowed_origins")
    if not isinstance(key, str) or not key:
        return "api_key is missing"
    if not is_text_list(scopes) or not scopes:
        return "scopes must be an array of at least one string"
    if origins is not None and not is_text_list(origins):
        return "allowed_origins must be an array of strings"
    amounts = {name: asked.get(name) for name in (*AMOUNTS, "expires_in")}
    for name, value in amounts.items():
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            return f"{name} must be a whole number, 1 or more"
    life = min(max(amounts.pop("expires_in") or USUAL, SHORTEST), LONGEST)
    amounts["max_concurrent"] = amounts["max_concurrent"] or ONE
    caps = Caps(**amounts, allowed_origins=None if origins is None else tuple(origins))
    return Mint(key, tuple(scopes), life, caps)


def given(token: str, scopes: tuple[str, ...], life: int, caps: Caps | None = None) -> dict[str, Any]:
    """Hand over a token, with what it is good for."""
    told = {"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": " ".join(scopes)}
    return told if caps is None else told | dataclasses.asdict(caps)
