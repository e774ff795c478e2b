"""The local server that plays back journals: the same wire as `app.py`, with recorded messages.

The address of a connection selects journal and session (`?token=…&journal=…&session=…&timing=…`);
`base/playback/access.py` checks its token.
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
"""Seconds by which the media received may be too short: a container ends with a whole picture, and the last one may
still be in the demuxer."""


class _ProgressTracker:
    """Tracks how far a client has come: seconds of media received, and its texts."""

    def __init__(self) -> None:
        self._probe = Probe()

    def receive(self, message: WSMessage) -> Moment | None:
        """Process a message of the client; returns the moment of the session that it reaches, if any."""
        if message.type is WSMsgType.BINARY:
            self._probe.feed(message.data)
            return Moment(Stage.MEDIA, self._probe.seconds + DURATION_TOLERANCE_S)
        if message.type is WSMsgType.TEXT:
            is_close = isinstance(requests.read_text(message.data), requests.Close)
            if is_close or self._probe.seconds:
                return Moment(Stage.LAST if is_close else Stage.AFTER_MEDIA)
        return None

    def close(self) -> None:
        """Close the demuxer."""
        self._probe.close()


if __name__ == "__main__":
    serve_playback_as_child(stage, _ProgressTracker, messages.PATHS)
