"""A script's messages are sent when they are due, and the connection ends as it did."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.playback.script import Moment, ScheduledMessage, Script, Stage
from emotoolkit.apis.base.playback.speaker import PlaybackSender


@given(
    st.lists(st.floats(0.05, 3.0), min_size=1, max_size=20),
    st.lists(st.floats(0.05, 3.0), min_size=1, max_size=20),
    st.lists(st.integers(0, 19), max_size=10),
)
async def test_whatever_the_packets(recorded, played, after):
    """Law: with other packets each message comes when its media second has been sent, none earlier, none is lost."""
    ends = [sum(recorded[: n + 1]) for n in range(len(recorded))]
    moments = sorted(ends[each % len(ends)] for each in after)
    cues = tuple(ScheduledMessage(Moment(Stage.MEDIA, second), 0.0, str(n)) for n, second in enumerate(moments))
    position, heard = 0.0, []

    async def say(raw: str) -> None:
        assert moments[int(raw)] <= position
        heard.append(raw)

    async def nothing() -> None:
        pass

    speaker = PlaybackSender(Script(cues, None), say, nothing, nothing)
    await speaker.advance_to(Moment(Stage.OPENING))
    for length in played:
        position += length
        await speaker.advance_to(Moment(Stage.MEDIA, position))
        assert len(heard) == sum(moment <= position for moment in moments)
    position = math.inf
    await speaker.advance_to(Moment(Stage.LAST))
    assert heard == [str(n) for n in range(len(cues))]


class Connection:
    """Records what is sent, and how the connection ends."""

    def __init__(self):
        self.sent, self.end = [], None

    async def send(self, raw):
        self.sent.append(raw)

    async def cut(self):
        self.end = "cut"

    async def close(self):
        self.end = "closed"

    def sender(self, messages, cut=None, **how):
        return PlaybackSender(Script(tuple(messages), cut), self.send, self.cut, self.close, **how)


GREETING = ScheduledMessage(Moment(Stage.OPENING), 0.0, "hello")
ANSWER = ScheduledMessage(Moment(Stage.MEDIA, 2.0), 0.02, "one")
LAST = ScheduledMessage(Moment(Stage.LAST), 0.0, "done")


async def test_the_connection_is_closed_after_the_last_message():
    """A session with its own end is closed when the client's last message has been answered, not before."""
    connection = Connection()
    sender = connection.sender([GREETING, ANSWER, LAST])
    for moment, sent in ((GREETING.moment, 1), (Moment(Stage.MEDIA, 1.0), 1), (ANSWER.moment, 2)):
        await sender.advance_to(moment)
        assert (len(connection.sent), connection.end) == (sent, None)
    await sender.advance_to(LAST.moment)
    assert (connection.sent, connection.end) == (["hello", "one", "done"], "closed")


async def test_the_connection_is_cut_where_it_was():
    """A session that broke off is cut when the client has come as far, once all messages are sent."""
    connection = Connection()
    sender = connection.sender([GREETING, ANSWER], cut=Moment(Stage.MEDIA, 3.0))
    await sender.advance_to(Moment(Stage.MEDIA, 2.5))
    assert (connection.sent, connection.end) == (["hello", "one"], None)
    await sender.advance_to(Moment(Stage.MEDIA, 3.0))
    assert connection.end == "cut"


async def test_timing_does_not_hold_up_the_client():
    """With timing a message is sent after its recorded delay, while the client goes on."""
    connection = Connection()
    sender = connection.sender([ANSWER], timing=True)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await sender.advance_to(ANSWER.moment)
    assert connection.sent == []
    await asyncio.wait_for(sender._send_task, 20)
    assert connection.sent == ["one"]
    assert loop.time() - begin >= ANSWER.wait


async def test_nothing_is_sent_after_the_stop():
    """A message that is due later is not sent to a client that has disconnected."""
    connection = Connection()
    sender = connection.sender([ScheduledMessage(Moment(Stage.OPENING), 60.0, "late")], timing=True)
    await sender.advance_to(Moment(Stage.OPENING))
    await sender.stop()
    assert (connection.sent, connection.end) == ([], None)


@pytest.mark.parametrize("timing", [False, True])
async def test_a_lost_connection_is_no_error(timing):
    """A client that disconnects while a message is being sent ends the playing, and nothing is raised."""

    async def lost(raw):
        raise ConnectionResetError

    connection = Connection()
    connection.send = lost
    sender = connection.sender([GREETING], timing=timing)
    await sender.advance_to(Moment(Stage.LAST))
    await sender.stop()
    assert connection.end is None
