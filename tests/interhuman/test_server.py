"""The local server as its clients see it."""

from __future__ import annotations

import json

from websockets.asyncio.client import connect

from emotoolkit.interhuman import messages
from emotoolkit.interhuman.server import serving
from . import footage

TALK = ((0.5, 6.0), (7.5, 12.0))


async def told(wire):
    return [json.loads(raw) async for raw in wire]


async def test_conversation():
    """A session says ready, acknowledges, finds what is there, closes, and ends with code 1000."""
    async with serving() as url, connect(url.replace("http", "ws") + messages.PATHS[0], compression=None) as wire:
        await wire.send(messages.config(messages.INCLUDE))
        for piece in footage.pieces("mp4", footage.file("mp4", 15, talk=TALK), 3):
            await wire.send(piece)
        await wire.send(messages.close())
        answers = await told(wire)
    for a in answers: print(a["type"], a["data"])
    assert wire.close_code == 1000
