"""Notices of a player: found once, kept once, given once."""

import pytest

from emotoolkit.errors import DiskFull, MixedWarning, TruncatedWarning
from emotoolkit.replays.player_notices import PlayerNotices

MIXED = MixedWarning(file="a.wav", channels=2, how="cancelled")
TRUNCATED = TruncatedWarning(file="a.wav", promised=9.0, ended=3.0)


class Replay:
    """A replay that has these notices."""

    def __init__(self, notices):
        self.found = notices

    def notices(self):
        return self.found


class Stream:
    """A stream that keeps notices, or cannot."""

    notices_before = ()

    def __init__(self, problem=None):
        self.kept, self.problem = [], problem

    def keep_notices(self, replay):
        if self.problem is not None:
            raise self.problem
        self.kept.append(replay)


class Input:
    """An input that finds one notice before the start, and two in the end."""

    def notices_before(self, stream):
        return [MIXED]

    def note(self, stream, replay, until):
        return Replay([*stream.notices_before, TRUNCATED])


@pytest.fixture
def streams():
    """Two streams of one recording."""
    return [Stream(), Stream()]


def test_two_apis_have_one_notice_before_the_start(streams):
    """What both would say of one recording is said once."""
    assert PlayerNotices(Input()).find_before(streams) == [MIXED]


def test_the_first_call_finds_and_keeps_them(streams):
    """Each journal gets them once, however often they are asked for; before that there are none."""
    notices = PlayerNotices(Input())
    notices.find_before(streams)
    assert notices.found == []
    first = notices.keep(streams, lambda: (None, None), 9.0)
    assert notices.keep(streams, lambda: pytest.fail("made again"), 9.0) is first
    assert [len(stream.kept) for stream in streams] == [1, 1]
    assert notices.found == [MIXED, TRUNCATED]


def test_a_warning_is_given_once(streams):
    """What was warned of before the start is not warned of again, nor is anything in a second wait."""
    notices = PlayerNotices(Input())
    notices.find_before(streams)
    notices.keep(streams, lambda: (None, None), 9.0)
    assert notices.take_new(streams) == [TRUNCATED]
    assert notices.take_new(streams) == []


def test_a_full_disk_is_said_every_time_and_loses_none():
    """Notices that could not be kept are an error for each who waits, and can still be read."""
    streams = [Stream(DiskFull(folder="journals", needed=1.0, free=0.0))]
    notices = PlayerNotices(Input())
    for _ in range(2):
        with pytest.raises(DiskFull):
            notices.keep(streams, lambda: (None,), 9.0)
    assert notices.found == [TRUNCATED]
