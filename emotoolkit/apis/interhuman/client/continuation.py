"""A packet that continues a stream, and knows how the same media are made into files instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.media.packet import Packet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Continuation"]


class Continuation(Packet, frozen=True, gc=True):
    """A piece of a stream that does not begin it.

    Attributes
    ----------
    again : callable
        Cuts the recording once more, from a media second on, into packets that are files of their own.
    """

    again: Callable[[float], Iterator[Packet]]
