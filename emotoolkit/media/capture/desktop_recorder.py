"""Desktop recorder: encodes pictures and sound of this machine's devices as VP8 and Opus into a growing file.

It runs in its own process. Sound is the clock (`av_sync.py`): a picture's time is the duration of the sound before it,
so the two do not drift apart, even if the sound card's rate is not exact.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.errors import DeviceLost, EmotoolkitError, InternalError
from emotoolkit.media.capture import recorder_protocol
from emotoolkit.media.capture.av_sync import SoundClock, WallClock
from emotoolkit.media.capture.devices import create_camera, create_microphone
from emotoolkit.media.capture.finalize import finalize_file
from emotoolkit.media.capture.growing_file import GrowingFileWriter
from emotoolkit.media.capture.webm_writer import SAMPLING_RATE_HZ, WebmWriter, as_channels, resampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from emotoolkit.media.capture.devices import Camera, Microphone

__all__ = ["DesktopRecorder"]

MAX_QUEUED_PICTURES = 100
"""Pictures waiting to be encoded, at most: a machine that is too slow loses pictures, never sound."""

MAX_SILENCE_S = 5.0
"""Seconds without a block after which a microphone counts as lost. A quiet room gives blocks, too."""

POLL_INTERVAL_S = 0.1
"""Seconds between two checks of a microphone without a camera."""


@dataclass(frozen=True, slots=True)
class _CapturedPicture:
    time: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _CapturedSound:
    began: float
    samples: NDArray[np.float32]


class DesktopRecorder:
    """Record until stopped, or until a device fails or has come to its end.

    `run` works in the calling thread, which reads the camera. The microphone's callback thread and it put what they
    capture into one queue; a writer thread encodes it and writes the file. `request_start` and `stop` only set events.
    When capturing ends, for any reason, None in the queue ends the writer after everything before it; an error of the
    writer sets `_stop` and is raised again by `run`.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    camera : Camera or None
        None: no pictures.
    microphone : Microphone or None
        None: no sound.
    channels : int
        Channels of sound in the file.
    on_began : callable
        Called in the writer thread when the first bytes are in the file.
    """

    def __init__(
        self,
        path: Path,
        camera: Camera | None,
        microphone: Microphone | None,
        channels: int,
        on_began: Callable[[], None],
    ) -> None:
        self._file = GrowingFileWriter(path)
        self._camera, self._microphone, self._channels, self._on_began = camera, microphone, channels, on_began
        self._clock = SoundClock(microphone.rate) if microphone else WallClock()
        self._items: queue.Queue[_CapturedPicture | _CapturedSound | None] = queue.Queue()
        self._free_slots = threading.Semaphore(MAX_QUEUED_PICTURES)
        self._start_requested = threading.Event()
        self._stop = threading.Event()
        self._problem: EmotoolkitError | None = None
        self._sound_at = 0.0
        """Monotonic time of the last block of sound."""
        self._sound_ended = threading.Event()
        self.lost_pictures = 0
        self.seconds = 0.0
        """Seconds that have been written."""

    def request_start(self) -> None:
        """Let `run` open the devices. May be called from any thread."""
        self._start_requested.set()

    def stop(self) -> None:
        """End the recording. May be called from any thread."""
        self._stop.set()
        self._start_requested.set()

    def run(self) -> int:
        """Record. Returns the number of bytes written; raises the error of a device after the file is complete."""
        self._start_requested.wait()
        writing = threading.Thread(target=self._write, daemon=True)
        writing.start()
        try:
            self._capture()
        finally:
            self._stop.set()
            self._items.put(None)
            writing.join()
            self._file.close()
        if self._problem is not None:
            raise self._problem
        return self._file.bytes

    def _capture(self) -> None:
        if self._stop.is_set():
            return
        with ExitStack() as open_devices:
            if self._microphone is not None:
                self._sound_at = time.monotonic()
                self._sound_ended = open_devices.enter_context(self._microphone.stream(self._take_sound))
            if self._camera is None:
                self._wait_for_end()
                return
            for taken_at, image in self._camera.pictures(self._stop):
                self._check_sound()
                if self._free_slots.acquire(blocking=False):
                    self._items.put(_CapturedPicture(taken_at, image))
                else:
                    self.lost_pictures += 1

    def _take_sound(self, samples: NDArray[np.float32], began: float) -> None:
        self._sound_at = time.monotonic()
        self._items.put(_CapturedSound(began, samples))

    def _wait_for_end(self) -> None:
        """Wait until the recording is stopped, or the sound has come to its end."""
        while not self._stop.wait(POLL_INTERVAL_S) and not self._sound_ended.is_set():
            self._check_sound()

    def _check_sound(self) -> None:
        """Raise `DeviceLost` if the microphone gives nothing any more."""
        is_lost = time.monotonic() - self._sound_at > MAX_SILENCE_S
        if self._microphone is not None and is_lost and not self._sound_ended.is_set():
            raise DeviceLost(device="microphone", reason=f"it gave no sound for {MAX_SILENCE_S:g} s")

    def _write(self) -> None:
        try:
            self._write_all()
        except Exception as problem:  # noqa: BLE001 - `run` raises it again
            self._problem = problem if isinstance(problem, EmotoolkitError) else InternalError(reason=repr(problem))
            self._stop.set()

    def _write_all(self) -> None:
        rate = None if self._camera is None else self._camera.rate
        writer = WebmWriter(self._file, rate=rate, channels=self._channels if self._microphone else 0)
        resample = resampler(SAMPLING_RATE_HZ if self._microphone is None else self._microphone.rate, self._channels)
        begun = False
        while (item := self._items.get()) is not None:
            if isinstance(item, _CapturedPicture):
                self._free_slots.release()
                seconds = self._clock.seconds(item.time)
                if seconds is not None and seconds >= 0:
                    writer.write_picture(seconds, item.image)
                    self.seconds = max(self.seconds, seconds)
            else:
                assert isinstance(self._clock, SoundClock)
                lost = self._clock.add_block(item.began, len(item.samples))
                silence = np.zeros((lost, item.samples.shape[1]), np.float32)
                writer.write_sound(resample(as_channels(np.concatenate([silence, item.samples]), self._channels)))
                self.seconds = self._clock.duration
            if not begun and self._file.bytes:
                begun = True
                self._on_began()
        if self._microphone is not None:
            writer.write_sound(resample(None))
        writer.close()


def _report(message: recorder_protocol.RecorderMessage) -> None:
    sys.stdout.write(recorder_protocol.to_line(message))
    sys.stdout.flush()


def _run(path: Path, camera: str, microphone: str, channels: int, rate: float, size: tuple[int, int]) -> None:
    recorder = None
    try:
        recorder = DesktopRecorder(
            path,
            None if camera == "none" else create_camera(camera, rate, size),
            create_microphone(microphone, channels) if channels else None,
            channels,
            lambda: _report(recorder_protocol.RecordingBegan()),
        )
    except EmotoolkitError as problem:
        GrowingFileWriter(path).close()
        _report(recorder_protocol.RecorderReady())
        _report(recorder_protocol.RecorderFailed(type(problem).__name__, problem.facts))
        _report(recorder_protocol.RecordingEnded(0))
        return
    _report(recorder_protocol.RecorderReady())
    threading.Thread(target=_read_commands, args=(recorder,), daemon=True).start()
    try:
        size_written = recorder.run()
    except EmotoolkitError as problem:
        size_written = path.stat().st_size
        facts = {"file": str(path), "seconds": recorder.seconds, **problem.facts}
        _report(recorder_protocol.RecorderFailed(type(problem).__name__, facts))
    finalize_file(path)
    _report(recorder_protocol.RecordingEnded(size_written))


def _read_commands(recorder: DesktopRecorder) -> None:
    for kind, _ in recorder_protocol.read_frames(sys.stdin.fileno()):
        if kind == recorder_protocol.STOP:
            break
        recorder.request_start()
    recorder.stop()  # by a command, or because the notebook has ended


if __name__ == "__main__":
    file, camera, microphone, channels, rate, width, height = recorder_protocol.read_arguments(sys.stdin.fileno())
    _run(Path(file), camera, microphone, int(channels), float(rate), (int(width), int(height)))
