"""Guard for pauses: warn before a server's idle limit, then end the sessions before the server would."""

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
"""Share of a server's idle limit after which the user is warned."""


class IdleGuard:
    """Watch the pauses of a replay, one at a time, in a task of the replay's task group.

    Parameters
    ----------
    tasks : asyncio.TaskGroup
        Of the replay.
    clock : Clock
        Of the replay.
    elapsed : callable
        Returns the seconds since the replay began.
    leave : callable
        Called when the sessions have to be ended, on the guard's own task.
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
        """Watch the pause of these sessions, which begins now."""
        self.stop()
        if group.next_to_time_out() is not None:
            self._watcher = self._tasks.create_task(self._watch(group))

    def stop(self) -> None:
        """Stop watching: the pause is over, or no session is left in it."""
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def _watch(self, group: SessionGroup) -> None:
        warned_for: float | None = None  # the activity since which the warned pause lasts
        with suppress(asyncio.CancelledError):
            while (stream_session := group.next_to_time_out()) is not None:
                now, limit = self._clock.now(), stream_session.idle_limit or 0.0
                last_activity = stream_session.last_activity
                warn_at, leave_at = last_activity + WARN_FRACTION * limit, last_activity + LEAVE_FRACTION * limit
                if now >= warn_at and warned_for != last_activity:
                    left = round(max(0.0, leave_at - now), 3)
                    stream_session.journal.write(Idle(stream_session.number, self._elapsed(), limit, left))
                    warned_for = last_activity
                if now >= leave_at:
                    self._watcher = None  # `stop`, called on the way, must not cancel this very task
                    self._leave()
                    return
                await self._clock.sleep(max(0.0, (leave_at if warned_for == last_activity else warn_at) - now))
