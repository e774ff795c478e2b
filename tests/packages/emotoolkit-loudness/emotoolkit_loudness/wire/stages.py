"""To which stage of a conversation a message of the server belongs, for playing it again."""

from __future__ import annotations

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit_loudness.wire import messages


def stage(raw: str) -> Stage | None:
    """Say it: what follows the client's last word is said when that was heard, all else as media comes."""
    return Stage.LAST if messages.Decoder().decode(raw).kind == messages.DONE else Stage.MEDIA
