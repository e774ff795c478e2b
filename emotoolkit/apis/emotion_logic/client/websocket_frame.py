"""A client's WebSocket frame as bytes (RFC 6455, 5.2), fast enough for a thousand a second.

Libraries take five times as long, and ask the system for each mask, which lets other threads take over.
"""

from __future__ import annotations

from random import getrandbits

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # in C, where `utils` has it in Python

__all__ = ["BINARY", "TEXT", "masked_frame"]

TEXT, BINARY = b"\x81", b"\x82"
"""First byte of a frame that is a whole message, of text or of bytes."""

MAX_7_BIT_LENGTH, MAX_16_BIT_LENGTH = 125, 0xFFFF
"""Largest lengths that fit into the second byte itself, and into the two bytes behind it."""


def masked_frame(kind: bytes, data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Make the parts of a frame: first byte, length, a random mask, and the masked data.

    Examples
    --------
    >>> kind, size, mask, data = masked_frame(TEXT, b"sound")
    >>> size.hex(), bytes(a ^ b for a, b in zip(data, mask + mask))
    ('85', b'sound')
    """
    mask = getrandbits(32).to_bytes(4, "big")
    return kind, _length_field(len(data)), mask, apply_mask(data, mask)


def _length_field(size: int) -> bytes:
    """Encode the length of the data, with the mask bit."""
    if size <= MAX_7_BIT_LENGTH:
        return bytes((0x80 | size,))
    if size <= MAX_16_BIT_LENGTH:
        return b"\xfe" + size.to_bytes(2, "big")
    return b"\xff" + size.to_bytes(8, "big")
