"""Both local servers below their protocols: broken HTTP, broken WebSocket frames, broken engine.io. They serve on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time

import psutil
import pytest

from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.emotion_logic.server import app as voice
from emotoolkit.apis.interhuman.api import Interhuman
from emotoolkit.apis.interhuman.server import app as film
from emotoolkit.apis.interhuman.wire import messages

VOICE, FILM = "/socket.io/?EIO=4&transport=websocket", messages.PATHS[0]
ENGINE = [
    "0",
    "1",
    "2",
    "2probe",
    "3",
    "4",
    "40",
    '42["handshake",{}]',
    "451-[",
    "5",
    "6",
    "7",
    "bAAAA",
    "\x1e",
    "40/x,",
]
WARM = 300_000
"""Frames after which memory is flat: what the socket.io library keeps of a connection, it keeps for up to 45 s,
in which a quiet machine sends two hundred thousand."""

SIZES = [0, 1, 125, 126, 127, 200, 65_535, 65_536]


def frame(dice: random.Random) -> bytes:
    """A WebSocket frame: sound, or wrong in its bits, its length, its mask, its text or its opcode."""
    opcode = dice.choice([0, 1, 1, 1, 2, 2, 3, 8, 9, 10, 15])
    body = dice.choice(
        [dice.choice(ENGINE).encode(), dice.randbytes(dice.choice(SIZES)), b"\xff\xfe", messages.close().encode()[:40]]
    )
    first = opcode | dice.choice([0x80, 0x80, 0x80, 0, 0xC0, 0xF0])
    claimed = len(body) if dice.random() < 0.8 else dice.choice([*SIZES, 2**31, 2**63])
    masked = 0x80 if dice.random() < 0.9 else 0
    if claimed < 126:
        head = bytes([first, masked | claimed])
    elif claimed < 65_536:
        head = bytes([first, masked | 126]) + claimed.to_bytes(2)
    else:
        head = bytes([first, masked | 127]) + claimed.to_bytes(8)
    key = dice.randbytes(4)
    return head + (key + bytes(byte ^ key[n % 4] for n, byte in enumerate(body[:2000])) if masked else body)


def greeting(path: str, dice: random.Random) -> bytes:
    """A handshake; one in ten is broken."""
    said = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    if dice.random() < 0.9:
        return said
    at = dice.randrange(len(said))
    return said[:at] + dice.randbytes(dice.randrange(8)) + said[at + dice.randrange(20) :]


async def torment(port: int, path: str, dice: random.Random) -> int:
    """Open a connection, say much that is wrong, and leave; returns how many frames were sent."""
    sent = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        writer.write(greeting(path, dice))
        if dice.random() < 0.8:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1000), 0.05)
        for _ in range(dice.randrange(1, 30)):
            writer.write(frame(dice))
            sent += 1
        await asyncio.wait_for(writer.drain(), 5)
    if dice.random() < 0.5:
        writer.transport.abort()
    else:
        writer.close()
    with contextlib.suppress(ConnectionError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 5)
    return sent


async def storm(port: int, path: str, count: int, seed: int) -> int:
    """Torment a server, sixteen connections at once, until so many frames were sent."""
    dice, sent = random.Random(seed), 0
    while sent < count:
        sent += sum(await asyncio.gather(*(torment(port, path, random.Random(dice.random())) for _ in range(16))))
    return sent


async def settled(pid: int) -> None:
    """Wait until the server has no connection any more."""
    deadline = time.monotonic() + 30
    process = psutil.Process(pid)
    while [each for each in process.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


SERVERS = [(voice.serve, VOICE, EmotionLogic), (film.serve, FILM, Interhuman)]


async def tormented(serve, path, api, *counts: int) -> list[tuple[int, int]]:
    """Storm a server process, once for each count; returns frames sent and resident MB. Then it serves as ever."""
    told = []
    with serve() as local:
        port = int(local.url.rpartition(":")[2])
        for seed, count in enumerate(counts):
            sent = await storm(port, path, count, seed)
            await settled(local.pid)
            told.append((sent, psutil.Process(local.pid).memory_info().rss >> 20))
        heard: list[str] = []
        async with api(url=local.url, timeout=20).located().connect(heard.append) as session:
            await session.finish()
        assert len(heard) >= 2
    return told


@pytest.mark.parametrize(("serve", "path", "api"), SERVERS, ids=["voice", "film"])
async def test_broken_frames(serve, path, api):
    """Fifteen hundred broken frames over a hundred connections: no connection is left, and the next call works."""
    ((sent, _),) = await tormented(serve, path, api, 1_500)
    assert sent >= 1_500


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("serve", "path", "api"), SERVERS, ids=["voice", "film"])
async def test_a_million_broken_frames(serve, path, api):
    """A million of them, and memory is where it was. `FRAMES` takes another number."""
    count, began = int(os.environ.get("FRAMES", "1000000")), time.monotonic()
    (_, before), (sent, after) = await tormented(serve, path, api, WARM, count)
    print(f"\n{path}: {sent} broken frames, {time.monotonic() - began:.0f} s, {after - before:+d} MB")
    assert after - before < 90  # 20 000 broken connections that the library still keeps; all are gone a minute later
