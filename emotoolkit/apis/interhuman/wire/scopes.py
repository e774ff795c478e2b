"""Scopes that a key or token may have (contract page §1.4)."""

__all__ = ["SCOPES", "STREAM", "UPLOAD"]

STREAM, UPLOAD = "interhumanai.stream", "interhumanai.upload"
SCOPES = (STREAM, UPLOAD)
