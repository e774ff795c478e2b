"""The local server that plays recorded conversations: the same wire, and what is said on it was recorded."""

from __future__ import annotations

import json

from aiohttp import WSMessage, WSMsgType

from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.websocket import serve_playback_as_child
from emotoolkit_loudness.wire.stages import stage

ROUNDING = 0.001
"""Seconds by which sound may fall short of a recorded position: other packets end at other samples."""


class Listener:
    """Counts the seconds of sound that came."""

    seconds = 0.0
    bytes_per_second = 0

    def hear(self, message: WSMessage) -> Moment:
        """Take a message of the client, and say how far it is."""
        if message.type is WSMsgType.BINARY:
            self.seconds += len(message.data) / self.bytes_per_second
            return Moment(Stage.MEDIA, self.seconds + ROUNDING)
        if self.bytes_per_second:
            return Moment(Stage.LAST)
        self.bytes_per_second = 2 * json.loads(message.data)["sampling_rate"]
        return Moment(Stage.OPENING)

    def close(self) -> None:
        """Nothing is held."""


if __name__ == "__main__":
    serve_playback_as_child(stage, Listener)
