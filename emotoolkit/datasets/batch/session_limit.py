"""Limits on the number of sessions that may be open at once."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from emotoolkit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["Quota", "Slots", "check_session_limit"]


class Quota(Protocol):
    """Limit on the sessions that may be open at once."""

    def hold(self, sessions: int) -> AbstractContextManager[None]:
        """Wait until so many more may be open, and count them as open until the block ends."""


class Slots:
    """Quota within one process; requests are served in order.

    Parameters
    ----------
    sessions : int
        How many may be open.
    """

    def __init__(self, sessions: int) -> None:
        self._total = self._free = sessions
        self._queue = threading.Lock()
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, sessions: int) -> Iterator[None]:
        """Hold slots until the block ends.

        Raises
        ------
        SettingsError
            There are fewer slots in all.
        """
        check_session_limit(sessions, self._total)
        with self._queue, self._freed:
            self._freed.wait_for(lambda: self._free >= sessions)
            self._free -= sessions
        try:
            yield
        finally:
            with self._freed:
                self._free += sessions
                self._freed.notify()


def check_session_limit(wanted: int, sessions: int) -> None:
    """Raise `SettingsError` if one recording needs more sessions than may ever be open."""
    if wanted > sessions:
        rule = f"this recording needs {wanted} sessions at once, one for each channel"
        raise SettingsError(setting="sessions", value=sessions, rule=rule)
