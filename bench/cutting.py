"""Cutting: film cut exactly and by copying, beside ffmpeg's own segmenter; and encoded, beside the clock."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import av

import emotoolkit as emo
from bench.discarding import discarding
from bench.table import RUNS, Row, measured
from emotoolkit import video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SAMPLE = Path(__file__).parents[1] / "datasets" / "sample" / "interview.mp4"
TURN, TURNS = 30.0, 4
"""Seconds of the sample film, which is repeated: 120 s, of 640×360 pictures in H.264 and AAC sound."""
LENGTH = 3.0
ENCODED = 18.0
MILLI = 1000.0


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        film = repeated(Path(folder) / "film.mp4")
        yield from copied(film, Path(folder))
        yield from encoded(film)


def repeated(path: Path) -> Path:
    """The sample film again and again, coded once, so that nothing is odd at the seams."""
    with av.open(str(path), "w") as out:
        pictures, sound = out.add_stream("libx264", rate=25, options={"g": "50"}), out.add_stream("aac", rate=48_000)
        pictures.width, pictures.height, pictures.pix_fmt = 640, 360, "yuv420p"
        count = samples = 0
        for _ in range(TURNS):
            resampler = av.AudioResampler("fltp", "mono", 48_000)
            with av.open(str(SAMPLE)) as film:
                for frame in film.decode(film.streams.video[0], film.streams.audio[0]):
                    if (frame.time or 0.0) >= TURN:
                        continue
                    if isinstance(frame, av.VideoFrame):
                        again = frame.reformat(640, 360, "yuv420p")
                        again.pts, again.time_base, again.pict_type = count, pictures.time_base or 1 / 25, 0
                        again.time_base = av.video.frame.Fraction(1, 25) if hasattr(av.video.frame, "Fraction") else _25
                        count += 1
                        out.mux(pictures.encode(again))
                    else:
                        for part in resampler.resample(frame):
                            part.pts, samples = samples, samples + part.samples
                            out.mux(sound.encode(part))
        out.mux(pictures.encode(None))
        out.mux(sound.encode(None))
    return path
