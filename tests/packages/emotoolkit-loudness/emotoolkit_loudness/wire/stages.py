"""Which stage of a session a message of the server belongs to, for playing a journal."""

from __future__ import annotations

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit_loudness.wire import messages


def stage(raw: str) -> Stage | None:
    """Give the stage: `done` answers the client's last message, all else follows the media."""
    return Stage.LAST if messages.Decoder().decode(raw).kind == messages.DONE else Stage.MEDIA
