"""A socket.io client that loses nothing and never waits for ever.

Three things are added to python-socketio: frames that it cannot read arrive as text; sound is written straight to the
socket, in one piece, and its buffer can be looked at; and a connection whose peer has stopped reading can be aborted.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any, ClassVar

import aiohttp
import socketio
from socketio import packet

from emotoolkit.apis.emotion_logic.client.websocket_frame import BINARY, TEXT, masked_frame

__all__ = ["UNREADABLE_EVENT", "SocketIOAudioPacket", "SocketIOClient", "SocketIOPacket"]

UNREADABLE_EVENT = "?"
"""Event name of a frame that is no event: cut, binary, of another namespace, or with a name that is reserved."""

_OUTGOING = object()
"""Default that marks a frame as written here, not received."""

RESERVED_EVENTS = {"connect", "connect_error", "disconnect"}
"""Names of the library's own notices: a server's event of such a name would be taken for one."""


class _BoundedWebSocket(aiohttp.ClientWebSocketResponse):
    """A WebSocket that remembers whether it ended at a message that was too large."""

    is_message_too_large = False

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - the library's signature
        message = await super().receive(timeout)
        code = getattr(message.data, "code", None) if message.type is aiohttp.WSMsgType.ERROR else None
        self.is_message_too_large = self.is_message_too_large or code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        return message


class SocketIOClient(socketio.AsyncClient):  # type: ignore[misc]
    """A socket.io connection without reconnection: a new connection is a new session (contract page §1.1).

    Parameters
    ----------
    max_message_bytes : int
        Bytes of a message of the server, at most: a larger one ends the connection.

    Attributes
    ----------
    redirect : (int, str) or None
        Status and target of the server's redirect; None if there was none. It is not followed.
    """

    def __init__(self, max_message_bytes: int) -> None:
        super().__init__(
            reconnection=False,
            handle_sigint=False,
            websocket_extra_options={"max_msg_size": max_message_bytes},
            serializer=SocketIOPacket,
        )
        self._socket: asyncio.WriteTransport | None = None
        self.redirect: tuple[int, str] | None = None

    async def connect(self, url: str, **options: Any) -> None:
        """Connect, as the library does, but follow no redirect: aiohttp has no option against it for a WebSocket."""
        traces = aiohttp.TraceConfig()
        traces.on_request_redirect.append(self._refuse_redirect)
        self.eio.http = aiohttp.ClientSession(trace_configs=[traces], ws_response_class=_BoundedWebSocket)
        await super().connect(url, **options)

    async def _refuse_redirect(self, _session: Any, _context: Any, request: Any) -> None:
        self.redirect = request.response.status, request.response.headers.get("Location", "")
        raise aiohttp.ClientConnectionError("it is a redirect")

    @property
    def is_version_2(self) -> bool:
        """Whether the server is a socket.io 2, once connected.

        Its first `40` comes unasked and without an id of its own; from version 3 on there is one (contract page §1.2).
        """
        return bool(self.get_sid("/") == self.eio.sid)

    @property
    def is_message_too_large(self) -> bool:
        """Whether the connection ended at a message that was too large."""
        return isinstance(self.eio.ws, _BoundedWebSocket) and self.eio.ws.is_message_too_large

    @property
    def buffered_bytes(self) -> int:
        """Bytes that the socket has not taken yet."""
        transport = self._transport()
        return 0 if transport is None else int(transport.get_write_buffer_size())

    def send_audio(self, event: str, data: bytes) -> None:
        """Send an event with one buffer, as `emit` does, but past the library's queue, which has no bound.

        Both frames are written at once: two writes take the system twice as long. An event that was emitted before must
        have been answered first, else it may still be queued. Raises `ConnectionError` when the connection has ended.
        """
        transport = self._transport()
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection is closing")
        transport.write(b"".join((*masked_frame(TEXT, _binary_event_header(event)), *masked_frame(BINARY, data))))

    async def wait_for_received(self, seconds: float) -> None:
        """Wait until all messages from before the end of the connection have been handled; `seconds` at most."""
        await asyncio.wait([asyncio.ensure_future(self.eio.wait())], timeout=seconds)

    def abort(self) -> None:
        """Abort the connection; unwritten data is dropped."""
        # A transport that is merely closed waits until its peer has read everything, which may never happen.
        transport = self._transport()
        if transport is not None:
            transport.abort()

    def _transport(self) -> asyncio.WriteTransport | None:
        if self._socket is None:
            response = getattr(self.eio.ws, "_response", None)
            connection = None if response is None else response.connection
            self._socket = None if connection is None else connection.transport
        return self._socket


@cache
def _binary_event_header(event: str) -> bytes:
    """Encode the frame before a buffer: an event with one attachment."""
    # engine.io: 4 is a message; socket.io: 5 is an event with attachments, of which there is 1 (contract page §2.3).
    return f'451-["{event}",{{"_placeholder":true,"num":0}}]'.encode()


class SocketIOPacket(packet.Packet):  # type: ignore[misc]
    """A frame that is never lost: one that is no event is read as an event of the name `UNREADABLE_EVENT`.

    A server sends nothing binary (contract page §3), and gets one buffer at a time (§2.3).
    """

    max_attachments: ClassVar[int] = 0
    """Binary frames that may follow an event."""

    def __init__(self, *args: Any, encoded_packet: Any = _OUTGOING, **kwargs: Any) -> None:
        read = isinstance(encoded_packet, str | bytes) and bool(encoded_packet)
        super().__init__(*args, encoded_packet=encoded_packet if read else None, **kwargs)
        if not read and encoded_packet is not _OUTGOING:
            # Empty, or taken for JSON by engine.io: a frame of socket.io begins with a number.
            self._replace_with_text(encoded_packet)

    def decode(self, encoded_packet: str | bytes) -> int:
        """Read a frame; return how many binary frames belong to it."""
        try:
            count = int(super().decode(encoded_packet))
            supported = isinstance(encoded_packet, str) and self._is_supported(count)
        except (ValueError, TypeError, IndexError, RecursionError):
            supported = False
        if supported:
            return count if self.packet_type == packet.BINARY_EVENT else 0
        self._replace_with_text(encoded_packet)
        return 0

    def add_attachment(self, attachment: Any) -> bool:
        """Add a binary frame that belongs to this one; return whether it was the last."""
        try:
            return bool(super().add_attachment(attachment))
        except (LookupError, TypeError, RecursionError):
            self._replace_with_text(attachment)
            return True

    def _is_supported(self, count: int) -> bool:
        """Whether the library can handle the frame without losing it."""
        if self.packet_type in (packet.CONNECT, packet.CONNECT_ERROR):
            return self.data is None or isinstance(self.data, dict | str)
        if self.packet_type == packet.DISCONNECT:
            return self.namespace in (None, "/")
        sound = self.packet_type == packet.BINARY_EVENT and count == self.max_attachments == 1
        event = (sound or self.packet_type == packet.EVENT) and isinstance(self.data, list) and bool(self.data)
        named = event and isinstance(self.data[0], str) and self.data[0] not in RESERVED_EVENTS
        return named and self.namespace in (None, "/")

    def _replace_with_text(self, frame: Any) -> None:
        text = frame if isinstance(frame, str) else repr(frame) if isinstance(frame, bytes) else json.dumps(frame)
        self.packet_type, self.namespace, self.id, self.data = packet.EVENT, None, None, [UNREADABLE_EVENT, text]


class SocketIOAudioPacket(SocketIOPacket):
    """A frame as a server reads it: with one buffer of sound at most."""

    max_attachments = 1
