"""Durations and codecs of messages, found without decoding."""

from __future__ import annotations

import pytest

from emotoolkit.apis.interhuman.server.probe import Probe
from tests.support import footage


@pytest.mark.parametrize("kind", footage.CODECS)
def test_probe(kind):
    """The length of each message is known without decoding it, to a tenth of a second."""
    probe = Probe()
    brought = [probe.feed(footage.file(kind, 3, start=start)) for start in (0, 3)]
    assert brought == pytest.approx([3.0, 3.0], abs=0.1)
    assert probe.seconds == pytest.approx(6.0, abs=0.1)
    assert probe.codec == {"webm": "vp8", "mkv": "mjpeg", "avi": "mpeg4"}.get(kind, "h264")
    assert probe.feed(b"garbage" * 9) == 0.0
    probe.close()


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_probe_of_a_stream(kind):
    """The same for pieces of a stream."""
    probe = Probe()
    pieces = footage.pieces(kind, footage.file(kind, 12), 3)
    assert [probe.feed(piece) for piece in pieces[:4]] == pytest.approx([3.0] * 4, abs=0.1)
    probe.close()
