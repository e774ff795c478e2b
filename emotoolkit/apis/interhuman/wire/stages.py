"""The stage of a session to which a server's message belongs (contract page §2), for playback."""

from __future__ import annotations

import json

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.interhuman.wire import messages

__all__ = ["stage"]

STAGES = {messages.UPDATED: Stage.AFTER_MEDIA, messages.CLOSING: Stage.LAST, messages.ENDED: Stage.LAST}


def stage(raw: str) -> Stage | None:
    """Name the stage of a message as it is in a journal; None if it does not belong to a stream."""
    try:
        message = json.loads(raw)
    except (RecursionError, ValueError):
        return Stage.MEDIA
    if not isinstance(message, dict):
        return Stage.MEDIA
    if "job_id" in message or (not {"type", "status"} & set(message) and "signals" in message):
        return None  # the response to an upload
    return STAGES.get(str(message.get("type")), Stage.MEDIA)
