"""A stream to a local Interhuman server in this process: connect, hear, and hear to the end."""

from __future__ import annotations

import json
import math
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect

import emotoolkit as emo
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage

TALK = ((0.5, 6.0), (7.5, 12.0))
PIECES = footage.pieces("mp4", footage.file("mp4", 15, talk=TALK), 3)


@asynccontextmanager
async def connected(path: str = messages.PATHS[0], keep=None, **options):
    """A connection to a server of its own."""
    async with (
        app.serving(Options(keep=keep)) as url,
        connect(url.replace("http", "ws") + path, compression=None, max_size=None, **options) as wire,
    ):
        yield wire


async def hear(wire) -> tuple[str, dict]:
    """The next message: its type and data."""
    envelope = json.loads(await wire.recv())
    return envelope["type"], envelope["data"]


async def hear_rest(wire) -> list[tuple[str, dict]]:
    """End the session, and hear what is still said."""
    await wire.send(messages.close())
    return [(envelope["type"], envelope["data"]) async for envelope in map_json(wire)]


async def map_json(wire):
    """All further messages."""
    async for raw in wire:
        yield json.loads(raw)


def fast(film, url: str, **settings) -> emo.Replay:
    """Replay a film as fast as it goes."""
    return emo.replay(film, emo.Interhuman(url=url, **settings), speed=math.inf, progress=False)
