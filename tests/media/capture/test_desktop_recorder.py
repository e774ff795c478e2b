"""The recorder of the desktop, with files in the place of its devices."""

import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from emotoolkit import Recording
from emotoolkit.errors import DeviceLost
from emotoolkit.media.capture import desktop_recorder
from emotoolkit.media.capture.desktop_recorder import DesktopRecorder
from emotoolkit.media.capture.devices import FileCamera, FileMicrophone, create_camera, create_microphone
from emotoolkit.media.capture.finalize import finalize_file
from emotoolkit.media.capture.growing_file import is_growing
from tests.support.clips import numbered_clip, read_number
from tests.support.grey_frames import luma
from tests.support.media_files import tone


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip of 2 s that says what arrived, with stereo sound at 44.1 kHz beside it."""
    return numbered_clip(tmp_path_factory.mktemp("devices") / "clip.mp4", seconds=2, rate=15)


def recorded(path, camera, microphone, channels=1, seconds=None):
    """Record until the camera has nothing more, or for some seconds."""
    begun = threading.Event()
    studio = DesktopRecorder(path, camera, microphone, channels, begun.set)
    threading.Timer(seconds or 30, studio.stop).start() if seconds else None
    studio.request_start()
    written = studio.run()
    assert begun.is_set()
    assert written == path.stat().st_size
    assert not is_growing(path)
    finalize_file(path)
    return studio, Recording(path)


def test_pictures_and_sound(clip, tmp_path):
    """Every picture is in the file, at its time, beside the sound of that time."""
    device = str(clip.path)
    studio, made = recorded(tmp_path / "a.webm", create_camera(device, 25, (0, 0)), create_microphone(device, 1))
    assert studio.lost_pictures == 0
    assert (made.container, made.audio.sampling_rate, made.audio.channels) == ("matroska", 48_000, 1)
    assert (made.video.codec, made.video.width, made.video.height) == ("vp8", 320, 240)
    with made.open() as container:
        frames = [(frame.time, read_number(luma(frame))) for frame in container.decode(video=0)]
    numbers = [number for _, number in frames]
    # Pictures from before the first sound have no time of their own; how many those are is this machine's pace.
    assert numbers == list(range(numbers[0], 30))
    assert numbers[0] < 15
    off = np.array([time - clip.times[number] for time, number in frames])
    assert np.ptp(off) < 0.5  # the pace of this test's machine is not asserted
    samples = np.concatenate(list(made.blocks()))
    assert len(samples) == pytest.approx(2 * 48_000, abs=48_000 * 0.5)


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (48_000, 2), (16_000, 1)])
def test_rates_and_channels(tmp_path, rate, channels):
    """Whatever a microphone counts in, the file has 48 kHz, and as many channels as were asked for."""
    file = str(tone(tmp_path / "tone.wav", "pcm_s16le", rate, seconds=1))
    _, made = recorded(tmp_path / "a.webm", None, FileMicrophone(file), channels, seconds=1.5)
    assert (made.audio.sampling_rate, made.audio.channels, made.video) == (48_000, channels, None)
    samples = np.concatenate(list(made.blocks()))[:, -1]
    assert len(samples) == pytest.approx(48_000, abs=2000)
    crossings = np.sum((samples[:-1] < 0) & (samples[1:] >= 0))
    assert crossings == pytest.approx(440, abs=6)


def test_portrait(tmp_path):
    """A picture that is higher than wide stays so."""
    clip = numbered_clip(tmp_path / "p.mp4", seconds=0.5, size=(240, 320), audio=None)
    _, made = recorded(tmp_path / "a.webm", FileCamera(str(clip.path)), None)
    assert (made.video.width, made.video.height, made.audio) == (240, 320, None)


def test_timer(tmp_path):
    """Nothing keeps running behind a recording that has ended."""
    file = str(tone(tmp_path / "tone.wav", "pcm_s16le", 16_000, seconds=30))
    began = time.monotonic()
    recorded(tmp_path / "a.webm", None, FileMicrophone(file), seconds=0.5)
    assert time.monotonic() - began < 20
    assert not [thread for thread in threading.enumerate() if thread.name == "file microphone"]


class DyingMicrophone:
    """A microphone that gives one block, and then nothing: unplugged, or taken by another program."""

    rate = 16_000

    @contextmanager
    def stream(self, on_block):
        on_block(np.zeros((1600, 1), np.float32), time.monotonic())
        yield threading.Event()


@pytest.mark.parametrize("with_camera", [False, True])
def test_a_microphone_that_gives_no_more(tmp_path, monkeypatch, with_camera):
    """A lost microphone ends the recording in a sentence, beside a camera, too; what was recorded is in the file."""
    monkeypatch.setattr(desktop_recorder, "MAX_SILENCE_S", 0.3)
    clip = numbered_clip(tmp_path / "clip.mp4", seconds=8, rate=15, audio=None)
    camera = FileCamera(str(clip.path)) if with_camera else None
    studio = DesktopRecorder(tmp_path / "a.webm", camera, DyingMicrophone(), 1, lambda: None)
    studio.request_start()
    with pytest.raises(DeviceLost) as caught:
        studio.run()
    assert caught.value.facts == {"device": "microphone", "reason": "it gave no sound for 0.3 s"}
    assert studio.seconds >= 0.1
    assert (tmp_path / "a.webm").stat().st_size


def test_sound_alone_ends_with_its_file(tmp_path):
    """As a camera's recording does, that of a microphone ends when the file in its place does."""
    file = str(tone(tmp_path / "tone.wav", "pcm_s16le", 16_000, seconds=0.5))
    _, made = recorded(tmp_path / "a.webm", None, FileMicrophone(file))
    assert made.duration == pytest.approx(0.5, abs=0.1)
