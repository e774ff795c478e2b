"""Sound and pictures of a container, decoded and put on one time line."""

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
"""Samples read at once. Small enough for flat memory, large enough that Python's share of the time is small."""

MIN_GAP_S = 0.04
"""Seconds. A hole in the sound's timestamps longer than this is filled with silence; below, it is rounding."""


def decode_key_picture(container: InputContainer, at: float) -> av.VideoFrame | None:
    """Decode the key picture at or before a moment on the container's clock."""
    for back in (0, 1, 2, 4, 8, 16, at):
        container.seek(max(0, int((at - back) * av.time_base)))
        image = next(container.decode(video=0), None)
        # Without an index (MPEG-TS) a seek may land behind the key picture, and the decoder goes on to the next.
        if image is not None and (image.time or 0.0) <= at:
            return image
    return image


def decode_audio(
    container: InputContainer, origin: float, channels: int
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Decoded sound with its media time. A damaged packet is passed over: its time becomes a gap."""
    stream = container.streams.audio[0]
    layout = stream.layout.name
    resampler = av.AudioResampler(format="flt", layout=layout)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:  # decoders have many names for damage
            continue
        for frame in frames:
            for whole in resampler.resample(frame):
                if whole.time is not None:
                    yield whole.time - origin, np.asarray(whole.to_ndarray(), np.float32).reshape(-1, channels)


def fill_gaps(
    pieces: Iterator[tuple[float, NDArray[np.float32]]], first: int, rate: int, channels: int
) -> Iterator[NDArray[np.float32]]:
    """Put the pieces on one time line that begins at sample `first`: silence in holes, nothing before the start."""
    at = first
    for time, samples in pieces:
        begins = round(time * rate)
        hole = begins - at
        if hole > MIN_GAP_S * rate or (hole > 0 and at == first):
            yield from _silence(hole, channels)
            at += hole
        early = max(0, -hole) if at == first else 0
        if early < len(samples):
            yield samples[early:]
            at += len(samples) - early


def _silence(samples: int, channels: int) -> Iterator[NDArray[np.float32]]:
    while samples > 0:
        yield np.zeros((min(samples, BLOCK_SAMPLES), channels), np.float32)
        samples -= BLOCK_SAMPLES


def regroup_blocks(pieces: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Collect small pieces into blocks of `BLOCK_SAMPLES` samples, so that what follows does not depend on the codec."""
    held: list[NDArray[np.float32]] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= BLOCK_SAMPLES:
            whole = np.concatenate(held)
            for begin in range(0, count - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
                yield whole[begin : begin + BLOCK_SAMPLES]
            held = [whole[count - count % BLOCK_SAMPLES :]]
            count %= BLOCK_SAMPLES
    if count:
        yield np.concatenate(held)
