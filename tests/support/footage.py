"""Footage of which every picture and every second of sound is known: picture n shows the number n, talk is a buzz.

Nothing here is a test. `file()` makes whole files, `stream()` one container, `pieces()` cuts it where a recorder would.
"""

from __future__ import annotations

import io
import itertools
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from tests.support.grey_frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

FPS = 25
WIDTH, HEIGHT = 160, 96
BITS = 10

CODECS = {
    "mp4": ("mp4", "libx264", "aac", {"movflags": "frag_keyframe+delay_moov+default_base_moof"}),
    "webm": ("webm", "libvpx", "libopus", {"cluster_time_limit": "1000"}),
    # Each picture and each sample is coded by itself, so that files and streams can be compared to the last bit.
    "mkv": ("matroska", "mjpeg", "pcm_s16le", {"cluster_time_limit": "1000"}),
    "plain": ("mp4", "libx264", "aac", {}),
    "mov": ("mov", "libx264", "aac", {}),
    "avi": ("avi", "mpeg4", "pcm_s16le", {}),
    "ts": ("mpegts", "libx264", "aac", {}),
}
OPTIONS = {
    "libx264": {"preset": "ultrafast", "bf": "2"},
    "libvpx": {"deadline": "realtime", "cpu-used": "-8", "threads": "1"},
    "mjpeg": {},
    "mpeg4": {},
}
FORMATS = {"aac": "fltp", "libopus": "flt", "pcm_s16le": "s16"}

Talk = "Sequence[tuple[float, float]]"


def picture(number: int, *, lively: bool = False) -> NDArray[np.uint8]:
    """A grey picture with its number as bars in the upper half; the lower half is grey, or changes if it is lively."""
    image = np.full((HEIGHT, WIDTH), 100, np.uint8)
    for bit in range(BITS):
        image[: HEIGHT // 2, bit * WIDTH // BITS : (bit + 1) * WIDTH // BITS] = 235 if number >> bit & 1 else 20
    if lively:
        image[HEIGHT // 2 :, :] = 60 + 40 * (number // 5 % 4)
    return image


def number(image: NDArray[np.uint8]) -> int:
    """Read the number of a picture back."""
    bars = image[HEIGHT // 8 : 3 * HEIGHT // 8, :].reshape(HEIGHT // 4, BITS, -1).mean(axis=(0, 2))
    return sum(int(bar > 127) << bit for bit, bar in enumerate(bars))


def talking(seconds: float, talk: Sequence[tuple[float, float]], rate: int, start: float = 0.0) -> NDArray[np.float32]:
    """A buzz about 150 Hz, never twice the same, at −20 dBFS where somebody talks, else silence.

    The same second always sounds the same.
    """
    at = np.arange(round((start + seconds) * rate)) / rate
    turns = 2 * np.pi * (150 * at + 6 * np.sin(0.9 * at) + 1.5 * np.sin(5.3 * at))
    whole = (0.1 * sum(np.sin(n * turns + n * n) for n in range(1, 9)) / 2).astype(np.float32)
    times = np.arange(len(whole)) / rate
    spoken = np.zeros(len(whole), bool)
    for begin, end in talk:
        spoken |= (times >= begin) & (times < end)
    return np.clip(whole * spoken, -0.9, 0.9)[round(start * rate) :]


@cache
def file(
    kind: str,
    seconds: float,
    *,
    start: float = 0.0,
    talk: Sequence[tuple[float, float]] = ((0, 1000),),
    rate: int = 48_000,
    sound: bool = True,
    pictures: bool = True,
    still: bool = False,
    lively: bool = False,
) -> bytes:
    """Make one file of what happens from `start` on, with a key picture every second."""
    container_format, video_codec, audio_codec, options = CODECS[kind]
    out = io.BytesIO()
    with av.open(out, "w", format=container_format, options=options) as container:
        tracks: list[Any] = []
        if pictures:
            video = container.add_stream(video_codec, rate=FPS, options={"g": str(FPS), **OPTIONS[video_codec]})
            video.width, video.height = WIDTH, HEIGHT
            video.pix_fmt = "yuvj420p" if video_codec == "mjpeg" else "yuv420p"
            tracks.append((video, _pictures(seconds, start, video.pix_fmt, still=still, lively=lively)))
        if sound:
            audio = container.add_stream(audio_codec, rate=rate)
            audio.layout = "mono"
            tracks.append((audio, _sound(talking(seconds, talk, rate, start), FORMATS[audio_codec], rate)))
        _mux(container, tracks)
    return out.getvalue()


def silent(images: Iterable[NDArray[np.uint8]], codec: str = "mjpeg", form: str = "matroska") -> bytes:
    """Make a file of given pictures, shape (height, width, 3), without sound."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        video: Any = None
        for n, image in enumerate(images):
            if video is None:
                video = container.add_stream(codec, rate=FPS, options=OPTIONS[codec])
                video.height, video.width = image.shape[:2]
                video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return out.getvalue()


def pieces(kind: str, data: bytes, every: int) -> list[bytes]:
    """Cut a stream before every n-th fragment or cluster; the first piece has the header."""
    marks = _marks(data, b"\x1f\x43\xb6\x75") if kind in ("webm", "mkv") else [at - 4 for at in _marks(data, b"moof")]
    cuts = [0, *marks[every::every], len(data)]
    return [data[a:b] for a, b in itertools.pairwise(cuts)]


def _marks(data: bytes, mark: bytes) -> list[int]:
    found, at = [], data.find(mark)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _pictures(seconds: float, start: float, pixels: str, *, still: bool, lively: bool) -> list[av.VideoFrame]:
    first = round(start * FPS)
    frames = []
    for n in range(round(seconds * FPS)):
        grey = picture(0 if still else first + n, lively=lively)
        frame = frame_of(grey, pixels)
        frame.pts, frame.time_base = n, Fraction(1, FPS)
        frames.append(frame)
    return frames


def _sound(samples: NDArray[np.float32], sample_format: str, rate: int) -> list[av.AudioFrame]:
    frames = []
    size = rate // FPS
    if sample_format == "s16":
        samples = np.rint(samples * 32767).astype(np.int16)
    for at in range(0, len(samples), size):
        frame = av.AudioFrame.from_ndarray(samples[None, at : at + size], format=sample_format, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        frames.append(frame)
    return frames


def _mux(container: Any, tracks: list[Any]) -> None:
    """Encode both tracks side by side, as a recorder does."""
    for n in range(max(len(frames) for _, frames in tracks)):
        for track, frames in tracks:
            if n < len(frames):
                container.mux(track.encode(frames[n]))
    for track, _ in tracks:
        container.mux(track.encode(None))
