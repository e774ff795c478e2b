"""How far a client has come, as the playback server counts it."""

from __future__ import annotations

import pytest
from aiohttp import WSMessage, WSMsgType

from emotoolkit.apis.base.playback.script import Stage
from emotoolkit.apis.interhuman.server.playback import DURATION_TOLERANCE_S, _ProgressTracker
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage


@pytest.fixture
def tracker():
    """The progress of one client."""
    tracker = _ProgressTracker()
    yield tracker
    tracker.close()


def test_media_are_counted_in_seconds(tracker):
    """Each piece of a stream brings its own seconds, and a little more, as the last picture may not be read yet."""
    for number, piece in enumerate(footage.pieces("mp4", footage.file("mp4", 9), 3)[:3], 1):
        moment = tracker.receive(WSMessage(WSMsgType.BINARY, piece, None))
        assert moment.stage is Stage.MEDIA
        assert moment.second == pytest.approx(3 * number + DURATION_TOLERANCE_S, abs=0.1)


def test_a_config_counts_behind_media_only(tracker):
    """The first config is the opening's; a later one asks for what is said behind the media."""
    config = WSMessage(WSMsgType.TEXT, messages.config([]), None)
    assert tracker.receive(config) is None
    tracker.receive(WSMessage(WSMsgType.BINARY, footage.file("plain", 3), None))
    assert tracker.receive(config).stage is Stage.AFTER_MEDIA


def test_a_close_is_the_last_moment(tracker):
    """The request to end is the last stage, media or not; other messages of the connection are none."""
    assert tracker.receive(WSMessage(WSMsgType.TEXT, messages.close(), None)).stage is Stage.LAST
    assert tracker.receive(WSMessage(WSMsgType.PING, b"", None)) is None
