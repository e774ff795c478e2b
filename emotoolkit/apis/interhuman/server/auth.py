"""Authentication: how a credential is presented, and which ones a server accepts (contract page §1.2–1.4).

A server never has a key in plain text: it is configured with digests and compares digests. So neither a process list
nor a core dump shows a key.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.wire.scopes import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "ACCESS_TOKEN_LIFETIME_S",
    "TOKEN_SUBPROTOCOL",
    "Caps",
    "CredentialStore",
    "Grant",
    "find_credential",
    "scopes_by_digest",
    "select_subprotocol",
]

TOKEN_SUBPROTOCOL = "access_token"  # noqa: S105
"""First of two subprotocols, where the second is a credential (§1.2, form 3)."""

ACCESS_TOKEN_LIFETIME_S = 900
"""Seconds for which an exchanged token is valid (§1.4)."""

MIN_CLIENT_TOKEN_LIFETIME_S, DEFAULT_CLIENT_TOKEN_LIFETIME_S, MAX_CLIENT_TOKEN_LIFETIME_S = 60, 300, 3600
"""Seconds for which a client token is valid: shortest, default, longest (§1.5)."""


def find_credential(authorization: str, offered: Sequence[str]) -> str | None:
    """Find the credential: in `Authorization`, else in the subprotocols, as a pair or alone (§1.2)."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if offered[:1] == [TOKEN_SUBPROTOCOL]:
        return offered[1] if len(offered) > 1 else None
    return offered[0] if len(offered) == 1 else None


def select_subprotocol(offered: Sequence[str]) -> str | None:
    """Select one of the subprotocols offered, as browsers require; not the secret if there is a choice (§1.2)."""
    return TOKEN_SUBPROTOCOL if TOKEN_SUBPROTOCOL in offered else next(iter(offered), None)


def _digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


def scopes_by_digest(keys: Mapping[str, Iterable[str]] | Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Map the digests of keys to their scopes: all, unless a mapping gives them. `"id:secret"` is a pair (§1.4)."""
    by_key = keys if isinstance(keys, Mapping) else dict.fromkeys(keys, SCOPES)
    return {_digest(key): tuple(scopes) for key, scopes in by_key.items()}


@dataclass(frozen=True, kw_only=True)
class Caps:
    """Limits of a client token (§1.5); None sets no limit. The names are those of the wire."""

    max_duration_seconds: int | None = None
    max_bytes: int | None = None
    max_concurrent: int | None = None
    max_video_seconds: int | None = None
    allowed_origins: tuple[str, ...] | None = None


@dataclass
class Grant:
    """The scopes and limits of a credential, its expiry, and how much of it is used up."""

    scopes: tuple[str, ...]
    caps: Caps = Caps()
    expires_at: float = math.inf
    revoked: bool = False
    bytes: int = 0
    seconds: float = 0.0

    def allows(self, origin: str | None) -> bool:
        """Whether a page from this origin may use it."""
        return self.caps.allowed_origins is None or origin in self.caps.allowed_origins

    def use(self, size: int, seconds: float) -> str | None:
        """Count bytes and seconds of media against the limits. Returns the error code if one is exceeded (§5)."""
        self.bytes += size
        self.seconds += seconds
        if self.revoked:
            return "ih2014"
        budgets = ((self.bytes, self.caps.max_bytes), (self.seconds, self.caps.max_video_seconds))
        return "ih3006" if any(limit is not None and used > limit for used, limit in budgets) else None


@dataclass
class CredentialStore:
    """The credentials that a server accepts, each with its scopes.

    Parameters
    ----------
    known : mapping
        Scopes by digest.
    now : callable
        Seconds on a monotonic clock.
    allow_all : bool
        Whether unknown credentials are accepted with all scopes. Tokens that were issued keep their limits.
    """

    known: Mapping[str, tuple[str, ...]]
    now: Callable[[], float] = time.monotonic
    allow_all: bool = False
    _grants: dict[str, Grant] = field(default_factory=dict, repr=False)

    def authorize(self, credential: str | None) -> Grant | str:
        """Look up the grant of a credential; returns an error code if it has none (§1.7)."""
        digest = _digest(credential or "")
        token = self._grants.get(digest)
        if token is not None:
            return "ih2014" if token.revoked else token if self.now() < token.expires_at else "ih2010"
        if self.allow_all:
            return Grant(SCOPES)
        if not credential:
            return "ih2002"
        scopes = self.known.get(digest)
        return "ih2001" if scopes is None else Grant(scopes)

    def exchange(self, key_id: str, key_secret: str, requested: Sequence[str]) -> str | None:
        """Issue a token for an id and a secret (§1.4). None: they are unknown; "": they lack a requested scope."""
        return self._issue_token(f"{key_id}:{key_secret}", requested, ACCESS_TOKEN_LIFETIME_S, Caps())

    def mint(self, key: str, requested: Sequence[str], lifetime_s: float, caps: Caps) -> str | None:
        """Issue a client token for a key (§1.5), valid for `lifetime_s` seconds. Returns as `exchange` does."""
        return self._issue_token(key, requested, lifetime_s, caps)

    def revoke(self, key: str, token: str) -> bool:
        """Revoke a token, if it is known. Returns whether the key is valid."""
        if not self.allow_all and _digest(key) not in self.known:
            return False
        if _digest(token) in self._grants:
            self._grants[_digest(token)].revoked = True
        return True

    def _issue_token(self, credential: str, requested: Sequence[str], lifetime_s: float, caps: Caps) -> str | None:
        scopes = SCOPES if self.allow_all else self.known.get(_digest(credential))
        if scopes is None:
            return None
        if not set(requested) <= set(scopes):
            return ""
        token = secrets.token_urlsafe(32)
        self._grants[_digest(token)] = Grant(tuple(requested), caps, self.now() + lifetime_s)
        return token
