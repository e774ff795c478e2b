"""Prefetching: packets are read and cut ahead in a thread, so that neither disk nor encoder holds up the clock."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from functools import partial
from typing import TYPE_CHECKING

from emotoolkit.errors import EmotoolkitError, ReadingFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Self

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording
    from emotoolkit.media.sound_tally import SoundTally
    from emotoolkit.utils.batched_calls import BatchedExecutor

__all__ = ["Prefetcher", "cut_packets"]

BATCH_WALL_S = 4.0
"""Wall seconds of media that are read as a batch; at most two batches are held."""

GOLDEN_RATIO = (5**0.5 - 1) / 2
"""Spreads the length of each session's first batch: with equal lengths a thousand sessions would all read at once."""

MAX_BATCH_S = 30.0
"""Longest batch in media seconds, at any speed: more would only cost memory."""

QUICK_READ_S = 0.01
"""Longest time in seconds for reading a batch with which the next one may wait its turn in the shared executor."""

MIN_RESERVE_S = 2.0
"""Wall seconds of packets that must be in hand while a batch waits in the shared executor."""

_session_numbers = itertools.count(1)


class Prefetcher:
    """Asynchronous iterator of packets, read one batch ahead; a context manager that stops reading.

    A thread reads, the event loop consumes. There is one read at a time, and the loop looks at its result only when its
    future is done, so the two need no lock.

    Parameters
    ----------
    packets : iterator of Packet
        Consumed in a thread.
    file : str
        The recording's name, for the error.
    speed : callable
        Returns the media seconds that are sent per wall second.
    executor : BatchedExecutor
        Shared by all sessions; reads what is read quickly and needed only in seconds.
    """

    def __init__(
        self, packets: Iterator[Packet], file: str, speed: Callable[[], float], executor: BatchedExecutor
    ) -> None:
        self._packets = packets
        self._file = file
        self._speed = speed
        self._executor = executor
        self._read_duration = math.inf
        self._batch_duration = 0.0
        self._end = 0.0
        self._reading = self._start_reading(next(_session_numbers) * GOLDEN_RATIO % 1)

    async def first(self) -> Packet | None:
        """Wait for the first batch, so that reading costs nothing once the clock runs. Raises what reading raised."""
        batch = await asyncio.shield(self._reading)
        return batch[0] if batch else None

    async def __aiter__(self) -> AsyncIterator[Packet]:
        while batch := await self._reading:
            self._reading = self._start_reading()
            for packet in batch:
                yield packet
                self._end = packet.end

    def _start_reading(self, fraction: float = 1.0) -> asyncio.Future[list[Packet]]:
        speed = self._speed()
        seconds = fraction * min(MAX_BATCH_S, BATCH_WALL_S * speed)
        work = partial(self._read_batch, seconds)
        in_hand = self._batch_duration / speed if speed else 0.0
        if in_hand >= MIN_RESERVE_S and self._read_duration < QUICK_READ_S:
            return self._executor.submit(work)
        return asyncio.get_running_loop().run_in_executor(None, work)

    def _read_batch(self, seconds: float) -> list[Packet]:
        """Read packets for so many seconds of media, at least one."""
        batch: list[Packet] = []
        began = time.monotonic()
        try:
            for packet in self._packets:
                batch.append(packet)
                if packet.end + packet.duration - batch[0].start > seconds:
                    break
        except EmotoolkitError:
            raise
        except Exception as problem:
            raise ReadingFailed(file=self._file, sent=self._end, reason=str(problem) or repr(problem)) from problem
        self._read_duration = time.monotonic() - began
        self._batch_duration = batch[-1].end - batch[0].start if batch else 0.0
        return batch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reading.cancel()


def cut_packets(api: Api, recording: Recording, start: float, tally: SoundTally) -> Iterator[Packet]:
    """Cut a recording into packets, and count its samples.

    Blocks until a live recording has begun, so it runs in a thread.
    """
    yield from api.packets(recording.begun().counted_by(tally), start)
