"""Encode captured pictures and sound as VP8 and Opus into a growing WebM file."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soxr

from emotoolkit.media.video.vp8 import LOW_LATENCY_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["SAMPLING_RATE_HZ", "WebmWriter", "as_channels", "resampler"]

SAMPLING_RATE_HZ = 48_000
"""Samples per second of Opus."""

KEY_PERIOD_S = 3.0
"""Seconds between key pictures, at which segments can begin."""

WEBM_OPTIONS = {"live": "1", "cluster_time_limit": "60", "flush_packets": "1"}
"""A cluster is written when it is complete, so clusters are short (60 ms)."""


class WebmWriter:
    """Encode and mux pictures and sound. To be used from one thread.

    With both tracks, sound is buffered until the first picture: the header needs its size.

    Parameters
    ----------
    file : file-like
        Open for writing; need not be seekable.
    rate : float or None
        Nominal pictures per second; None for no pictures.
    channels : int
        Channels of sound, 1 or 2; 0 for no sound.
    """

    def __init__(self, file: Any, *, rate: float | None, channels: int) -> None:
        self._container = av.open(file, "w", format="webm", options=WEBM_OPTIONS)
        self._picture = (
            None
            if rate is None
            else self._container.add_stream("libvpx", rate=round(rate), options=LOW_LATENCY_OPTIONS)
        )
        self._sound = self._container.add_stream("libopus", rate=SAMPLING_RATE_HZ) if channels else None
        if self._sound is not None:
            self._sound.codec_context.layout = "mono" if channels == 1 else "stereo"
            self._sound.codec_context.format = "flt"
            self._sound.bit_rate = 64_000 * channels
        self._samples_written = 0
        self._pending_sound: list[NDArray[np.float32]] = []
        self._last_picture_ms = -1
        self._last_key_s = -KEY_PERIOD_S

    def write_picture(self, seconds: float, image: NDArray[np.uint8]) -> None:
        """Encode and write a picture, shape (height, width, 3), BGR, at its time in seconds."""
        assert self._picture is not None
        stream: Any = self._picture
        if self._last_picture_ms < 0:
            self._open_encoder(stream, image.shape[1] // 2 * 2, image.shape[0] // 2 * 2)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        frame = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
        self._last_picture_ms = max(self._last_picture_ms + 1, round(seconds * 1000))
        frame.pts, frame.time_base = self._last_picture_ms, Fraction(1, 1000)
        is_key = seconds >= self._last_key_s + KEY_PERIOD_S
        self._last_key_s = seconds if is_key else self._last_key_s
        kinds = av.video.frame.PictureType
        frame.pict_type = kinds.I if is_key else kinds.NONE
        self._container.mux(stream.encode(frame))
        pending, self._pending_sound = self._pending_sound, []
        for samples in pending:
            self.write_sound(samples)

    def write_sound(self, samples: NDArray[np.float32]) -> None:
        """Encode and write samples, shape (samples, channels), 48 kHz."""
        assert self._sound is not None
        if self._picture is not None and self._last_picture_ms < 0:
            self._pending_sound.append(samples)
            return
        if not len(samples):
            return
        stream: Any = self._sound
        layout = stream.codec_context.layout.name
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = (
            SAMPLING_RATE_HZ,
            Fraction(1, SAMPLING_RATE_HZ),
            self._samples_written,
        )
        self._samples_written += len(samples)
        self._container.mux(stream.encode(frame))

    def close(self) -> None:
        """Write what the encoders have buffered, and end the file."""
        for stream, begun in ((self._picture, self._last_picture_ms >= 0), (self._sound, self._samples_written > 0)):
            if stream is not None and begun:
                self._container.mux(stream.encode(None))
        if self._last_picture_ms >= 0 or self._samples_written:
            self._container.close()

    @staticmethod
    def _open_encoder(stream: Any, width: int, height: int) -> None:
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.bit_rate = min(max(width * height * 3, 300_000), 2_000_000)


def resampler(rate: int, channels: int) -> Callable[[NDArray[np.float32] | None], NDArray[np.float32]]:
    """Return a function that resamples pieces from `rate` to 48 kHz; called with None, it returns the remainder."""
    empty = np.empty((0, channels), np.float32)
    if rate == SAMPLING_RATE_HZ:
        return lambda samples: empty if samples is None else samples
    stream = soxr.ResampleStream(rate, SAMPLING_RATE_HZ, channels, dtype="float32", quality="HQ")

    def resample(samples: NDArray[np.float32] | None) -> NDArray[np.float32]:
        resampled = stream.resample_chunk(empty if samples is None else samples, last=samples is None)
        return np.asarray(resampled, np.float32).reshape(-1, channels)

    return resample


def as_channels(samples: NDArray[np.float32], wanted: int) -> NDArray[np.float32]:
    """Convert samples to the wanted number of channels: the mean for one; a single channel twice for two."""
    if wanted == 1:
        return np.asarray(samples.mean(axis=1, keepdims=True, dtype=np.float32))
    return np.asarray(samples[:, :wanted] if samples.shape[1] >= wanted else np.repeat(samples[:, :1], wanted, axis=1))
