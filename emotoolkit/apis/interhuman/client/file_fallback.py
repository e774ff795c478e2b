"""Complete files instead of continuations, for a server that rejects those (contract page §2.2)."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.client.continuation import Continuation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from emotoolkit.apis.base.events import Fault
    from emotoolkit.media.packet import Packet

__all__ = ["FileFallback"]

MALFORMED_CODE, SECOND_SEGMENT = "ih5004", 2
"""Error code of a server that rejects continuations, and the segment it is about, counted from 1 (§2.2)."""

ACCEPTANCE_MARGIN_S = 0.5
"""Seconds after the end of the first segment from which on results cannot be about that segment alone."""

TIME_EPSILON_S = 1e-6
"""Seconds by which two equal times may differ."""


class FileFallback:
    """Switches to complete files when a server rejects the first continuation of a stream (`framing="auto"`).

    Such a server has accepted the first segment of the stream and rejects every other one (`ih5004`). So everything
    after the first is sent again, in the same session and on the same session clock, as segments that are complete
    files (§2.2). Only a rejection of segment 2 switches: a later one is about that segment, not about the framing.

    States: no continuation sent (`_first` is None); continuations sent (`possible`); rejected (`_refused`). In the last
    state, packets that become due are replaced by the files that end by then, cut lazily in `_files`.
    """

    def __init__(self) -> None:
        self._first: Continuation | None = None
        self._refused = False
        self._files: Iterator[Packet] | None = None
        self._next: Packet | None = None

    @property
    def possible(self) -> bool:
        """Whether continuations were sent, and none was rejected."""
        return self._first is not None and not self._refused

    def proves_acceptance(self, answered: float) -> bool:
        """Whether results up to this media second prove that the server accepted a continuation."""
        return self._first is not None and answered > self._first.start + ACCEPTANCE_MARGIN_S

    def receive(self, fault: Fault) -> None:
        """Note an error that the server reports about a segment."""
        self._refused = self._refused or (fault.code == MALFORMED_CODE and fault.packet == SECOND_SEGMENT)

    async def replacements(self, packet: Packet) -> AsyncIterator[Packet]:
        """Yield the segments to send when this packet is due: the packet, or the files that end by then."""
        if self._first is None and isinstance(packet, Continuation):
            self._first = packet
        if not self._refused or self._first is None:
            yield packet
            return
        async for file in self._files_until(packet.end):
            yield file

    async def remaining_files(self, sent: float) -> AsyncIterator[Packet]:
        """Yield the files that are not sent yet and begin before the media second `sent`, where the replay ended."""
        if self._refused and self._first is not None:
            async for file in self._files_until(math.inf):
                if file.start >= sent - TIME_EPSILON_S:
                    break
                yield file

    async def _files_until(self, end: float) -> AsyncIterator[Packet]:
        if self._files is None and self._first is not None:
            self._files = self._first.again(self._first.start)
            self._next = await self._next_file()
        while self._next is not None and self._next.end <= end + TIME_EPSILON_S:
            yield self._next
            self._next = await self._next_file()

    async def _next_file(self) -> Packet | None:
        return None if self._files is None else await asyncio.to_thread(next, self._files, None)
