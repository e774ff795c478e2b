"""To which stage of a conversation a message of this server belongs (contract page §2.1), for playing it again."""

from __future__ import annotations

import json

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.emotion_logic.wire import messages

__all__ = ["stage"]

STAGES = {messages.COMPLETED: Stage.ASKED, messages.REPORT: Stage.LAST}
NO_STREAM = {messages.FILE, messages.TURNED_AWAY}


def stage(raw: str) -> Stage | None:
    """Say it of a message as a journal has it; None: no stream says this."""
    kind = json.loads(raw)[0]
    return None if kind in NO_STREAM else STAGES.get(kind, Stage.MEDIA)
