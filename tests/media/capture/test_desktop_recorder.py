"""The recorder of the desktop, with files in the place of its devices."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import Recording, errors
from emotoolkit.media.capture.av_sync import SoundClock
from emotoolkit.media.capture.desktop_recorder import DesktopRecorder
from emotoolkit.media.capture.devices import FileCamera, FileMicrophone, create_camera, create_microphone
from emotoolkit.media.capture.finalize import finalize_file
from emotoolkit.media.capture.growing_file import is_growing
from tests.support.clips import numbered_clip, read_number
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
        frames = [(frame.time, read_number(frame.to_ndarray(format="gray"))) for frame in container.decode(video=0)]
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


def test_no_such_track(tmp_path):
    """A file without pictures stands for no camera, and says so."""
    file = str(tone(tmp_path / "tone.wav", "pcm_s16le", 16_000, seconds=0.2))
    with pytest.raises(errors.NoDevice, match="There is no camera to be used"):
        FileCamera(file)
    silent = numbered_clip(tmp_path / "silent.mp4", seconds=0.5, audio=None)
    with pytest.raises(errors.NoDevice, match="There is no microphone to be used"):
        FileMicrophone(str(silent.path))


def test_no_real_camera():
    """A machine without a camera says so in a sentence, from OpenCV's own mouth."""
    camera = create_camera("93", 25, (640, 480))
    with pytest.raises(errors.NoDevice, match="There is no camera 93"):
        next(iter(camera.pictures(threading.Event())))


def test_no_real_microphone():
    """A machine without a microphone, or without PortAudio, says what to do."""
    with pytest.raises((errors.NoDevice, errors.LibraryMissing), match="microphone"):
        create_microphone("no microphone of this name", 1)


@given(drift=st.floats(-2e-4, 2e-4), jitter=st.lists(st.floats(0, 0.03), min_size=50, max_size=50))
def test_sound_is_the_clock(drift, jitter):
    """However irregularly blocks come, and however the card counts its seconds, a moment's place is right to 40 ms."""
    clock, rate, size = SoundClock(48_000), 48_000, 960
    for number in range(5000):
        began = 1000 + number * size / rate * (1 + drift)
        assert clock.add_block(began + jitter[number % 50], size) == 0
    heard = 5000 * size / rate
    assert clock.seconds(1000 + heard * (1 + drift)) == pytest.approx(heard, abs=0.04)


def test_lost_sound():
    """Sound that a card dropped becomes silence of that length, so pictures stay where they are."""
    clock = SoundClock(1000)
    assert clock.add_block(5.0, 100) == 0
    assert clock.add_block(5.1, 100) == 0
    assert clock.add_block(6.2, 100) == 1000
    assert clock.samples == 1300
    assert clock.seconds(6.3) == pytest.approx(1.3)


def test_a_finished_file_stays(clip):
    """Finishing keeps a file that has a duration, and one that cannot be read."""
    before = clip.path.with_suffix(".txt")
    before.write_bytes(b"not media")
    finalize_file(before)
    assert before.read_bytes() == b"not media"
    assert not list(before.parent.glob("*.finished"))


def test_timer(tmp_path):
    """Nothing keeps running behind a recording that has ended."""
    file = str(tone(tmp_path / "tone.wav", "pcm_s16le", 16_000, seconds=30))
    began = time.monotonic()
    recorded(tmp_path / "a.webm", None, FileMicrophone(file), seconds=0.5)
    assert time.monotonic() - began < 20
    assert not [thread for thread in threading.enumerate() if thread.name == "file microphone"]
