"""What a player plays: the two kinds of it, without a player."""

from types import SimpleNamespace

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.replays.player_input import LiveInput, PlayerInput, RecordedInput, make_input
from emotoolkit.utils.progress import Progress


class Devices:
    """Stand-in for a camera: notes the calls."""

    state, problem, recording = "ready", None, "live"

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *_: self.calls.append(name)


@pytest.mark.parametrize("kind", [RecordedInput, LiveInput])
def test_both_are_inputs(kind):
    """Each kind has all that a player asks of its input."""
    asked = {name for name in vars(PlayerInput) if not name.startswith("_")}
    made = kind(Devices()) if kind is LiveInput else kind()
    assert all(hasattr(made, name) for name in asked)


def test_which_is_which(talk, tmp_path):
    """A source is live, and all else is recorded."""
    source = emo.microphone(tmp_path / "a.webm", via="desktop", device=talk.path)
    assert make_input(source).source is source
    assert make_input(talk).source is None
    assert make_input([talk]).recording([talk]) is talk


def test_what_is_said_beside_the_bar():
    """What is answered, of how much, and what was sent ahead of it; of a live recording the whole is not known."""
    progress = Progress(32.0)
    progress.update(30.0, 12.34)
    assert RecordedInput().progress_text(progress) == "12.3 of 32.0 s of media (30.0 s sent)"
    assert LiveInput(Devices()).progress_text(progress) == "12.3 s of media (30.0 s sent)"
    progress.finish()
    assert RecordedInput().progress_text(progress) == "32.0 of 32.0 s of media"


def test_live_begins_once_and_ends_with_its_devices():
    """Devices are opened once, whatever is heard later; to stop is to end the recording, not the sessions."""
    devices, ended = Devices(), []
    live = LiveInput(devices)
    live.undo_prepare()
    assert devices.calls == []
    live.prepare()
    live.on_sessions_open()
    live.on_sessions_open()
    live.stop(lambda: ended.append(True))
    live.wait()
    assert devices.calls == ["prepare", "open_devices", "stop", "wait"]
    assert not ended
    devices.state = "waiting"
    live.undo_prepare()
    assert devices.calls[-1] == "stop"
    with pytest.raises(SettingsError, match="what is live goes at the pace of life"):
        live.check("speed", 2.0, unless=1)
    live.check("speed", 1.0, unless=1)


def test_recorded_ends_with_its_sessions(talk):
    """To stop a recording is to end its sessions; of several, the longest is the whole."""
    ended, short = [], SimpleNamespace(duration=3.0)
    recorded = make_input(talk)
    recorded.check("speed", 2.0, unless=1)
    recorded.stop(lambda: ended.append(True))
    assert ended == [True]
    assert recorded.recording([short, talk]) is talk
