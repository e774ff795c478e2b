"""Decode sound and pictures of a container onto one time line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.media.tracks import AudioTrack


__all__ = [
    "BLOCK_SAMPLES",
    "decode_audio",
    "decode_key_picture",
    "fill_gaps",
    "regroup_blocks",
    "rotate_upright",
    "upright_pixels",
]

BLOCK_SAMPLES = 65_536
"""Samples read at once: few enough for constant memory, enough for little overhead of Python."""

MIN_GAP_S = 0.04
"""Seconds from which on a gap in the sound's timestamps is filled with silence; smaller ones are rounding."""


def decode_key_picture(container: Any, stream: Any, at: float) -> av.VideoFrame | None:
    """Decode a stream's key picture at or before a time on the container's clock; None if none can be decoded."""
    first = min(0, container.start_time or 0)
    image: av.VideoFrame | None = None
    for back in (0, 1, 2, 4, 8, 16, math.inf):
        try:
            container.seek(first if back == math.inf else max(first, int((at - back) * av.time_base)))
            decoded: av.VideoFrame | None = next(container.decode(stream), None)
        except av.error.FFmpegError:  # it cannot seek there, or the picture is damaged
            continue
        # Without an index (MPEG-TS) a seek may land after the key picture, and the decoder returns the next one.
        if decoded is not None and (decoded.time or 0.0) <= at:
            return decoded
        image = decoded or image
    return image


def rotate_upright(frame: Any) -> Any:
    """Rotate a picture upright if the file says that the camera was turned: what is encoded anew cannot say so."""
    quarters = round(frame.rotation / 90) % 4
    if not quarters:
        return frame
    turned = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), quarters))
    return av.VideoFrame.from_ndarray(turned, format="rgb24")


def upright_pixels(image: av.VideoFrame, height: int, pixel_aspect: float) -> NDArray[np.uint8]:
    """Scale a picture to a height as it is shown: upright, with square pixels. RGB, shape (height, width, 3)."""
    quarters = round(image.rotation / 90) % 4
    width, stored_height = image.width * pixel_aspect, image.height
    if quarters % 2:
        size = height, max(2, round(stored_height * height / width))
        stored = image.reformat(width=size[0], height=size[1], format="rgb24")
    else:
        stored = image.reformat(width=max(2, round(width * height / stored_height)), height=height, format="rgb24")
    return np.ascontiguousarray(np.rot90(np.asarray(stored.to_ndarray(), np.uint8), quarters))


def decode_audio(
    container: InputContainer, track: AudioTrack, origin: float, note_change: Callable[[float, str, str], None]
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decode the sound; yields media time and samples. A damaged packet is skipped, which leaves a gap.

    Where the sound changes its channels or its rate, it is converted to the track's, and `note_change` is called with
    the media time and what it was before and after.
    """
    stream: Any = container.streams[track.index]
    converter = _Converter(stream.layout.name, track, origin, note_change)
    for packet in _until_damage(container.demux(stream)):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:  # the kind of error differs between decoders
            continue
        for frame in frames:
            yield from converter.convert(frame)
    yield from converter.rest()


def _until_damage(packets: Iterator[Any]) -> Iterator[Any]:
    """Yield packets until the file ends, or is too damaged to be read on."""
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.error.FFmpegError):
            return


class _Converter:
    """Converts decoded frames to floats in the track's layout and rate, whatever they are."""

    def __init__(
        self, layout: str, track: AudioTrack, origin: float, note_change: Callable[[float, str, str], None]
    ) -> None:
        self._layout, self._track, self._origin, self._note_change = layout, track, origin, note_change
        self._kind: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def convert(self, frame: av.AudioFrame) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Convert a frame; yields media time and samples."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            yield from self.rest()
            if self._kind is not None and kind[1:] != self._kind[1:]:
                self._note_change((frame.time or 0.0) - self._origin, _kind_text(self._kind), _kind_text(kind))
            self._kind = kind
            self._resampler = av.AudioResampler(format="flt", layout=self._layout, rate=self._track.sampling_rate)
        yield from self._converted(frame)

    def rest(self) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Return what a conversion of the rate still holds."""
        if self._kind is not None and self._kind[2] != self._track.sampling_rate:
            yield from self._converted(None)

    def _converted(self, frame: av.AudioFrame | None) -> Iterator[tuple[float, NDArray[np.float32]]]:
        assert self._resampler is not None
        for floats in self._resampler.resample(frame):
            if floats.time is not None:
                samples = np.asarray(floats.to_ndarray(), np.float32).reshape(-1, self._track.channels)
                yield floats.time - self._origin, samples


def _kind_text(kind: tuple[str, str, int]) -> str:
    return f"{kind[1]} at {kind[2]} Hz"


def fill_gaps(
    pieces: Iterator[tuple[float, NDArray[np.float32]]], first: int, rate: int, channels: int
) -> Iterator[NDArray[np.float32]]:
    """Put timed pieces on one time line from sample `first` on: gaps become silence, earlier samples are dropped."""
    at = first
    for time, samples in pieces:
        begin = round(time * rate)
        gap = begin - at
        if gap > MIN_GAP_S * rate or (gap > 0 and at == first):
            yield from _silence(gap, channels)
            at += gap
        early = max(0, -gap) if at == first else 0
        if early < len(samples):
            yield samples[early:]
            at += len(samples) - early


def _silence(samples: int, channels: int) -> Iterator[NDArray[np.float32]]:
    while samples > 0:
        yield np.zeros((min(samples, BLOCK_SAMPLES), channels), np.float32)
        samples -= BLOCK_SAMPLES


def regroup_blocks(pieces: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Regroup pieces into blocks of `BLOCK_SAMPLES` samples, so that resampling does not depend on the codec."""
    pending: list[NDArray[np.float32]] = []
    count = 0
    for piece in pieces:
        pending.append(piece)
        count += len(piece)
        if count >= BLOCK_SAMPLES:
            samples = np.concatenate(pending)
            for begin in range(0, count - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
                yield samples[begin : begin + BLOCK_SAMPLES]
            pending = [samples[count - count % BLOCK_SAMPLES :]]
            count %= BLOCK_SAMPLES
    if count:
        yield np.concatenate(pending)
