"""A pause that is too long for a server: its limit is named before it strikes, and its session left before it does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from emotoolkit.apis.base.journal import Idle
from emotoolkit.replays.session_group import LEFT

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.replays.clock import Clock
    from emotoolkit.replays.session_group import Take

__all__ = ["IdleGuard"]

NAMED = 0.8
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
        self, group: asyncio.TaskGroup, clock: Clock, at: Callable[[], float], leave: Callable[[], None]
    ) -> None:
        self._group = group
        self._clock = clock
        self._at = at
        self._leave = leave
        self._task: asyncio.Task[None] | None = None

    def watch(self, take: Take) -> None:
        """See to it that the pause of these sessions, from now on, does not outlast what their servers allow."""
        self.stop()
        if take.nearest_to_idleness() is not None:
            self._task = self._group.create_task(self._watch(take))

    def stop(self) -> None:
        """Watch no more: the pause is over, or there is nobody left in it."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self, take: Take) -> None:
        named: float | None = None
        with suppress(asyncio.CancelledError):
            while (line := take.nearest_to_idleness()) is not None:
                now, limit = self._clock.now(), line.idle_limit or 0.0
                name, leave = line.stirred + NAMED * limit, line.stirred + LEFT * limit
                if now >= name and named != line.stirred:
                    line.journal.write(Idle(line.number, self._at(), limit, round(max(0.0, leave - now), 3)))
                    named = line.stirred
                if now >= leave:
                    self._task = None  # what ends the sessions need not end this task
                    self._leave()
                    return
                await self._clock.sleep(max(0.0, (leave if named == line.stirred else name) - now))
