"""The streams of a player taken together: how far they are, and whether they have ended.

The pipe's thread changes the streams while the notebook's threads read them; see `stream_state`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emotoolkit.apis.base import schedule
from emotoolkit.replays.stream_state import StreamState
from emotoolkit.replays.wait_reports import wait_text
from emotoolkit.utils.progress import MediaSeconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay

__all__ = ["PlayerStreams"]


class PlayerStreams(tuple[StreamState, ...]):
    """The streams of a player, one per recording and API, in the order of its Replays. At least one."""

    __slots__ = ()

    @classmethod
    def located(
        cls, pairs: Iterable[tuple[Recording, Api]], folder: Path, on_change: Callable[[], None]
    ) -> PlayerStreams:
        """Make a stream of each recording and API, whose addresses are filled in; see `StreamState`."""
        return cls(
            StreamState(each, tuple(session.located() for session in api.sessions(each)), folder, on_change)
            for each, api in pairs
        )

    @property
    def opening(self) -> bool:
        """Whether sessions are being opened, at the start or after a seek. All streams have one clock."""
        return self[0].reference is None

    @property
    def paused(self) -> bool:
        """Whether media time is stopped; not while sessions are being opened."""
        reference = self[0].reference
        return reference is not None and not reference.playing

    def position(self, now: float) -> float | None:
        """Return the media time at wall time `now`, in seconds; None while opening and at infinite speed."""
        reference = self[0].reference  # taken once: the pipe's thread may replace it
        if reference is None or reference.speed is None:
            return None
        return schedule.position(reference, now - self[0].epoch)

    @property
    def sent(self) -> float:
        """Media second up to which every stream has been sent that has not ended; of ended ones, the furthest."""
        furthest = max(stream.sent for stream in self)
        return min((stream.sent for stream in self if not stream.ended), default=furthest)

    @property
    def lateness(self) -> float:
        """Lateness of the last packet in seconds, of the stream where it is highest; NaN before the first packet."""
        return max(stream.lateness for stream in self)

    @property
    def achieved_speed(self) -> float:
        """Media seconds sent per second, of the slowest stream; NaN before the first packet."""
        return min(stream.achieved_speed for stream in self)

    def waiting(self, now: float) -> str:
        """Say what a session has been waiting for, of several the one that began first; "" if none takes long."""
        waits = [(stream.epoch, each) for stream in self if not stream.ended for each in stream.waits.values()]
        if not waits:
            return ""
        epoch, longest = min(waits, key=lambda wait: wait[0] + wait[1].at)
        return wait_text(longest, now - epoch - longest.at)

    @property
    def ended(self) -> bool:
        """Whether all streams have ended that had anything to send."""
        opened = [stream for stream in self if stream.opened or stream.worker_gone]
        return bool(opened) and all(stream.ended for stream in opened)

    @property
    def complete(self) -> bool:
        """Whether all streams have ended and were answered whole."""
        return self.ended and all(stream.complete for stream in self)

    def length(self, at: float, until: float, turns: int) -> float:
        """Return the seconds of media that are to be replayed, of the longest stream; infinite if it is live."""
        return turns * max(stream.length(at, until) for stream in self)

    def media_seconds(self, at: float, until: float, turns: int) -> MediaSeconds:
        """Count the seconds of media sent and answered, of the stream that is least far on its way.

        Of a stream that is shorter than the longest, the same share of `length` counts. One that has failed counts only
        if no other goes on.
        """
        longest = self.length(at, until, 1)
        to_send = [stream for stream in self if stream.length(at, until) > 0]
        counted = [stream for stream in to_send if not stream.ended or stream.complete] or to_send
        scaled = [
            _scaled(stream.media_seconds(at, until, turns), stream.length(at, until), longest) for stream in counted
        ]
        return MediaSeconds(
            min((each.sent for each in scaled), default=0.0), min((each.answered for each in scaled), default=0.0)
        )

    def replays(self, speed: float) -> tuple[Replay, ...]:
        """Return what has arrived until now, one Replay per stream; `speed` is that of the replay."""
        from emotoolkit.replays.result import Replay  # imports pandas, which the start need not wait for

        return tuple(Replay(stream.records_until_now(speed), stream.journal) for stream in self)


def _scaled(seconds: MediaSeconds, length: float, longest: float) -> MediaSeconds:
    factor = longest / length if math.isfinite(longest) else 1.0
    return MediaSeconds(seconds.sent * factor, seconds.answered * factor)
