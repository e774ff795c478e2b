"""Clips that say what arrived: every picture carries its number as blocks, every stretch of sound is like no other.

Nothing here is a test. A clip is made by a real encoder and a real muxer, so it has what real files have: priming,
reordered pictures, holes, tracks that do not begin together.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from tests.support.grey_frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Clip", "numbered_clip", "numbered_picture", "pcm_blocks", "read_number", "read_numbers", "sound"]

WIDTH, HEIGHT = 320, 240
BLOCKS = 16
"""Across the picture: 15 bits of the number, least significant first, and one that makes the count of ones even."""

TICKS = Fraction(1, 12_800)
"""Time base of the pictures: divides evenly by 25, by 30 not quite, as in real files."""

FORMATS = {"libopus": ("flt", 48_000), "aac": ("fltp", 48_000), "libmp3lame": ("fltp", 44_100)}
"""Sample format and rate with which each sound encoder is fed; PCM takes 16-bit at 16 kHz."""


@dataclass(frozen=True)
class Clip:
    """A clip that was made, and what is in it.

    Attributes
    ----------
    path : pathlib.Path
        Where it is.
    times : tuple of float
        When picture n is shown, in seconds from the beginning of the clip. Empty without pictures.
    sampling_rate : int
        Of the sound, in Hz; 0 without sound.
    samples : int
        How many samples of sound went in.
    sound_start : float
        When the first of them is heard, in seconds from the beginning of the clip.
    """

    path: Path
    times: tuple[float, ...]
    sampling_rate: int
    samples: int
    sound_start: float


def numbered_clip(
    path: Path,
    *,
    seconds: float = 10.0,
    codec: str | None = "libx264",
    audio: str | None = "aac",
    rate: int = 25,
    gop: float = 3.0,
    bframes: int = 0,
    open_gop: bool = False,
    vfr: bool = False,
    hole: tuple[float, float] | None = None,
    audio_start: float = 0.0,
    audio_seconds: float | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Clip:
    """Make a clip whose picture n shows the number n, beside sound that never repeats.

    Parameters
    ----------
    path : pathlib.Path
        Where to write; the suffix says the container.
    seconds : float
        Length of the pictures (and of the sound, unless `audio_seconds` says otherwise).
    codec, audio : str or None
        PyAV's names of the encoders: libx264, libvpx, libvpx-vp9, mpeg4, mjpeg, …; aac, libopus, libmp3lame,
        pcm_s16le, …. None leaves the track out.
    rate : int
        Pictures per second.
    gop : float
        Seconds from one key picture to the next.
    bframes : int
        Reordered pictures between two others (H.264 only).
    open_gop : bool
        Let pictures before a key picture in time follow it in the file (H.264 only).
    vfr : bool
        Drop three of ten pictures, irregularly.
    hole : (float, float)
        Show no new picture between these seconds.
    audio_start : float
        Seconds by which the sound begins after the pictures; below zero it begins before them.
    audio_seconds : float
        Length of the sound.
    size : (int, int)
        Width and height in pixels.
    """
    times = _times(seconds, rate, hole, vfr=vfr) if codec else []
    early = max(0.0, -audio_start)
    times = [time + early for time in times]
    with av.open(str(path), "w", options=_muxer(path)) as container:
        pictures = _pictures(container, codec, times, rate, size, _options(codec, gop, rate, bframes, open_gop))
        heard, made = _sounds(container, audio, audio_seconds or seconds, max(0.0, audio_start))
        for packet in _by_time(pictures, made):
            container.mux(packet)
    return Clip(path, tuple(times), *heard, max(0.0, audio_start))


def numbered_picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """Draw a grey picture with `number` (below 32,768) in blocks. Shape (height, width), uint8."""
    bits = [(number >> bit) & 1 for bit in range(BLOCKS - 1)]
    bits.append(sum(bits) % 2)
    row = np.repeat(np.array(bits, np.uint8) * 200 + 28, width // BLOCKS)
    picture = np.full((height, width), 128, np.uint8)
    picture[height // 3 : height // 2, : len(row)] = row
    return picture


def read_number(picture: NDArray[np.uint8]) -> int | None:
    """Read the number off a picture of shape (height, width) or (height, width, 3); None if it is not intact."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    height, width = grey.shape
    side = width // BLOCKS
    rows = slice(height // 3 + height // 24, height // 2 - height // 24)
    blocks = grey[rows, : side * BLOCKS].reshape(-1, BLOCKS, side)
    middles = blocks[:, :, side // 4 : 3 * side // 4].mean(axis=(0, 2))
    bits = [int(middle > 128) for middle in middles]
    if sum(bits) % 2 or any(88 < middle < 168 for middle in middles):
        return None
    return sum(bit << place for place, bit in enumerate(bits[:-1]))


def read_numbers(pictures: Iterable[NDArray[np.uint8]]) -> list[int | None]:
    """Read the number off each picture."""
    return [read_number(picture) for picture in pictures]


def sound(first: int, count: int, rate: int) -> NDArray[np.float32]:
    """Samples `first` … of a sound like no other part of itself: a wandering tone in soft noise. In [−0.6, 0.6]."""
    at = np.arange(first, first + count) / rate
    tone = np.sin(2 * np.pi * (500 * at + 700 * np.sin(0.9 * at) + 90 * np.sin(5.3 * at)))
    noise = np.sin(12.9898 * np.arange(first, first + count) + 78.233) * 43758.5453
    return (0.4 * tone + 0.1 * (noise - np.floor(noise) - 0.5)).astype(np.float32)


def pcm_blocks(count: int, rate: int, block: int = 4096) -> Iterator[tuple[int, NDArray[np.int16]]]:
    """`sound` as 16-bit blocks: first sample's number and samples."""
    for first in range(0, count, block):
        samples = sound(first, min(block, count - first), rate)
        yield first, np.rint(samples * 32767).astype(np.int16)


def _times(seconds: float, rate: int, hole: tuple[float, float] | None, *, vfr: bool) -> list[float]:
    times = [n / rate for n in range(round(seconds * rate))]
    if vfr:
        times = [time for n, time in enumerate(times) if n % 10 not in {3, 4, 8} or n % 7 == 0]
    if hole:
        times = [time for time in times if not hole[0] < time < hole[1]]
    return times


def _muxer(path: Path) -> dict[str, str]:
    return {"movflags": "faststart"} if path.suffix in {".mp4", ".mov", ".m4a"} else {}


def _options(codec: str | None, gop: float, rate: int, bframes: int, open_gop: bool) -> dict[str, str]:
    every = str(round(gop * rate))
    if codec == "libx264":
        return {
            "preset": "ultrafast",
            "threads": "1",
            "x264-params": f"keyint={every}:min-keyint={every}:scenecut=0:bframes={bframes}:b-adapt=0:"
            f"open-gop={int(open_gop)}",
        }
    if codec in {"libvpx", "libvpx-vp9"}:
        return {"deadline": "realtime", "cpu-used": "-8", "g": every, "lag-in-frames": "0", "threads": "1"}
    return {"g": every, "threads": "1"}


def _pictures(
    container: Any, codec: str | None, times: Sequence[float], rate: int, size: tuple[int, int], options: dict[str, str]
) -> Iterator[av.Packet]:
    if codec is None:
        return iter(())
    stream = container.add_stream(codec, rate=rate, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    stream.bit_rate = 400_000
    # MPEG-4 part 2 allows 16 bits for the clock, and avi counts pictures.
    base = Fraction(1, rate) if codec in {"mpeg4", "mjpeg"} else TICKS
    stream.codec_context.time_base = base
    return _coded(stream, (_picture(n, time, base, size, stream.pix_fmt) for n, time in enumerate(times)))


def _picture(number: int, time: float, base: Fraction, size: tuple[int, int], pixels: str) -> av.VideoFrame:
    picture = frame_of(numbered_picture(number, *size), pixels)
    picture.pts, picture.time_base = round(time / base), base
    return picture


def _sounds(
    container: Any, codec: str | None, seconds: float, start: float
) -> tuple[tuple[int, int], Iterator[av.Packet]]:
    if codec is None:
        return (0, 0), iter(())
    kind, rate = FORMATS.get(codec, ("s16", 16_000))
    # Without noise substitution AAC decodes to the same samples wherever one begins.
    stream = container.add_stream(codec, rate=rate, options={"aac_pns": "0"} if codec == "aac" else {})
    stream.codec_context.layout = "mono"
    stream.codec_context.format = kind
    if not codec.startswith(("pcm", "flac")):
        stream.bit_rate = 96_000
    count = round(seconds * rate)
    return (rate, count), _coded(stream, _frames(kind, rate, count, round(start * rate)))


def _frames(kind: str, rate: int, count: int, start: int) -> Iterator[av.AudioFrame]:
    for first, samples in pcm_blocks(count, rate):
        whole = samples if kind == "s16" else (samples / 32768).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format=kind, layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), start + first
        yield frame


def _coded(stream: Any, frames: Iterator[Any]) -> Iterator[av.Packet]:
    for frame in frames:
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _by_time(*tracks: Iterator[av.Packet]) -> Iterator[av.Packet]:
    """Whichever track is behind goes on: files are interleaved, and encoders run in step."""
    heads = [(next(track, None), track) for track in tracks]
    while any(head is not None for head, _ in heads):
        place = min(
            (n for n, (head, _) in enumerate(heads) if head is not None),
            key=lambda n: float(heads[n][0].dts * heads[n][0].time_base),  # type: ignore[union-attr,operator]
        )
        head, track = heads[place]
        assert head is not None
        yield head
        heads[place] = (next(track, None), track)
