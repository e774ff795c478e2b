"""Pace: how late the last packet of a minute is, beside the loop that everybody writes, and beside a busy notebook.

The peer sends the same packets to a server of the same kind with `await emit(...); await sleep(0.3)`, at the same time.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

import emotoolkit as emo
from emotoolkit.emotion_logic import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 60
PACKET = 0.3


def rows() -> Iterator[tuple[str, float, float, str, float, str]]:
    """Two runs of a minute: the notebook idle, and the notebook sorting ten million numbers again and again."""
    numbers = [random.random() for _ in range(10_000_000)]
    for doing, work in (("idle", lambda: time.sleep(0.05)), ("sorting ten million", lambda: sorted(numbers))):
        ours, peer = run(work)
        what = f"{SECONDS} s at speed 1, notebook {doing}"
        for which, late, naive in (
            ("last packet late", ours[-1], peer[-1]),
            ("p99 late", np.quantile(ours, 0.99), np.quantile(peer, 0.99)),
            ("earliest", min(ours), min(peer)),
        ):
            yield f"{what}: {which}", late * 1000, naive * 1000, "ms", naive / late, "the usual sleep loop"


def run(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Replay a minute of sound while the notebook works. Returns the latenesses in s, ours and the peer's."""
    with tempfile.TemporaryDirectory() as folder, server.serve() as there, server.serve() as elsewhere:
        path = Path(folder) / "minute.wav"
        soundfile.write(path, np.zeros(SECONDS * 11_025, np.int16), 11_025)
        player = emo.Player(path, emo.EmotionLogic(url=there.url))
        peer = subprocess.Popen([sys.executable, "-m", "bench.pace", elsewhere.url], stdout=subprocess.PIPE)
        player.start()
        while player.playing:
            work()
        (replay,) = player.wait()
        said, _ = peer.communicate()
        return list(replay.packets["lateness"]), json.loads(said)


async def usual_loop(url: str) -> list[float]:
    """Send a minute of packets as the examples of the field do. Returns how late each was."""
    import socketio

    wire = socketio.AsyncClient()
    await wire.connect(url, transports=["websocket"])
    await wire.emit("handshake", emo.EmotionLogic(sampling_rate=11_025).handshake())
    began, late = time.monotonic(), []
    for n in range(round(SECONDS / PACKET)):
        await asyncio.sleep(PACKET)
        late.append(time.monotonic() - began - (n + 1) * PACKET)
        await wire.emit("audio-stream", bytes(6616))
    await wire.disconnect()
    return late


if __name__ == "__main__":
    print(json.dumps(asyncio.run(usual_loop(sys.argv[1]))))
