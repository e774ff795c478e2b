"""The recorder of the desktop: pictures and sound of this machine's devices, coded as VP8 and Opus into a growing file.

It runs in a process of its own. Sound is the clock: a picture's place is how much sound had been heard at its moment,
so the two do not drift apart, however a sound card counts its seconds.
"""

from __future__ import annotations

import queue
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soxr

from emotoolkit.capture import wire
from emotoolkit.capture.devices import camera_at, microphone_at
from emotoolkit.capture.finished import finish
from emotoolkit.capture.growing import Appended
from emotoolkit.errors import EmotoolkitError, InternalError
from emotoolkit.video.encode import VP8

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from emotoolkit.capture.devices import Camera, Microphone

__all__ = ["SoundClock", "Studio", "Written"]

RATE = 48_000
"""Samples per second of Opus."""

KEY_EVERY = 3.0
"""Seconds between key pictures: where a segment can begin."""

HELD = 100
"""Pictures that wait to be coded, at most; a machine that is too slow loses pictures, never sound."""

STEADY = 0.02
"""Share of a block's own moment in the estimate of when its sound was heard: callbacks come irregularly."""

HOLE = 0.1
"""Seconds. A block that begins so much later than the last one ended has lost what was between."""

WEBM = {"live": "1", "cluster_time_limit": "60", "flush_packets": "1"}
"""A cluster is in the file when it is complete, so clusters are short."""


class SoundClock:
    """Seconds of sound at a moment of the machine's own clock.

    Parameters
    ----------
    rate : int
        Samples per second, as the sound card believes.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._zero: float | None = None
        self.samples = 0

    def heard(self, began: float, count: int) -> int:
        """Take note of a block that began at a moment; gives how many samples were lost before it."""
        if self._zero is None:
            self._zero = began
        off = began - self._zero - self.samples / self._rate
        lost = round(off * self._rate) if off > HOLE else 0
        self.samples += lost + count
        if not lost:
            self._zero += STEADY * off
        return lost

    def seconds(self, moment: float) -> float | None:
        """Seconds of sound heard at a moment; None before the first."""
        return None if self._zero is None else moment - self._zero


class WallClock:
    """The same where there is no sound: seconds since the first picture."""

    def __init__(self) -> None:
        self._zero: float | None = None

    def seconds(self, moment: float) -> float:
        """Seconds since the first moment that was asked for."""
        if self._zero is None:
            self._zero = moment
        return moment - self._zero


class Written:
    """The coded tracks on their way into the file. To be used from one thread."""

    def __init__(self, file: Any, *, rate: float | None, channels: int) -> None:
        self._container = av.open(file, "w", format="webm", options=WEBM)
        self._picture = None if rate is None else self._container.add_stream("libvpx", rate=round(rate), options=VP8)
        self._sound = self._container.add_stream("libopus", rate=RATE) if channels else None
        if self._sound is not None:
            self._sound.codec_context.layout = "mono" if channels == 1 else "stereo"
            self._sound.codec_context.format = "flt"
            self._sound.bit_rate = 64_000 * channels
        self._heard = 0
        self._early: list[NDArray[np.float32]] = []
        self._shown = -1
        self._key = -KEY_EVERY

    def picture(self, seconds: float, image: NDArray[np.uint8]) -> None:
        """Code a picture, shape (height, width, 3), BGR, and write it."""
        assert self._picture is not None
        stream: Any = self._picture
        if self._shown < 0:
            self._begin(stream, image.shape[1] // 2 * 2, image.shape[0] // 2 * 2)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        frame = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
        self._shown = max(self._shown + 1, round(seconds * 1000))
        frame.pts, frame.time_base = self._shown, Fraction(1, 1000)
        is_key = seconds >= self._key + KEY_EVERY
        self._key = seconds if is_key else self._key
        kinds = av.video.frame.PictureType
        frame.pict_type = kinds.I if is_key else kinds.NONE
        self._container.mux(stream.encode(frame))
        early, self._early = self._early, []
        for samples in early:
            self.sound(samples)

    def sound(self, samples: NDArray[np.float32]) -> None:
        """Code samples, shape (samples, channels), 48 kHz, and write them."""
        assert self._sound is not None
        if self._picture is not None and self._shown < 0:
            self._early.append(samples)  # the header tells the size of the pictures, so one must have come
            return
        if not len(samples):
            return
        stream: Any = self._sound
        layout = stream.codec_context.layout.name
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._heard
        self._heard += len(samples)
        self._container.mux(stream.encode(frame))

    def close(self) -> None:
        """Write what the encoders hold."""
        for stream, begun in ((self._picture, self._shown >= 0), (self._sound, self._heard > 0)):
            if stream is not None and begun:
                self._container.mux(stream.encode(None))
        if self._shown >= 0 or self._heard:
            self._container.close()

    @staticmethod
    def _begin(stream: Any, width: int, height: int) -> None:
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.bit_rate = min(max(width * height * 3, 300_000), 2_000_000)


@dataclass(frozen=True, slots=True)
class _Shown:
    moment: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Heard:
    began: float
    samples: NDArray[np.float32]


class Studio:
    """Records until it is stopped, or a device fails.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    camera : Camera or None
    microphone : Microphone or None
    channels : int
        Of the sound that is written.
    began : callable
        Told when the first bytes are in the file.
    """

    def __init__(
        self,
        path: Path,
        camera: Camera | None,
        microphone: Microphone | None,
        channels: int,
        began: Callable[[], None],
    ) -> None:
        self._file = Appended(path)
        self._camera, self._microphone, self._channels, self._began = camera, microphone, channels, began
        self._clock = SoundClock(microphone.rate) if microphone else WallClock()
        self._items: queue.Queue[_Shown | _Heard | None] = queue.Queue()
        self._pictures = threading.Semaphore(HELD)
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._problem: EmotoolkitError | None = None
        self.lost = 0

    def go(self) -> None:
        """Open the devices. From any thread."""
        self._wanted.set()

    def stop(self) -> None:
        """End the recording. From any thread."""
        self._stop.set()
        self._wanted.set()

    def run(self) -> int:
        """Record. Returns how many bytes were written; raises what a device raised, with the file complete."""
        self._wanted.wait()
        writing = threading.Thread(target=self._write, daemon=True)
        writing.start()
        try:
            self._listen_and_look()
        finally:
            self._stop.set()
            self._items.put(None)
            writing.join()
            self._file.close()
        if self._problem is not None:
            raise self._problem
        return self._file.bytes

    def _listen_and_look(self) -> None:
        if self._stop.is_set():
            return
        with ExitStack() as open_devices:
            if self._microphone is not None:
                open_devices.enter_context(
                    self._microphone.listening(lambda samples, began: self._items.put(_Heard(began, samples)))
                )
            if self._camera is None:
                self._stop.wait()
                return
            for moment, image in self._camera.pictures(self._stop):
                if self._pictures.acquire(blocking=False):
                    self._items.put(_Shown(moment, image))
                else:
                    self.lost += 1

    def _write(self) -> None:
        try:
            self._write_all()
        except Exception as problem:  # noqa: BLE001 - it is raised again where somebody waits
            self._problem = problem if isinstance(problem, EmotoolkitError) else InternalError(reason=repr(problem))
            self._stop.set()

    def _write_all(self) -> None:
        rate = None if self._camera is None else self._camera.rate
        written = Written(self._file, rate=rate, channels=self._channels if self._microphone else 0)
        resample = _resampler(RATE if self._microphone is None else self._microphone.rate, self._channels)
        begun = False
        while (item := self._items.get()) is not None:
            if isinstance(item, _Shown):
                self._pictures.release()
                seconds = self._clock.seconds(item.moment)
                if seconds is not None and seconds >= 0:
                    written.picture(seconds, item.image)
            else:
                assert isinstance(self._clock, SoundClock)
                lost = self._clock.heard(item.began, len(item.samples))
                silence = np.zeros((lost, item.samples.shape[1]), np.float32)
                written.sound(resample(_channels(np.concatenate([silence, item.samples]), self._channels)))
            if not begun and self._file.bytes:
                begun = True
                self._began()
        if self._microphone is not None:
            written.sound(resample(None))
        written.close()


def _resampler(given: int, channels: int) -> Callable[[NDArray[np.float32] | None], NDArray[np.float32]]:
    """Make samples of another rate 48 kHz, piece by piece; None asks for what is left."""
    nothing = np.empty((0, channels), np.float32)
    if given == RATE:
        return lambda samples: nothing if samples is None else samples
    stream = soxr.ResampleStream(given, RATE, channels, dtype="float32", quality="HQ")

    def resample(samples: NDArray[np.float32] | None) -> NDArray[np.float32]:
        made = stream.resample_chunk(nothing if samples is None else samples, last=samples is None)
        return np.asarray(made, np.float32).reshape(-1, channels)

    return resample


def _channels(samples: NDArray[np.float32], wanted: int) -> NDArray[np.float32]:
    """The wanted number of channels: a mean, or the one there is twice."""
    if wanted == 1:
        return np.asarray(samples.mean(axis=1, keepdims=True, dtype=np.float32))
    return np.asarray(samples[:, :wanted] if samples.shape[1] >= wanted else np.repeat(samples[:, :1], wanted, axis=1))


def _say(line: wire.Line) -> None:
    sys.stdout.write(wire.to_line(line))
    sys.stdout.flush()


def _run(path: Path, camera: str, microphone: str, channels: int, rate: float, size: tuple[int, int]) -> None:
    studio = None
    try:
        studio = Studio(
            path,
            None if camera == "none" else camera_at(camera, rate, size),
            microphone_at(microphone, channels) if channels else None,
            channels,
            lambda: _say(wire.Began()),
        )
    except EmotoolkitError as problem:
        Appended(path).close()
        _say(wire.Waiting())
        _say(wire.Failed(type(problem).__name__, problem.facts))
        _say(wire.Ended(0))
        return
    _say(wire.Waiting())
    threading.Thread(target=_obey, args=(studio,), daemon=True).start()
    try:
        size_written = studio.run()
    except EmotoolkitError as problem:
        size_written = path.stat().st_size
        facts = {"file": str(path), "seconds": 0.0, **problem.facts}
        _say(wire.Failed(type(problem).__name__, facts))
    finish(path)
    _say(wire.Ended(size_written))


def _obey(studio: Studio) -> None:
    for kind, _ in wire.frames(sys.stdin.fileno()):
        if kind == wire.STOP:
            break
        studio.go()
    studio.stop()  # told to, or the notebook has ended


if __name__ == "__main__":
    file, camera, microphone, channels, rate, width, height = sys.argv[1:]
    _run(Path(file), camera, microphone, int(channels), float(rate), (int(width), int(height)))
