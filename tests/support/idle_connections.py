"""Many connections to one server that do nothing, held by one event loop."""

from __future__ import annotations

import asyncio
import base64
import os
import resource
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

OPENINGS = {
    "emotion_logic": "/socket.io/?EIO=4&transport=websocket",
    "interhuman": "/v1/stream/analyze",
}
AT_ONCE = 200
"""Connections that are being opened at the same time."""


def room_for(count: int) -> bool:
    """Raise this process's limit of open files; whether it, and a server's, have room for so many connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 500:
        return False
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    return True


@asynccontextmanager
async def idle(api: str, url: str, count: int, *, silent: bool):
    """Hold `count` connections: WebSockets that have been accepted, or sockets on which nothing was ever sent."""
    parts, gate = urlsplit(url), asyncio.Semaphore(AT_ONCE)

    async def connect():
        async with gate:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            if not silent:
                key = base64.b64encode(os.urandom(16)).decode()
                writer.write(
                    f"GET {OPENINGS[api]} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade"
                    f"\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
                )
                assert b" 101 " in await reader.readline()
            return reader, writer

    held = await asyncio.gather(*(connect() for _ in range(count)))
    try:
        yield
    finally:
        for _, writer in held:
            writer.transport.abort()
        await asyncio.sleep(0)
