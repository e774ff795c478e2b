"""Read single values: numbers, media times and texts of a message, and the few fields that the client acts on. Pure."""

from __future__ import annotations

import json
import math
from typing import Any

from emotoolkit.apis.base.message_text import is_media_time, number_or_text

__all__ = ["as_number", "as_seconds", "as_text", "pending_job_id", "read_number", "read_refusal"]


def read_number(raw: str, field: str) -> float | None:
    """Read a number from the data of a message that names limits; None if it has none."""
    try:
        return as_number(json.loads(raw)["data"][field])
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None


def pending_job_id(raw: str) -> str | None:
    """Read the id of a job that is not done yet (§7.2); None if the message is not about such a job."""
    try:
        value = json.loads(raw)
        return as_text(value["job_id"]) if value["status"] in ("queued", "running") else None
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def read_refusal(body: str) -> tuple[str | None, str | None, str | None]:
    """Read reason, code and correlation id from the body of an HTTP error (§5); None where they are missing."""
    try:
        value = json.loads(body)
        return (
            as_text(value["message"]),
            as_text(value.get("error_id")),
            as_text(value.get("correlation_id")),
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None, None, None


def as_number(value: Any) -> float:
    """Read a finite number, also one as text.

    Raises
    ------
    ValueError
        It is none.
    """
    if isinstance(value, str):
        value = number_or_text(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def as_seconds(value: Any) -> float:
    """Read a media time.

    Raises
    ------
    ValueError
        It cannot be a time of a recording.
    """
    seconds = as_number(value)
    if not is_media_time(seconds):
        raise ValueError
    return seconds


def as_text(value: Any) -> str | None:
    """Return a text; None for anything else."""
    return value if isinstance(value, str) else None
