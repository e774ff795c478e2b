"""Recording: an audio or video file as a value. Media files are opened only here, in `header` and in `stored_sound`.

Media time is seconds from the beginning of the file: containers whose own clock starts later (MPEG-TS) are shifted, a
sound track that starts after the pictures begins with silence, and encoder priming is trimmed by the decoder.
"""

from __future__ import annotations

import importlib
import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import av
import numpy as np

from emotoolkit.errors import IsFolder, NoSuchFile, NotUnicode, SettingsError
from emotoolkit.media import card, envelope, stored_sound
from emotoolkit.media.decoding import decode_key_picture, regroup_blocks, upright_pixels
from emotoolkit.media.header import open_container, read_header
from emotoolkit.media.headerless import raw_opening
from emotoolkit.media.media_facts import MediaFacts
from emotoolkit.media.memory_map import map_samples
from emotoolkit.media.sound_tally import gain_factor, silence_invalid
from emotoolkit.media.tracks import track_texts
from emotoolkit.utils.media_clock import format_time
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.media.tracks import AudioTrack, VideoTrack

__all__ = ["Recording"]

FLOAT_CODECS = ("float", "double", "f32le", "f32be", "f64le", "f64be", "f16le", "f24le")
"""Ends of the names of codecs whose samples may be infinite, or not a number."""

MIN_MEAN_SQUARE = 1e-10
"""Smallest mean square, so that levels stay finite: −100 dBFS, below the rounding of 16 bits."""

MINUTE = 60.0
"""Seconds from which on a duration is shown in minutes."""


class Recording(MediaFacts):
    """A recorded audio or video file: wav, flac, ogg, mp3, m4a, aac, opus, mp4, mov, mkv, webm, avi, mpeg-ts.

    Creating one reads only the file's header. In a notebook it is shown as a card with pictures and waveform.

    Parameters
    ----------
    file : str or path
        Path of the file. The first sound track and the first video track that can be decoded are used.
    track : int, str or None
        The sound track to use instead: its number from 1, its language ("eng") or its title. A language or title of
        pictures takes those. The card and the repr say which there are.
    gain : float, "peak" or None
        Decibels by which the sound is made louder (softer, if negative) when it is read, for float samples beyond full
        scale, which would be clipped. "peak": the largest sample becomes full scale; the file is read once for that.
    raw : str or None
        Coding of a file without a header, as telephone systems write it: FFmpeg's name, "mulaw", "alaw", "s16le" …
    sampling_rate, channels : int
        Hz, and channels, of a file without a header.

    Attributes
    ----------
    file : str
        The path as it was given; the `file` level of every table's index.
    path : pathlib.Path
        The same path, absolute.
    duration : float
        Length in seconds: the end of the longest track, from the header, or counted where that does not tell it.
    is_estimated : bool
        Whether the duration is an estimate: of a long file whose header does not tell it.
    container : str
        Short name of the container format.
    audio : AudioTrack or None
        Codec, sampling rate (Hz) and channels of the sound.
    video : VideoTrack or None
        Codec, size (pixels) and average frame rate of the pictures.
    unused : tuple of UnusedTrack
        The file's other tracks, and why one cannot be taken.
    promised : float or None
        Seconds by the header, where the file has more or less; None where they agree.
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
    Headerless
        It has no header; type `raw` and `sampling_rate`.
    NoSuchTrack
        It does not have the track, or that cannot be decoded.
    SettingsError
        A setting is not legal.

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

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        track: int | str | None = None,
        gain: float | Literal["peak"] | None = None,
        raw: str | None = None,
        sampling_rate: int | None = None,
        channels: int = 1,
    ) -> None:
        path = expand_user(file).absolute()
        if path.is_dir():
            raise IsFolder(file=str(file))
        if not path.is_file():
            raise NoSuchFile(file=str(file), folder=str(Path.cwd()))
        _check_file_name(path)
        opening = raw_opening(raw, sampling_rate, channels)
        facts = {"file": str(file), "path": path, **read_header(str(file), path, track=track, opening=opening)}
        super().__init__(**facts)
        if gain is not None:
            super().__init__(**facts, gain=gain_factor(gain, self.blocks))

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
            with open_container(self.path, self.opening) as container:
                yield container
        except FileNotFoundError:
            raise NoSuchFile(file=self.file, folder=str(Path.cwd())) from None

    @contextmanager
    def open_at(self, time: float) -> Iterator[InputContainer]:
        """Open the container and go to a media time, or a little before; to the beginning where it cannot seek."""
        with self.open() as container:
            try:
                container.seek(int((time + self.origin) * av.time_base))
            except av.error.FFmpegError:  # a stream without an index, whose position is now unknown
                pass
            else:
                yield container
                return
        with self.open() as container:
            yield container

    def blocks(self, start: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Read the sound, block by block, with at most one block in memory.

        Parameters
        ----------
        start : float
            Media time in seconds of the first sample, at least 0.

        Yields
        ------
        numpy.ndarray
            Shape (samples, channels), float32 at the track's own sampling rate, full scale being 1. 16-bit files are
            exact: sample / 32768. Gaps in the file's timestamps, and samples that are not a number, are silence.
        """
        if self.audio is None:
            return iter(())
        stored = (
            stored_sound.read_blocks(self, start, "float32")
            if self._uses_soundfile
            else regroup_blocks(self._decode_pieces(start))
        )
        return self._fit(stored)

    def _fit(self, blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Apply the gain, count the samples, and silence what is not a number."""
        if self.gain != 1:
            blocks = (block * np.float32(self.gain) for block in blocks)
        if self.tally is not None:
            return map(self.tally.count_floats, blocks)
        return map(silence_invalid, blocks) if self._may_be_invalid else blocks

    def pcm16(self, start: float = 0.0) -> Iterator[NDArray[np.int16]] | None:
        """Read the sound as `blocks` does, but as the stored 16-bit samples; None if the file is not 16-bit PCM."""
        if not self._is_pcm16:
            return None
        stored = stored_sound.read_blocks(self, start, "int16")
        return stored if self.tally is None else map(self.tally.count_integers, stored)

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
        blocks = stored_sound.read_int16(self, self._sample_at(start)) if self._is_pcm16 else self.blocks(start)
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
            Media time in seconds and the picture, upright and with square pixels, shape (height, width, 3), uint8 RGB;
            fewer, or none, where pictures cannot be decoded. Each is the last key picture
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
        strip: list[tuple[float, NDArray[np.uint8]]] = []
        with self.open() as container:
            origin = self.origin
            for at in _bin_centres(start, end, count):
                image = decode_key_picture(container, container.streams[self.video.index], at + origin)
                if image is not None:
                    pixels = upright_pixels(image, height, self.video.pixel_aspect)
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
        with stored_sound.open_sound_file(self) as file:
            samples = map_samples(self.path, file)

        def of(part: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            first = begin + int(part[0])
            return envelope.extremes(
                stored_sound.read_int16(self, first) if samples is None else [samples[first:]], part - part[0]
            )

        middle = len(edges) // 2
        with ThreadPoolExecutor(2) as threads:
            low, high = zip(*threads.map(of, [edges[: middle + 1], edges[middle:]]), strict=True)
        return np.concatenate(low), np.concatenate(high)

    @property
    def _uses_soundfile(self) -> bool:
        return self.container == "soundfile"

    @property
    def _is_pcm16(self) -> bool:
        is_stored = self._uses_soundfile and self.audio is not None and self.audio.codec.endswith("pcm_16")
        return is_stored and self.gain == 1

    @property
    def _may_be_invalid(self) -> bool:
        """Whether samples may be no numbers: they are stored as floats."""
        return self.audio is not None and self.audio.codec.endswith(FLOAT_CODECS)

    def _decode_pieces(self, start: float) -> Iterator[NDArray[np.float32]]:
        return stored_sound.decode_pieces(self, start)

    def __repr__(self) -> str:
        return f"Recording({self.file!r}: {', '.join(self.facts())})"

    def facts(self) -> list[str]:
        """Describe duration, sound and pictures in short texts."""
        texts = [_duration_text(self.duration) + (" (estimated)" if self.is_estimated else "")]
        if self.promised is not None:
            texts[0] += f" ({_duration_text(self.promised)} by its header)"
        texts += track_texts(self.audio, self.video, self.unused)
        if self.gain != 1:
            texts.append(f"gain {20 * math.log10(self.gain):+.1f} dB")
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
