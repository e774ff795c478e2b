"""A session over a WebSocket: sending, waiting for a message, and why it ends."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from websockets.asyncio.server import serve

from emotoolkit.apis.base import timeouts
from emotoolkit.apis.base.events import Fault, Step
from emotoolkit.apis.base.websocket import WebSocketSession, open_connection
from emotoolkit.errors import (
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from emotoolkit.media.packet import Packet
from tests.support.closed_port import nobody


class Reader:
    """Takes the first word of a message for its kind."""

    def decode(self, raw):
        return Fault("error", raw, "7", raw) if raw.startswith("error") else Step(raw.split()[0], raw)

    def sent(self, start):
        """Nothing depends on it."""


@dataclass
class Settings:
    address: str
    timeout: float = 20.0
    title: str = "Moods"

    def decoder(self):
        return Reader()


@asynccontextmanager
async def session(script, **settings):
    """Open a session with a scripted server; give it and the list of received messages."""
    heard = []
    async with serve(script, "127.0.0.1", 0) as server:
        own = Settings(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", **settings)
        wire = await open_connection(own.address, api=own.title, timeout=own.timeout)
        open_session = WebSocketSession(own, heard.append, wire)
        try:
            yield open_session, heard
        finally:
            await open_session.close()


PACKET = Packet(0.0, 2.5, b"sound")


async def test_sending_and_receiving():
    """Packets are sent as they are; each message goes to the journal; one that came already is not waited for."""

    async def script(wire):
        await wire.send(json.dumps(await wire.recv(), default=bytes.decode))
        await wire.send("done")

    async with session(script) as (open_session, heard):
        await open_session.send(PACKET)
        await open_session.wait_for_message("done")
        await open_session.wait_for_message("done")
    assert heard == ['"sound"', "done"]


@pytest.mark.parametrize(("sent", "kind"), [(False, ServerRefused), (True, ServerFault)])
async def test_the_last_error_is_the_reason(sent, kind):
    """A server that reports an error and closes has refused the session, or failed if media were sent."""

    async def script(wire):
        await (wire.recv() if sent else wire.send("hello"))
        await wire.send("error: no")

    async with session(script) as (open_session, _):
        if sent:
            await open_session.send(PACKET)
        with pytest.raises(kind, match="error: no"):
            await open_session.wait_for_message("done")


async def test_gone():
    """A server that closes without an error is gone; the error has the media sent, and is raised by `send`, too."""

    async def script(wire):
        await wire.recv()
        await wire.close(1011)

    async with session(script) as (open_session, _):
        await open_session.send(PACKET)
        with pytest.raises(ServerGone, match=r"after 2\.5 s of media \(close code 1011\)"):
            await open_session.wait_for_message("done")
        with pytest.raises(ServerGone):
            await open_session.send(PACKET)


async def test_silent():
    """A server that sends nothing for `timeout` seconds is silent."""
    async with session(lambda wire: wire.wait_closed(), timeout=0.2) as (open_session, _):
        with pytest.raises(ServerSilent, match=r"did not answer 'done' within 0\.2 s"):
            await open_session.wait_for_message("done")


async def test_endless(monkeypatch):
    """A server that sends other messages is not silent, but the step has a limit, too."""
    monkeypatch.setattr(timeouts, "STEP_TIMEOUT_S", 0.3)

    async def script(wire):
        async for _ in wire:
            while True:
                await wire.send("chatter")
                await asyncio.sleep(0.05)

    async with session(script, timeout=1) as (open_session, _):
        await open_session.send_message("go")
        with pytest.raises(ServerEndless, match="went on talking"):
            await open_session.wait_for_message("done")


async def test_connections_that_fail():
    """No server, a refusal and a redirect each raise their error; a redirect is not followed."""
    with nobody() as url, pytest.raises(ServerUnreachable):
        await open_connection(url.replace("http", "ws"), api="Moods", timeout=20)
    for status, headers in ((403, {}), (307, {"Location": "ws://127.0.0.1:9/"})):

        def declining(connection, _, status=status, headers=headers):
            response = connection.respond(status, "no")
            response.headers.update(headers)
            return response

        async with serve(lambda wire: wire.close(), "127.0.0.1", 0, process_request=declining) as server:
            address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(ServerRefused, match=str(status)):
                await open_connection(address, api="Moods", timeout=20)
