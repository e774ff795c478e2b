"""Files of kinds that people have and that are not as their headers say: made by FFmpeg and by changing a few bytes.

Each film flashes, and each sound beeps, for a tenth of a second at the beginning of every second.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import soundfile

if TYPE_CHECKING:
    from collections.abc import Callable

HAS_FFMPEG = shutil.which("ffmpeg") is not None

BEEP = "0.5*sin(2*PI*440*t)*lt(mod(t\\,1)\\,0.1)"
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25"]


def ffmpeg(*words: object) -> None:
    """Run FFmpeg, which must succeed."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-bitexact", *map(str, words)], check=True, timeout=60)


def beeps(seconds: float, rate: int = 16_000, channels: int = 1) -> list[object]:
    """FFmpeg's input of beeps."""
    expression = "|".join([BEEP] * channels)
    return ["-f", "lavfi", "-t", seconds, "-i", f"aevalsrc={expression}:s={rate}"]


def silence(seconds: float, rate: int = 48_000) -> list[object]:
    """FFmpeg's input of digital silence."""
    return ["-f", "lavfi", "-t", seconds, "-i", f"anullsrc=r={rate}:cl=mono"]


def flashes(seconds: float, size: str = "64x48") -> list[object]:
    """FFmpeg's input of a dark film that flashes."""
    box = "drawbox=c=white:t=fill:enable='lt(mod(t,1),0.1)'"
    return ["-f", "lavfi", "-t", seconds, "-i", f"color=c=black:s={size}:r=25,{box}"]


def sound(path: Path, *words: object, seconds: float = 4.0, rate: int = 16_000, channels: int = 1) -> Path:
    """Beeps in any format."""
    ffmpeg(*beeps(seconds, rate, channels), *words, path)
    return path


def film(path: Path, *words: object, seconds: float = 4.0, size: str = "64x48") -> Path:
    """Flashes and beeps in any container."""
    ffmpeg(*flashes(seconds, size), *beeps(seconds, 48_000), *H264, "-c:a", "aac", *words, path)
    return path


def joined(path: Path, *parts: Path) -> Path:
    """Files one after the other."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def patched(path: Path, change: Callable[[bytearray], object]) -> Path:
    """A file whose bytes are changed."""
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path


def wave_size(size: int | None, riff: int | None = None) -> Callable[[bytearray], None]:
    """Write another size of the sound into the header of a WAV file."""

    def change(data: bytearray) -> None:
        at = data.find(b"data") + 4
        wanted = int.from_bytes(data[at : at + 4], "little") if size is None else size
        data[at : at + 4] = wanted.to_bytes(4, "little")
        data[4:8] = (wanted if riff is None else riff).to_bytes(4, "little")

    return change


def four_letters(old: bytes, new: bytes, *, free: bytes = b"") -> Callable[[bytearray], None]:
    """Rename a box of an MP4, the last one of that name, and free another one in it."""

    def change(data: bytearray) -> None:
        at = data.rfind(old)
        data[at : at + 4] = new
        if free:
            inner = data.find(free, at)
            data[inner : inner + 4] = b"free"

    return change


def only_packets_of(kind: str, source: Path, path: Path) -> Path:
    """A file that declares all tracks of another one, and has packets of one kind alone."""
    with (
        av.open(str(source)) as old,
        av.open(str(path), "w", options={"live": "1"} if path.suffix == ".webm" else {}) as new,
    ):
        tracks = {each.index: new.add_stream_from_template(each) for each in old.streams}
        for packet in old.demux():
            if packet.dts is not None and packet.stream.type == kind:
                packet.stream = tracks[packet.stream_index]
                new.mux(packet)
    return path


def floats(path: Path, scale: float, *, rate: int = 16_000, invalid: int = 0, offset: float = 0.0) -> Path:
    """Beeps as 32-bit floats of any size, some of which are not a number."""
    time = np.arange(2 * rate) / rate
    samples = scale * np.sin(2 * np.pi * 440 * time) * (time % 1 < 0.1) + offset
    samples[1000 : 1000 + invalid] = np.nan
    soundfile.write(path, samples.astype(np.float32), rate, subtype="FLOAT")
    return path
