"""One recording through one API, in one call."""

import math

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.replays.replay import replay


@pytest.mark.parametrize(
    ("many", "setting"), [({"recording": ["a.wav", "b.wav"]}, "recording"), ({"api": [emo.EmotionLogic()]}, "api")]
)
def test_several_are_refused(talk, many, setting):
    """It returns one Replay: several recordings or APIs are refused, with the class that takes them."""
    with pytest.raises(SettingsError, match=rf"{setting}=.*emo\.Player takes several"):
        replay(**{"recording": talk, "api": emo.EmotionLogic()} | many)


def test_the_replay_and_its_journal(talk, voice_server, tmp_path):
    """It returns the complete Replay of the recording; its journal is in the folder, and can be read again."""
    api = emo.EmotionLogic(url=voice_server.url)
    done = replay(talk, api, speed=math.inf, journal=tmp_path / "new", progress=False)
    assert done.complete
    assert done.file == talk.file
    (journal,) = (tmp_path / "new").iterdir()
    assert done.journal == journal
    assert emo.Replay.read(journal).segments.equals(done.segments)
