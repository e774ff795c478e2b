"""Who may come in: how a credential is presented, and which ones a server knows (contract page §1.2–1.4).

A server never holds a key in plain words: what it is told, and compares, are digests. So no list of processes and no
core file shows one.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self

__all__ = ["LIFE", "PAIR", "SCOPES", "STREAM", "UPLOAD", "Keys", "presented", "selected"]

PAIR = "access_token"
"""First of two subprotocols, where the second is a credential (§1.2, form 3)."""

STREAM, UPLOAD = "interhumanai.stream", "interhumanai.upload"
SCOPES = (STREAM, UPLOAD)
"""What a credential may be good for; no scope implies another (§1.3)."""

LIFE = 900
"""Seconds for which an exchanged token is good (§1.4)."""


def presented(authorization: str, offered: Sequence[str]) -> str | None:
    """Find the credential: in `Authorization` if it is there, else in the subprotocols, as a pair or alone (§1.2)."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    if offered[:1] == [PAIR]:
        return offered[1] if len(offered) > 1 else None
    return offered[0] if len(offered) == 1 else None


def selected(offered: Sequence[str]) -> str | None:
    """Pick one of what a browser offers, since it hangs up otherwise; never the secret if there is a choice (§1.2)."""
    return PAIR if PAIR in offered else next(iter(offered), None)


def _digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


@dataclass
class Keys:
    """The credentials that a server knows, each with its scopes.

    Parameters
    ----------
    known : mapping
        Scopes by digest.
    now : callable
        Seconds on a monotonic clock.
    """

    known: Mapping[str, tuple[str, ...]]
    now: Callable[[], float] = time.monotonic
    _tokens: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, keys: Mapping[str, Iterable[str]] | Iterable[str]) -> Self:
        """Know these keys: a mapping gives the scopes of each, else all have all. `"id:secret"` is a pair (§1.4)."""
        scopes = keys if isinstance(keys, Mapping) else dict.fromkeys(keys, SCOPES)
        return cls({_digest(key): tuple(reach) for key, reach in scopes.items()})

    def words(self) -> list[str]:
        """Write them as `digest=scope,scope` words: what `parse` reads."""
        return [f"{digest}={','.join(scopes)}" for digest, scopes in self.known.items()]

    @classmethod
    def parse(cls, words: Iterable[str]) -> Self:
        """Read `digest=scope,scope` words."""
        pairs = (word.partition("=") for word in words)
        return cls({digest: tuple(filter(None, scopes.split(","))) for digest, _, scopes in pairs})

    def scopes(self, credential: str | None) -> tuple[str, ...] | str:
        """Say what a credential is good for; or, if for nothing, the error that says why (§1.7)."""
        if not credential:
            return "ih2002"
        mark = _digest(credential)
        if mark in self._tokens:
            until, scopes = self._tokens[mark]
            return scopes if self.now() < until else "ih2010"
        return self.known.get(mark, "ih2001")

    def exchange(self, key_id: str, key_secret: str, wanted: Sequence[str]) -> str | None:
        """Make a token for a pair (§1.4). None: the pair is not known; "" : it does not reach as far as is wanted."""
        scopes = self.known.get(_digest(f"{key_id}:{key_secret}"))
        if scopes is None:
            return None
        if not set(wanted) <= set(scopes):
            return ""
        token = secrets.token_urlsafe(32)
        self._tokens[_digest(token)] = (self.now() + LIFE, tuple(wanted))
        return token
