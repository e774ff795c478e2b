"""Make one continuous signal at 16 kHz of a session's sound: holes become silence, resampling has no seams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import soxr
from av.audio.plane import AudioPlane

from emotoolkit.apis.interhuman.server.media_items import SAMPLING_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    import av
    from numpy.typing import NDArray

__all__ = ["MAX_PADDING_S", "SoundBuffer", "mono"]

MAX_PADDING_S = 0.1
"""Seconds by which an encoder may lengthen the sound of a file to fill its last frame (AAC at 11 kHz: 0.093)."""

SILENCE_CHUNK_SAMPLES = SAMPLING_RATE_HZ
"""Samples of silence that are made at once."""


class SoundBuffer:
    """Joins frames of sound to one signal from 0 s of the session on.

    The last `MAX_PADDING_S` seconds are held back, since the next container may show that they were padding.
    """

    def __init__(self) -> None:
        self._held: NDArray[np.float32] = np.empty(0, np.float32)
        self._rate = SAMPLING_RATE_HZ
        self._resampler: soxr.ResampleStream | None = None
        self._origin = 0.0
        self._sample_count = 0

    @property
    def end(self) -> float:
        """Seconds of the session up to which sound was added."""
        return self._origin + self._sample_count / self._rate

    def put(self, time: float, frame: av.AudioFrame, tolerance: float) -> Iterator[NDArray[np.float32]]:
        """Add a frame that begins at `time`; yields the samples that are ready.

        A hole before it that is longer than `tolerance` seconds becomes silence.
        """
        if frame.sample_rate != self._rate:
            yield from self._change_rate(frame.sample_rate)
        if time - self.end > tolerance:
            yield from self._silence(round((time - self.end) * self._rate))
        yield self._add(mono(frame))

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the samples held back: no more frames of this sampling rate follow."""
        if self._resampler is None:
            yield self._held
        else:
            yield self._resampler.resample_chunk(self._held, last=True)
        self._resampler, self._held = None, self._held[:0]

    def trim(self, seconds: float) -> bool:
        """Remove the last samples, `MAX_PADDING_S` seconds at most. Returns whether as many were held back."""
        samples = round(seconds * self._rate)
        if samples > len(self._held):
            return False
        self._held = self._held[: len(self._held) - samples]
        self._sample_count -= samples
        return True

    def _change_rate(self, rate: int) -> Iterator[NDArray[np.float32]]:
        yield from self.finish()
        self._origin, self._sample_count, self._rate = self.end, 0, rate
        if rate != SAMPLING_RATE_HZ:
            self._resampler = soxr.ResampleStream(rate, SAMPLING_RATE_HZ, 1, dtype="float32", quality="HQ")

    def _silence(self, samples: int) -> Iterator[NDArray[np.float32]]:
        while samples > 0:
            yield self._add(np.zeros(min(samples, SILENCE_CHUNK_SAMPLES), np.float32))
            samples -= SILENCE_CHUNK_SAMPLES

    def _add(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._sample_count += len(samples)
        available = np.concatenate([self._held, samples])
        ready_count = max(0, len(available) - round(MAX_PADDING_S * self._rate))
        self._held = available[ready_count:]
        return (
            available[:ready_count]
            if self._resampler is None
            else self._resampler.resample_chunk(available[:ready_count])
        )


def mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Compute the mean of a frame's channels, in [−1, 1)."""
    samples = (
        _channel_samples(frame)
        if frame.format.is_planar
        else frame.to_ndarray().reshape(-1, frame.layout.nb_channels).T
    )
    if samples.dtype == np.uint8:
        samples = samples.astype(np.int16) - 128
        return np.asarray(samples.mean(axis=0) / 128, np.float32)
    scale = 1 if samples.dtype.kind == "f" else 1 << (8 * samples.dtype.itemsize - 1)
    return np.asarray(samples.mean(axis=0) / scale, np.float32)


def _channel_samples(frame: av.AudioFrame) -> NDArray[Any]:
    """Read samples by channel.

    From eight channels on, PyAV's own list looks for more planes than there are: before 19 it reads where nothing is,
    from then on it ends.
    """
    kind = "f" if frame.format.name[0] in "fd" else frame.format.name[0].replace("s", "i")
    dtype = np.dtype(f"{kind}{frame.format.bytes}")
    planes = [AudioPlane(frame, channel) for channel in range(frame.layout.nb_channels)]
    return np.stack([np.frombuffer(cast("Any", plane), dtype, frame.samples) for plane in planes])
