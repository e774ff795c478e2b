"""Recording: one value for any audio or video file. This is the only room that opens a media file to read it.

Media time is seconds from the first moment of the file: containers whose own clock starts later (MPEG-TS) are shifted,
a sound track that starts after the pictures begins with silence, and encoder priming is trimmed by the decoder.
"""

from __future__ import annotations

import math
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import repeat, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import av
import numpy as np
import soundfile

from emotoolkit import card, envelope
from emotoolkit.errors import EmptyRecording, NoSuchFile, NotMedia, SettingsError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

__all__ = ["AudioTrack", "Recording", "VideoTrack", "frame_rate", "tracks_of"]

BLOCK = 65_536
"""Samples read at once. Small enough for flat memory, large enough that Python's share of the time is small."""

LONG_BLOCK = 2**19
"""Numbers read at once where only a few of them are kept: 1 MB, which a processor's cache still holds."""

QUIETEST = 1e-10
"""Mean square below which a sound is called silence: −100 dBFS, below the rounding of 16 bits."""

GAP = 0.04
"""Seconds. A hole in the sound's timestamps longer than this is filled with silence; below, it is rounding."""

RUN_UP = 1.0
"""Seconds of sound decoded before a moment that was sought: until then mp3, AAC and Opus lack what came before, and
some containers find the place only roughly."""

READ_BY_SOUNDFILE = {".wav", ".flac"}
"""Where soundfile is faster than PyAV; everything else goes to PyAV."""

FASTEST = 1000
"""Pictures per second that no recording of people has: who tells so many counts milliseconds."""

UNTOLD = {"aac"}
"""Containers without any duration in them. What PyAV reports is an estimate from the first bytes, wrong by a factor of
12 for a file that begins with silence, so their packets are counted: the one case in which a file is read through."""

TEXT = {"tty", "srt", "ass", "webvtt"}
"""What PyAV calls containers and we do not: it would read any text file as a film of a terminal."""


@dataclass(frozen=True)
class AudioTrack:
    """The sound of a recording: codec, `sampling_rate` in Hz, `channels`, `start` in s of media time."""

    codec: str
    sampling_rate: int
    channels: int
    start: float = 0.0


@dataclass(frozen=True)
class VideoTrack:
    """The pictures of a recording: codec, size in pixels, average `frame_rate` per s, `start` in s of media time."""

    codec: str
    width: int
    height: int
    frame_rate: float
    start: float = 0.0


@dataclass(frozen=True, init=False, repr=False)
class Recording:
    """A recorded audio or video file: wav, flac, ogg, mp3, m4a, aac, opus, mp4, mov, mkv, webm, avi, mpeg-ts.

    Making one reads the file's header and nothing else; the file stays where it is. In a notebook it draws itself.

    Parameters
    ----------
    file : str or path
        Path of the file. The first sound track and the first video track are used.

    Attributes
    ----------
    file : str
        The path as it was given; the `file` level of every table's index.
    path : pathlib.Path
        The same path, absolute.
    duration : float
        Length in seconds: the end of the longest track, as the header tells it.
    container : str
        Short name of the container format.
    audio : AudioTrack or None
        Codec, sampling rate (Hz) and channels of the sound.
    video : VideoTrack or None
        Codec, size (pixels) and average frame rate of the pictures.
    origin : float
        Seconds on the container's own clock at which media time begins (0 for most files).

    Raises
    ------
    NoSuchFile
        There is no file at that path.
    NotMedia
        The file cannot be decoded as audio or video.
    EmptyRecording
        The file is readable and has no content.

    Examples
    --------
    >>> talk = Recording("datasets/sample/talk.wav")
    >>> talk.audio.sampling_rate, talk.audio.channels
    (16000, 1)
    >>> sum(len(block) for block in talk.blocks()) / talk.audio.sampling_rate == talk.duration
    True
    """

    file: str
    path: Path = field(compare=False)
    duration: float
    container: str
    audio: AudioTrack | None
    video: VideoTrack | None
    origin: float = field(compare=False)

    live: ClassVar[bool] = False
    """Whether it is still being made."""

    def __init__(self, file: str | os.PathLike[str]) -> None:
        path = Path(file).expanduser().absolute()
        if not path.is_file():
            raise NoSuchFile(file=str(file), folder=str(Path.cwd()))
        facts = _facts_by_soundfile(path) or _facts_by_av(str(file), path)
        if not facts["duration"] > 0:
            raise EmptyRecording(file=str(file))
        for name, value in {"file": str(file), "path": path, **facts}.items():
            object.__setattr__(self, name, value)

    def begun(self) -> Recording:
        """Give the recording as it really is: of one that is still being made, wait until it has begun."""
        return self

    @property
    def tracks(self) -> tuple[AudioTrack | VideoTrack, ...]:
        """The tracks there are, sound first."""
        return tuple(track for track in (self.audio, self.video) if track is not None)

    @contextmanager
    def open(self) -> Iterator[InputContainer]:
        """Open the container for demuxing; closed at the end of the `with` block."""
        try:
            with av.open(str(self.path)) as container:
                yield container
        except FileNotFoundError:
            raise NoSuchFile(file=self.file, folder=str(Path.cwd())) from None

    def blocks(self, start: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Read the sound, block by block, never more than a block in memory.

        Parameters
        ----------
        start : float
            Media time in seconds of the first sample, at least 0.

        Yields
        ------
        numpy.ndarray
            Shape (samples, channels), float32 in [−1, 1) at the track's own sampling rate. 16-bit files are exact:
            sample / 32768. Holes in the file's timestamps are silence.
        """
        if self.audio is None:
            return iter(())
        if self._by_soundfile:
            return self._read_by_soundfile(start, "float32")
        return self._blocks_by_av(start)

    def pcm16(self, start: float = 0.0) -> Iterator[NDArray[np.int16]] | None:
        """Read the sound as `blocks` does, in the numbers of the file itself; None where these are not 16-bit PCM."""
        if self._is_pcm16:
            return self._read_by_soundfile(start, "int16")
        return None

    def window(self, start: float = 0.0, end: float | None = None) -> tuple[float, float]:
        """Check a stretch of the recording and fill in its end.

        Parameters
        ----------
        start, end : float
            Media time in seconds. An end behind the recording's own, or none, is the recording's own.

        Returns
        -------
        start, end : float
            Media time in seconds, start before end, both within the recording.

        Raises
        ------
        SettingsError
            The stretch begins outside the recording, or does not end after its beginning.

        Examples
        --------
        >>> Recording("datasets/sample/talk.wav").window(20)
        (20.0, 30.0)
        """
        if not 0 <= start < self.duration:
            raise SettingsError(setting="start", value=start, rule=f"the recording goes from 0 to {self.duration:g} s")
        last = self.duration if end is None else min(end, self.duration)
        if not start < last:
            raise SettingsError(setting="end", value=end, rule=f"the window begins at {start:g} s and must end later")
        return float(start), float(last)

    def envelope(
        self, points: int = 800, start: float = 0.0, end: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest sample in each of `points` equal stretches. Nothing behind `end` is read.

        Parameters
        ----------
        points : int
            How many stretches.
        start, end : float
            Media time in seconds. Default: all of the recording.

        Returns
        -------
        times, low, high : numpy.ndarray
            Shape (points,): middle of each stretch in seconds, and the extremes over all channels, in [−1, 1].
            Stretches without a sample are 0.

        Raises
        ------
        SettingsError
            See `window`.
        """
        start, end = self.window(start, end)
        low, high = envelope.extremes(self._samples(start), self._count(start, end), points)
        return _middles(start, end, points), low, high

    def loudness(
        self, points: int = 800, start: float = 0.0, end: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Root mean square of the sound in each of `points` equal stretches, in decibels.

        Parameters
        ----------
        points : int
            How many stretches.
        start, end : float
            Media time in seconds. Default: all of the recording.

        Returns
        -------
        times, levels : numpy.ndarray
            Shape (points,), float64: middle of each stretch in seconds, and 10 · log10 of the mean square over all
            channels in dBFS (0: a square wave at full scale). Nothing is below −100; NaN where there is no sample.

        Raises
        ------
        SettingsError
            See `window`.

        Examples
        --------
        >>> times, levels = Recording("datasets/sample/talk.wav").loudness(3)
        >>> times.tolist(), levels.round().tolist()
        ([5.0, 15.0, 25.0], [-25.0, -24.0, -26.0])
        """
        start, end = self.window(start, end)
        squares = envelope.mean_squares(self._samples(start), self._count(start, end), points)
        return _middles(start, end, points), 10 * np.log10(np.maximum(squares, QUIETEST))

    def images(
        self, count: int = 6, height: int = 72, start: float = 0.0, end: float | None = None
    ) -> list[tuple[float, NDArray[np.uint8]]]:
        """Read a few pictures, evenly spread: a strip to show.

        Parameters
        ----------
        count : int
            How many pictures.
        height : int
            Height in pixels to which they are scaled.
        start, end : float
            Media time in seconds over which they are spread. Default: all of the recording.

        Returns
        -------
        list of (float, numpy.ndarray)
            Media time in seconds and the picture, shape (height, width, 3), uint8 RGB. Each is the nearest key picture
            at or before the middle of its share of the time, so that nothing but key pictures is decoded: the first
            may lie before `start`, and in a narrow window all of them may be the same one.

        Raises
        ------
        SettingsError
            See `window`.
        """
        start, end = self.window(start, end)
        if self.video is None:
            return []
        width = max(2, round(self.video.width * height / self.video.height))
        strip: list[tuple[float, NDArray[np.uint8]]] = []
        with self.open() as container:
            origin = self.origin
            for at in _middles(start, end, count):
                image = _key_picture(container, at + origin)
                if image is not None:
                    pixels = np.asarray(
                        image.reformat(width=width, height=height, format="rgb24").to_ndarray(), np.uint8
                    )
                    strip.append(((image.time or 0.0) - origin, pixels))
        return strip

    def _count(self, start: float, end: float) -> int:
        """How many samples a stretch has, at least one."""
        rate = 0 if self.audio is None else self.audio.sampling_rate
        return max(1, round(end * rate) - round(start * rate))

    def _samples(self, start: float) -> Iterator[NDArray[np.float32]] | Iterator[NDArray[np.int16]]:
        """Read the sound as `blocks` does, but as it is stored where that is quicker: only for numbers, not to send."""
        if self._is_pcm16:
            return self._stored(start)
        return self.blocks(start)

    def _stored(self, start: float) -> Iterator[NDArray[np.int16]]:
        """Read 16-bit samples as they are; each block is overwritten by the next."""
        with self._sound_file() as file:
            file.seek(min(round(start * file.samplerate), file.frames))
            room = np.empty((LONG_BLOCK // file.channels, file.channels), np.int16)
            while len(block := file.read(out=room)):
                yield block

    @property
    def _by_soundfile(self) -> bool:
        return self.container == "soundfile"

    @property
    def _is_pcm16(self) -> bool:
        return self._by_soundfile and self.audio is not None and self.audio.codec.endswith("pcm_16")

    def _read_by_soundfile(self, start: float, dtype: str) -> Iterator[NDArray[Any]]:
        with self._sound_file() as file:
            file.seek(min(round(start * file.samplerate), file.frames))
            read = partial(file.read, BLOCK, dtype=dtype, always_2d=True)
            # No block has a name here: of a thousand recordings under way, each would hold one that is done with.
            yield from takewhile(len, (read() for _ in repeat(None)))

    def _sound_file(self) -> soundfile.SoundFile:
        if not self.path.is_file():
            raise NoSuchFile(file=self.file, folder=str(Path.cwd()))
        _touch_soundfile()
        return soundfile.SoundFile(str(self.path))

    def _blocks_by_av(self, start: float) -> Iterator[NDArray[np.float32]]:
        return _regular(self._pieces(start))

    def _pieces(self, start: float) -> Iterator[NDArray[np.float32]]:
        """Decode the sound in the pieces in which it was coded."""
        assert self.audio is not None
        rate, channels = self.audio.sampling_rate, self.audio.channels
        with self.open() as container:
            origin = self.origin
            if start > RUN_UP:
                container.seek(int((start - RUN_UP + origin) * av.time_base))
            yield from _without_gaps(_decoded(container, origin, channels), round(start * rate), rate, channels)

    def __repr__(self) -> str:
        return f"Recording({self.file!r}: {', '.join(self.facts())})"

    def facts(self) -> list[str]:
        """What one would say of the recording in words: duration, sound, pictures."""
        said = [_clock(self.duration)]
        if self.audio is not None:
            channels = {1: "mono", 2: "stereo"}.get(self.audio.channels, f"{self.audio.channels} channels")
            said.append(f"{self.audio.codec} {self.audio.sampling_rate} Hz {channels}")
        if self.video is not None:
            rate = f" at {self.video.frame_rate:.4g} pictures/s" if self.video.frame_rate else ""
            said.append(f"{self.video.codec} {self.video.width}×{self.video.height}{rate}")
        return said

    def _repr_html_(self) -> str:
        if not self.path.is_file():
            return card.recording(self.file, [*self.facts(), "the file is not there any more"], self.duration, None, ())
        return _drawn(self)

    def _repr_png_(self) -> bytes | None:
        """Draw itself where HTML cannot be shown, as in print; None where matplotlib is not installed."""
        # The one step up: a picture of a recording is a timeline of nothing but the recording.
        from emotoolkit import timeline

        return timeline.png(self, ())


@lru_cache(maxsize=32)
def _drawn(recording: Recording) -> str:
    _, low, high = recording.envelope()
    return card.recording(
        title=recording.file,
        facts=recording.facts(),
        duration=recording.duration,
        envelope=None if recording.audio is None else (low, high),
        images=recording.images(),
    )


def _middles(start: float, end: float, count: int) -> NDArray[np.float64]:
    """Give the middles of `count` equal stretches."""
    return start + (np.arange(count) + 0.5) * (end - start) / count


def _clock(seconds: float) -> str:
    if math.isinf(seconds):
        return "being recorded"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:05.2f} min" if minutes else f"{rest:.2f} s"


_touching = threading.Lock()


def _touch_soundfile() -> None:
    """Use each function of soundfile's that is used here once, alone.

    It makes its own bindings at the first call of each, without a lock: two threads at that at once end the process.
    """
    with _touching:
        _touched()


@lru_cache(maxsize=1)
def _touched() -> None:
    with tempfile.TemporaryDirectory(prefix="emotoolkit-") as folder:
        path = str(Path(folder) / "touch.wav")
        soundfile.write(path, np.zeros(16, np.float32), 8000)
        soundfile.info(path)
        with soundfile.SoundFile(path) as file:
            file.seek(1)
            file.read(1, dtype="float32", always_2d=True)


def _facts_by_soundfile(path: Path) -> dict[str, Any] | None:
    if path.suffix.lower() not in READ_BY_SOUNDFILE:
        return None
    _touch_soundfile()
    try:
        info = soundfile.info(str(path))
    except soundfile.LibsndfileError:
        return None  # PyAV has the last word on what is media
    codec = f"{info.format} {info.subtype}".lower()
    return {
        "duration": info.frames / info.samplerate,
        "container": "soundfile",
        "origin": 0.0,
        "audio": AudioTrack(codec, info.samplerate, info.channels),
        "video": None,
    }


def _facts_by_av(file: str, path: Path) -> dict[str, Any]:
    try:
        with av.open(str(path)) as container:
            facts = tracks_of(container)
            if facts["audio"] is None and facts["video"] is None:
                raise NotMedia(file=file, reason="it has neither a sound nor a video track")
            if container.format.name in TEXT or container.format.name.endswith("_pipe"):
                raise NotMedia(file=file, reason="it is a text or a picture, not a recording")
            return {**facts, "duration": _duration(container, facts["origin"])}
    except (av.error.FFmpegError, UnicodeError) as problem:
        if path.stat().st_size == 0:
            raise EmptyRecording(file=file) from None
        raise NotMedia(file=file, reason=getattr(problem, "strerror", None) or str(problem)) from problem


def tracks_of(container: InputContainer) -> dict[str, Any]:
    """What a container tells without being read through: its kind, its clock's origin, its first tracks."""
    origin = _origin(container)
    audio = next(iter(container.streams.audio), None)
    video = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
    return {
        "container": container.format.name.partition(",")[0],
        "origin": origin,
        "audio": None if audio is None else _audio_track(audio, origin),
        "video": None if video is None else _video_track(video, origin),
    }


def _is_cover(stream: Any) -> bool:
    """Whether a "video" track is the cover picture of a music file."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _audio_track(stream: Any, origin: float) -> AudioTrack:
    return AudioTrack(stream.codec_context.name, stream.rate, stream.channels, _start(stream, origin))


def _video_track(stream: Any, origin: float) -> VideoTrack:
    name, size = stream.codec_context.name, (stream.width, stream.height)
    return VideoTrack(name, *size, frame_rate(stream), _start(stream, origin))


def frame_rate(stream: Any) -> float:
    """Pictures per second as the container tells or the demuxer has seen; 0 if neither."""
    rate = float(stream.average_rate or stream.base_rate or 0)
    ticks = rate * stream.time_base >= 1 and rate >= FASTEST
    return 0.0 if ticks else rate  # a picture for each tick of a clock that counts milliseconds is no rate


def _start(stream: Any, origin: float) -> float:
    if stream.start_time is None:
        return 0.0
    return max(0.0, float(stream.start_time * stream.time_base) - origin)


def _origin(container: Any) -> float:
    """The first moment on the container's clock; what lies before 0 is priming, which decoders trim."""
    return max(0.0, (container.start_time or 0) / av.time_base)


def _duration(container: Any, origin: float) -> float:
    if container.duration is not None and container.format.name not in UNTOLD:
        return float(container.duration / av.time_base)
    # A recorder that wrote to a pipe left no duration either: only going through the packets tells.
    last = 0.0
    for packet in container.demux():
        if packet.pts is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base) - origin)
    return last


def _key_picture(container: InputContainer, at: float) -> av.VideoFrame | None:
    """Decode the key picture at or before a moment on the container's clock."""
    for back in (0, 1, 2, 4, 8, 16, at):
        container.seek(max(0, int((at - back) * av.time_base)))
        image = next(container.decode(video=0), None)
        # Without an index (MPEG-TS) a seek may land behind the key picture, and the decoder goes on to the next.
        if image is not None and (image.time or 0.0) <= at:
            return image
    return image


def _decoded(container: InputContainer, origin: float, channels: int) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decoded sound with its media time. A damaged packet is passed over: its time becomes a gap."""
    stream = container.streams.audio[0]
    layout = stream.layout.name
    resampler = av.AudioResampler(format="flt", layout=layout)
    for packet in container.demux(stream):
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:  # decoders have many names for damage
            continue
        for frame in decoded:
            for whole in resampler.resample(frame):
                if whole.time is not None:
                    yield whole.time - origin, np.asarray(whole.to_ndarray(), np.float32).reshape(-1, channels)


def _without_gaps(
    pieces: Iterator[tuple[float, NDArray[np.float32]]], first: int, rate: int, channels: int
) -> Iterator[NDArray[np.float32]]:
    """Put the pieces on one time line that begins at sample `first`: silence in holes, nothing before the start."""
    at = first
    for time, samples in pieces:
        begins = round(time * rate)
        hole = begins - at
        if hole > GAP * rate or (hole > 0 and at == first):
            yield from _silence(hole, channels)
            at += hole
        early = max(0, -hole) if at == first else 0
        if early < len(samples):
            yield samples[early:]
            at += len(samples) - early


def _silence(samples: int, channels: int) -> Iterator[NDArray[np.float32]]:
    while samples > 0:
        yield np.zeros((min(samples, BLOCK), channels), np.float32)
        samples -= BLOCK


def _regular(pieces: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Collect small pieces into blocks of `BLOCK` samples, so that what follows does not depend on the codec."""
    held: list[NDArray[np.float32]] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= BLOCK:
            whole = np.concatenate(held)
            for begin in range(0, count - BLOCK + 1, BLOCK):
                yield whole[begin : begin + BLOCK]
            held = [whole[count - count % BLOCK :]]
            count %= BLOCK
    if count:
        yield np.concatenate(held)
