"""A pause that is too long for a server: its limit is named before it strikes, and its session left before it does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from emotoolkit.apis.base.journal import Idle
from emotoolkit.replays.session_group import LEAVE_FRACTION

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.clock import Clock
    from emotoolkit.replays.session_group import SessionGroup

__all__ = ["IdleGuard"]

WARN_FRACTION = 0.8
"""Share of a server's idle limit after which a pause is said to be too long for it."""


class IdleGuard:
    """Watches over the pauses of a replay: over one at a time, in a task of the replay's group.

    Parameters
    ----------
    group : asyncio.TaskGroup
        Of the replay.
    clock : Clock
        Of the replay.
    at : callable
        Gives the seconds since the replay began.
    leave : callable
        Called when the sessions have to be left, on the guard's own task.
    """

    def __init__(
        self, tasks: asyncio.TaskGroup, clock: Clock, elapsed: Callable[[], float], leave: Callable[[], None]
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._elapsed = elapsed
        self._leave = leave
        self._watcher: asyncio.Task[None] | None = None

    def watch(self, group: SessionGroup) -> None:
        """See to it that the pause of these sessions, from now on, does not outlast what their servers allow."""
        self.stop()
        if group.next_to_time_out() is not None:
            self._watcher = self._tasks.create_task(self._watch(group))

    def stop(self) -> None:
        """Watch no more: the pause is over, or there is nobody left in it."""
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def _watch(self, group: SessionGroup) -> None:
        warned_at: float | None = None
        with suppress(asyncio.CancelledError):
            while (stream_session := group.next_to_time_out()) is not None:
                now, limit = self._clock.now(), stream_session.idle_limit or 0.0
                name, leave = (
                    stream_session.last_activity + WARN_FRACTION * limit,
                    stream_session.last_activity + LEAVE_FRACTION * limit,
                )
                if now >= name and warned_at != stream_session.last_activity:
                    stream_session.journal.write(
                        Idle(stream_session.number, self._elapsed(), limit, round(max(0.0, leave - now), 3))
                    )
                    warned_at = stream_session.last_activity
                if now >= leave:
                    self._watcher = None  # what ends the sessions need not end this task
                    self._leave()
                    return
                await self._clock.sleep(max(0.0, (leave if warned_at == stream_session.last_activity else name) - now))
