"""Encode pictures and sound that cannot be copied: VP8 (`vp8.py`), and Opus or AAC.

Sound has one encoder from beginning to end: a new one at each cut would add its priming each time.
"""

from __future__ import annotations

import heapq
import io
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from emotoolkit.media.decoding import rotate_upright
from emotoolkit.media.video import vp8
from emotoolkit.media.video.coded import (
    EPSILON_S,
    PACKET_QUANTUM_SAMPLES,
    CodedPacket,
    Track,
    find_key_picture,
    packet_ticks,
)
from emotoolkit.media.video.demux import demux_packets, lacks_pts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from emotoolkit.media.recording import Recording

__all__ = ["add_still_pictures", "decode_pictures", "encode_pictures", "encode_sound"]

MAX_SIDE_PX = 960
"""Longer side of encoded pictures, at most: larger ones are scaled down, so that encoding keeps up with real time."""

REPEAT_AFTER_S = 12.0
"""Seconds without a new picture after which the last one is repeated: a segment must begin with a picture, and its
length must be limited."""

STILL_PERIOD_S = 0.5
"""Seconds between the still pictures that accompany a recording of sound alone."""

STILL_SIZE_PX = (320, 240)

AAC_RATES_HZ = {44_100, 48_000}
"""Sampling rates in Hz that are kept for AAC. At lower ones its packets, between which sound is cut, become too long.
"""


def encode_pictures(
    recording: Recording, start: float, length: float, largest: int = MAX_SIDE_PX
) -> tuple[Track, Iterator[CodedPacket]]:
    """Decode the pictures from media time `start` on and encode them as VP8, each at its own time.

    The first picture at or after `length` seconds since the last key picture becomes the next key picture. Pictures
    whose longer side exceeds `largest` pixels are scaled down.
    """
    assert recording.video is not None
    pictures = _repeat_in_gaps(decode_pictures(recording, start), recording.duration)
    first = next(pictures, None)
    size = _fit_size(*_display_size(recording, None if first is None else first[1]), largest)
    all_pictures = [] if first is None else _prepend(first, pictures)
    return vp8.encode(all_pictures, size, recording.video.frame_rate or 25, length, ahead=not recording.live)


def encode_sound(recording: Recording, start: float, codec: str) -> tuple[Track, Iterator[CodedPacket]]:
    """Encode the sound from media time `start` on, by one encoder from beginning to end.

    Parameters
    ----------
    recording : Recording
        Must have sound.
    start : float
        Media time of the first sample, in seconds.
    codec : {"aac", "opus"}
        Codec of the result. More than two channels are mixed to one.
    """
    assert recording.audio is not None
    source_rate, channels = recording.audio.sampling_rate, recording.audio.channels
    rate = source_rate if codec == "aac" and source_rate in AAC_RATES_HZ else 48_000
    layout = "stereo" if channels == 2 else "mono"  # noqa: PLR2004
    stream = _sound_encoder(codec, rate, layout)
    track = Track(picture=False, codec=codec, template=stream, base=Fraction(1, rate))
    frames = _sound_frames(recording.blocks(start), source_rate, layout)
    return track, _sound_packets(track, frames, start)


def add_still_pictures(
    sound: Iterator[CodedPacket], start: float, length: float
) -> tuple[Track, Iterator[CodedPacket]]:
    """Add still pictures to sound alone: a plain dark one, twice a second as long as the sound lasts.

    Returns
    -------
    track : Track
        Of the pictures.
    packets : iterator of CodedPacket
        Pictures and sound together.
    """
    track, pictures = vp8.encode(_still_pictures(start), STILL_SIZE_PX, 1 / STILL_PERIOD_S, length, ahead=False)

    def merged() -> Iterator[CodedPacket]:
        picture = next(pictures)
        last = start
        for each in sound:
            while picture.start <= max(start, each.start):
                yield _with_zero_length(picture)
                picture = next(pictures)
            last = each.end
            yield each
        # Pictures go on to the end of the last packet of sound.
        while picture.start < last - EPSILON_S:
            yield _with_zero_length(picture)
            picture = next(pictures)

    return track, merged()


def decode_pictures(recording: Recording, start: float) -> Iterator[tuple[float, Any]]:
    """Decode the pictures from `start` on; yields media time and picture. Damaged ones are skipped."""
    assert recording.video is not None
    at = find_key_picture(recording, start).seek_time
    with recording.open_at(at) if start > 0 else recording.open() as container:
        origin = recording.origin
        stream: Any = container.streams[recording.video.index]
        stream.thread_type = "AUTO"
        for pts, frame in _timed_frames(recording, container, stream):
            time = float(pts * stream.time_base) - origin
            if time >= start - EPSILON_S:
                yield max(0.0, time), rotate_upright(frame)


def _timed_frames(recording: Recording, container: InputContainer, stream: Any) -> Iterator[tuple[int, Any]]:
    """Decode pictures; yields presentation time and picture.

    AVI has only decoding times. Pictures leave the decoder in the order in which they are shown, so each is given the
    smallest decoding time that has not been used.
    """
    unused_times: list[int] | None = [] if lacks_pts(recording) else None
    for frame in _decode_frames(container, stream, unused_times):
        pts = frame.pts if not unused_times else heapq.heappop(unused_times)
        if pts is not None:
            yield pts, frame


def _decode_frames(container: InputContainer, stream: Any, unused_times: list[int] | None) -> Iterator[Any]:
    for packet in demux_packets(container, [stream]):
        if unused_times is not None and packet.dts is not None:
            heapq.heappush(unused_times, packet.dts)
        try:
            yield from packet.decode()
        except av.error.FFmpegError:  # a damaged picture; the next ones may be intact
            if unused_times:
                heapq.heappop(unused_times)
    try:
        yield from stream.decode(None)
    except av.error.FFmpegError:
        return


def _repeat_in_gaps(pictures: Iterator[tuple[float, Any]], end: float) -> Iterator[tuple[float, Any]]:
    """Repeat a picture where none follows for long."""
    last: tuple[float, Any] | None = None
    for picture in pictures:
        if last is not None:
            yield from _repeats(last, picture[0])
        yield picture
        last = picture
    if last is not None and end < math.inf:  # a live recording ends with its last picture
        yield from _repeats(last, end)


def _repeats(picture: tuple[float, Any], until: float) -> Iterator[tuple[float, Any]]:
    time = picture[0] + REPEAT_AFTER_S
    while time < until - EPSILON_S:
        yield time, picture[1]
        time += REPEAT_AFTER_S


def _prepend(first: tuple[float, Any], rest: Iterator[tuple[float, Any]]) -> Iterator[tuple[float, Any]]:
    yield first
    yield from rest


def _display_size(recording: Recording, picture: Any | None) -> tuple[float, float]:
    """Compute the size at which pictures are displayed: rotated, and with square pixels."""
    assert recording.video is not None
    size, aspect = (recording.video.width, recording.video.height), recording.video.pixel_aspect
    width, height = size if picture is None else (picture.width, picture.height)
    is_turned = picture is not None and (height, width) == size and width != height
    return (width, height * aspect) if is_turned else (width * aspect, height)


def _fit_size(width: float, height: float, largest: int) -> tuple[int, int]:
    """Scale a size down to `largest` pixels on its longer side; both sides become even."""
    scale = min(1.0, largest / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _still_pictures(start: float) -> Iterator[tuple[float, Any]]:
    number = 0
    picture = av.VideoFrame.from_ndarray(_still_image(), format="gray").reformat(format="yuv420p")
    while True:
        yield start + number * STILL_PERIOD_S, picture
        number += 1


def _with_zero_length(picture: CodedPacket) -> CodedPacket:
    """Set a still picture's end to its start, so that the sound determines when the recording ends."""
    picture.end = picture.start
    return picture


def _still_image() -> NDArray[np.uint8]:
    """Draw a dark picture with a bar in the middle, which shows that it is intentional."""
    width, height = STILL_SIZE_PX
    picture = np.full((height, width), 24, np.uint8)
    picture[height // 2 - 4 : height // 2 + 4, width // 4 : -width // 4] = 80
    return picture


def _sound_encoder(codec: str, rate: int, layout: str) -> Any:
    container = av.open(io.BytesIO(), "w", format="mp4" if codec == "aac" else "webm")
    stream: Any = container.add_stream("aac" if codec == "aac" else "libopus", rate=rate)
    stream.codec_context.layout = layout
    stream.codec_context.format = "fltp" if codec == "aac" else "flt"
    stream.bit_rate = {"mono": 64_000, "stereo": 112_000}[layout]
    container.start_encoding()
    return stream


def _sound_frames(blocks: Iterator[NDArray[np.float32]], rate: int, layout: str) -> Iterator[Any]:
    at = 0
    for block in blocks:
        mixed = block if layout == "stereo" else block.mean(axis=1, keepdims=True, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mixed).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
        at += len(block)
        yield frame


def _sound_packets(track: Track, frames: Iterator[Any], start: float) -> Iterator[CodedPacket]:
    encoder = track.template.codec_context
    end = start
    for frame in frames:
        end = start + (frame.pts + frame.samples) / frame.sample_rate
        yield from _to_coded(track, encoder.encode(frame), start)
    for each in _to_coded(track, encoder.encode(None), start):
        each.end = min(each.end, end)  # encoders pad their last packet
        yield each


def _to_coded(track: Track, packets: list[Any], start: float) -> Iterator[CodedPacket]:
    shift = round(start / track.base)
    for packet in packets:
        pts = round(packet.pts * packet.time_base / track.base) + shift
        yield CodedPacket(
            track,
            packet,
            pts,
            pts,
            packet_ticks(packet, packet.time_base, track.base, PACKET_QUANTUM_SAMPLES[track.codec]),
        )
