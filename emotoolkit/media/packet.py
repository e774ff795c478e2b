"""Packet: the bytes sent to an API at once, and the media time that they cover."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Packet"]


class Packet(Struct, frozen=True, gc=False):
    """A piece of a recording, ready for the wire.

    Attributes
    ----------
    start, end : float
        Media time covered, in seconds. A packet is due at its `end`, when its last sample would have been recorded.
    data : bytes
        PCM samples, or bytes of a media container.
    """

    start: float
    end: float
    data: bytes

    @property
    def duration(self) -> float:
        """Length in seconds of media time."""
        return self.end - self.start
