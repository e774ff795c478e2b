"""`emo.camera()` and `emo.microphone()`: which source they make, and what they do not take."""

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.media.capture.browser_source import BrowserSource
from emotoolkit.media.capture.camera import camera, microphone
from emotoolkit.media.capture.desktop_source import DesktopSource


def requested(source):
    """What a desktop's recorder is asked for."""
    return source._requested


def test_they_are_public():
    """They are what the package offers by these names."""
    assert (emo.camera, emo.microphone) == (camera, microphone)


@pytest.mark.parametrize("make", [camera, microphone])
def test_outside_a_notebook_the_desktop_is_used(make, tmp_path):
    """A script has no page that could record."""
    assert isinstance(make(tmp_path / "a.webm"), DesktopSource)
    assert isinstance(make(tmp_path / "a.webm", via="browser"), BrowserSource)


def test_the_default_devices(tmp_path):
    """The first camera, the usual microphone, mono, 25 pictures of 640×480 a second."""
    assert requested(camera(tmp_path / "a.webm", via="desktop")) == ["0", "", "1", "25", "640", "480"]
    assert requested(microphone(tmp_path / "a.webm", via="desktop")) == ["none", "", "1", "0", "0", "0"]


def test_devices_that_are_chosen(tmp_path):
    """Numbers and names go to the recorder as they are."""
    chosen = camera(
        tmp_path / "a.webm", via="desktop", device=2, microphone="USB", channels=2, rate=30, size=(720, 1280)
    )
    assert requested(chosen) == ["2", "USB", "2", "30", "720", "1280"]
    assert requested(microphone(tmp_path / "a.webm", via="desktop", device=3))[:2] == ["none", "3"]


def test_a_file_stands_for_both_devices(tmp_path, interview):
    """Without another microphone, the sound is that of the file that stands for the camera."""
    file = str(interview.path)
    assert requested(camera(tmp_path / "a.webm", via="desktop", device=file))[:2] == [file, file]
    assert requested(camera(tmp_path / "a.webm", via="desktop", device=file, microphone="1"))[:2] == [file, "1"]


def test_without_a_microphone_there_is_no_sound(tmp_path):
    """False records pictures alone."""
    source = camera(tmp_path / "a.webm", via="desktop", microphone=False)
    assert source.recording.audio is None
    assert requested(source)[2] == "0"


@pytest.mark.parametrize(
    ("how", "setting"),
    [
        ({"save": "a.mp4"}, "save"),
        ({"channels": 3}, "channels"),
        ({"rate": 0}, "rate"),
        ({"via": "telephone"}, "via"),
    ],
)
def test_what_is_not_valid(how, setting):
    """Each wrong value is named, before anything is made."""
    with pytest.raises(SettingsError) as raised:
        camera(**how)
    assert raised.value.facts["setting"] == setting
