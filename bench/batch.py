"""Many short clips: what each costs beyond what the server needs for it, and how fast a large dataset is planned.

The peer opens a session, sends the same packets and waits for the report, one clip after another, as a script would.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import psutil
import soundfile

import emotoolkit as emo
from emotoolkit.datasets.rows import rows_of
from emotoolkit.emotion_logic import server
from emotoolkit.planning import open_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIPS, SECONDS, SESSIONS = 1000, 5.0, 4
PLANNED = 10_000
SAMPLE = Path(__file__).parents[1] / "datasets" / "sample" / "talk.wav"


def rows(clips: int = CLIPS, planned: int = PLANNED) -> Iterator[tuple[str, float, float, str, float, str]]:
    """Milliseconds for each clip, ours and the script's; seconds for a plan and a manifest."""
    with tempfile.TemporaryDirectory() as folder, server.serve() as there:
        corpus = made(Path(folder) / "corpus", clips)
        process = psutil.Process(there.pid)
        ours, own = timed(
            lambda: emo.replay_dataset(
                corpus,
                emo.EmotionLogic(url=there.url),
                folder=f"{folder}/run",
                sessions=SESSIONS,
                speed=math.inf,
                progress=False,
            ),
            process,
        )
        peer, theirs = timed(lambda: asyncio.run(script(corpus, emo.EmotionLogic(url=there.url))), process)
        ours, own, peer, theirs = (value / clips * 1000 for value in (ours, own, peer, theirs))
        what = f"{clips} clips of {SECONDS:g} s at inf, {SESSIONS} sessions"
        yield f"{what}: wall per clip", ours, peer, "ms", peer / ours, "a script, one after another"
        yield (
            f"{what}: beyond the server's own time",
            ours - own,
            peer - theirs,
            "ms",
            (peer - theirs) / (ours - own),
            "a script",
        )
        again, _ = timed(
            lambda: emo.replay_dataset(
                corpus, emo.EmotionLogic(url=there.url), folder=f"{folder}/run", speed=math.inf, progress=False
            ),
            process,
        )
        yield (
            f"{what}: the same call again",
            again / clips * 1000,
            ours,
            "ms",
            ours / (again / clips * 1000),
            "the first call",
        )
        large = pd.DataFrame({"file": [corpus["file"][n % clips] for n in range(planned)]})
        large["start"], large["end"] = np.arange(planned) / planned, 2.0 + np.arange(planned) / planned
        large.to_csv(f"{folder}/large.csv", index=False)
        manifest, _ = timed(lambda: emo.read_dataset(f"{folder}/large.csv"), process)
        plain, _ = timed(lambda: pd.read_csv(f"{folder}/large.csv"), process)
        yield f"read_dataset of {planned} rows", manifest, plain, "s", plain / manifest, "pandas.read_csv"
        planning, _ = timed(lambda: emo.plan(large, emo.EmotionLogic()), process)
        headers, _ = timed(lambda: [soundfile.info(file) for file in large["file"]], process)
        yield f"plan of {planned} clips", planning, headers, "s", headers / planning, "soundfile.info of each"


def made(folder: Path, clips: int) -> pd.DataFrame:
    """Clips cut from the sample's talk, no two the same."""
    folder.mkdir()
    speech, rate = soundfile.read(SAMPLE, dtype="int16")
    size = round(SECONDS * rate)
    for number in range(clips):
        begin = number * 397 % (len(speech) - size)
        soundfile.write(folder / f"{number:05}.wav", speech[begin : begin + size] + np.int16(number % 50), rate)
    return emo.read_dataset(folder)


def timed(work: object, process: psutil.Process) -> tuple[float, float]:
    """Seconds on the wall, and of a server's processor."""
    before, began = process.cpu_times(), time.perf_counter()
    work()  # type: ignore[operator]
    took, after = time.perf_counter() - began, process.cpu_times()
    return took, after.user + after.system - before.user - before.system


def print_nothing(_: str) -> None:
    """Keep nothing of what comes back."""


async def script(corpus: pd.DataFrame, api: emo.EmotionLogic) -> None:
    """Send every clip with the library's own session and packets, keep nothing."""
    for row in rows_of(corpus):
        clip = open_clip(row.medium, Path(row.medium.path), row.name)
        async with api.connect(print_nothing) as session:
            for packet in api.packets(clip):
                await session.send(packet)
            await session.finish()


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t", flush=True)
