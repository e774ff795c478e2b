"""Deaths of this machine's own processes, the worker and the local servers, while a run sends its recordings.

A process serves many recordings at once, and which of them ended it is not known. So its death costs none of them an
attempt: it is started again, and all that were being sent are sent again. A recording that has met two deaths is sent
while no other such recording is: so a third one tells which of them it was, most likely.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emotoolkit.apis.base import local_server
from emotoolkit.errors import FatalRecording, ReplayInterrupted, WorkerGone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from emotoolkit.errors import ReplayError

__all__ = ["MAX_DEATHS", "DeathCounter"]

MAX_DEATHS = 3
"""Deaths at one recording after which it is to blame."""

POLL_INTERVAL_S = 0.2
"""Seconds between two checks, while waiting for another suspect, whether the run is over."""


class DeathCounter:
    """Counts the deaths that one recording has met.

    Attributes
    ----------
    count : int
        How many.
    """

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def attempt(self, is_over: Callable[[], bool]) -> Iterator[None]:
        """Send the recording within the block: while no other suspect is sent, if it is one.

        Raises
        ------
        ReplayInterrupted
            The run was over before the other suspects were done.
        """
        if self.count < MAX_DEATHS - 1:
            yield
            return
        while not _suspect_lock.acquire(timeout=POLL_INTERVAL_S):
            if is_over():
                raise ReplayInterrupted(sent=0.0)
        try:
            yield
        finally:
            _suspect_lock.release()

    def note(self, problem: ReplayError) -> None:
        """Count a death, if that is what has ended an attempt.

        Raises
        ------
        FatalRecording
            It was the last one.
        """
        death = _describe_death(problem)
        if death is None:
            return
        self.count += 1
        if self.count == MAX_DEATHS:
            raise FatalRecording(deaths=self.count, **death) from problem


_suspect_lock = threading.Lock()
"""Held by the suspect that is being sent."""


def _describe_death(problem: ReplayError) -> dict[str, Any] | None:
    """Tell which process has died, and how; None if none has."""
    if isinstance(problem, WorkerGone):
        return {"process": "The process that replays", **problem.facts}
    server = local_server.find_ended(problem.facts.get("url", ""))
    if server is None:
        return None
    facts = server.end_facts()
    return {"process": f"The local {facts.pop('api')} server", **facts}
