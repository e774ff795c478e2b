"""The streams of a player taken together, made of journal lines as the pipe's thread receives them."""

import math

import pytest

import emotoolkit as emo
from emotoolkit.apis.base.journal import Ended, Opened, Received, Reference, Sent, to_line
from emotoolkit.replays.player_streams import PlayerStreams
from emotoolkit.replays.stream_state import StreamState
from tests.support import journals

START = Reference(0.1, 0.0, 1.0, True, "start")


@pytest.fixture
def streams(talk, tmp_path):
    """Two streams before the first line."""
    return PlayerStreams(StreamState(talk, (emo.EmotionLogic(),), tmp_path, lambda: None) for _ in range(2))


def receive(stream, *records):
    """Let a stream receive records as lines."""
    for record in records:
        stream.receive(to_line(record))


def sent(end, lateness=0.0, session=0):
    """A packet of a second, sent by so much later than it was due."""
    return Sent(session, end - 1.0, end, end, end + lateness, 9)


def test_before_the_first_line(streams):
    """They are opening, nothing is sent, and what is not known yet is NaN."""
    assert streams.opening
    assert not streams.paused
    assert not streams.ended
    assert streams.position(1.0) is None
    assert streams.sent == 0.0
    assert math.isnan(streams.lateness)
    assert math.isnan(streams.achieved_speed)


def test_the_clock_is_that_of_all(streams):
    """From the start on media time runs with wall time; paused it stands; at infinite speed it has no position."""
    first = streams[0]
    receive(first, Opened(0, 0, 0.0, 0.0), START)
    assert not streams.opening
    assert streams.position(3.1) == pytest.approx(3.0)
    receive(first, Reference(5.1, 5.0, 1.0, False, "pause"))
    assert streams.paused
    assert streams.position(60.0) == pytest.approx(5.0)
    receive(first, Reference(6.0, 5.0, None, True, "speed"))
    assert streams.position(60.0) is None


def test_a_stream_that_has_ended_is_not_waited_for(streams):
    """What was sent is the least of the streams that go on; of ended ones it is the most."""
    first, second = streams
    for stream in streams:
        receive(stream, Opened(0, 0, 0.0, 0.0), START)
    receive(first, sent(1.0), Ended(0, 1.5, "failed", "ServerGone", {"api": "x", "url": "x", "sent": 1.0}))
    receive(second, sent(1.0), sent(2.0), sent(3.0))
    assert streams.sent == 3.0
    assert not streams.ended
    receive(second, Ended(0, 4.0, "finished"))
    assert streams.ended
    assert streams.sent == 3.0


def test_the_slowest_and_the_latest(streams):
    """Lateness is that of the later stream, the achieved speed that of the slower."""
    first, second = streams
    for stream in streams:
        receive(stream, Opened(0, 0, 0.0, 0.0), START)
    receive(first, sent(1.0, 0.02))
    receive(second, sent(1.0, 0.3))
    assert streams.lateness == pytest.approx(0.3)
    assert streams.achieved_speed == pytest.approx(1 / 1.2)


def test_a_stream_without_a_session_does_not_count(streams):
    """A recording that ends before the replay begins opens no session: the others decide when all have ended."""
    receive(streams[0], Opened(0, 0, 0.0, 0.0), START, Ended(0, 4.0, "finished"))
    assert streams.ended


def test_a_worker_that_is_gone_ends_all(streams):
    """When no more lines will come, streams have ended, also those that had no session yet."""
    for stream in streams:
        stream.receive(None)
    assert streams.ended


def test_replays_are_in_the_order_of_the_streams(streams):
    """Each stream is a Replay, from the first moment on, with its own journal."""
    receive(streams[1], Opened(0, 0, 0.0, 0.0))
    replays = streams.replays(2.0)
    assert [replay.journal for replay in replays] == [stream.journal for stream in streams]
    assert replays[0].began.speed == 2.0


def reached(end):
    """A packet from the beginning."""
    return Sent(0, 0.0, end, end, end, 9)


def answered(end, session=0):
    """A segment of speech that ends at some second."""
    (_, _, _, _, received, _) = journals.emotion_logic(
        "a.wav", 30.0, {"channel": 0, "startPosSec": 0.0, "endPosSec": end}
    )
    return Received(session, end, received.raw)


def test_media_seconds_before_the_first_line(streams):
    """Nothing was sent and answered."""
    assert streams.media_seconds(0.0, math.inf, 1) == (0.0, 0.0)
    assert streams.length(0.0, math.inf, 1) == 30.0
    assert streams.length(10.0, 25.0, 2) == 30.0


def test_media_seconds_are_those_of_the_slowest(streams, talk):
    """What counts is the stream where least was sent, and that where least was answered; what ended, ended whole."""
    first, second = streams
    for stream in streams:
        receive(stream, to_began(talk), Opened(0, 0, 0.0, 0.0), START)
    receive(first, reached(20.0), answered(6.0))
    receive(second, reached(12.0), answered(9.0))
    assert streams.media_seconds(0.0, math.inf, 1) == (12.0, 6.0)
    assert streams.media_seconds(2.0, math.inf, 1) == (10.0, 4.0)
    receive(first, Ended(0, 31.0, "finished"))
    assert streams.media_seconds(0.0, math.inf, 1) == (12.0, 9.0)
    assert not streams.complete
    receive(second, Ended(0, 31.0, "finished"))
    assert streams.media_seconds(0.0, math.inf, 1) == (30.0, 30.0)
    assert streams.complete


@pytest.mark.parametrize("how", ["failed", "stopped"])
def test_what_failed_is_not_waited_for(streams, talk, how):
    """A stream that failed does not hold up the progress of the other, and alone it stays where it was."""
    first, second = streams
    for stream in streams:
        receive(stream, to_began(talk), Opened(0, 0, 0.0, 0.0), START)
    receive(first, reached(3.0), Ended(0, 3.0, how))
    receive(second, reached(12.0), answered(9.0))
    assert streams.media_seconds(0.0, math.inf, 1) == (12.0, 9.0)
    receive(second, Ended(0, 13.0, how))
    assert streams.media_seconds(0.0, math.inf, 1) == (3.0, 0.0)
    assert not streams.complete


def to_began(recording):
    """The first record of a replay of a recording."""
    return journals.emotion_logic(recording.file, recording.duration)[0]
