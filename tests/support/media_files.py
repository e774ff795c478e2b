"""Small recordings made for one test: a tone after a silence, and a film with such a tone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.support.grey_frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def tone(path: Path, codec: str, rate: int, *, seconds: float, silent: float = 0.0) -> Path:
    """A tone of 440 Hz that begins after `silent` seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        _sound(container, stream, rate, seconds, silent)
    return path


def film(
    path: Path,
    picture_codec: str,
    sound_codec: str | None,
    rate: int = 44_100,
    *,
    seconds: float,
    late: float = 0.0,
    options: dict[str, str] | None = None,
) -> Path:
    """A film of 64×48 grey pictures at 25 per second, with a tone that starts `late` seconds after them."""
    with av.open(str(path), "w", options=options or {}) as container:
        pictures = container.add_stream(picture_codec, rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = None if sound_codec is None else container.add_stream(sound_codec, rate=rate, layout="mono")
        for number in range(round(seconds * 25)):
            image = frame_of(np.full((48, 64), 40 + number % 100, np.uint8))
            image.pts, image.time_base = number, Fraction(1, 25)
            container.mux(pictures.encode(image))
        container.mux(pictures.encode(None))
        if sound is not None:
            _sound(container, sound, rate, seconds - late, 0.0, late)
    return path


def talking_film(path: Path, sounds: list[np.ndarray], rate: int) -> Path:
    """A grey film with a sound track for each of these samples, floats of one channel and of equal length."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        tracks = [container.add_stream("aac", rate=rate, layout="mono") for _ in sounds]
        for number in range(round(25 * len(sounds[0]) / rate)):
            image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + number % 100, np.uint8), format="rgb24")
            image.pts, image.time_base = number, Fraction(1, 25)
            container.mux(pictures.encode(image))
        container.mux(pictures.encode(None))
        for stream, samples in zip(tracks, sounds, strict=True):
            _encode(container, stream, rate, (samples * 32767).astype(np.int16), 0)
    return path


def _sound(container, stream, rate: int, seconds: float, silent: float, late: float = 0.0) -> None:
    time = np.arange(round(seconds * rate)) / rate
    samples = (np.where(time < silent, 0, 0.5 * np.sin(2 * np.pi * 440 * time)) * 32767).astype(np.int16)
    _encode(container, stream, rate, samples, round(late * rate))


def _encode(container, stream, rate: int, samples: np.ndarray, first: int) -> None:
    for begin in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, begin : begin + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, first + begin, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def beginning(whole: Path, seconds: float, path: Path) -> Path:
    """The packets of the first seconds of a file, in a file of their own."""
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        copies = {each.index: target.add_stream_from_template(each) for each in source.streams}
        for packet in source.demux():
            if packet.size and packet.pts * packet.time_base < seconds:
                packet.stream = copies[packet.stream.index]
                target.mux(packet)
    return path


def with_edits(path: Path, *edits: tuple[float, float | None]) -> Path:
    """Give every track of an MP4 an edit list: seconds presented, from which second on.

    None in place of the second presents nothing for so long.
    """
    data = path.read_bytes()
    at, size, _ = next(box for box in _boxes(data, 0, len(data)) if box[2] == b"moov")
    inside = list(_boxes(data, at + 8, at + size))
    scale = next(_u32(data, begin + 20) for begin, _, kind in inside if kind == b"mvhd")
    tables = b""
    for begin, length, kind in inside:
        box = data[begin : begin + length]
        tables += _edited(box, scale, edits) if kind == b"trak" else box
    # The new tables go to the end, so that what they point at stays where it is.
    path.write_bytes(data[: at + 4] + b"free" + data[at + 8 :] + _box(b"moov", tables))
    return path


def _edited(track: bytes, scale: int, edits: tuple[tuple[float, float | None], ...]) -> bytes:
    parts = {kind: track[begin : begin + size] for begin, size, kind in _boxes(track, 8, len(track))}
    media = parts[b"mdia"]
    ticks = next(_u32(media, begin + 20) for begin, _, kind in _boxes(media, 8, len(media)) if kind == b"mdhd")
    old = parts.pop(b"edts", b"")
    zero = max(0, int.from_bytes(old[28:32], "big", signed=True)) if old else 0  # of pictures that are reordered
    rows = b"".join(
        round(seconds * scale).to_bytes(4, "big")
        + (-1 if since is None else round(since * ticks) + zero).to_bytes(4, "big", signed=True)
        + b"\0\1\0\0"
        for seconds, since in edits
    )
    table = _box(b"edts", _box(b"elst", bytes(4) + len(edits).to_bytes(4, "big") + rows))
    return _box(b"trak", parts.pop(b"tkhd") + table + b"".join(parts.values()))


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    while at < end:
        size = _u32(data, at)
        yield at, size, data[at + 4 : at + 8]
        at += size


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def mixed_up_channels(path: Path) -> Path:
    """A tenth of a second of eight channels in a MOV, a "chan" box saying that they are in an order of their own."""
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="7.1")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800 * 8), np.int16), format="s16", layout="7.1")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
