"""A desktop's source before anything is opened, and what its recorder is told: a real one, with files for devices."""

from __future__ import annotations

import pytest

from emotoolkit import Recording
from emotoolkit.errors import SettingsError
from emotoolkit.media.capture.desktop_source import DesktopSource
from tests.support.media_files import tone

USUAL = {"microphone": "", "channels": 1, "rate": 25.0, "size": (640, 480)}


def test_nothing_is_opened_or_written_before_it_is_started(tmp_path):
    """A new source is ready, has no file, and says what it will record and where to."""
    source = DesktopSource(tmp_path / "a.webm", camera="0", **USUAL)
    assert (source.state, source.problem) == ("ready", None)
    assert not (tmp_path / "a.webm").exists()
    assert repr(source) == f"<camera and microphone to {str(tmp_path / 'a.webm')!r}, ready>"


@pytest.mark.parametrize(("camera", "channels", "kinds"), [("0", 0, (0, 1)), (None, 2, (2, 0)), ("0", 1, (1, 1))])
def test_the_recording_has_the_tracks_that_are_asked_for(camera, channels, kinds, tmp_path):
    """No camera, no pictures; no channels, no sound: known before there is a file."""
    recording = DesktopSource(tmp_path / "a.webm", camera=camera, **USUAL | {"channels": channels}).recording
    found = (0 if recording.audio is None else recording.audio.channels, int(recording.video is not None))
    assert found == kinds


def test_without_a_place_each_has_a_temporary_one_of_its_own():
    """Two sources never write to the same file."""
    files = {DesktopSource(None, camera=None, **USUAL).file for _ in range(3)}
    assert len(files) == 3
    assert all(file.endswith(".webm") for file in files)


def test_stopped_before_it_began_it_has_ended(tmp_path):
    """There is nothing to wait for, and it cannot be started after that."""
    source = DesktopSource(tmp_path / "a.webm", camera=None, **USUAL)
    source.stop()
    assert source.wait(0.0)
    with pytest.raises(SettingsError, match="make a new source"):
        source.start()


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    """A recording of before stays byte for byte."""
    (tmp_path / "a.webm").write_bytes(b"former")
    source = DesktopSource(tmp_path / "a.webm", camera=None, **USUAL)
    with pytest.raises(SettingsError, match="never overwritten"):
        source.start()
    assert (tmp_path / "a.webm").read_bytes() == b"former"


def test_its_recorder_understands_what_it_is_told(tmp_path):
    """A recorder started with these words records the file that is taken for a microphone, with so many channels."""
    microphone = str(tone(tmp_path / "tone.wav", "pcm_s16le", 16_000, seconds=0.3))
    source = DesktopSource(tmp_path / "a.webm", camera=None, **USUAL | {"microphone": microphone, "channels": 2})
    source.start()
    try:
        begun = source.recording.begun()
    finally:
        source.stop()
    assert source.wait()
    assert source.problem is None
    for recording in (begun, Recording(tmp_path / "a.webm")):
        assert (recording.video, recording.audio.channels) == (None, 2)
