"""socket.io, where the library would lose something or wait for ever.

Three things are added to python-socketio: what cannot be read arrives as text all the same, sound goes straight to the
socket, in one piece and with a look at how full it is, and a connection whose peer reads no more can be given up.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any, ClassVar

import socketio
from socketio import packet

from emotoolkit.apis.emotion_logic.client.websocket_frame import BINARY, TEXT, masked_frame

__all__ = ["UNREADABLE_EVENT", "SocketIOAudioPacket", "SocketIOClient", "SocketIOPacket"]

UNREADABLE_EVENT = "?"
"""Name under which a frame is heard that is no event: cut, binary, for another namespace, or with a name that is the
library's own."""

_OUTGOING = object()
"""Says that a frame is made, not read."""

RESERVED_EVENTS = {"connect", "connect_error", "disconnect"}
"""Names that the library gives to its own notices, so a server's event of that name would be taken for one."""


class SocketIOClient(socketio.AsyncClient):  # type: ignore[misc]
    """A socket.io connection without reconnection: a new connection is a new session (contract page §1.1)."""

    def __init__(self) -> None:
        super().__init__(
            reconnection=False,
            handle_sigint=False,
            websocket_extra_options={"max_msg_size": 0},
            serializer=SocketIOPacket,
        )
        self._socket: asyncio.WriteTransport | None = None

    @property
    def is_version_2(self) -> bool:
        """Whether the server is a socket.io 2, once connected.

        Its first `40` comes unasked and without an id of its own; from version 3 on there is one (contract page §1.2).
        """
        return bool(self.get_sid("/") == self.eio.sid)

    @property
    def redirect(self) -> tuple[int, str] | None:
        """The status by which the server sent us on, and where to; None if it did not. Nothing has been said by then.

        aiohttp follows, and cannot be told not to when it opens a WebSocket.
        """
        response = getattr(self.eio.ws, "_response", None)
        history = response.history if response is not None else ()
        return (history[0].status, history[0].headers.get("Location", "")) if history else None

    @property
    def buffered_bytes(self) -> int:
        """Bytes of sound that the socket has not taken yet."""
        transport = self._transport()
        return 0 if transport is None else int(transport.get_write_buffer_size())

    def send_audio(self, event: str, data: bytes) -> None:
        """Send an event with one buffer, as `emit` does, but past the library's queue, which has no bound.

        Both frames go to the socket at once: the system takes twice as long over two. Who emits before must wait until
        that is answered: only then is it certain to be written. Raises `ConnectionError` when the connection has ended.
        """
        transport = self._transport()
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection is closing")
        transport.write(b"".join((*masked_frame(TEXT, _binary_event_header(event)), *masked_frame(BINARY, data))))

    async def wait_for_received(self, seconds: float) -> None:
        """Wait until all that came before the connection ended has been heard; so long at most."""
        await asyncio.wait([asyncio.ensure_future(self.eio.wait())], timeout=seconds)

    def abort(self) -> None:
        """Cut the connection without the peer's consent: what waits to be written is thrown away."""
        # A transport that is merely closed waits until its peer has read everything, which may be never.
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
    """Say that a buffer will follow: what an event with one buffer is in the frame before it."""
    # engine.io: 4 is a message; socket.io: 5 is an event with buffers, of which there is 1 (contract page §2.3).
    return f'451-["{event}",{{"_placeholder":true,"num":0}}]'.encode()


class SocketIOPacket(packet.Packet):  # type: ignore[misc]
    """A frame, read so that nothing which arrives is lost: what is no event becomes one, of the name `UNREADABLE_EVENT`.

    A server says nothing binary (contract page §3); what it hears is at most one buffer at a time (§2.3).
    """

    max_attachments: ClassVar[int] = 0
    """Binary frames that may follow an event."""

    def __init__(self, *args: Any, encoded_packet: Any = _OUTGOING, **kwargs: Any) -> None:
        read = isinstance(encoded_packet, str | bytes) and bool(encoded_packet)
        super().__init__(*args, encoded_packet=encoded_packet if read else None, **kwargs)
        if not read and encoded_packet is not _OUTGOING:
            # Nothing, or what engine.io has taken for JSON: a frame of socket.io begins with a number.
            self._replace_with_text(encoded_packet)

    def decode(self, encoded_packet: str | bytes) -> int:
        """Read a frame; returns how many binary frames belong to it."""
        try:
            count = int(super().decode(encoded_packet))
            fine = isinstance(encoded_packet, str) and self._is_supported(count)
        except (ValueError, TypeError, IndexError, RecursionError):
            fine = False
        if fine:
            return count if self.packet_type == packet.BINARY_EVENT else 0
        self._replace_with_text(encoded_packet)
        return 0

    def add_attachment(self, attachment: Any) -> bool:
        """Take the binary frame that belongs to this one; returns whether it was the last."""
        try:
            return bool(super().add_attachment(attachment))
        except (LookupError, TypeError, RecursionError):
            self._replace_with_text(attachment)
            return True

    def _is_supported(self, count: int) -> bool:
        """Whether the library will know what to do with it."""
        if self.packet_type in (packet.CONNECT, packet.CONNECT_ERROR):
            return self.data is None or isinstance(self.data, dict | str)
        if self.packet_type == packet.DISCONNECT:
            return self.namespace in (None, "/")
        sound = self.packet_type == packet.BINARY_EVENT and count == self.max_attachments == 1
        event = (sound or self.packet_type == packet.EVENT) and isinstance(self.data, list) and bool(self.data)
        named = event and isinstance(self.data[0], str) and self.data[0] not in RESERVED_EVENTS
        return named and self.namespace in (None, "/")

    def _replace_with_text(self, frame: Any) -> None:
        words = frame if isinstance(frame, str) else repr(frame) if isinstance(frame, bytes) else json.dumps(frame)
        self.packet_type, self.namespace, self.id, self.data = packet.EVENT, None, None, [UNREADABLE_EVENT, words]


class SocketIOAudioPacket(SocketIOPacket):
    """A frame as a server reads it: one buffer of sound may follow."""

    max_attachments = 1
