"""Camera and microphone of this machine, and files in their place, for rehearsals and tests.

A camera is an iterator of pictures; a microphone calls back with its samples.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from emotoolkit.errors import DeviceLost, LibraryMissing, NoDevice
from emotoolkit.utils.extras import needing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from emotoolkit.media.recording import Recording

    OnBlock = Callable[[NDArray[np.float32], float], None]

__all__ = [
    "Camera",
    "FileCamera",
    "FileMicrophone",
    "Microphone",
    "OpenCvCamera",
    "SoundDeviceMicrophone",
    "create_camera",
    "create_microphone",
]

PIP_EXTRA = "desktop"
"""The extra of this package that installs the libraries of both devices."""

BLOCK_S = 0.02
"""Seconds of sound in a block: the length of an Opus frame."""


class Camera(Protocol):
    """A source of pictures."""

    rate: float
    """Nominal pictures per second."""

    def pictures(self, stop: Event) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Yield monotonic time and picture, shape (height, width, 3), BGR, until `stop` is set.

        Raises `NoDevice`, `DeviceLost`.
        """


class Microphone(Protocol):
    """A source of sound."""

    rate: int
    """Samples per second."""

    def stream(self, on_block: OnBlock) -> AbstractContextManager[Event]:
        """Call `on_block` in another thread with each block, shape (samples, channels), and its monotonic start time.

        Gives an event, which is set when the sound has come to its end. A device never does: what gives no more blocks
        has failed. Raises `NoDevice`.
        """


def create_camera(device: str, rate: float, size: tuple[int, int]) -> Camera:
    """Create the camera of this number, or one from the file of this name."""
    return OpenCvCamera(int(device), rate, size) if device.isdigit() else FileCamera(device)


def create_microphone(device: str, channels: int) -> Microphone:
    """Create the machine's microphone ("" or a number or part of its name), or one from the file of this name."""
    from pathlib import Path

    return FileMicrophone(device) if Path(device).is_file() else SoundDeviceMicrophone(device, channels)


class OpenCvCamera:
    """A camera opened by OpenCV."""

    def __init__(self, number: int, rate: float, size: tuple[int, int]) -> None:
        self._number, self.rate, self._size = number, rate, size

    def pictures(self, stop: Event) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """See `Camera`."""
        with needing("cv2", "The camera", PIP_EXTRA):
            import cv2
        camera = cv2.VideoCapture(self._number)
        try:
            if not camera.isOpened():
                raise NoDevice(device=f"camera {self._number}", reason="OpenCV cannot open it")
            camera.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
            camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
            camera.set(cv2.CAP_PROP_FPS, self.rate)
            while not stop.is_set():
                succeeded, picture = camera.read()
                if not succeeded:
                    raise DeviceLost(device=f"camera {self._number}", reason="it gave no picture")
                yield time.monotonic(), np.asarray(picture, np.uint8)
        finally:
            camera.release()


class SoundDeviceMicrophone:
    """A microphone opened by sounddevice, at its default sampling rate."""

    def __init__(self, device: str, channels: int) -> None:
        try:
            with needing("sounddevice"):
                import sounddevice
        except OSError as problem:  # PortAudio, which it is based on, is not installed
            raise LibraryMissing(
                purpose="The microphone",
                library="sounddevice",
                reason=str(problem),
                install="apt-get install libportaudio2",
            ) from None
        self._library: Any = sounddevice
        self._device = int(device) if device.isdigit() else device or None
        self._channels = channels
        try:
            self.rate = int(sounddevice.query_devices(self._device, "input")["default_samplerate"])
        except (ValueError, sounddevice.PortAudioError) as problem:
            raise NoDevice(device="microphone", reason=str(problem)) from None

    @contextmanager
    def stream(self, on_block: OnBlock) -> Iterator[Event]:
        """See `Microphone`."""

        def on_input(samples: Any, _count: int, times: Any, _status: Any) -> None:
            age = times.currentTime - times.inputBufferAdcTime
            on_block(np.array(samples, np.float32), time.monotonic() - age)

        try:
            with self._library.InputStream(
                samplerate=self.rate,
                blocksize=round(self.rate * BLOCK_S),
                device=self._device,
                channels=self._channels,
                dtype="float32",
                callback=on_input,
            ):
                yield Event()
        except self._library.PortAudioError as problem:
            raise NoDevice(device="microphone", reason=str(problem)) from None


class FileCamera:
    """The pictures of a file in real time, in place of a camera; the recording ends with the file."""

    def __init__(self, file: str) -> None:
        self._recording = _open_recording(file, "camera")
        assert self._recording.video is not None
        self.rate = self._recording.video.frame_rate

    def pictures(self, stop: Event) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """See `Camera`."""
        began = time.monotonic()
        with self._recording.open() as container:
            for frame in container.decode(video=0):
                shown_at = began + (frame.time or 0.0) - self._recording.origin
                if stop.wait(max(0.0, shown_at - time.monotonic())):
                    return
                yield shown_at, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


class FileMicrophone:
    """The sound of a file in real time, in place of a microphone; a recording of sound alone ends with the file."""

    def __init__(self, file: str) -> None:
        self._recording = _open_recording(file, "microphone")
        assert self._recording.audio is not None
        self.rate = self._recording.audio.sampling_rate

    @contextmanager
    def stream(self, on_block: OnBlock) -> Iterator[Event]:
        """See `Microphone`."""
        from threading import Thread

        stop, ended = Event(), Event()
        thread = Thread(target=self._play, args=(on_block, stop, ended), name="file microphone", daemon=True)
        thread.start()
        try:
            yield ended
        finally:
            stop.set()
            thread.join()

    def _play(self, on_block: OnBlock, stop: Event, ended: Event) -> None:
        began, played, size = time.monotonic(), 0, round(self.rate * BLOCK_S)
        for samples in self._recording.blocks():
            for first in range(0, len(samples), size):
                block = samples[first : first + size]
                block_start = began + played / self.rate
                played += len(block)
                # As with a device, a block is delivered after its last sample.
                if stop.wait(max(0.0, began + played / self.rate - time.monotonic())):
                    return
                on_block(block, block_start)
        ended.set()


def _open_recording(file: str, device: str) -> Recording:
    from emotoolkit.media.recording import Recording

    recording = Recording(file)
    if (recording.video if device == "camera" else recording.audio) is None:
        raise NoDevice(device=device, reason=f"{file!r} has no such track")
    return recording
