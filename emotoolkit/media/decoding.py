"""Decode sound and pictures of a container onto one time line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray


__all__ = ["BLOCK_SAMPLES", "decode_audio", "decode_key_picture", "fill_gaps", "regroup_blocks"]

BLOCK_SAMPLES = 65_536
"""Samples read at once: few enough for constant memory, enough for little overhead of Python."""

MIN_GAP_S = 0.04
"""Seconds from which on a gap in the sound's timestamps is filled with silence; smaller ones are rounding."""


def decode_key_picture(container: InputContainer, at: float) -> av.VideoFrame | None:
    """Decode the key picture at or before a time on the container's clock."""
    for back in (0, 1, 2, 4, 8, 16, at):
        container.seek(max(0, int((at - back) * av.time_base)))
        image = next(container.decode(video=0), None)
        # Without an index (MPEG-TS) a seek may land after the key picture, and the decoder returns the next one.
        if image is not None and (image.time or 0.0) <= at:
            return image
    return image


def decode_audio(
    container: InputContainer, origin: float, channels: int
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decode the sound; yields media time and samples. A damaged packet is skipped, which leaves a gap."""
    stream = container.streams.audio[0]
    layout = stream.layout.name
    resampler = av.AudioResampler(format="flt", layout=layout)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:  # the kind of error differs between decoders
            continue
        for frame in frames:
            for floats in resampler.resample(frame):
                if floats.time is not None:
                    yield floats.time - origin, np.asarray(floats.to_ndarray(), np.float32).reshape(-1, channels)


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
