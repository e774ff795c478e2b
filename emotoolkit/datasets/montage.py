"""Montages: several clips, one after another with silence between, written as one media file.

Clips of sound become a WAV file; films become Matroska with VP8 and PCM, so that the sound stays as it was to 1/32768.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile
import soxr

from emotoolkit.media.decoding import rotate_upright
from emotoolkit.media.video.vp8 import DETERMINISTIC_OPTIONS
from emotoolkit.utils import open_files
from emotoolkit.utils.folders import touch_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emotoolkit.media.clip import Clip

__all__ = ["write_montage"]

FULL_SCALE = 32_768
BITEXACT_OPTIONS = {"fflags": "+bitexact"}
"""No random numbers in the file: the same clips give the same bytes, so the answer to it is found again."""
TIME_BASE = Fraction(1, 1000)
"""Matroska's unit of time: milliseconds."""
BITS_PER_PIXEL = 3.0
"""Bit rate of the pictures per pixel: 700 kbit/s at 640×360."""


def write_montage(clips: Sequence[Clip], path: Path, silence: float) -> list[tuple[float, float]]:
    """Write the clips into one file.

    Parameters
    ----------
    clips : sequence of Clip
        All with pictures, or all without.
    path : pathlib.Path
        Where to; `.wav` for sound, `.mkv` for films. Written to a temporary name and renamed; for the user alone.
    silence : float
        Seconds of silence (and of a dark picture) between two clips, and after the last one.

    Returns
    -------
    list of (float, float)
        Start and end of each clip in the file, in seconds, exact to the sample.
    """
    rate = max((clip.audio.sampling_rate for clip in clips if clip.audio is not None), default=0)
    spans, sound = _clip_spans(clips, silence, rate or 1000), _mono_blocks(clips, silence, rate)
    unfinished = path.with_name(f".unfinished-{path.name}")
    touch_private(unfinished)
    if clips[0].video is None:
        with soundfile.SoundFile(unfinished, "w", rate, 1, "PCM_16", format="WAV") as file:
            for block in sound:
                file.write(block)
    else:
        _write_video(clips, spans, sound, rate, unfinished)
    open_files.replace(unfinished, path)
    return spans


def _clip_spans(clips: Sequence[Clip], silence: float, rate: int) -> list[tuple[float, float]]:
    spans, at = [], 0
    for clip in clips:
        length = round(clip.length * rate)
        spans.append((at / rate, (at + length) / rate))
        at += length + round(silence * rate)
    return spans


def _mono_blocks(clips: Sequence[Clip], silence: float, rate: int) -> Iterator[NDArray[np.int16]]:
    """Yield all clips' sound as mono at one rate, each exactly as long as its span, with silence between."""
    if not rate:
        return
    for clip in clips:
        left = round(clip.length * rate)
        for block in _mono_clip(clip, rate):
            yield block[:left]
            left -= len(block[:left])
        yield np.zeros(left + round(silence * rate), np.int16)


def _mono_clip(clip: Clip, rate: int) -> Iterator[NDArray[np.int16]]:
    if clip.audio is None:
        return
    resampler = soxr.ResampleStream(clip.audio.sampling_rate, rate, 1, dtype="float32")
    for block in clip.blocks(clip.begin):
        yield _to_int16(resampler.resample_chunk(block.mean(axis=1)))
    yield _to_int16(resampler.resample_chunk(np.zeros(0, np.float32), last=True))


def _to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.round(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _write_video(
    clips: Sequence[Clip],
    spans: list[tuple[float, float]],
    sound: Iterator[NDArray[np.int16]],
    rate: int,
    path: Path,
) -> None:
    with av.open(str(path), "w", format="matroska", container_options=BITEXACT_OPTIONS) as container:
        video_stream = _add_video_stream(container, clips)
        audio_stream: Any = container.add_stream("pcm_s16le", rate=rate, layout="mono") if rate else None
        samples = _AudioFeed(sound, rate)
        for at, picture in _pictures(clips, spans, video_stream.width, video_stream.height):
            for frame in samples.until(at):
                container.mux(audio_stream.encode(frame))
            picture.pts, picture.time_base = round(at / TIME_BASE), TIME_BASE
            container.mux(video_stream.encode(picture))
        for frame in samples.until(float("inf")):
            container.mux(audio_stream.encode(frame))
        for stream in filter(None, (video_stream, audio_stream)):
            container.mux(stream.encode(None))


def _add_video_stream(container: Any, clips: Sequence[Clip]) -> Any:
    first = clips[0].video
    assert first is not None
    stream = container.add_stream("libvpx", rate=25, options=dict(DETERMINISTIC_OPTIONS))
    width, height = first.display_size
    stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
    stream.time_base = stream.codec_context.time_base = TIME_BASE
    stream.bit_rate = round(BITS_PER_PIXEL * width * height)
    return stream


def _pictures(
    clips: Sequence[Clip], spans: list[tuple[float, float]], width: int, height: int
) -> Iterator[tuple[float, Any]]:
    """Yield each clip's pictures with their times in the montage, and a dark one where a clip has ended."""
    last = -1.0
    for clip, (begin, end) in zip(clips, spans, strict=True):
        for time, picture in _clip_pictures(clip):
            at = max(begin + time, last + float(TIME_BASE))
            if at < end:
                yield at, picture.reformat(width=width, height=height, format="yuv420p")
                last = at
        yield end, _dark_picture(width, height)
        last = end


def _clip_pictures(clip: Clip) -> Iterator[tuple[float, Any]]:
    assert clip.video is not None
    with clip.open_at(clip.begin) as opened:
        container: Any = opened
        for frame in container.decode(container.streams[clip.video.index]):
            time = (frame.time or 0.0) - clip.origin
            if time >= clip.duration:
                return
            if time >= clip.begin:
                yield time - clip.begin, rotate_upright(frame)


def _dark_picture(width: int, height: int) -> Any:
    return av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24").reformat(format="yuv420p")


class _AudioFeed:
    """Audio frames, delivered in step with the pictures."""

    def __init__(self, blocks: Iterator[NDArray[np.int16]], rate: int) -> None:
        self._blocks, self._rate, self._at = blocks, rate, 0

    def until(self, time: float) -> Iterator[Any]:
        """Yield frames until they have reached a media second."""
        while self._rate and self._at < time * self._rate:
            block = next(self._blocks, None)
            if block is None:
                return
            if len(block):
                frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
                self._at += len(block)
                yield frame
