"""The sources of a view: players, replays, recordings and runs behind one interface."""

from __future__ import annotations

import math

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.views.view_sources import group_sources
from tests.replays.test_live_player import until
from tests.support.journals import emotion_logic, write


def test_nothing_to_show():
    """`live` says what it takes."""
    with pytest.raises(SettingsError, match="name a player"):
        group_sources([])
    with pytest.raises(SettingsError, match="nothing else"):
        group_sources(["talk.wav"])


@pytest.fixture
def replay(tmp_path):
    """A replay of a recording whose file is gone."""
    row = {"index": 1, "channel": 0, "startPosSec": 2.0, "endPosSec": 4.0, "energy": 7}
    return emo.Replay.read(write(tmp_path / "j.jsonl", emotion_logic("gone/away.wav", 9.0, row)))


def test_replays_are_grouped_by_recording(talk, replay):
    """A recording and the replays of a file of its name are one source; others have sources of their own."""
    here, gone = group_sources([replay, talk, replay])
    assert (here.title, here.duration, here.replays()) == (talk.file, talk.duration, ())
    assert (gone.title, gone.duration, gone.replays()) == ("gone/away.wav", 9.0, (replay, replay))
    assert gone.recording is None
    assert gone.missing_reason.startswith("gone/away.wav is not there any more")


def test_what_has_ended_takes_no_commands(replay):
    """Every command of a finished replay is refused, and its status is that of the end."""
    (source,) = group_sources([replay])
    assert (source.accepts_commands, source.seekable, source.control_url) == (False, False, "")
    for command in (source.play, source.pause, source.stop, lambda: source.seek(1.0), lambda: source.set_speed(2.0)):
        with pytest.raises(SettingsError, match="this replay has ended"):
            command()
    status = source.status()
    assert (status.state, status.position, status.sent, status.playing) == ("ended", 9.0, 9.0, False)
    assert (status.speed, math.isnan(status.achieved)) == (1.0, True)


def test_a_player_that_was_not_started(talk):
    """It is ready, has no replay yet and no remote control; its speed can be set, and infinite speed is None."""
    (source,) = group_sources([emo.Player(talk, emo.EmotionLogic())])
    assert (source.status().state, source.replays(), source.control_url) == ("ready", [], "")
    source.set_speed(4.0)
    assert source.status().speed == 4.0
    source.set_speed(math.inf)
    assert source.status().speed is None


def test_a_player_is_played_by_its_source(talk):
    """A seek before the start is where it starts; it can be paused and resumed, and ends as `ended`."""
    player = emo.Player(talk, emo.EmotionLogic(), speed=4.0)
    (source,) = group_sources([player])
    source.seek(20.0)
    until(lambda: source.status().playing and source.status().sent > 20)
    assert source.status().position >= 20
    source.pause()
    until(lambda: source.status().state == "paused")
    source.play()
    until(lambda: source.status().state == "playing")
    source.stop()
    (voice,) = player.wait()
    assert source.status().state == "ended"
    assert [each.journal for each in source.replays()] == [voice.journal]
