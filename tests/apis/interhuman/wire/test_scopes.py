"""Scopes of keys and tokens."""

from __future__ import annotations

from emotoolkit.apis.interhuman.server.auth import CredentialStore, scopes_by_digest
from emotoolkit.apis.interhuman.wire.scopes import SCOPES, STREAM, UPLOAD


def test_a_key_without_scopes_of_its_own_has_all():
    """The scopes are those of the contract, and what a key has if nothing is said of it."""
    assert SCOPES == (STREAM, UPLOAD) == ("interhumanai.stream", "interhumanai.upload")
    assert CredentialStore(scopes_by_digest(["key"])).authorize("key").scopes == SCOPES
