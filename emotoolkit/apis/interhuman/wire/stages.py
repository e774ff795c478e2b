"""To which stage of a conversation a message of this server belongs (contract page §2), for playing it again."""

from __future__ import annotations

import json

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.interhuman.wire import messages

__all__ = ["stage"]

STAGES = {messages.UPDATED: Stage.AFTER_MEDIA, messages.CLOSING: Stage.LAST, messages.ENDED: Stage.LAST}


def stage(raw: str) -> Stage | None:
    """Say it of a message as a journal has it; None: no stream says this."""
    try:
        message = json.loads(raw)
    except ValueError:
        return Stage.MEDIA
    if not isinstance(message, dict):
        return Stage.MEDIA
    if "job_id" in message or (not {"type", "status"} & set(message) and "signals" in message):
        return None  # the answer to an upload
    return STAGES.get(str(message.get("type")), Stage.MEDIA)
