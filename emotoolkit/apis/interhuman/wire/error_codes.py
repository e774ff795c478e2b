"""The catalogue of errors by their codes (contract page §5), and which of them end a session.

`messages.py` makes the messages that carry them.
"""

from __future__ import annotations

__all__ = ["CLOSE_CODES", "ERRORS", "MAX_MESSAGE_BYTES", "default_message", "link"]

MAX_MESSAGE_BYTES = 33_554_432
"""Bytes of the largest message (§6.2), unless `session.ready` names another limit."""

ERRORS = {
    "ih1001": ("internal-error", "the server failed"),
    "ih1002": ("too-many-jobs", "this instance holds as many jobs as it can"),
    "ih1003": ("backend-unavailable", "no backend is there for the model"),
    "ih1004": ("job-interrupted", "the job was interrupted"),
    "ih2001": ("invalid-credential", "the credential is not known here"),
    "ih2002": ("missing-credential", "no credential was presented"),
    "ih2003": ("missing-scope", "the credential does not reach as far as this endpoint"),
    "ih2005": ("missing-key-secret", "key_secret is missing"),
    "ih2010": ("token-expired", "the token has expired"),
    "ih2011": ("token-invalid", "the token is not valid"),
    "ih2014": ("token-revoked", "the token was revoked"),
    "ih3001": ("rate-limit", "there were too many requests in a short time"),
    "ih3002": ("too-many-sessions", "there are too many sessions with this credential at once"),
    "ih3003": ("quota-exhausted", "the account's quota is used up"),
    "ih3006": ("video-budget-exhausted", "the token's budget of video is used up"),
    "ih4001": ("missing-file", "the request has no file"),
    "ih4002": ("unsupported-container", "the file's container is not supported"),
    "ih4003": ("file-too-large", f"the file exceeds {MAX_MESSAGE_BYTES} bytes"),
    "ih4004": ("file-too-long", "the file is longer than is allowed"),
    "ih4005": ("invalid-model", "there is no such model"),
    "ih4007": ("file-too-short", "the file is shorter than 3 s"),
    "ih4020": ("model-not-served", "this route does not serve the model"),
    "ih4021": ("unknown-job", "there is no such job"),
    "ih5001": ("no-video", "the message has no picture track, and this endpoint looks at pictures"),
    "ih5002": ("corrupted-video", "the pictures are corrupted"),
    "ih5004": ("malformed-segment", "the message could not be decoded"),
    "ih5006": ("segment-too-short", "the message is shorter than the minimum"),
    "ih5008": ("no-audio", "the message has no sound track"),
    "ih6001": ("invalid-session-config", "the text is not a session config"),
    "ih6002": ("message-too-large", f"the message exceeds {MAX_MESSAGE_BYTES} bytes"),
    "ih6003": ("idle-timeout", "nothing came for too long"),
    "ih6004": ("max-session-duration", "the session has lasted as long as one may"),
}
"""The catalogue (§5): slug of the link, and the default message.

The slugs of ih2005, ih5002 and ih6002 are the service's; the others, and all messages, are ours.
"""

CLOSE_CODES = {
    **dict.fromkeys(("ih1002", "ih1003"), 1013),
    "ih1001": 1011,
    "ih2003": 4003,
    **dict.fromkeys(("ih2010", "ih2011", "ih2014"), 4001),
    **dict.fromkeys(("ih3001", "ih3003", "ih3006"), 4029),
    **dict.fromkeys(("ih3002", "ih6003", "ih6004"), 1001),
    "ih4005": 1008,
}
"""Close code after an error that ends the session (§5, §6.3). Codes that the page does not give follow its pattern:
4000 plus the HTTP status minus 400."""

DOCUMENTATION_URL = "https://docs.interhuman.ai/api-reference/error-handling"


def default_message(code: str) -> str:
    """Describe a code, for errors without a more precise message."""
    return ERRORS[code][1] if code in ERRORS else f"error {code}"


def link(code: str) -> str:
    """Link to a code in the service's documentation."""
    return f"{DOCUMENTATION_URL}#{code}-{ERRORS[code][0]}" if code in ERRORS else f"{DOCUMENTATION_URL}#{code}"
