"""To which stage of a conversation a message of this server belongs (contract page §2.1), for playing it again."""

from __future__ import annotations

import json

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.emotion_logic.wire import messages

__all__ = ["stage"]

STAGES = {messages.COMPLETED: Stage.AFTER_MEDIA, messages.REPORT: Stage.LAST}
NON_STREAM_KINDS = {messages.FILE_ANALYSIS, messages.CONNECT_ERROR}


def stage(raw: str) -> Stage | None:
    """Say it of a message as a journal has it; None: no stream says this."""
    kind = json.loads(raw)[0]
    return None if kind in NON_STREAM_KINDS else STAGES.get(kind, Stage.MEDIA)
