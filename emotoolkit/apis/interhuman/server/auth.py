"""Who may come in: how a credential is presented, and which ones a server knows (contract page §1.2–1.4).

A server never holds a key in plain words: what it is told, and compares, are digests. So no list of processes and no
core file shows one.
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
"""Seconds for which an exchanged token is good (§1.4)."""

MIN_CLIENT_TOKEN_LIFETIME_S, DEFAULT_CLIENT_TOKEN_LIFETIME_S, MAX_CLIENT_TOKEN_LIFETIME_S = 60, 300, 3600
"""Seconds for which a client token may be good, and is if nothing is said (§1.5)."""


def find_credential(authorization: str, offered: Sequence[str]) -> str | None:
    """Find the credential: in `Authorization` if it is there, else in the subprotocols, as a pair or alone (§1.2)."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if offered[:1] == [TOKEN_SUBPROTOCOL]:
        return offered[1] if len(offered) > 1 else None
    return offered[0] if len(offered) == 1 else None


def select_subprotocol(offered: Sequence[str]) -> str | None:
    """Pick one of what a browser offers, since it hangs up otherwise; never the secret if there is a choice (§1.2)."""
    return TOKEN_SUBPROTOCOL if TOKEN_SUBPROTOCOL in offered else next(iter(offered), None)


def _digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


def scopes_by_digest(keys: Mapping[str, Iterable[str]] | Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Give the scopes of keys by their digests: those that a mapping says, else all. `"id:secret"` is a pair (§1.4)."""
    scopes = keys if isinstance(keys, Mapping) else dict.fromkeys(keys, SCOPES)
    return {_digest(key): tuple(reach) for key, reach in scopes.items()}


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What a client token is good for at most (§1.5); None sets no limit. The names are the wire's."""

    max_duration_seconds: int | None = None
    max_bytes: int | None = None
    max_concurrent: int | None = None
    max_video_seconds: int | None = None
    allowed_origins: tuple[str, ...] | None = None


@dataclass
class Grant:
    """What a credential is good for, until when, and what has been used of it."""

    scopes: tuple[str, ...]
    caps: Caps = Caps()
    until: float = math.inf
    revoked: bool = False
    bytes: int = 0
    seconds: float = 0.0

    def allows(self, origin: str | None) -> bool:
        """Whether a page from this origin may use it."""
        return self.caps.allowed_origins is None or origin in self.caps.allowed_origins

    def use(self, size: int, seconds: float) -> str | None:
        """Use some of it: bytes, and seconds of media. Returns the error if that was too much (§5)."""
        self.bytes += size
        self.seconds += seconds
        if self.revoked:
            return "ih2014"
        used = ((self.bytes, self.caps.max_bytes), (self.seconds, self.caps.max_video_seconds))
        return "ih3006" if any(most is not None and so_far > most for so_far, most in used) else None


@dataclass
class CredentialStore:
    """The credentials that a server knows, each with its scopes.

    Parameters
    ----------
    known : mapping
        Scopes by digest.
    now : callable
        Seconds on a monotonic clock.
    everybody : bool
        Whether who is not known is let in all the same. Tokens are what they are in any case.
    """

    known: Mapping[str, tuple[str, ...]]
    now: Callable[[], float] = time.monotonic
    allow_all: bool = False
    _grants: dict[str, Grant] = field(default_factory=dict, repr=False)

    def authorize(self, credential: str | None) -> Grant | str:
        """Say what a credential is good for; or, if for nothing, the error that says why (§1.7)."""
        digest = _digest(credential or "")
        token = self._grants.get(digest)
        if token is not None:
            return "ih2014" if token.revoked else token if self.now() < token.until else "ih2010"
        if self.allow_all:
            return Grant(SCOPES)
        if not credential:
            return "ih2002"
        scopes = self.known.get(digest)
        return "ih2001" if scopes is None else Grant(scopes)

    def exchange(self, key_id: str, key_secret: str, requested: Sequence[str]) -> str | None:
        """Make a token for a pair (§1.4). None: the pair is not known; "" : it does not reach as far as is wanted."""
        return self._issue_token(f"{key_id}:{key_secret}", requested, ACCESS_TOKEN_LIFETIME_S, Caps())

    def mint(self, key: str, requested: Sequence[str], lifetime_s: float, caps: Caps) -> str | None:
        """Make a client token for a key (§1.5), good for `life` seconds. Returns what `exchange` returns."""
        return self._issue_token(key, requested, lifetime_s, caps)

    def revoke(self, key: str, token: str) -> bool:
        """Make a token worth nothing; one that is not known is already. Returns whether the key is one."""
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
