"""What a player plays: the two kinds of it, without a player."""

from types import SimpleNamespace

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.replays.player_input import LiveInput, PlayerInput, RecordedInput, input_of


class Devices:
    """Stands for a camera: notes what it is told."""

    state, problem, recording = "ready", None, "live"

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *_: self.told.append(name)


@pytest.mark.parametrize("kind", [RecordedInput, LiveInput])
def test_both_are_inputs(kind):
    """Each kind has all that a player asks of its input."""
    asked = {name for name in vars(PlayerInput) if not name.startswith("_")} | {"bar"}
    made = kind(Devices()) if kind is LiveInput else kind()
    assert all(hasattr(made, name) for name in asked)


def test_which_is_which(talk, tmp_path):
    """A source is live, and all else is recorded."""
    source = emo.microphone(tmp_path / "a.webm", via="desktop", device=talk.path)
    assert input_of(source).source is source
    assert input_of(talk).source is None
    assert input_of([talk]).recording([talk]) is talk


def test_live_begins_once_and_ends_with_its_devices():
    """Devices are opened once, whatever is heard later; to stop is to end the recording, not the sessions."""
    devices, ended = Devices(), []
    live = LiveInput(devices)
    live.take_back()
    assert devices.told == []
    live.prepare()
    live.go()
    live.go()
    live.stop(lambda: ended.append(True))
    live.wait()
    assert devices.told == ["prepare", "go", "stop", "wait"]
    assert not ended
    devices.state = "waiting"
    live.take_back()
    assert devices.told[-1] == "stop"
    with pytest.raises(SettingsError, match="what is live goes at the pace of life"):
        live.check("speed", 2.0, unless=1)
    live.check("speed", 1.0, unless=1)


def test_recorded_ends_with_its_sessions(talk):
    """To stop a recording is to end its sessions; of several, the longest is the whole."""
    ended, short = [], SimpleNamespace(duration=3.0)
    recorded = input_of(talk)
    recorded.check("speed", 2.0, unless=1)
    recorded.stop(lambda: ended.append(True))
    assert ended == [True]
    assert recorded.recording([short, talk]) is talk
