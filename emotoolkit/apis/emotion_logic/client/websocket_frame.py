"""A WebSocket's frame in bytes, as a client sends it (RFC 6455, 5.2): for what is sent a thousand times a second.

Libraries make one in five times the time, and ask the system for each mask, during which another thread may take over.
"""

from __future__ import annotations

from random import getrandbits

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # in C, where `utils` has it in Python

__all__ = ["BINARY", "TEXT", "masked_frame"]

TEXT, BINARY = b"\x81", b"\x82"
"""First byte of a frame that is a whole message."""

MAX_7_BIT_LENGTH, MAX_16_BIT_LENGTH = 125, 0xFFFF
"""Largest sizes that the second byte itself can say, and two more behind it."""


def masked_frame(kind: bytes, data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Give the parts of a frame: kind, size, a random mask, and the data behind it.

    Examples
    --------
    >>> kind, size, mask, data = masked_frame(TEXT, b"sound")
    >>> size.hex(), bytes(a ^ b for a, b in zip(data, mask + mask))
    ('85', b'sound')
    """
    mask = getrandbits(32).to_bytes(4, "big")
    return kind, _length_field(len(data)), mask, apply_mask(data, mask)


def _length_field(size: int) -> bytes:
    """Say how long the data is, and that they are masked."""
    if size <= MAX_7_BIT_LENGTH:
        return bytes((0x80 | size,))
    if size <= MAX_16_BIT_LENGTH:
        return b"\xfe" + size.to_bytes(2, "big")
    return b"\xff" + size.to_bytes(8, "big")
