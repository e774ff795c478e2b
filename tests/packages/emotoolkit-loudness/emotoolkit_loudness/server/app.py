"""The local server, for use without the service: it measures the sound that it receives."""

from __future__ import annotations

import uuid
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from pathlib import Path

from aiohttp import WSMsgType, web
from msgspec import Struct

from emotoolkit.apis.base.kept_media import DEFAULT_KEPT_BYTES, KeptMedia
from emotoolkit.apis.base.local_server import read_startup_line, serve_as_child
from emotoolkit.utils.loopback import serving_app
from emotoolkit_loudness.server.measuring import Meter
from emotoolkit_loudness.wire import messages

PORT = 2270
"""Default port of a server that is started by hand."""

LABEL = f"local measurement (emotoolkit-loudness {version('emotoolkit-loudness')})"

OPTIONS = ()
"""Names of further options that a shell can give."""


class Options(Struct, frozen=True):
    """Options of the server: the folder in which received sound is kept, or None."""

    keep: Path | None = None


def options(keep: Path | None = None) -> Options:
    """Make the options from those of a shell."""
    return Options(keep)


def serving(options: Options | None = None, port: int = 0) -> AbstractAsyncContextManager[str]:
    """Serve inside the running loop; the context gives the address."""
    kept = KeptMedia((options or Options()).keep, DEFAULT_KEPT_BYTES)

    async def stream(request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse(compress=False, max_msg_size=0)
        await wire.prepare(request)
        session = uuid.uuid4().hex
        try:
            meter = Meter(await wire.receive_json())
        except (KeyError, TypeError, ValueError) as problem:
            await wire.send_str(messages.text(messages.ERROR, code="start", message=str(problem)))
        else:
            await wire.send_str(messages.text(messages.STARTED, session=session, server=LABEL))
            await _answer(wire, meter, kept, f"{session}.pcm")
        await wire.close()
        return wire

    app = web.Application()
    app.add_routes([web.get("/", stream)])
    return serving_app(app, port)


async def _answer(wire: web.WebSocketResponse, meter: Meter, kept: KeptMedia, name: str) -> None:
    async for message in wire:
        last = message.type is WSMsgType.TEXT
        for level in meter.rest() if last else meter.feed(message.data):
            await wire.send_str(messages.text(messages.LEVEL, **level))
        if last:
            await wire.send_str(messages.text(messages.DONE))
            return
        kept.append(name, message.data)


if __name__ == "__main__":
    serve_as_child(serving(*read_startup_line(Options)))
