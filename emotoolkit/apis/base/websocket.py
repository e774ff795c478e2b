"""The client's session over a WebSocket, for any API whose messages are text.

The connection goes to the given address and follows no redirect. A task of the session (`_listen`) receives: each
message goes to `on_message`, which writes the journal, and then to the decoder; the task records its kind and any
fault, and sets `_activity`, which `wait_for_message` waits for. When the connection ends, the task sets `_ended`, and
whatever is called then raises the server's last fault, or `ServerGone` with the close code.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode

from emotoolkit.apis.base import timeouts
from emotoolkit.apis.base.events import Fault
from emotoolkit.apis.base.settings import MAX_MESSAGE_MB
from emotoolkit.apis.base.waits import waiting
from emotoolkit.errors import (
    MessageTooLarge,
    ServerEndless,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
)
from emotoolkit.utils.addresses import is_loopback
from emotoolkit.utils.folders import BYTES_PER_MB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from websockets.asyncio.client import ClientConnection

    from emotoolkit.apis.base.protocols import Decoder
    from emotoolkit.errors import ReplayError
    from emotoolkit.media.packet import Packet

__all__ = ["WebSocketSession", "open_connection"]


class _SessionSettings(Protocol):
    """Settings that a session needs."""

    @property
    def title(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def timeout(self) -> float: ...

    def decoder(self) -> Decoder: ...


class _NoRedirectConnection(connect):
    """Connects without following redirects: consent and key are for the given address only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_connection(
    url: str,
    *,
    api: str,
    timeout: float,  # noqa: ASYNC109 - a setting of the API's
    headers: Mapping[str, str] | None = None,
    display_url: str | None = None,
    max_message_mb: float = MAX_MESSAGE_MB,
    make_error: Callable[[InvalidStatus], ServerRefused] | None = None,
) -> ClientConnection:
    """Open a connection, which the caller closes.

    Parameters
    ----------
    url : str
        Address, with the scheme `ws` or `wss`.
    api : str
        Name of the API in sentences.
    timeout : float
        Seconds that the server gets to answer.
    headers : mapping, optional
        Of the request, such as a key.
    display_url : str, optional
        The address in error messages, where it is not `url`.
    max_message_mb : float
        MB of a message of the server, at most.
    make_error : callable, optional
        Makes the error from an HTTP answer that is no WebSocket; None makes a `ServerRefused` from its status.

    Raises
    ------
    ServerUnreachable, ServerRefused, ServerSilent
    """
    display = url if display_url is None else display_url
    try:
        with waiting("the connection", timeout):
            return await _NoRedirectConnection(
                url,
                additional_headers=headers,
                compression=None,
                max_size=int(max_message_mb * BYTES_PER_MB),
                open_timeout=timeout,
                ping_timeout=None,  # a pong would queue behind the media that the server has not read yet
                proxy=None if is_loopback(urlsplit(url).hostname) else True,
            )
    except InvalidStatus as problem:
        if make_error is not None:
            raise make_error(problem) from None
        raise ServerRefused(api=api, url=display, reason=str(problem), code=problem.response.status_code) from None
    except TimeoutError:
        raise ServerSilent(api=api, url=display, step="connect", timeout=timeout) from None
    except (OSError, InvalidHandshake) as problem:
        raise ServerUnreachable(api=api, url=display, reason=str(problem) or type(problem).__name__) from problem


class WebSocketSession:
    """One session over one connection. A subclass adds the API's own messages: how it begins, and `finish`.

    Parameters
    ----------
    settings : dataclass
        Of the API: has `title`, `address`, `timeout` and `decoder()`.
    on_message : callable
        Takes each message of the server, before anything else is done with it.
    websocket : websockets.asyncio.client.ClientConnection
        See `open_connection`.
    """

    idle_limit: float | None = None
    """Seconds without media after which the server ends the session; None if it does not."""

    time_limit: float | None = None
    """Seconds since it was opened after which the server ends the session; None if it does not."""

    def __init__(
        self, settings: _SessionSettings, on_message: Callable[[str], None], websocket: ClientConnection
    ) -> None:
        self._settings = settings
        self._on_message = on_message
        self._wire = websocket
        self._decoder = settings.decoder()
        self._kinds: set[str] = set()
        self._fault: Fault | None = None
        self._activity = asyncio.Event()
        self._ended = False
        self._sent = 0.0
        self._listener = asyncio.create_task(self._listen())

    async def send(self, packet: Packet) -> None:
        """Send one packet; return when the socket has room for the next.

        Raises
        ------
        ServerGone, ServerFault
            The session has ended.
        """
        await self.send_message(packet.data)
        self._sent = packet.end
        await asyncio.sleep(0)  # sending to a socket with room does not suspend, and the listener needs its turn

    async def send_message(self, data: str | bytes) -> None:
        """Send a message.

        Raises
        ------
        ServerGone, ServerFault, ServerRefused
            The session has ended.
        """
        if self._ended:
            raise self._end_error()
        try:
            await self._wire.send(data)
        except ConnectionClosed as problem:
            await self._listener  # it may still receive the reason
            raise self._end_error() from problem

    async def wait_for_message(self, kind: str) -> None:
        """Wait for a message of this kind, unless one came already. Other messages restart the timeout for silence.

        Raises
        ------
        ServerSilent
            Nothing came for `timeout` seconds.
        ServerEndless
            Other messages came, but not this one, for as long as a step may take (`timeouts.step_timeout`).
        ServerGone, ServerFault, ServerRefused
            The session has ended.
        """
        now, timeout = asyncio.get_running_loop().time, self._settings.timeout
        step_timeout = timeouts.step_timeout(self._sent, timeout)
        last = now() + step_timeout
        while kind not in self._kinds:
            if self._ended:
                raise self._end_error()
            if now() >= last:
                raise ServerEndless(**self._server_facts, step=kind, timeout=step_timeout)
            self._activity.clear()
            try:
                with waiting(repr(kind), timeout):
                    async with asyncio.timeout(timeout):
                        await self._activity.wait()
            except TimeoutError:
                raise ServerSilent(**self._server_facts, step=kind, timeout=timeout) from None

    async def close(self) -> None:
        """Disconnect."""
        await self._wire.close()
        await self._listener

    async def _listen(self) -> None:
        try:
            with suppress(ConnectionClosed):
                async for message in self._wire:
                    self._receive(message if isinstance(message, str) else message.decode(errors="replace"))
        finally:
            self._ended = True
            self._activity.set()

    def _receive(self, raw: str) -> None:
        self._on_message(raw)
        event = self._decoder.decode(raw)
        self._kinds.add(event.kind)
        self._fault = event if isinstance(event, Fault) else self._fault
        self._activity.set()

    def _end_error(self) -> ReplayError:
        fault, code = self._fault, self._wire.close_code
        if self._is_message_too_large:
            return self._too_large_error()
        if fault is None:
            return ServerGone(**self._server_facts, sent=self._sent, reason=f"close code {code}", code=code)
        kind = ServerFault if self._sent else ServerRefused
        said = {"reason": fault.message, "code": fault.code, "step": fault.kind, "sent": self._sent}
        return kind(**self._server_facts | said | fault.facts)

    @property
    def _is_message_too_large(self) -> bool:
        """Whether we closed the connection at a message that was too large, not the server at one of ours."""
        state = self._wire.protocol
        is_ours = state.close_sent is not None and state.close_sent.code == CloseCode.MESSAGE_TOO_BIG
        return is_ours and not (state.close_rcvd is not None and state.close_rcvd_then_sent)

    def _too_large_error(self) -> MessageTooLarge:
        limit = (self._wire.protocol.max_message_size or 0) / BYTES_PER_MB
        return MessageTooLarge(**self._server_facts, limit=limit, sent=self._sent)

    @property
    def _server_facts(self) -> dict[str, Any]:
        return {"api": self._settings.title, "url": self._settings.address}
