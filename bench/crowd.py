"""Crowds: a thousand replays in one worker, each with its clock, beside as many naive loops in one process.

The servers throw away what they get, so that two cores are enough for client and server: the sender has one for itself,
and servers and notebook, which stand for other machines and other work, share what is left. The recordings of
Interhuman are cut beforehand: cutting runs at some 800 × real time a core, and is measured by itself.

Easily disturbed: anything else that runs on the sender's core shows in the latenesses, at once in p99. The processor's
share moves less.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import soundfile

import emotoolkit as emo
from bench.discarding import discarding
from bench.table import RUNS, Row, measured
from emotoolkit.apis.base.journal import Sent
from emotoolkit.media.packet import Packet
from emotoolkit.replays import worker_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emotoolkit.media.recording import Recording

VOICES, FACES = 1000, 2000
SECONDS = 12.0
RATE = 16_000
SEGMENT, BYTES = 3.0, 300_000
MILLI = 1000.0

SENDER, *REST = sorted(os.sched_getaffinity(0))
OTHERS = REST or [SENDER]


@dataclass(frozen=True, kw_only=True)
class Precut(emo.Interhuman):
    """Interhuman, but for the cutting: all its segments are the same 300 kB."""

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Give the same bytes again and again."""
        for n in range(math.ceil(start / SEGMENT), math.ceil(recording.duration / SEGMENT)):
            yield Packet(n * SEGMENT, (n + 1) * SEGMENT, _segment())


@cache
def _segment() -> bytes:
    return np.random.default_rng(0).bytes(BYTES)


@dataclass
class Figures:
    """Of one run: latenesses in ms, the share of a core that the sending process took, memory in MB."""

    late: np.ndarray
    cpu: float
    memory: float = math.nan


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "silence.wav"
        soundfile.write(path, np.zeros(int(RATE * SECONDS * 10), np.int16), RATE)
        recording = emo.Recording(path)
        yield from voices(recording)
        yield from faces(recording)


def voices(recording: Recording) -> Iterator[Row]:
    ours, naive = [], []
    for _ in range(RUNS):
        with on(OTHERS), discarding("emotion_logic") as server:
            ours.append(replays(recording, emo.EmotionLogic(url=server.url, sampling_rate=None), VOICES))
        with on(OTHERS), discarding("emotion_logic") as server:
            naive.append(naive_loops(server.url, VOICES))
    what, against = f"{VOICES} Emotion Logic sessions, 300 ms packets", "naive loops in one process"
    yield from figures(what, ours, naive, against, goals=("≤ 2 ms", "≤ 15 ms", "≤ 40 %"))


def faces(recording: Recording) -> Iterator[Row]:
    ours = []
    for _ in range(RUNS):
        with on(OTHERS), discarding("interhuman") as server:
            ours.append(replays(recording, Precut(url=server.url), FACES))
    what = f"{FACES} Interhuman sessions, 3 s segments of 300 kB"
    yield from figures(what, ours, [], "", goals=("≤ 2 ms", "", "≤ 50 %"))


def figures(
    what: str, ours: list[Figures], peer: list[Figures], against: str, goals: tuple[str, str, str]
) -> Iterator[Row]:
    for name, share, goal in (("p99 late", 0.99, goals[0]), ("latest", 1.0, goals[1])):
        mine, its = ([float(np.quantile(run.late, share)) for run in runs] for runs in (ours, peer))
        yield measured(f"{what}: {name}", "ms", mine, its, against, goal=goal)
    mine, its = ([run.cpu * 100 for run in runs] for runs in (ours, peer))
    yield measured(f"{what}: the sender's processor", "% of a core", mine, its, against, goal=goals[2])


def replays(recording: Recording, api: emo.EmotionLogic | emo.Interhuman, count: int) -> Figures:
    """Play a recording as many times at once, and watch the worker for a while when all have begun."""
    worker_client.shared().close()  # each run in a fresh process
    with on([SENDER]):
        worker_client.shared()
    for thread in psutil.Process().threads():  # the one that listens to the worker was begun together with it
        os.sched_setaffinity(thread.id, OTHERS)
    players = [emo.Player(recording, api) for _ in range(count)]
    for player in players:
        player.start(paused=True)
    wait_until(lambda: all(player.paused for player in players))
    for player in players:
        player.resume()
    time.sleep(SEGMENT)
    worker = psutil.Process(worker_client.shared().pid)
    began, cpu = time.monotonic(), sum(worker.cpu_times()[:2])
    before = [len(player.replays[0].records) for player in players]
    time.sleep(SECONDS)
    share = (sum(worker.cpu_times()[:2]) - cpu) / (time.monotonic() - began)
    memory = worker.memory_info().rss / 1e6
    late = [
        record.sent - record.due
        for player, seen in zip(players, before, strict=True)
        for record in player.replays[0].records[seen:]
        if isinstance(record, Sent) and record.due is not None
    ]
    worker_client.shared().close()
    return Figures(np.array(late) * MILLI, share, memory)


def naive_loops(url: str, count: int) -> Figures:
    call = [sys.executable, "-m", "bench.naive", url, str(count), str(SECONDS)]
    with on([SENDER]):
        said = subprocess.run(call, stdout=subprocess.PIPE, check=True)
    told = json.loads(said.stdout)
    return Figures(np.concatenate(told["late"]) * MILLI, told["cpu"])


@contextmanager
def on(cores: Iterable[int]) -> Iterator[None]:
    """Begin processes on some cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def wait_until(fact: Callable[[], bool], seconds: float = 120.0) -> None:
    """Look until something is true, or fail."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError("not all sessions are open")
        time.sleep(0.1)
