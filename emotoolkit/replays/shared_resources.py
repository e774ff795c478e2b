"""What all replays of a worker share: the sink of their journals, limits, and a thread that reads for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from emotoolkit.replays.journal_writer import Sink
    from emotoolkit.utils.batched_calls import BatchedExecutor

__all__ = ["PacedReplay", "SharedResources"]


class PacedReplay(Protocol):
    """A replay that knows when it sends next."""

    next_packet_at: float | None
    """Wall time at which the next packet is due; None while paused or at infinite speed."""


@dataclass(frozen=True, slots=True)
class SharedResources:
    """What all replays of a process share.

    Attributes
    ----------
    sink : Sink
        Where the journals' lines go besides to disk.
    all_replays : callable
        Returns all replays of this process.
    connect_limit : asyncio.Semaphore
        Limits how many sessions may be connecting at once.
    batched_executor : BatchedExecutor
        Reads recordings for all of them.
    """

    sink: Sink
    all_replays: Callable[[], Iterable[PacedReplay]]
    connect_limit: asyncio.Semaphore
    batched_executor: BatchedExecutor

    def packet_times_of_others(self, own: PacedReplay) -> list[float]:
        """Return the wall time of the next packet of each other replay that has a pace."""
        others = (replay for replay in self.all_replays() if replay is not own)
        return [replay.next_packet_at for replay in others if replay.next_packet_at is not None]
