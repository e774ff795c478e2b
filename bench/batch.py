"""Many short clips: what each costs beyond what the server needs for it, beside a script without any of the rest.

The script opens a session, sends the same packets and waits for the report, one clip after another; it keeps nothing.
Ours hashes, journals, makes tables, and can be killed at any moment. Each turn has a process of its own, which has
sent some other clips before, so that nothing is imported and no file is known. "Beyond the server's own time" is the
time on the wall less the processor's time of the server. There are three turns at most, of two minutes or so each.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import soundfile

import emotoolkit as emo
from bench.table import RUNS, measured
from emotoolkit.apis.emotion_logic.server import app as server
from emotoolkit.datasets.plan import open_clip
from emotoolkit.datasets.rows import parse_rows
from emotoolkit.replays import worker_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from bench.table import Row

CLIPS, WARMING, SECONDS, SESSIONS = 1000, 20, 5.0, 4
TURNS = min(RUNS, 3)
MILLI = 1000.0
SAMPLE = Path(__file__).parents[1] / "datasets" / "sample" / "talk.wav"


@dataclass(frozen=True)
class Turn:
    """Milliseconds a clip: on the wall, and of the processor of the caller, of the sender, and of the server."""

    wall: float
    caller: float
    sender: float
    server: float

    @property
    def beyond(self) -> float:
        """What it took on the wall that the server did not work."""
        return self.wall - self.server

    @property
    def own(self) -> float:
        """Caller and sender together."""
        return self.caller + self.sender


def rows(clips: int = CLIPS) -> Iterator[Row]:
    """Ours and the script, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        warming, corpus = made(Path(folder) / "warming", WARMING), made(Path(folder) / "corpus", clips)
        first, again, script = zip(
            *((*alone(ours, warming, corpus, f"{folder}/{n}"), *alone(peer, warming, corpus)) for n in range(TURNS)),
            strict=True,
        )
    what = f"{clips} clips of {SECONDS:g} s at inf, {SESSIONS} sessions, a clip"
    for name, figure, goal in (
        ("on the wall", lambda turn: turn.wall, ""),
        ("beyond the server's own time", lambda turn: turn.beyond, "at most 15 ms"),
        ("our processor's time", lambda turn: turn.own, ""),
    ):
        yield measured(f"{what}: {name}", "ms", [*map(figure, first)], [*map(figure, script)], "a script", goal=goal)
    yield measured(f"{what}: of it the notebook's", "ms", [turn.caller for turn in first])
    yield measured(f"{what}: of it the sender's", "ms", [turn.sender for turn in first])
    yield measured(
        f"{what}: the same call again", "ms", [t.wall for t in again], [t.wall for t in first], "the first call"
    )


def made(folder: Path, clips: int) -> pd.DataFrame:
    """Clips cut from the sample's talk, no two the same."""
    folder.mkdir()
    speech, rate = soundfile.read(SAMPLE, dtype="int16")
    size = round(SECONDS * rate)
    for number in range(clips):
        begin = number * 397 % (len(speech) - size)
        soundfile.write(folder / f"{number:05}.wav", speech[begin : begin + size] + np.int16(number % 50), rate)
    return emo.read_dataset(folder)


def alone(work: Callable[..., list[Turn]], *given: object) -> list[Turn]:
    """Do it in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *given).result()


def ours(warming: pd.DataFrame, corpus: pd.DataFrame, folder: str) -> list[Turn]:
    """Replay the dataset, and again."""
    with server.serve() as there:
        settings = {"sessions": SESSIONS, "speed": math.inf, "progress": False}
        api = emo.EmotionLogic(url=there.url)
        emo.replay_dataset(warming, api, folder=f"{folder}-warming", **settings)
        processes = [psutil.Process(), psutil.Process(worker_client.shared().pid), psutil.Process(there.pid)]

        def replay() -> None:
            emo.replay_dataset(corpus, api, folder=folder, **settings)

        return [turn(replay, processes, len(corpus)) for _ in range(2)]


def peer(warming: pd.DataFrame, corpus: pd.DataFrame) -> list[Turn]:
    """Run the script over the dataset; it is its own sender."""
    with server.serve() as there:
        api = emo.EmotionLogic(url=there.url)
        asyncio.run(script(warming, api))
        processes = [psutil.Process(), None, psutil.Process(there.pid)]
        return [turn(lambda: asyncio.run(script(corpus, api)), processes, len(corpus))]


def turn(work: Callable[[], None], processes: list[psutil.Process | None], clips: int) -> Turn:
    before, began = [*map(processor, processes)], time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, [*map(processor, processes)]
    taken = [wall, *(late - early for early, late in zip(before, after, strict=True))]
    return Turn(*(seconds / clips * MILLI for seconds in taken))


def processor(process: psutil.Process | None) -> float:
    """Seconds of the processor that a process has taken."""
    times = None if process is None else process.cpu_times()
    return 0.0 if times is None else times.user + times.system


async def script(corpus: pd.DataFrame, api: emo.EmotionLogic) -> None:
    """Send every clip with the library's own session and packets, keep nothing."""
    for row in parse_rows(corpus):
        clip = open_clip(row.medium, Path(row.medium.path), row.name)
        async with api.connect(print_nothing) as session:
            for packet in api.packets(clip):
                await session.send(packet)
            await session.finish()


def print_nothing(_: str) -> None:
    """Keep nothing of what comes back."""
