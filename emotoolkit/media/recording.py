"""Recording: an audio or video file as a value. Media files are opened for reading only here and in `header`.

Media time is seconds from the beginning of the file: containers whose own clock starts later (MPEG-TS) are shifted, a
sound track that starts after the pictures begins with silence, and encoder priming is trimmed by the decoder.
"""

from __future__ import annotations

import importlib
import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import repeat, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import av
import numpy as np
import soundfile

from emotoolkit.errors import IsFolder, NoSuchFile, NotUnicode, SettingsError
from emotoolkit.media import card, envelope
from emotoolkit.media.decoding import BLOCK_SAMPLES, decode_audio, decode_key_picture, fill_gaps, regroup_blocks
from emotoolkit.media.header import read_header, warm_up_soundfile
from emotoolkit.media.media_facts import MediaFacts
from emotoolkit.media.memory_map import map_samples
from emotoolkit.utils.media_clock import format_time
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.media.header import AudioTrack, VideoTrack

__all__ = ["Recording"]

LONG_BLOCK_VALUES = 2**19
"""Values read at once when they are only summarized: 1 MB, which fits in a processor's cache."""

MIN_MEAN_SQUARE = 1e-10
"""Smallest mean square, so that levels stay finite: −100 dBFS, below the rounding of 16 bits."""

MINUTE = 60.0
"""Seconds from which on a duration is shown in minutes."""

PREROLL_S = 1.0
"""Seconds of sound decoded before the start after a seek: mp3, AAC and Opus decode exactly only after earlier packets,
and some containers seek imprecisely."""


class Recording(MediaFacts):
    """A recorded audio or video file: wav, flac, ogg, mp3, m4a, aac, opus, mp4, mov, mkv, webm, avi, mpeg-ts.

    Creating one reads only the file's header. In a notebook it is shown as a card with pictures and waveform.

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
        Length in seconds: the end of the longest track, from the header.
    container : str
        Short name of the container format.
    audio : AudioTrack or None
        Codec, sampling rate (Hz) and channels of the sound.
    video : VideoTrack or None
        Codec, size (pixels) and average frame rate of the pictures.
    origin : float
        Seconds on the container's own clock at which media time begins (0 for most files).
    length : float
        Seconds of media in it; for a recording the same as `duration`.

    Raises
    ------
    NoSuchFile, IsFolder
        There is no file at that path.
    NotUnicode
        Its name is not valid Unicode, as in some old archives.
    NotMedia
        The file cannot be decoded as audio or video.
    EmptyRecording
        The file has no content.

    Examples
    --------
    >>> talk = Recording("datasets/sample/talk.wav")
    >>> talk.audio.sampling_rate, talk.audio.channels
    (16000, 1)
    >>> sum(len(block) for block in talk.blocks()) / talk.audio.sampling_rate == talk.duration
    True
    """

    live: ClassVar[bool] = False
    """Whether it is still being recorded."""

    def __init__(self, file: str | os.PathLike[str]) -> None:
        path = expand_user(file).absolute()
        if path.is_dir():
            raise IsFolder(file=str(file))
        if not path.is_file():
            raise NoSuchFile(file=str(file), folder=str(Path.cwd()))
        _check_file_name(path)
        super().__init__(file=str(file), path=path, **read_header(str(file), path))

    def begun(self) -> Recording:
        """Return the recording with its actual facts; a live recording waits until its file has begun."""
        return self

    @property
    def tracks(self) -> tuple[AudioTrack | VideoTrack, ...]:
        """Its tracks, sound first."""
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
        """Read the sound, block by block, with at most one block in memory.

        Parameters
        ----------
        start : float
            Media time in seconds of the first sample, at least 0.

        Yields
        ------
        numpy.ndarray
            Shape (samples, channels), float32 in [−1, 1) at the track's own sampling rate. 16-bit files are exact:
            sample / 32768. Gaps in the file's timestamps are silence.
        """
        if self.audio is None:
            return iter(())
        if self._uses_soundfile:
            return self._read_by_soundfile(start, "float32")
        return self._read_by_av(start)

    def pcm16(self, start: float = 0.0) -> Iterator[NDArray[np.int16]] | None:
        """Read the sound as `blocks` does, but as the stored 16-bit samples; None if the file is not 16-bit PCM."""
        if self._is_pcm16:
            return self._read_by_soundfile(start, "int16")
        return None

    def window(self, start: float = 0.0, end: float | None = None) -> tuple[float, float]:
        """Check a window of the recording and fill in its end.

        Parameters
        ----------
        start, end : float
            Media time in seconds. An end after the recording's, or None, becomes the recording's.

        Returns
        -------
        start, end : float
            Media time in seconds, start before end, both within the recording.

        Raises
        ------
        SettingsError
            The window begins outside the recording, or does not end after its beginning.

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
        """Compute the lowest and highest sample in each of `points` equal bins. Nothing after `end` is read.

        Parameters
        ----------
        points : int
            Number of bins.
        start, end : float
            Media time in seconds. Default: all of the recording.

        Returns
        -------
        times, low, high : numpy.ndarray
            Shape (points,): middle of each bin in seconds, and the extremes over all channels, in [−1, 1]; 0 for bins
            without samples.

        Raises
        ------
        SettingsError
            See `window`.
        """
        start, end = self.window(start, end)
        low, high = self._extremes(start, envelope.bin_edges(self._sample_count(start, end), points))
        return _bin_centres(start, end, points), low, high

    def loudness(
        self, points: int = 800, start: float = 0.0, end: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute the level of the sound in each of `points` equal bins, in decibels.

        Parameters
        ----------
        points : int
            Number of bins.
        start, end : float
            Media time in seconds. Default: all of the recording.

        Returns
        -------
        times, levels : numpy.ndarray
            Shape (points,), float64: middle of each bin in seconds, and 10 · log10 of the mean square over all channels
            in dBFS (0: a square wave at full scale), at least −100; NaN for bins without samples.

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
        blocks = self._read_int16(self._sample_at(start)) if self._is_pcm16 else self.blocks(start)
        squares = envelope.mean_squares(blocks, envelope.bin_edges(self._sample_count(start, end), points))
        return _bin_centres(start, end, points), 10 * np.log10(np.maximum(squares, MIN_MEAN_SQUARE))

    def images(
        self, count: int = 6, height: int = 72, start: float = 0.0, end: float | None = None
    ) -> list[tuple[float, NDArray[np.uint8]]]:
        """Read a few pictures, evenly spread, for a strip of thumbnails.

        Parameters
        ----------
        count : int
            Number of pictures.
        height : int
            Height in pixels to which they are scaled.
        start, end : float
            Media time in seconds over which they are spread. Default: all of the recording.

        Returns
        -------
        list of (float, numpy.ndarray)
            Media time in seconds and the picture, shape (height, width, 3), uint8 RGB. Each is the last key picture
            at or before the middle of its bin, since only key pictures are decoded: the first may be before `start`,
            and in a narrow window all may be the same one.

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
            for at in _bin_centres(start, end, count):
                image = decode_key_picture(container, at + origin)
                if image is not None:
                    pixels = np.asarray(
                        image.reformat(width=width, height=height, format="rgb24").to_ndarray(), np.uint8
                    )
                    strip.append(((image.time or 0.0) - origin, pixels))
        return strip

    def _sample_count(self, start: float, end: float) -> int:
        """Return the number of samples from `start` to `end`, at least one."""
        return max(1, self._sample_at(end) - self._sample_at(start))

    def _sample_at(self, time: float) -> int:
        """Return the number of the sample at a media time."""
        return 0 if self.audio is None else round(time * self.audio.sampling_rate)

    def _extremes(self, start: float, edges: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Compute the extremes; of 16-bit PCM, which allows random access, by two threads."""
        if not self._is_pcm16:
            return envelope.extremes(self.blocks(start), edges)
        begin = self._sample_at(start)
        with self._sound_file() as file:
            samples = map_samples(self.path, file)

        def of(part: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            first = begin + int(part[0])
            return envelope.extremes(self._read_int16(first) if samples is None else [samples[first:]], part - part[0])

        middle = len(edges) // 2
        with ThreadPoolExecutor(2) as threads:
            low, high = zip(*threads.map(of, [edges[: middle + 1], edges[middle:]]), strict=True)
        return np.concatenate(low), np.concatenate(high)

    def _read_int16(self, first: int) -> Iterator[NDArray[np.int16]]:
        """Read 16-bit samples as they are stored, which is faster than as floats; each block overwrites the last one.

        Only to summarize blocks at once, not to keep them.
        """
        with self._sound_file() as file:
            file.seek(min(first, file.frames))
            buffer = np.empty((LONG_BLOCK_VALUES // file.channels, file.channels), np.int16)
            while len(block := file.read(out=buffer)):
                yield block

    @property
    def _uses_soundfile(self) -> bool:
        return self.container == "soundfile"

    @property
    def _is_pcm16(self) -> bool:
        return self._uses_soundfile and self.audio is not None and self.audio.codec.endswith("pcm_16")

    def _read_by_soundfile(self, start: float, dtype: str) -> Iterator[NDArray[Any]]:
        with self._sound_file() as file:
            file.seek(min(round(start * file.samplerate), file.frames))
            new_buffer = partial(np.empty, (BLOCK_SAMPLES, file.channels), dtype)
            # No block is bound to a name here: while this generator is suspended, it would stay in memory, which adds
            # up with a thousand recordings at a time.
            yield from takewhile(len, (file.read(out=new_buffer()) for _ in repeat(None)))

    def _sound_file(self) -> soundfile.SoundFile:
        if not self.path.is_file():
            raise NoSuchFile(file=self.file, folder=str(Path.cwd()))
        warm_up_soundfile()
        return soundfile.SoundFile(str(self.path))

    def _read_by_av(self, start: float) -> Iterator[NDArray[np.float32]]:
        return regroup_blocks(self._decode_pieces(start))

    def _decode_pieces(self, start: float) -> Iterator[NDArray[np.float32]]:
        """Decode the sound, a piece for each coded packet."""
        assert self.audio is not None
        rate, channels = self.audio.sampling_rate, self.audio.channels
        with self.open() as container:
            origin = self.origin
            if start > PREROLL_S:
                container.seek(int((start - PREROLL_S + origin) * av.time_base))
            yield from fill_gaps(decode_audio(container, origin, channels), round(start * rate), rate, channels)

    def __repr__(self) -> str:
        return f"Recording({self.file!r}: {', '.join(self.facts())})"

    def facts(self) -> list[str]:
        """Describe duration, sound and pictures in short texts."""
        texts = [_duration_text(self.duration)]
        if self.audio is not None:
            channels = {1: "mono", 2: "stereo"}.get(self.audio.channels, f"{self.audio.channels} channels")
            texts.append(f"{self.audio.codec} {self.audio.sampling_rate} Hz {channels}")
        if self.video is not None:
            rate = f" at {self.video.frame_rate:.4g} pictures/s" if self.video.frame_rate else ""
            texts.append(f"{self.video.codec} {self.video.width}×{self.video.height}{rate}")
        return texts

    def _repr_html_(self) -> str:
        if not self.path.is_file():
            return card.recording_html(
                self.file, [*self.facts(), "the file is not there any more"], self.duration, None, ()
            )
        return _card_html(self)

    def _repr_png_(self) -> bytes | None:
        """Draw the recording where HTML cannot be shown, as in print; None if matplotlib is not installed."""
        # The picture is a timeline without results. Imported by name at run time, since `media` must not depend on
        # `plots`.
        png: bytes | None = importlib.import_module("emotoolkit.plots.timeline").png(self, ())
        return png


@lru_cache(maxsize=32)
def _card_html(recording: Recording) -> str:
    _, low, high = recording.envelope()
    return card.recording_html(
        title=recording.file,
        facts=recording.facts(),
        duration=recording.duration,
        envelope=None if recording.audio is None else (low, high),
        images=recording.images(),
    )


def _bin_centres(start: float, end: float, count: int) -> NDArray[np.float64]:
    """Return the middles of `count` equal bins."""
    return start + (np.arange(count) + 0.5) * (end - start) / count


def _duration_text(seconds: float) -> str:
    if math.isinf(seconds):
        return "being recorded"
    return f"{format_time(seconds, 2)} min" if seconds >= MINUTE else f"{seconds:.2f} s"


def _check_file_name(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise NotUnicode(file=str(path)) from None
