"""Interhuman servers that do what they are told: a function for each connection, in a thread of its own."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import websockets.sync.server
from websockets.exceptions import ConnectionClosed

from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.server import ServerConnection

    Script = Callable[[ServerConnection], None]

PATH = messages.PATHS[0]


def say(kind: str, **data: Any) -> str:
    """Write a message without a time stamp."""
    return json.dumps({"type": kind, "data": data})


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """Serve on loopback, one call of `script` for each connection; gives the address. `script` may lose its client."""

    def handle(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            script(connection)

    with websockets.sync.server.serve(handle, "127.0.0.1", 0, max_size=None, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}{PATH}"
        finally:
            server.shutdown()
            thread.join()


def media_until_close(connection: ServerConnection) -> int:
    """Take messages up to `session.close`; returns how many segments there were."""
    segments = 0
    for message in connection:
        if message == messages.close():
            break
        segments += isinstance(message, bytes)
    return segments


def end(connection: ServerConnection) -> None:
    """End a session as the contract has it."""
    connection.send(say(messages.CLOSING))
    connection.send(say(messages.ENDED))
