"""Devices, and files in their place."""

import threading

import numpy as np
import pytest

from emotoolkit import Recording, errors
from emotoolkit.media.capture.devices import (
    BLOCK_S,
    FileCamera,
    FileMicrophone,
    OpenCvCamera,
    create_camera,
    create_microphone,
)
from tests.support.clips import numbered_clip, read_number
from tests.support.media_files import tone


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


def test_a_number_is_a_camera_and_a_path_is_a_file(tmp_path):
    """What stands for a camera is told by its name."""
    clip = numbered_clip(tmp_path / "clip.mp4", seconds=0.2, audio=None)
    assert isinstance(create_camera("0", 25, (640, 480)), OpenCvCamera)
    assert isinstance(create_camera(str(clip.path), 25, (640, 480)), FileCamera)


def test_a_file_gives_its_pictures_in_order(tmp_path):
    """Every picture comes once, at times that are as far apart as in the file."""
    clip = numbered_clip(tmp_path / "clip.mp4", seconds=0.4, audio=None)
    found = list(FileCamera(str(clip.path)).pictures(threading.Event()))
    assert [read_number(image[:, :, 0]) for _, image in found] == list(range(10))
    assert np.diff([time for time, _ in found]) == pytest.approx(0.04, abs=1e-6)


def test_a_stopped_file_gives_no_more(tmp_path):
    """Once it is told to stop, no further picture is waited for."""
    clip = numbered_clip(tmp_path / "clip.mp4", seconds=0.4, audio=None)
    stop = threading.Event()
    pictures = FileCamera(str(clip.path)).pictures(stop)
    next(pictures)
    stop.set()
    assert list(pictures) == []


def test_a_file_gives_its_samples_in_blocks(tmp_path):
    """All blocks together are the file; each begins where the one before it ended."""
    file = str(tone(tmp_path / "tone.wav", "pcm_s16le", 16_000, seconds=0.2))
    blocks, whole = [], threading.Event()
    count = round(0.2 / BLOCK_S)

    def on_block(samples, began):
        blocks.append((samples, began))
        if len(blocks) == count:
            whole.set()

    with FileMicrophone(file).stream(on_block):
        assert whole.wait(30)
    assert np.array_equal(
        np.concatenate([samples for samples, _ in blocks]), np.concatenate([*Recording(file).blocks()])
    )
    assert np.diff([began for _, began in blocks]) == pytest.approx(BLOCK_S, abs=1e-6)
