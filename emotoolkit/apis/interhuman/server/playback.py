"""The local server that plays journals: the same wire as `app.py`, and what is said on it was recorded.

Which journal and session a connection is to hear stands in its address
(`?token=…&journal=…&session=…&timing=…`); who may come in, in `base/playback/access.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import WSMsgType

from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.websocket import serve_playback_as_child
from emotoolkit.apis.interhuman.server.probe import Probe
from emotoolkit.apis.interhuman.wire import messages, requests
from emotoolkit.apis.interhuman.wire.stages import stage

if TYPE_CHECKING:
    from aiohttp import WSMessage

DURATION_TOLERANCE_S = 0.25
"""Seconds by which a container may fall short of what it was cut to: it ends with a whole picture, and the newest one
may still be in the demuxer."""


class _ProgressTracker:
    """Counts the seconds of media that came."""

    def __init__(self) -> None:
        self._probe = Probe()

    def receive(self, message: WSMessage) -> Moment | None:
        """Take a message of the client."""
        if message.type is WSMsgType.BINARY:
            self._probe.feed(message.data)
            return Moment(Stage.MEDIA, self._probe.seconds + DURATION_TOLERANCE_S)
        if message.type is WSMsgType.TEXT:
            last = isinstance(requests.read_text(message.data), requests.Close)
            if last or self._probe.seconds:
                return Moment(Stage.LAST if last else Stage.AFTER_MEDIA)
        return None

    def close(self) -> None:
        """Let go of the media."""
        self._probe.close()


if __name__ == "__main__":
    serve_playback_as_child(stage, _ProgressTracker, messages.PATHS)
