"""The loop that everybody writes: send, sleep, send, sleep. It is the peer of the pace.

`python -m bench.naive URL SESSIONS SECONDS` prints the latenesses in seconds and the processor's share as JSON. The
packets are those of `python-socketio`'s users: 0.3 s of 16 kHz sound.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import socketio

PACKET, RATE = 0.3, 16_000
SOUND = bytes(round(2 * PACKET * RATE))
HANDSHAKE = {"isPCM": True, "channels": 1, "backgroundNoise": 1000, "bitRate": 16, "sampleRate": RATE}
AT_ONCE = 20


async def one(
    url: str, number: int, sessions: int, seconds: float, doors: asyncio.Semaphore, start: asyncio.Barrier
) -> list[float]:
    """Send one session's packets; returns how late each was."""
    wire = socketio.AsyncClient()
    async with doors:
        await wire.connect(url, transports=["websocket"])
        await wire.emit("handshake", HANDSHAKE)
    await start.wait()
    await asyncio.sleep(PACKET * number / sessions)
    began, late = time.monotonic(), []
    for n in range(round(seconds / PACKET)):
        await asyncio.sleep(PACKET)
        late.append(time.monotonic() - began - (n + 1) * PACKET)
        await wire.emit("audio-stream", SOUND)
    await wire.disconnect()
    return late


async def many(url: str, sessions: int, seconds: float) -> dict[str, object]:
    """Connect all, then let them send, spread over the length of a packet."""
    doors, start = asyncio.Semaphore(AT_ONCE), asyncio.Barrier(sessions + 1)
    tasks = [asyncio.create_task(one(url, n, sessions, seconds, doors, start)) for n in range(sessions)]
    await start.wait()
    cpu, wall = time.process_time(), time.monotonic()
    late = await asyncio.gather(*tasks)
    return {"late": late, "cpu": (time.process_time() - cpu) / (time.monotonic() - wall)}


if __name__ == "__main__":
    url, sessions, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(many(url, int(sessions), float(seconds)))))
