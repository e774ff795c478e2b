"""What a key or token may be good for (contract page §1.4)."""

__all__ = ["SCOPES", "STREAM", "UPLOAD"]

STREAM, UPLOAD = "interhumanai.stream", "interhumanai.upload"
SCOPES = (STREAM, UPLOAD)
