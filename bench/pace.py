"""Pace: how late packets are, beside the loops that everybody writes, and beside a busy notebook.

All senders of a run send at the same time, each to a server of its own that throws away what it gets.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import soundfile

import emotoolkit as emo
from bench.discarding import discarding
from bench.naive import HANDSHAKE, RATE
from bench.table import RUNS, Row, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG, SHORT = 90.0, 9.0
OFTEN = 0.1
MILLI = 1000.0
MODULES = Path(__file__).parents[1] / "tests" / "node" / "node_modules"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        yield from drift(silence(Path(folder), LONG))
        yield from beside_a_busy_notebook(silence(Path(folder), SHORT))


def silence(folder: Path, seconds: float) -> Path:
    path = folder / f"{seconds:g}.wav"
    soundfile.write(path, np.zeros(round(seconds * RATE), np.int16), RATE)
    return path


def drift(recording: Path) -> Iterator[Row]:
    """The last packet of a minute and a half."""
    runs = [together(recording) for _ in range(RUNS)]
    ours, python, node = ([run[n] * MILLI for run in runs] for n in range(3))
    last = [float(late[-1]) for late in ours]
    what, goal = f"{LONG:g} s at speed 1: drift at the end", "≥ 100 times less"
    yield measured(what, "ms", last, [float(late[-1]) for late in python], "the usual sleep loop", goal=goal)
    if all(len(late) for late in node):
        yield measured(what, "ms", last, [float(late[-1]) for late in node], "Node, setTimeout(300)", goal=goal)
    for name, share in (("median late", 0.5), ("p99 late", 0.99), ("latest", 1.0)):
        mine, its = ([float(np.quantile(late, share)) for late in runs] for runs in (ours, python))
        yield measured(f"{LONG:g} s at speed 1: {name}", "ms", mine, its, "the usual sleep loop")
    earliest = [float(late.min()) for late in ours]
    yield measured(f"{LONG:g} s at speed 1: earliest", "ms", earliest, goal="never early")


def together(recording: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One run of all three. Returns the latenesses in s; none of Node where there is no Node."""
    kind = "emotion_logic"
    with discarding(kind) as mine, discarding(kind) as its, discarding(kind) as nodes:
        player = emo.Player(recording, emo.EmotionLogic(url=mine.url, sampling_rate=None)).start()
        python = subprocess.Popen(
            [sys.executable, "-m", "bench.naive", its.url, "1", f"{LONG}"], stdout=subprocess.PIPE
        )
        node = node_loop(nodes.url)
        (replay,) = player.wait()
        said = json.loads(python.communicate()[0])["late"][0]
        node_said = [] if node is None else json.loads(node.communicate()[0])
        return lateness(replay), np.array(said), np.array(node_said)


def lateness(replay: emo.Replay) -> np.ndarray:
    """How late each packet was, by the schedule of the start: a stall would be in it."""
    sent = replay.packets
    return (sent["sent"] - sent["end"]).to_numpy()


def node_loop(url: str) -> subprocess.Popen[bytes] | None:
    beside = Path(sys.executable).with_name("node")
    program = str(beside) if beside.exists() else shutil.which("node")
    if program is None or not (MODULES / "socket.io-client").is_dir():
        return None
    script = str(Path(__file__).with_name("naive.js"))
    environment = {**os.environ, "NODE_PATH": str(MODULES)}
    return subprocess.Popen([program, script, url, f"{LONG}"], stdout=subprocess.PIPE, env=environment)


def beside_a_busy_notebook(recording: Path) -> Iterator[Row]:
    """The peer is the usual loop in a thread of the same notebook."""
    numbers = [random.random() for _ in range(3_000_000)]
    text = json.dumps([{"number": n, "name": str(n)} for n in range(400_000)])
    table = pd.DataFrame({"key": [str(n % 1000) for n in range(2_000_000)], "value": np.arange(2_000_000.0)})
    works: dict[str, Callable[[], object]] = {
        "sleeps": lambda: time.sleep(0.05),
        "sorts": lambda: sorted(numbers),
        "parses JSON": lambda: json.loads(text),
        "runs pandas": table.groupby("key")["value"].mean,
    }
    for doing, work in works.items():
        runs = [beside(recording, work) for _ in range(RUNS)]
        ours, peer = ([float(np.quantile(run[n], 0.99)) * MILLI for run in runs] for n in range(2))
        what = f"{SHORT:g} s of {OFTEN * MILLI:g} ms packets beside a notebook that {doing}: p99 late"
        yield measured(what, "ms", ours, peer, "the usual sleep loop in a thread", goal="≤ 2 ms")


def beside(recording: Path, work: Callable[[], object]) -> tuple[np.ndarray, np.ndarray]:
    """Replay while the notebook works. Returns the latenesses in s, ours and the peer's."""
    with discarding("emotion_logic") as mine, discarding("emotion_logic") as its:
        late: list[float] = []
        over = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(usual_loop(its.url, late, over)))
        thread.start()
        player = emo.Player(recording, emo.EmotionLogic(url=mine.url, sampling_rate=None, packet=OFTEN)).start()
        while player.playing:
            work()
        (replay,) = player.wait()
        over.set()
        thread.join()
        return lateness(replay), np.array(late)


async def usual_loop(url: str, late: list[float], over: threading.Event) -> None:
    import socketio

    wire = socketio.AsyncClient()
    await wire.connect(url, transports=["websocket"])
    await wire.emit("handshake", HANDSHAKE)
    began = time.monotonic()
    while not over.is_set():
        await asyncio.sleep(OFTEN)
        late.append(time.monotonic() - began - (len(late) + 1) * OFTEN)
        await wire.emit("audio-stream", bytes(round(2 * OFTEN * RATE)))
    await wire.disconnect()
