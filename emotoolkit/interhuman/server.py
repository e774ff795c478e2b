"""The local server: Interhuman's protocol over a WebSocket on loopback. What it answers is measured (`analysis.py`).

`serve()` starts one in a process of its own; `serving()` is the same inside a running event loop.
"""

from __future__ import annotations

import asyncio
import gc
import http
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer
from websockets.asyncio.server import serve as websocket_server
from websockets.exceptions import ConnectionClosed

from emotoolkit import __version__
from emotoolkit.interhuman import messages
from emotoolkit.interhuman.analysis import Analysis, Detected, Ended, Period, State, Updated
from emotoolkit.interhuman.media import Trouble
from emotoolkit.local_server import HOST, LocalServer, serve_as_child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from websockets import Request, Response, Subprotocol
    from websockets.asyncio.server import ServerConnection

    from emotoolkit.interhuman.analysis import Finding

__all__ = ["PORT", "serve", "serving"]

PORT = 2260
"""Ours, for a server started by hand, next to Emotion Logic's: the service itself has no port to remember."""

MODULE = "emotoolkit.interhuman.server"

LABEL = f"local measurement (emotoolkit {__version__})"

RECEIVABLE = 2 * messages.LARGEST
"""Bytes up to which a message is received at all, so that one above the service's limit gets its answer (§11)."""

WAITING = 2
"""Parts of messages that may wait to be measured, before a session's socket is not read any more."""

DRAIN = 60
"""Seconds within which the rest is promised after `session.close`. Nothing waits by then, so it takes far less."""

PAIR = "access_token"
"""First of two subprotocols, where the second is a credential (§1.2, form 3)."""


def serve(*, port: int = 0, keep: str | Path | None = None) -> LocalServer:
    """Start a local Interhuman server in a process of its own.

    Parameters
    ----------
    port : int
        Port on 127.0.0.1; 0 takes a free one.
    keep : path or None
        Folder in which every received binary message is kept, as `<session id>/<number>.bin`, counted from 00001. None
        keeps nothing.

    Returns
    -------
    LocalServer
        Its `.url` goes into `Interhuman(url=...)`; `.close()`, or the end of a `with` block, ends it. It is a base
        address, which the vendor's own clients take too.

    Raises
    ------
    LocalServerFailed
        It did not start, for example because the port is taken.
    """
    return LocalServer(MODULE, "--port", str(port), *(["--keep", str(keep)] if keep else []))


@asynccontextmanager
async def serving(port: int = 0, keep: Path | None = None) -> AsyncIterator[str]:
    """Serve inside the running loop; yields the address."""

    async def converse(wire: ServerConnection) -> None:
        await _Conversation(wire, keep).run()

    server = await websocket_server(
        converse,
        HOST,
        port,
        process_request=_check_path,
        process_response=_add_correlation,
        select_subprotocol=_select,
        compression=None,
        max_size=RECEIVABLE,
        max_queue=WAITING,
        ping_interval=None,  # an answer to a ping queues behind the media that we have not yet measured
    )
    async with server:
        gc.freeze()
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"


def _check_path(wire: ServerConnection, request: Request) -> Response | None:
    """Answer on the stream's addresses only; whatever else is in the query is none of our business (§1.6)."""
    if request.path.partition("?")[0] in messages.PATHS:
        return None
    return wire.respond(http.HTTPStatus.NOT_FOUND, f"There are streams at {' and '.join(messages.PATHS)}.\n")


def _add_correlation(wire: ServerConnection, _: Request, response: Response) -> None:
    response.headers["X-Correlation-ID"] = str(wire.id)


def _select(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Pick one of what a browser offers, since it hangs up otherwise; never the secret if there is a choice (§1.2)."""
    return next((protocol for protocol in offered if protocol == PAIR), offered[0] if offered else None)


class _Conversation:
    """One session: each text and each binary message is answered before the next is looked at."""

    def __init__(self, wire: ServerConnection, keep: Path | None) -> None:
        self._wire = wire
        self._id = str(wire.id)
        self._kept = None if keep is None else keep / self._id
        self._analysis = Analysis()
        self._include: tuple[str, ...] = ()
        self._received = 0

    async def run(self) -> None:
        """Converse until the client has its last answer, or is gone."""
        try:
            await self._say(messages.READY, messages.ready(LABEL))
            async for message in self._wire:
                if isinstance(message, bytes):
                    await self._watch(message)
                elif await self._read(message):
                    return
        except ConnectionClosed:
            pass
        finally:
            await asyncio.to_thread(self._analysis.close)

    async def _read(self, text: str) -> bool:
        """Answer a text. Returns whether it was the last."""
        match messages.read_text(text):
            case messages.Config(include):
                self._include = include
                await self._say(messages.UPDATED, messages.updated(include))
            case messages.Refusal(message):
                await self._say(messages.ERROR, messages.error("ih6001", message))
            case messages.Close():
                await self._drain()
                return True
        return False

    async def _watch(self, message: bytes) -> None:
        self._received += 1
        if self._kept is not None:
            await asyncio.to_thread(_store, self._kept, self._received, message)
        if len(message) > messages.LARGEST:
            await self._say(messages.ERROR, messages.error("ih6002", segment=self._received))
        else:
            await self._tell(await asyncio.to_thread(self._analysis.feed, message))

    async def _drain(self) -> None:
        await self._say(messages.CLOSING, messages.closing(DRAIN))
        await self._tell(await asyncio.to_thread(self._analysis.finish))
        await self._say(messages.ENDED, messages.ended())

    async def _tell(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            said = self._put(finding)
            if said is not None:
                await self._say(*said)

    def _put(self, finding: Finding) -> tuple[str, dict[str, Any]] | None:
        """Put a finding into the wire's words; None if nobody asked for it."""
        match finding:
            case Detected(name, start, probability, rationale, modality):
                return messages.SIGNAL_DETECTED, messages.signal(name, start, probability, rationale, modality)
            case Updated(name, start, probability, rationale, modality):
                return messages.SIGNAL_UPDATED, messages.signal(name, start, probability, rationale, modality)
            case Ended(name, end):
                return messages.SIGNAL_ENDED, messages.signal_ended(name, end)
            case State(state, start):
                return messages.ENGAGEMENT, messages.engagement(state, start)
            case Period(start, end, values, overall, measured):
                told = messages.quality(self._include, overall, values, (start, end), measured)
                return (messages.QUALITY, told) if self._include else None
            case Trouble(code, message):
                return messages.ERROR, messages.error(code, message, self._received)

    async def _say(self, kind: str, data: dict[str, Any]) -> None:
        await self._wire.send(messages.envelope(kind, data, self._id, datetime.now(UTC)))


def _store(folder: Path, number: int, message: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:05d}.bin").write_bytes(message)


def _main(port: Annotated[int, typer.Option()] = 0, keep: Annotated[Path | None, typer.Option()] = None) -> None:
    serve_as_child(serving(port, keep))


if __name__ == "__main__":
    typer.run(_main)
