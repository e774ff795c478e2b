"""Requests and responses of tokens for clients that must not have a key (contract page §1.4, §1.5). No I/O."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from emotoolkit.apis.interhuman.server.auth import (
    DEFAULT_CLIENT_TOKEN_LIFETIME_S,
    MAX_CLIENT_TOKEN_LIFETIME_S,
    MIN_CLIENT_TOKEN_LIFETIME_S,
    Caps,
)
from emotoolkit.apis.interhuman.wire.scopes import STREAM
from emotoolkit.utils.json_values import is_text_list

__all__ = ["TokenRequest", "read_request", "token_response"]

LIMIT_FIELDS = ("max_duration_seconds", "max_bytes", "max_concurrent", "max_video_seconds")

DEFAULT_MAX_CONCURRENT = 1
"""Concurrent sessions of a client token, by default."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A valid request for a client token."""

    key: str
    scopes: tuple[str, ...]
    lifetime_s: int
    caps: Caps


def read_request(body: Any) -> TokenRequest | str:
    """Parse a request for a client token; returns a sentence that says why, if it is not valid."""
    if not isinstance(body, dict):
        return "the request is not a JSON object"
    key, scopes, origins = body.get("api_key"), body.get("scopes", [STREAM]), body.get("allowed_origins")
    if not isinstance(key, str) or not key:
        return "api_key is missing"
    if not is_text_list(scopes) or not scopes:
        return "scopes must be an array of at least one string"
    if origins is not None and not is_text_list(origins):
        return "allowed_origins must be an array of strings"
    amounts = {name: body.get(name) for name in (*LIMIT_FIELDS, "expires_in")}
    for name, value in amounts.items():
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            return f"{name} must be a whole number, 1 or more"
    lifetime_s = min(
        max(amounts.pop("expires_in") or DEFAULT_CLIENT_TOKEN_LIFETIME_S, MIN_CLIENT_TOKEN_LIFETIME_S),
        MAX_CLIENT_TOKEN_LIFETIME_S,
    )
    amounts["max_concurrent"] = amounts["max_concurrent"] or DEFAULT_MAX_CONCURRENT
    caps = Caps(**amounts, allowed_origins=None if origins is None else tuple(origins))
    return TokenRequest(key, tuple(scopes), lifetime_s, caps)


def token_response(token: str, scopes: tuple[str, ...], lifetime_s: int, caps: Caps | None = None) -> dict[str, Any]:
    """Make the response with a token, its scopes, lifetime and limits."""
    response = {"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s, "scope": " ".join(scopes)}
    return response if caps is None else response | dataclasses.asdict(caps)
