"""A packet that continues a stream, with a function that cuts the same media into complete files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.media.packet import Packet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Continuation"]


class Continuation(Packet, frozen=True, gc=True):
    """A piece of a stream other than its first.

    Attributes
    ----------
    again : callable
        Cuts the recording again, from a media second on, into packets that are complete files.
    """

    again: Callable[[float], Iterator[Packet]]
