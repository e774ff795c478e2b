"""Cutting: film cut exactly and by copying, beside ffmpeg's own segmenter; and encoded, beside the clock."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import av

import emotoolkit as emo
from bench.discarding import discarding
from bench.table import RUNS, Row, measured
from emotoolkit.media.video import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SAMPLE = Path(__file__).parents[1] / "datasets" / "sample" / "interview.mp4"
SECONDS = 120.0
LENGTH = 3.0
ENCODED, PACED = 30.0, 12.0
MILLI = 1000.0


def rows() -> Iterator[Row]:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        print("no ffmpeg here: nothing is cut")
        return
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        again = [ffmpeg, "-v", "error", "-stream_loop", "9", "-i", str(SAMPLE), "-t", f"{SECONDS}", "-c", "copy"]
        subprocess.run([*again, str(film)], check=True)
        yield from copied(film, ffmpeg, Path(folder))
        yield from encoded(film)


def copied(film: Path, ffmpeg: str, folder: Path) -> Iterator[Row]:
    """The same 120 s film by both, in turns: ours as a function, ffmpeg as the command that a program calls."""
    recording = emo.Recording(film)
    turns = [(by_us(recording), by_ffmpeg(film, ffmpeg, folder)) for _ in range(max(RUNS, 5))]
    ours, theirs = ([SECONDS / each[n] for each in turns] for n in range(2))
    what, against = "120 s of 640×360 H.264 cut into files by copying", "ffmpeg -f segment -c copy"
    yield measured(what, "× real time", ours, theirs, against, goal="≥ 0.9 of its speed", more_is_better=True)
    whole = content([film])
    mine = content(io.BytesIO(each.data) for each in segments.segments(recording, framing="complete", length=LENGTH))
    its = content(sorted(folder.glob("part*.mp4")))
    for n, name in enumerate(("pictures", "samples of sound")):
        yield measured(f"{what}: {name} lost", "", [whole[n] - mine[n]], [whole[n] - its[n]], against, goal="0")


def by_us(recording: emo.Recording) -> float:
    began = time.perf_counter()
    for _ in segments.segments(recording, framing="complete", length=LENGTH):
        pass
    return time.perf_counter() - began


def by_ffmpeg(film: Path, ffmpeg: str, folder: Path) -> float:
    call = [ffmpeg, "-y", "-v", "error", "-i", str(film), "-f", "segment", "-segment_time", f"{LENGTH}", "-c", "copy"]
    began = time.perf_counter()
    subprocess.run([*call, "-reset_timestamps", "1", str(folder / "part%03d.mp4")], check=True)
    return time.perf_counter() - began


def content(files: Iterable[Path | io.BytesIO]) -> tuple[int, int]:
    """Pictures and samples that can be decoded of some files, each by itself."""
    pictures = samples = 0
    for file in files:
        with av.open(str(file) if isinstance(file, Path) else file) as container:
            for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
                if isinstance(frame, av.VideoFrame):
                    pictures += 1
                else:
                    samples += frame.samples
    return pictures, samples


def encoded(film: Path) -> Iterator[Row]:
    """VP8 and Opus of film: how fast, on how many cores, and how late its segments leave at speed 1."""
    fast, cores, late = [], [], []
    recording = emo.Recording(film)
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        for packet in segments.segments(recording, length=LENGTH, encode=True):
            if packet.end >= ENCODED:
                break
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        fast.append(packet.end / wall)
        cores.append(cpu / wall)
        with discarding("interhuman") as server:
            player = emo.Player(recording, emo.Interhuman(url=server.url, encode=True), until=PACED)
            (replay,) = player.start().wait()
        late.append(float(replay.packets["lateness"].max()) * MILLI)
    yield measured(
        "640×360 encoded to VP8 and Opus", "× real time", fast, goal="ahead of the clock", more_is_better=True
    )
    yield measured("640×360 encoded to VP8 and Opus: cores busy", "cores", cores, goal="both")
    yield measured(f"{PACED:g} s encoded while it is played: latest segment", "ms", late, goal="never behind")
