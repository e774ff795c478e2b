"""Servers that throw away what they get, in a process of their own: what is measured is then the client.

`discarding(KIND)` starts one; it ends with its parent's pipe.

emotion_logic   socket.io by hand: it answers what the protocol asks for
checking        the same, and its report has a checksum of what came
interhuman      the WebSocket conversation, of which it reads the texts
websocket       a plain WebSocket, by the `websockets` library
tcp             a plain socket
"""

from __future__ import annotations

import asyncio
import gc
import json
import zlib
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web
from websockets.asyncio.server import serve

from emotoolkit.apis.base.local_server import LocalServer, read_startup_line, serve_as_child
from emotoolkit.apis.emotion_logic.wire import messages as voice
from emotoolkit.apis.interhuman.wire import messages as face
from emotoolkit.utils.loopback import HOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.server import ServerConnection

LABEL = "bench"
EVERY = 25
HELLO = {"sid": "0", "upgrades": [], "pingInterval": EVERY * 1000, "pingTimeout": 60_000, "maxPayload": 10_000_000}
HIGH = 1 << 20
CHECKED = web.AppKey("checked", bool)


def discarding(kind: str) -> LocalServer:
    """Start one; a context manager that ends it."""
    return LocalServer("bench.discarding", kind)


async def hear_voice(request: web.Request) -> web.WebSocketResponse:
    """One socket.io connection. Binary messages are sound; the empty one is its end; the report says how much came."""
    wire = web.WebSocketResponse(max_msg_size=0, compress=False)
    await wire.prepare(request)

    async def say(name: str, value: object) -> None:
        await wire.send_str(f"42{voice.text(name, value)}")

    await wire.send_str(f"0{json.dumps(HELLO)}")
    pings = asyncio.create_task(ping(wire))
    size = checksum = 0
    async for message in wire:
        if message.type is WSMsgType.BINARY:
            size += len(message.data)
            if request.app[CHECKED]:
                checksum = zlib.crc32(message.data, checksum)
            if not message.data:
                await say(voice.COMPLETED, voice.completed())
        elif message.data.startswith("40"):
            await wire.send_str('40{"sid":"1"}')
        elif message.data.startswith('42["handshake"'):
            await say(voice.HANDSHAKE_DONE, voice.handshake_done("0", LABEL))
        elif message.data.startswith('42["fetch'):
            await say(voice.REPORT, voice.report({"bytes": size, "crc32": checksum}))
    pings.cancel()
    return wire


async def ping(wire: web.WebSocketResponse) -> None:
    """Say that we are there, as clients of socket.io want it."""
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(EVERY)
            await wire.send_str("2")


async def hear_face(request: web.Request) -> web.WebSocketResponse:
    """One WebSocket session."""
    wire = web.WebSocketResponse(max_msg_size=0, compress=False)
    await wire.prepare(request)

    async def say(kind: str, data: dict[str, object]) -> None:
        await wire.send_str(face.envelope(kind, data, "0", datetime.now(UTC)))

    await say(face.READY, face.ready(LABEL, face.MODELS))
    async for message in wire:
        if message.type is WSMsgType.TEXT:
            if json.loads(message.data).get("type") == "session.close":
                await say(face.CLOSING, face.closing(1))
                await say(face.ENDED, face.ended())
                break
            await say(face.UPDATED, face.updated(()))
    return wire


@asynccontextmanager
async def by_aiohttp(*, checked: bool = False) -> AsyncIterator[str]:
    app = web.Application()
    app[CHECKED] = checked
    app.add_routes([web.get("/socket.io/", hear_voice), web.get(face.PATHS[0], hear_face)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0, backlog=4096).start()
    gc.freeze()
    yield f"http://{HOST}:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def by_websockets() -> AsyncIterator[str]:
    async def hear(wire: ServerConnection) -> None:
        async for message in wire:
            if not message:
                await wire.send("all")

    async with serve(hear, HOST, 0, compression=None, max_size=None) as server:
        yield f"ws://{HOST}:{next(iter(server.sockets)).getsockname()[1]}"


@asynccontextmanager
async def by_tcp() -> AsyncIterator[str]:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(HIGH):
            pass
        writer.write(b"all")
        writer.close()

    async with await asyncio.start_server(hear, HOST, 0, limit=HIGH) as server:
        yield f"{HOST}:{server.sockets[0].getsockname()[1]}"


KINDS = {
    "emotion_logic": by_aiohttp,
    "checking": partial(by_aiohttp, checked=True),
    "interhuman": by_aiohttp,
    "websocket": by_websockets,
    "tcp": by_tcp,
}

if __name__ == "__main__":
    kind, _ = read_startup_line(str)
    serve_as_child(KINDS[kind]())
