"""How far answers reach, record by record."""

import json
import math

import pytest

from emotoolkit.apis.base.journal import Began, Opened, Received, Reference, Sent
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.replays.answered_media import AnsweredMedia


def began(api="interhuman", sessions=1):
    """The first record of a replay."""
    return Began("0.1.0", "a.mp4", 30.0, api, [{}] * sessions, None, "2026-01-01T00:00:00+00:00")


def ended_signal(end, session=0):
    """An answer about the media up to some second of its session."""
    data = {"signal_type": "interest", "start": 0.0, "end": end}
    raw = json.dumps({"type": messages.SIGNAL_ENDED, "timestamp": "", "correlation_id": f"c{end}", "data": data})
    return Received(session, 1.0, raw)


def test_each_record_is_read_once():
    """It grows with the answers, and what has been sent is no answer."""
    records = [began(), Opened(0, 0, 0.0, 0.0), Reference(0.0, 0.0, None, True, "start")]
    answered = AnsweredMedia(records)
    assert answered.read() == 0.0
    records += [Sent(0, 0.0, 30.0, None, 0.1, 9)]
    assert answered.read() == 0.0
    records += [ended_signal(6.0), ended_signal(4.0)]
    assert answered.read() == 6.0
    assert answered.read() == 6.0


def test_times_count_from_the_beginning_of_a_session():
    """After a seek a server's times count from the new session's first packet."""
    records = [began(), Opened(0, 0, 10.0, 0.0), Sent(0, 9.5, 12.5, None, 0.1, 9), ended_signal(2.0)]
    assert AnsweredMedia(records).read() == 11.5


def test_the_least_of_parallel_sessions():
    """Of sessions side by side the one counts that is least far."""
    records = [began(sessions=2), Opened(0, 0, 0.0, 0.0), Opened(1, 1, 0.0, 0.0), ended_signal(9.0)]
    answered = AnsweredMedia(records)
    assert answered.read() == 0.0
    records += [ended_signal(3.0, session=1)]
    assert answered.read() == 3.0


def test_turns_of_a_loop():
    """Each turn begins at 0 again, and is counted."""
    records = [began(), Opened(0, 0, 0.0, 0.0), ended_signal(30.0), Opened(1, 0, 0.0, 9.0)]
    answered = AnsweredMedia(records)
    assert (answered.read(), answered.loops) == (30.0, 0)
    records += [Reference(9.1, 0.0, None, True, "loop"), ended_signal(3.0, session=1)]
    assert (answered.read(), answered.loops) == (3.0, 1)


@pytest.mark.parametrize("end", [math.inf, -math.inf, "x", None])
def test_a_time_that_cannot_be(end):
    """A time that cannot be is no progress."""
    assert AnsweredMedia([began(), Opened(0, 0, 0.0, 0.0), ended_signal(end)]).read() == 0.0


def test_an_api_that_is_not_installed():
    """Answers of an API that cannot be decoded here count for nothing, until the replay ends."""
    assert AnsweredMedia([began("another"), Opened(0, 0, 0.0, 0.0), ended_signal(3.0)]).read() == 0.0
