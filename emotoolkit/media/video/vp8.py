"""Pictures coded as VP8, by two encoders at once.

What follows a key picture depends on nothing before it, so the encoders take turns from key picture to key picture,
and each works in a thread of its own. Each counts time on a clock on which the other's turns are missing, so that its
rate control sees one steady film. What comes out therefore depends on the pictures alone.
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
"""How VP8 is coded: alike on every machine, whatever else it does. A positive `cpu-used` lets the encoder look at the
clock; and two threads of it wait for each other in a spin, which on a busy machine takes ten times as long as one."""

LOW_LATENCY_OPTIONS = {**DETERMINISTIC_OPTIONS, "lag-in-frames": "0", "auto-alt-ref": "0", "g": "99999"}
"""For who cannot wait: no picture is held, and key pictures are where they are asked for."""

TIME_BASE = Fraction(1, 1000)
"""WebM counts milliseconds."""

BITS_PER_PIXEL = 0.1
"""Bits for each pixel of each picture: 600 kbit/s at 640×360 and 25 pictures a second."""

BIT_RATE_LIMITS = (200_000, 1_500_000)
"""Bits per second of encoded pictures, at least and at most."""

ENCODER_COUNT = 2
"""As many as a common small machine has cores. The film would be another with another number, so it is the same
everywhere."""

MAX_PENDING_BYTES = 32_000_000
"""Bytes of pictures, uncompressed, that may be on their way through the encoders: 3.7 s of 640×360 at 25 a second."""

TimedPicture = tuple[float, Any]
"""A picture (`av.VideoFrame`) and its media time in seconds."""


def encode(
    pictures: Iterable[TimedPicture], size: tuple[int, int], rate: float, length: float, *, ahead: bool = True
) -> tuple[Track, Iterator[CodedPacket]]:
    """Code pictures as VP8, each at its own time.

    Parameters
    ----------
    pictures : iterable of (float, av.VideoFrame)
        In the order of their times.
    size : tuple of int
        Width and height that they are given, even numbers of pixels.
    rate : float
        About how many there are in a second; for the bit rate, and for how long the last one lasts.
    length : float
        A picture that is the first at or after so many seconds since the last key picture becomes the next one.
    ahead : bool
        False takes no picture before the one before it is coded, for pictures of which there is no end.
    """
    encoders = [_encoder(size, rate) for _ in range(ENCODER_COUNT)]
    track = Track(picture=True, codec="vp8", template=encoders[0], base=TIME_BASE)
    most = max(1, MAX_PENDING_BYTES // (size[0] * size[1] * 3 // 2)) if ahead else 1
    return track, _packets(track, encoders, pictures, length, round(1000 / rate), most)


def _encoder(size: tuple[int, int], rate: float) -> Any:
    container = av.open(io.BytesIO(), "w", format="webm")
    stream: Any = container.add_stream(
        "libvpx", rate=Fraction(rate).limit_denominator(1001), options=dict(LOW_LATENCY_OPTIONS)
    )
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.bit_rate = min(max(int(size[0] * size[1] * rate * BITS_PER_PIXEL), BIT_RATE_LIMITS[0]), BIT_RATE_LIMITS[1])
    stream.codec_context.time_base = TIME_BASE
    container.start_encoding()  # opens the encoder, so that the stream tells what it makes
    return stream


def _packets(
    track: Track, encoders: list[Any], pictures: Iterable[TimedPicture], length: float, duration: int, max_pending: int
) -> Iterator[CodedPacket]:
    with ExitStack() as threads:
        turns = cycle([_EncoderThread(encoder, duration, threads) for encoder in encoders])
        encoder = next(turns)
        coming: deque[Future[Any]] = deque()
        key, last = -length, -1
        for time, picture in _with_copies(pictures):
            begins = time >= key + length - EPSILON_S or last < 0
            if begins:
                key, encoder = time, next(turns)
            last = max(round(time / TIME_BASE), last + 1)
            coming.append(encoder.encode_key(last, picture) if begins else encoder.encode_next(last, picture))
            while len(coming) >= max_pending or (coming and coming[0].done()):
                yield _to_coded(track, coming.popleft().result(), duration)
        while coming:
            yield _to_coded(track, coming.popleft().result(), duration)


def _with_copies(pictures: Iterable[TimedPicture]) -> Iterator[TimedPicture]:
    """Copy a picture that is shown again: each is given its time in a thread, perhaps both at once."""
    former = None
    for time, picture in pictures:
        again = picture is former
        yield time, av.VideoFrame.from_ndarray(picture.to_ndarray(format="yuv420p"), "yuv420p") if again else picture
        former = picture


def _to_coded(track: Track, packet: Any, duration: int) -> CodedPacket:
    return CodedPacket(
        track, packet, packet.pts, packet.pts, duration, key=packet.is_keyframe, clean=packet.is_keyframe
    )


class _EncoderThread:
    """An encoder in its thread, on its clock."""

    def __init__(self, stream: Any, duration: int, threads: ExitStack) -> None:
        self._encoder = stream.codec_context
        self._duration = duration
        self._missing = 0
        self._next = 0
        self._thread = ThreadPoolExecutor(1, "vp8")
        threads.callback(self._thread.shutdown, cancel_futures=True)

    def encode_key(self, time: int, picture: Any) -> Future[Any]:
        """Code a key picture; the ticks since this encoder's last one are the other's."""
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
        (packet,) = self._encoder.encode(frame)  # no picture is held, see VP8
        packet.pts = packet.dts = time
        return packet
