"""How far a server is behind a client that sends in real time, and so when it sheds media (contract page §6.1)."""

from __future__ import annotations

__all__ = ["Backlog"]

IDLE_WAIT_S = 0.01
"""Seconds. A server that waited longer than this for the next message had finished the work before it."""


class Backlog:
    """Seconds of work that have accumulated.

    Parameters
    ----------
    limit_s : float
        Seconds that may accumulate before media are shed; 0 sets no limit, so that the client has to wait.

    Examples
    --------
    >>> backlog = Backlog(2.0)
    >>> backlog.note(waited_s=1.0, worked_s=4.0, media_s=3.0)
    >>> backlog.behind_s, backlog.full
    (1.0, False)
    >>> backlog.note(waited_s=0.0, worked_s=5.0, media_s=3.0)
    >>> backlog.behind_s, backlog.full
    (3.0, True)
    """

    def __init__(self, limit_s: float) -> None:
        self.behind_s = 0.0
        self._limit_s = limit_s

    @property
    def full(self) -> bool:
        """Whether the next message is shed."""
        return 0 < self._limit_s < self.behind_s

    def note(self, waited_s: float, worked_s: float, media_s: float) -> None:
        """Add a message: seconds spent waiting for it and working on it, and seconds of media in it."""
        before = 0.0 if waited_s > IDLE_WAIT_S else self.behind_s
        self.behind_s = max(0.0, before + worked_s - media_s)
