"""Messages of a replay's sessions, each read by the decoder of its session."""

from __future__ import annotations

import json
import math

import pytest

from emotoolkit.apis.base.events import span
from emotoolkit.apis.base.journal import Began, Opened, Received, Sent
from emotoolkit.replays.decoding import SessionDecoders


def decoders(**settings):
    made = SessionDecoders(Began("0", "f.mp4", 9.0, "interhuman", [settings], 1.0, ""))
    for session in range(2):
        made.opened(Opened(session, 0, 0.0, 0.0))
    return made


def state(session, start):
    return Received(session, 1.0, json.dumps({"type": "engagement.updated", "data": {"state": "a", "start": start}}))


def test_times_count_from_the_sessions_beginning():
    """What a session says of itself becomes a time of the recording."""
    assert span(decoders().received(state(0, 1.5), 0.0)) == (1.5, None)
    assert span(decoders().received(state(0, 1.5), 60.0)) == (61.5, None)


@pytest.mark.parametrize("unknown", [math.nan, math.inf])
def test_times_may_count_from_what_was_sent(unknown):
    """Each session has what it was sent itself; a packet of no known time counts from the beginning."""
    made = decoders(time_base="segment")
    made.sent(Sent(0, 63.0, 66.0, None, 0.0, 1), 60.0)
    assert span(made.received(state(0, 1.0), 60.0)) == (64.0, None)
    made.sent(Sent(1, unknown, 66.0, None, 0.0, 1), 60.0)
    assert span(made.received(state(1, 1.0), 60.0)) == (61.0, None)
