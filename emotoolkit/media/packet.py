"""One packet: what is sent to an API at once, and the stretch of media time that it covers."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Packet"]


class Packet(Struct, frozen=True, gc=False):
    """A piece of a recording, ready for the wire.

    Attributes
    ----------
    start, end : float
        Media time covered, in seconds from the start of the recording. A packet is due at its `end`: earlier, its
        last sample would not have been recorded yet.
    data : bytes
        The bytes that are sent: PCM samples, or a piece of a media container.
    """

    start: float
    end: float
    data: bytes

    @property
    def duration(self) -> float:
        """Length in seconds of media time."""
        return self.end - self.start
