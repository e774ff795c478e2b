"""Which stage of a session a server's message belongs to (contract page §2.1), for playing a journal."""

from __future__ import annotations

import json

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.emotion_logic.wire import messages

__all__ = ["stage"]

STAGES = {messages.COMPLETED: Stage.AFTER_MEDIA, messages.REPORT: Stage.LAST}
NON_STREAM_KINDS = {messages.FILE_ANALYSIS, messages.CONNECT_ERROR}


def stage(raw: str) -> Stage | None:
    """Give the stage of a message, as a journal has it; None if it cannot be in a stream."""
    try:
        message = json.loads(raw)
    except (RecursionError, ValueError):
        return Stage.MEDIA
    kind = str(message[0]) if isinstance(message, list) and message else ""
    return None if kind in NON_STREAM_KINDS else STAGES.get(kind, Stage.MEDIA)
