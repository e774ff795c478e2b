"""Packet: the bytes sent to an API at once, and the media time that they cover."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Packet"]


class _Counted(Struct, frozen=True, gc=False, kw_only=True):
    """What a packet has besides, so that subclasses may have fields without a default."""

    clipped: float = 0.0


class Packet(_Counted, frozen=True, gc=False):
    """A piece of a recording, ready for the wire.

    Attributes
    ----------
    start, end : float
        Media time covered, in seconds. A packet is due at its `end`, when its last sample would have been recorded.
    data : bytes
        PCM samples, or bytes of a media container.
    clipped : float
        Seconds of the recording's own sound that were found at full scale while the packet was made; see `clipping`.
    """

    start: float
    end: float
    data: bytes

    @property
    def duration(self) -> float:
        """Length in seconds of media time."""
        return self.end - self.start
