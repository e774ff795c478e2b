"""From the bytes of messages to pictures and sound on the session's clock (contract page §2.2).

Two ways of sending are understood, told apart by the first bytes (`containers.py`): whole files, each with a clock of
its own, and pieces of one continuous stream. A stream is read by a demuxer in a thread of its own, which rests when it
has used up what came: so its decoders go on unbroken from message to message, and no sample is heard twice. Whole files
that need to be read back and forth (an MP4 with its index at the end) are decoded on the spot.

A new container begins where the pictures of the last one ended. Sound that lasts longer than its pictures by less than
a tenth of a second is padding of its encoder, and cut off; by more, and the next container waits for its end.
"""

from __future__ import annotations

import io
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
import soxr
from av.audio.plane import AudioPlane

from emotoolkit.apis.interhuman.server.coverage import Gap, Gaps
from emotoolkit.apis.interhuman.server.stream_demuxer import Stream
from emotoolkit.apis.interhuman.wire.containers import Boxes, Elements, begins
from emotoolkit.measure.movement import SIZE
from emotoolkit.media.pyav import LENIENT, unreadable_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.apis.interhuman.server.stream_demuxer import Readable
    from emotoolkit.apis.interhuman.wire.containers import Trail

    Frame = av.VideoFrame | av.AudioFrame
    _Timed = tuple[float, float, Frame]

__all__ = ["RATE", "Media", "Picture", "Sound", "Trouble", "always", "is_plain_file"]

RATE = 16_000
"""Samples per second of `Sound`, in Hz: speech has little above 8 kHz."""

GAP = 0.04
"""Seconds. A hole in the sound's timestamps longer than this is filled with silence; below, it is rounding."""

ROUNDING = 0.002
"""Seconds. The same between containers, where a hole is real: WebM rounds to 1 ms."""

PATIENCE = 1.0
"""Seconds of media that are held while a container's other track has not begun yet."""

PADDING = 0.1
"""Seconds by which an encoder may lengthen the sound of a file to fill its last frame (AAC at 11 kHz: 0.093)."""

PIECE = RATE
"""Samples of silence that are made at once."""

SAMPLE = 2
"""Bytes of a raw sample."""

LEAP = 60.0
"""Seconds. A container whose clock leaps further is damaged, or its recorder slept: what follows is put right behind.
Believed, one wrong bit would make years of stillness to be measured."""

COLOUR_APART = {"gray", "nv12", *(f"{kind}{sub}p" for kind in ("yuv", "yuvj") for sub in (420, 422, 444))}
"""Formats of which the first plane is brightness, 8 bits each."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, shown from `time` to `end` seconds of the session."""

    time: float
    end: float
    image: av.VideoFrame

    def grey(self) -> NDArray[np.uint8]:
        """Make it small and grey: shape (45, 80)."""
        width, height = SIZE
        small = self.image.reformat(width=width, height=height, format="gray", interpolation="AREA")
        return np.asarray(small.to_ndarray(), np.uint8)

    def luma(self) -> NDArray[np.uint8]:
        """Give its brightness as coded, upright: shape (height, width). Made without a conversion where it can be."""
        image = self.image if self.image.format.name in COLOUR_APART else self.image.reformat(format="gray")
        plane = image.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return np.rot90(rows[: image.height, : image.width], self.image.rotation // 90)


@dataclass(frozen=True, slots=True)
class Sound:
    """The next samples of the session's sound, mono, 16 kHz, float32; the first of all is at 0 s."""

    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message, or a part of it, could not be used: the wire's error code, and a sentence."""

    code: str
    message: str


Item = Picture | Sound | Gap | Trouble


def always(_: float) -> bool:
    """Say yes to every second."""
    return True


class Media:
    """What one session received.

    Parameters
    ----------
    take : callable
        Is given each picture and each piece of sound, in order, what is missing, and what went wrong: while `feed` or
        `finish` runs, and perhaps in another thread.
    sees, hears : callable
        Say of a second of the session whether its pictures, or its sound, are taken at all. By default all are.
    """

    def __init__(
        self,
        take: Callable[[Item], None],
        sees: Callable[[float], bool] = always,
        hears: Callable[[float], bool] = always,
    ) -> None:
        self._timeline = _Timeline(take, sees, hears)
        self._take = take
        self._stream: Stream | None = None
        self._trail: Trail | None = None
        self._sound_alone = False
        self._samples: int | None = None
        self._odd = b""

    def listen(self, samples: int | None = None) -> None:
        """Look at no picture from now on; `samples` a second, messages are raw sound, 16 bits each, one channel."""
        self._sound_alone = self._timeline.sound_alone = True
        self._samples = samples

    def feed(self, message: bytes) -> None:
        """Take a binary message and hand over whatever can be decoded by now."""
        if self._samples is not None:
            self._hear(message, self._samples)
            return
        kind = begins(message)
        try:
            if kind is not None:
                self._begin(kind, message)
            else:
                self._go_on(message)
        except ValueError as problem:
            self._take(Trouble("ih5004", str(problem)))

    def read(self, file: bytes) -> None:
        """Take a whole file, in whatever container, those of sound alone included."""
        self._decode(io.BytesIO(file))

    def finish(self) -> None:
        """Hand over the rest: no more messages come."""
        self._end_stream()
        self._timeline.finish()

    def close(self) -> None:
        """Give up: nothing more is handed over."""
        self._timeline.close()
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.finish()

    def _hear(self, message: bytes, rate: int) -> None:
        """Take raw samples: one stream of bytes, in which a message may end in the middle of a sample."""
        sound = self._odd + message
        whole = len(sound) // SAMPLE * SAMPLE
        self._odd = sound[whole:]
        if whole:
            frame = av.AudioFrame.from_ndarray(np.frombuffer(sound[:whole], "<i2")[None], format="s16", layout="mono")
            frame.sample_rate = rate
            self._timeline.place(iter([(0.0, _duration(frame), frame)]), 1)

    def _begin(self, kind: str, message: bytes) -> None:
        self._end_stream()
        trail = {"webm": Elements, "mp4": Boxes}.get(kind)
        if trail is None:
            self._decode(io.BytesIO(message))
            return
        self._trail = trail()
        names = self._trail.follow(message)
        if kind == "mp4" and _is_plain(names, message):
            self._decode(io.BytesIO(message))
        else:
            self._stream = Stream(self._decode)
            self._stream.feed(message)

    def _go_on(self, message: bytes) -> None:
        if self._stream is None or self._trail is None:
            raise ValueError("the message does not begin a container, and none is open that it could continue")
        self._trail.follow(message)
        self._stream.feed(message)

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.finish()

    def _decode(self, source: Readable) -> None:
        try:
            with av.open(source, **LENIENT) as container:
                pictures, sounds = map(_decodable, (container.streams.video, container.streams.audio))
                tracks = sounds[:1] if self._sound_alone else [*pictures[:1], *sounds[:1]]
                odd = next((layout for layout in map(unreadable_layout, sounds[:1]) if layout), None)
                if odd is not None:
                    self._take(Trouble("ih5004", f"the message could not be decoded (channels in the order {odd})"))
                elif sounds if self._sound_alone else pictures:
                    frames = self._frames(cast("InputContainer", container), tracks)
                    self._timeline.place(_timed(frames, self._take), len(tracks))
                elif self._sound_alone:
                    self._take(Trouble("ih5008", "the message has no sound track"))
                else:
                    self._take(Trouble("ih5001", "the message has no picture track"))
        except av.error.FFmpegError as problem:
            self._take(Trouble("ih5004", f"the message could not be decoded ({problem.strerror})"))

    def _frames(self, container: InputContainer, tracks: list[Any]) -> Iterator[Frame]:
        for track in tracks:
            track.codec_context.thread_count = 1  # there are as many sessions as there are cores to use
        for packet in self._packets(container, tracks):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError as problem:
                self._take(Trouble("ih5004", f"a part of the message could not be decoded ({problem.strerror})"))

    def _packets(self, container: InputContainer, tracks: list[Any]) -> Iterator[Any]:
        try:
            yield from container.demux(tracks)
        except IndexError:  # PyAV's answer to a track that turns up in the middle, as in a damaged transport stream
            self._take(Trouble("ih5004", "a part of the message could not be decoded (a track out of nowhere)"))


def is_plain_file(message: bytes) -> bool:
    """Whether the beginning of an MP4 is a whole file in the classical form. False where it is no MP4."""
    try:
        return _is_plain(Boxes().follow(message), message)
    except ValueError:
        return False


def _decodable(tracks: tuple[Any, ...]) -> list[Any]:
    """Those in a codec that we know: a damaged header can name any."""
    return [track for track in tracks if track.codec_context is not None]


def _is_plain(names: list[object], message: bytes) -> bool:
    """Whether an MP4 is a whole file in the classical form: samples before the index, or an index of all samples."""
    if b"moov" in names and b"mvex" in message:
        return False
    return b"mdat" in names or b"moov" in names


# The session's clock


class _Timeline:
    """Puts the frames of one container after the other on the session's clock."""

    def __init__(
        self, take: Callable[[Item], None], sees: Callable[[float], bool], hears: Callable[[float], bool]
    ) -> None:
        self._take = take
        self._sees = sees
        self._hears = hears
        self._sound = _SoundLine()
        self._gaps = Gaps()
        self._pictures_end = 0.0
        self._closed = False
        self.sound_alone = False

    def place(self, timed: Iterator[_Timed], tracks: int) -> None:
        """Take all frames of a container with this many tracks."""
        held = _beginning(timed, tracks)
        offset = self._offset(held)
        fresh = True
        for time, duration, frame in itertools.chain(_emptied(held), timed):
            if self._closed:
                break
            start, end = time + offset, time + duration + offset
            if isinstance(frame, av.VideoFrame):
                self._pictures_end = end
            if not (self._sees if isinstance(frame, av.VideoFrame) else self._hears)(start):
                self._gaps.miss(end)
            elif isinstance(frame, av.VideoFrame):
                self._note(self._gaps.show(start, end))
                self._take(Picture(start, end, frame))
            else:
                self._note(self._gaps.hear(start, end))
                self._tell(self._sound.put(start, frame, ROUNDING if fresh else GAP))
                fresh = False

    def finish(self) -> None:
        """Hand over what was held back."""
        self._tell(self._sound.finish())
        self._note(self._gaps.finish())

    def close(self) -> None:
        """Hand over nothing more."""
        self._closed = True
        self._sound = _SoundLine()

    def _offset(self, held: list[_Timed]) -> float:
        """Where the container's own zero lies: as early as no track begins before its own end so far."""
        starts = {type(frame): time for time, _, frame in reversed(held)}
        ends = {av.VideoFrame: self._pictures_end, av.AudioFrame: self._sound.end}
        offsets = {kind: ends[kind] - start for kind, start in starts.items()}
        overlap = offsets.get(av.AudioFrame, -math.inf) - offsets.get(av.VideoFrame, math.inf)
        if 0 < overlap <= PADDING and self._sound.cut(overlap):
            return offsets[av.VideoFrame]
        return max(offsets.values(), default=0.0)

    def _tell(self, pieces: Iterator[NDArray[np.float32]]) -> None:
        for samples in pieces:
            if len(samples):
                self._take(Sound(samples))

    def _note(self, gaps: list[Gap]) -> None:
        for gap in [] if self.sound_alone else gaps:
            self._take(gap)


def _timed(frames: Iterator[Frame], take: Callable[[Trouble], None]) -> Iterator[_Timed]:
    """Give each frame its time and duration in seconds on the container's clock.

    What the container left out is guessed, and a time that cannot be right is not believed.
    """
    nexts: dict[type, float] = {}
    steps: dict[type, float] = {}
    for frame in frames:
        kind = type(frame)
        now = max(nexts.values(), default=frame.time or 0.0)
        due = nexts.get(kind, now)
        time = due if frame.time is None else frame.time
        if abs(time - now) > LEAP:
            said = f"the message's clock leaps by {time - now:.3g} s; what follows is put behind what came before"
            take(Trouble("ih5004", said))
            time = due
        duration = _duration(frame) or steps.get(kind, 0.0)
        steps[kind] = duration or max(0.0, time - nexts.get(kind, time))
        nexts[kind] = time + duration
        yield time, duration, frame


def _duration(frame: Frame) -> float:
    if isinstance(frame, av.AudioFrame):
        return frame.samples / frame.sample_rate
    duration = float((frame.duration or 0) * (frame.time_base or 0))
    return duration if duration <= LEAP else 0.0


def _beginning(frames: Iterator[_Timed], tracks: int) -> list[_Timed]:
    """Read on until each track has begun, but not much further than `PATIENCE`."""
    held: list[_Timed] = []
    for timed in frames:
        held.append(timed)
        begun = len({type(frame) for _, _, frame in held})
        if begun == tracks or timed[0] - held[0][0] > PATIENCE:
            break
    return held


def _emptied(held: list[_Timed]) -> Iterator[_Timed]:
    """Give away what was held: pictures are large."""
    while held:
        yield held.pop(0)


class _SoundLine:
    """One unbroken line of samples from 0 s of the session on: silence in holes, resampled without seams.

    The last `PADDING` seconds are held back, since the next container may show that they were padding.
    """

    def __init__(self) -> None:
        self._held: NDArray[np.float32] = np.empty(0, np.float32)
        self._rate = RATE
        self._resampler: soxr.ResampleStream | None = None
        self._origin = 0.0
        self._given = 0

    @property
    def end(self) -> float:
        """Seconds of the session up to which sound was given."""
        return self._origin + self._given / self._rate

    def put(self, time: float, frame: av.AudioFrame, tolerance: float) -> Iterator[NDArray[np.float32]]:
        """Add a frame that begins at `time`; a hole longer than `tolerance` seconds before it becomes silence."""
        if frame.sample_rate != self._rate:
            yield from self._change(frame.sample_rate)
        if time - self.end > tolerance:
            yield from self._silence(round((time - self.end) * self._rate))
        yield self._add(_mono(frame))

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Give what was held back."""
        if self._resampler is None:
            yield self._held
        else:
            yield self._resampler.resample_chunk(self._held, last=True)
        self._resampler, self._held = None, self._held[:0]

    def cut(self, seconds: float) -> bool:
        """Take back the last samples, `PADDING` seconds of them at most. Returns whether there were as many."""
        samples = round(seconds * self._rate)
        if samples > len(self._held):
            return False
        self._held = self._held[: len(self._held) - samples]
        self._given -= samples
        return True

    def _change(self, rate: int) -> Iterator[NDArray[np.float32]]:
        yield from self.finish()
        self._origin, self._given, self._rate = self.end, 0, rate
        if rate != RATE:
            self._resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")

    def _silence(self, samples: int) -> Iterator[NDArray[np.float32]]:
        while samples > 0:
            yield self._add(np.zeros(min(samples, PIECE), np.float32))
            samples -= PIECE

    def _add(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._given += len(samples)
        line = np.concatenate([self._held, samples])
        sure = max(0, len(line) - round(PADDING * self._rate))
        self._held = line[sure:]
        return line[:sure] if self._resampler is None else self._resampler.resample_chunk(line[:sure])


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Mean of a frame's channels, in [−1, 1)."""
    samples = _planes(frame) if frame.format.is_planar else frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        samples = samples.astype(np.int16) - 128
        return np.asarray(samples.mean(axis=0) / 128, np.float32)
    scale = 1 if samples.dtype.kind == "f" else 1 << (8 * samples.dtype.itemsize - 1)
    return np.asarray(samples.mean(axis=0) / scale, np.float32)


def _planes(frame: av.AudioFrame) -> NDArray[Any]:
    """Samples by channel.

    From eight channels on PyAV's own list looks for more planes than there are: before 19 it reads where nothing is, from
    then on it ends.
    """
    kind = "f" if frame.format.name[0] in "fd" else frame.format.name[0].replace("s", "i")
    dtype = np.dtype(f"{kind}{frame.format.bytes}")
    planes = [AudioPlane(frame, channel) for channel in range(frame.layout.nb_channels)]
    return np.stack([np.frombuffer(cast("Any", plane), dtype, frame.samples) for plane in planes])
