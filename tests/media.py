"""Small recordings made for one test: a tone after a silence, and a film with such a tone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


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
            grey = np.full((48, 64, 3), 40 + number % 100, np.uint8)
            image = av.VideoFrame.from_ndarray(grey, format="rgb24")
            image.pts, image.time_base = number, Fraction(1, 25)
            container.mux(pictures.encode(image))
        container.mux(pictures.encode(None))
        if sound is not None:
            _sound(container, sound, rate, seconds - late, 0.0, late)
    return path


def _sound(container, stream, rate: int, seconds: float, silent: float, late: float = 0.0) -> None:
    time = np.arange(round(seconds * rate)) / rate
    samples = (np.where(time < silent, 0, 0.5 * np.sin(2 * np.pi * 440 * time)) * 32767).astype(np.int16)
    for begin in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, begin : begin + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, round(late * rate) + begin, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
