"""The local server that plays journals: the same transport, with recorded messages."""

from __future__ import annotations

import json

from aiohttp import WSMessage, WSMsgType

from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.websocket import serve_playback_as_child
from emotoolkit_loudness.wire.stages import stage

POSITION_TOLERANCE_S = 0.001
"""Seconds by which sound may fall short of a recorded position, as other packets end at other samples."""


class SoundProgress:
    """Counts the seconds of sound received."""

    seconds = 0.0
    bytes_per_second = 0

    def receive(self, message: WSMessage) -> Moment:
        """Take a message of the client; return how far it is."""
        if message.type is WSMsgType.BINARY:
            self.seconds += len(message.data) / self.bytes_per_second
            return Moment(Stage.MEDIA, self.seconds + POSITION_TOLERANCE_S)
        if self.bytes_per_second:
            return Moment(Stage.LAST)
        self.bytes_per_second = 2 * json.loads(message.data)["sampling_rate"]
        return Moment(Stage.OPENING)

    def close(self) -> None:
        """Do nothing: no resource is held."""


if __name__ == "__main__":
    serve_playback_as_child(stage, SoundProgress)
