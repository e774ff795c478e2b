"""A source and its recorder's process: what becomes of it when the process is not what it should be."""

import pytest

from emotoolkit.errors import InternalError, RecorderGone, SettingsError
from emotoolkit.media.capture.source import Source


def source(tmp_path, module="emotoolkit.no_such_module", **how):
    return Source(module, tmp_path / "a.webm", **{"pictures": True, "channels": 1, **how})


def test_it_says_what_it_records_and_where_to(tmp_path):
    """Devices, file and state are in its words."""
    file = repr(str(tmp_path / "a.webm"))
    assert repr(source(tmp_path)) == f"<camera and microphone to {file}, ready>"
    assert repr(source(tmp_path, channels=0)) == f"<camera to {file}, ready>"
    assert repr(source(tmp_path, pictures=False)) == f"<microphone to {file}, ready>"


def test_before_the_end_the_recording_is_live(tmp_path):
    """It is the same file, of unknown length."""
    recording = source(tmp_path).recording
    assert (recording.live, recording.file) == (True, str(tmp_path / "a.webm"))


def test_a_recorder_that_ends_at_once_is_gone(tmp_path):
    """A process that cannot even begin is an end with a reason, not a wait."""
    made = source(tmp_path)
    made.start()
    assert made.wait()
    assert isinstance(made.problem, RecorderGone)
    assert "no_such_module" in str(made.problem)


def test_a_recorder_that_says_something_else_is_a_fault_of_ours(tmp_path):
    """Lines that are no messages end it, with an error that can be reported."""
    made = source(tmp_path, "this")
    made.start()
    assert made.wait()
    assert isinstance(made.problem, InternalError)


def test_it_is_used_once(tmp_path):
    """What has ended does not begin again."""
    made = source(tmp_path)
    made.start()
    assert made.wait()
    with pytest.raises(SettingsError, match="make a new source"):
        made.start()


def test_a_player_joins_it(tmp_path):
    """The view's "record" starts the player, and shows where the recording is sent."""
    made, calls = source(tmp_path), []
    made.join(lambda: calls.append("start"), ["Emotion Logic on this machine", "a file"])
    made.on_record()
    assert calls == ["start"]
    assert made.destinations == "Emotion Logic on this machine; a file"


def test_waiting_has_an_end(tmp_path):
    """Who waits for a recording that goes on is told that it does."""
    assert source(tmp_path).wait(0.0) is False
