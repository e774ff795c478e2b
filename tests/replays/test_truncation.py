"""When a recording is called truncated: one rule for a player's warning and a run's receipt."""

import math
from dataclasses import dataclass

import pytest

from emotoolkit.apis.base.journal import Opened, Received, Sent
from emotoolkit.replays import truncation


@dataclass
class Medium:
    """As much of a recording as the rule looks at."""

    duration: float = 10.0
    container: str = "soundfile"
    live: bool = False
    is_estimated: bool = False
    audio: None = None


@dataclass
class Taking:
    """As much of an API as the rule looks at."""

    recorded_until: float = math.inf


@pytest.mark.parametrize(
    ("medium", "recorded_until", "sent", "until", "lacking"),
    [
        (Medium(), math.inf, 10.0, math.inf, 0.0),
        (Medium(), math.inf, 9.6, math.inf, 0.0),
        (Medium(), math.inf, 7.0, math.inf, 3.0),
        (Medium(), math.inf, 7.0, 7.0, 0.0),
        (Medium(), math.inf, 6.0, 8.0, 2.0),
        (Medium(container="mp3"), math.inf, 7.0, math.inf, 0.0),
        (Medium(is_estimated=True), math.inf, 7.0, math.inf, 0.0),
        (Medium(), 7.0, 7.0, math.inf, 0.0),
        (Medium(duration=math.inf, live=True), math.inf, 7.0, math.inf, 0.0),
    ],
    ids=["whole", "rounding", "truncated", "told to end", "before that", "mp3", "estimated", "all there is", "live"],
)
def test_truncated(medium, recorded_until, sent, until, lacking):
    """Truncated is what lacks more than half a second of what was promised and wanted, and could be sent."""
    assert truncation.missing_seconds(medium, [Taking(), Taking(recorded_until)], sent, until) == pytest.approx(lacking)


def sent(session, start, end):
    """A packet of a session."""
    return Sent(session, start, end, None, 0.0, 1)


def test_reached_is_a_place_not_a_sum():
    """Packets that begin before the place that was asked for, as video does, do not make up for what lacks behind."""
    records = [Opened(0, 0, 5.0, 0.0), sent(0, 3.0, 6.0), sent(0, 6.0, 9.0), Received(0, 1.0, "{}")]
    assert truncation.sent_until(records, 1) == 9.0
    assert truncation.missing_seconds(Medium(), [Taking()], truncation.sent_until(records, 1)) == pytest.approx(1.0)


def test_reached_by_the_session_that_is_behind():
    """Of sessions side by side the one that got least counts, and a renewed one goes on for the one before it."""
    records = [Opened(0, 0, 0.0, 0.0), Opened(1, 1, 0.0, 0.0), sent(0, 0.0, 10.0), sent(1, 0.0, 4.0)]
    assert truncation.sent_until(records, 2) == 4.0
    assert truncation.sent_until([*records, Opened(2, 1, 4.0, 4.0, renews=1), sent(2, 4.0, 8.0)], 2) == 8.0
    assert truncation.sent_until([], 2) == 0.0
