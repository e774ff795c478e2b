"""Packets of a recording, read and cut ahead of need in a thread, so that no disk and no encoder holds up the clock."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from emotoolkit.errors import EmotoolkitError, ReadingFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Self

    from emotoolkit.packet import Packet

__all__ = ["Ahead"]

SECONDS = 4.0
"""Of the wall: as much media as is sent in this time is read at once, and twice as much is held at most."""

GOLDEN = (5**0.5 - 1) / 2
"""The first batch of each session is another part of the whole: in step, a thousand would all read at once."""

MOST = 30.0
"""Seconds of media that are read at once however fast they are sent: more would only cost memory."""


_turns = itertools.count(1)


class Ahead:
    """Packets in batches, one batch ahead; a context manager that gives up reading.

    Parameters
    ----------
    packets : iterator of Packet
        Is run in a thread.
    file : str
        The recording's name, for the error.
    speed : callable
        Tells how fast they are being sent.
    """

    def __init__(self, packets: Iterator[Packet], file: str, speed: Callable[[], float]) -> None:
        self._packets = packets
        self._file = file
        self._speed = speed
        self._end = 0.0
        self._reading = self._read(next(_turns) * GOLDEN % 1)

    async def first(self) -> Packet | None:
        """Wait for the first batch, so that reading costs nothing once the clock runs. Raises what reading raised."""
        batch = await asyncio.shield(self._reading)
        return batch[0] if batch else None

    async def __aiter__(self) -> AsyncIterator[Packet]:
        while batch := await self._reading:
            self._reading = self._read()
            for packet in batch:
                yield packet
                self._end = packet.end

    def _read(self, part: float = 1.0) -> asyncio.Future[list[Packet]]:
        seconds = part * min(MOST, SECONDS * self._speed())
        return asyncio.get_running_loop().run_in_executor(None, self._batch, seconds)

    def _batch(self, seconds: float) -> list[Packet]:
        """Take packets for so many seconds of media, at least one."""
        taken: list[Packet] = []
        try:
            for packet in self._packets:
                taken.append(packet)
                if packet.end + packet.duration - taken[0].start > seconds:
                    break
        except EmotoolkitError:
            raise
        except Exception as problem:
            raise ReadingFailed(file=self._file, sent=self._end, reason=str(problem) or repr(problem)) from problem
        return taken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reading.cancel()
