"""Encode pictures as VP8 with two encoders in parallel.

A group that begins with a key picture does not depend on earlier pictures, so the encoders take turns from key picture
to key picture, each in its own thread. Each encoder's clock leaves out the other's groups, so that its rate control
sees a continuous film. The output therefore depends on the pictures alone, not on the timing of threads.
"""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from itertools import cycle
from typing import TYPE_CHECKING, Any

import av

from emotoolkit.media.video.coded import EPSILON_S, CodedPacket, Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["DETERMINISTIC_OPTIONS", "LOW_LATENCY_OPTIONS", "encode"]

DETERMINISTIC_OPTIONS = {"deadline": "realtime", "cpu-used": "-8", "threads": "1"}
"""Options for the same output on every machine at any load. With a positive `cpu-used` the output would depend on
encoding speed; several threads per encoder busy-wait for each other, which on a loaded machine takes ten times as long
as one."""

LOW_LATENCY_OPTIONS = {**DETERMINISTIC_OPTIONS, "lag-in-frames": "0", "auto-alt-ref": "0", "g": "99999"}
"""Options for encoding without delay: each picture is output at once, and key pictures only where requested."""

TIME_BASE = Fraction(1, 1000)
"""WebM counts milliseconds."""

BITS_PER_PIXEL = 0.1
"""Bits per pixel of each picture: 600 kbit/s at 640×360 and 25 pictures a second."""

BIT_RATE_LIMITS = (200_000, 1_500_000)
"""Lowest and highest bit rate of encoded pictures, in bit/s."""

ENCODER_COUNT = 2
"""Encoders in parallel: the cores of a common small machine. The output depends on it, so it is the same everywhere."""

MAX_PENDING_BYTES = 32_000_000
"""Bytes of uncompressed pictures submitted to the encoders at a time: 3.7 s of 640×360 at 25 a second."""

TimedPicture = tuple[float, Any]
"""A picture (`av.VideoFrame`) and its media time in seconds."""


def encode(
    pictures: Iterable[TimedPicture], size: tuple[int, int], rate: float, length: float, *, ahead: bool = True
) -> tuple[Track, Iterator[CodedPacket]]:
    """Encode pictures as VP8, each at its own time.

    Parameters
    ----------
    pictures : iterable of (float, av.VideoFrame)
        In the order of their times.
    size : tuple of int
        Width and height to which they are scaled, even numbers of pixels.
    rate : float
        Approximate pictures per second; for the bit rate, and for the duration of each picture.
    length : float
        The first picture at or after so many seconds since the last key picture becomes the next key picture.
    ahead : bool
        Whether pictures may be read before earlier ones are encoded. False for live or endless pictures.
    """
    encoders = [_encoder(size, rate) for _ in range(ENCODER_COUNT)]
    track = Track(picture=True, codec="vp8", template=encoders[0], base=TIME_BASE)
    max_pending = max(1, MAX_PENDING_BYTES // (size[0] * size[1] * 3 // 2)) if ahead else 1
    return track, _packets(track, encoders, pictures, length, round(1000 / rate), max_pending)


def _encoder(size: tuple[int, int], rate: float) -> Any:
    container = av.open(io.BytesIO(), "w", format="webm")
    stream: Any = container.add_stream(
        "libvpx", rate=Fraction(rate).limit_denominator(1001), options=dict(LOW_LATENCY_OPTIONS)
    )
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.bit_rate = min(max(int(size[0] * size[1] * rate * BITS_PER_PIXEL), BIT_RATE_LIMITS[0]), BIT_RATE_LIMITS[1])
    stream.codec_context.time_base = TIME_BASE
    container.start_encoding()  # opens the encoder, so that the stream has all parameters
    return stream


def _packets(
    track: Track, encoders: list[Any], pictures: Iterable[TimedPicture], length: float, duration: int, max_pending: int
) -> Iterator[CodedPacket]:
    with ExitStack() as threads:
        turns = cycle([_EncoderThread(encoder, duration, threads) for encoder in encoders])
        encoder = next(turns)
        pending: deque[Future[Any]] = deque()
        key, last = -length, -1
        for time, picture in _with_copies(pictures):
            is_key = time >= key + length - EPSILON_S or last < 0
            if is_key:
                key, encoder = time, next(turns)
            last = max(round(time / TIME_BASE), last + 1)
            pending.append(encoder.encode_key(last, picture) if is_key else encoder.encode_next(last, picture))
            while len(pending) >= max_pending or (pending and pending[0].done()):
                yield _to_coded(track, pending.popleft().result(), duration)
        while pending:
            yield _to_coded(track, pending.popleft().result(), duration)


def _with_copies(pictures: Iterable[TimedPicture]) -> Iterator[TimedPicture]:
    """Copy a repeated picture: its time is set in a thread, possibly while the other one is being encoded."""
    previous = None
    for time, picture in pictures:
        repeated = picture is previous
        yield time, av.VideoFrame.from_ndarray(picture.to_ndarray(format="yuv420p"), "yuv420p") if repeated else picture
        previous = picture


def _to_coded(track: Track, packet: Any, duration: int) -> CodedPacket:
    return CodedPacket(
        track, packet, packet.pts, packet.pts, duration, key=packet.is_keyframe, clean=packet.is_keyframe
    )


class _EncoderThread:
    """An encoder with its own thread and clock."""

    def __init__(self, stream: Any, duration: int, threads: ExitStack) -> None:
        self._encoder = stream.codec_context
        self._duration = duration
        self._missing = 0
        self._next = 0
        self._thread = ThreadPoolExecutor(1, "vp8")
        threads.callback(self._thread.shutdown, cancel_futures=True)

    def encode_key(self, time: int, picture: Any) -> Future[Any]:
        """Encode a key picture; the ticks since this encoder's last picture belong to the other one."""
        self._missing = time - self._next
        return self._submit(time, picture, av.video.frame.PictureType.I)

    def encode_next(self, time: int, picture: Any) -> Future[Any]:
        return self._submit(time, picture, av.video.frame.PictureType.NONE)

    def _submit(self, time: int, picture: Any, kind: Any) -> Future[Any]:
        self._next = time - self._missing + self._duration
        return self._thread.submit(self._encode, time, self._missing, picture, kind)

    def _encode(self, time: int, missing: int, picture: Any, kind: Any) -> Any:
        frame = picture.reformat(width=self._encoder.width, height=self._encoder.height, format="yuv420p")
        frame.pts, frame.time_base, frame.pict_type = time - missing, TIME_BASE, kind
        (packet,) = self._encoder.encode(frame)  # exactly one, see LOW_LATENCY_OPTIONS
        packet.pts = packet.dts = time
        return packet
