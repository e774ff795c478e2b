"""Throughput: an hour of sound, as fast as a server takes it that throws it away, beside bare sockets.

Ours reads the file, cuts it, speaks socket.io, writes the journal and reports to the notebook. The peers send the same
packets from memory: a WebSocket of the `websockets` library, and a plain blocking socket.
"""

from __future__ import annotations

import asyncio
import math
import re
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from websockets.asyncio.client import connect

import emotoolkit as emo
from bench.discarding import discarding
from bench.table import RUNS, Row, measured
from emotoolkit.apis.base.journal import Ended, Reference
from emotoolkit.replays import worker_client

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE, HOUR, MINUTE = 16_000, 3600, 60
PACKET = bytes(9600)
COUNT = 12_000


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        hour, minute = noise(Path(folder), HOUR), noise(Path(folder), MINUTE)
        runs = [once(hour, minute) for _ in range(RUNS)]
    ours, websocket, tcp, memory = zip(*runs, strict=True)
    what, unit, goal = "1 h of 16 kHz sound as fast as it is taken", "× real time", "≥ 5500"
    yield measured(what, unit, ours, websocket, "`websockets`, from memory", goal=goal, more_is_better=True)
    yield measured(what, unit, ours, tcp, "a plain socket, from memory", goal=goal, more_is_better=True)
    yield measured("1 h as fast as it is taken: the sender's peak beyond that of 1 min", "MB", memory, goal="flat")


def noise(folder: Path, seconds: int) -> Path:
    path = folder / f"{seconds}.wav"
    soundfile.write(path, np.random.default_rng(0).integers(-9, 9, RATE * seconds, np.int16), RATE)
    return path


def once(hour: Path, minute: Path) -> tuple[float, float, float, float]:
    """Times real time of all three, one after the other, and MB that the hour took more than the minute."""
    worker_client.shared().close()
    with discarding("emotion_logic") as server:
        replayed(minute, server.url)
        before = peak(worker_client.shared().pid)
        ours = replayed(hour, server.url)
        more = peak(worker_client.shared().pid) - before
    with discarding("websocket") as server:
        websocket = asyncio.run(by_websocket(server.url))
    with discarding("tcp") as server:
        tcp = by_tcp(server.url)
    return HOUR / ours, HOUR / websocket, HOUR / tcp, more


def replayed(path: Path, url: str) -> float:
    """Seconds from the start of the clock to the server's word that it has everything."""
    api = emo.EmotionLogic(url=url, sampling_rate=None)
    (replay,) = emo.Player(path, api, speed=math.inf).start().wait()
    began = next(record.at for record in replay.records if isinstance(record, Reference))
    return next(record.at for record in replay.records if isinstance(record, Ended)) - began


async def by_websocket(url: str) -> float:
    async with connect(url, compression=None, max_size=None) as wire:
        began = time.perf_counter()
        for _ in range(COUNT):
            await wire.send(PACKET)
        await wire.send(b"")
        await wire.recv()
        return time.perf_counter() - began


def by_tcp(address: str) -> float:
    host, port = address.split(":")
    with socket.create_connection((host, int(port))) as wire:
        began = time.perf_counter()
        for _ in range(COUNT):
            wire.sendall(PACKET)
        wire.shutdown(socket.SHUT_WR)
        wire.recv(3)
        return time.perf_counter() - began


def peak(pid: int) -> float:
    """Highest memory of a process until now, in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return math.nan if found is None else int(found[1]) / 1024
