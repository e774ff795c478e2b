"""How far a server has fallen behind whoever sends in real time: what is shed, not queued (contract page §6.1)."""

from __future__ import annotations

__all__ = ["Backlog"]

IDLE_WAIT_S = 0.01
"""Seconds. Who had to wait longer than this for the next message had nothing left to do."""


class Backlog:
    """The seconds of work that have piled up.

    Parameters
    ----------
    allowed : float
        Seconds that may pile up before media are shed; 0 sets no limit: whoever sends then waits.

    Examples
    --------
    >>> backlog = Backlog(2.0)
    >>> backlog.note(waited=1.0, worked=4.0, brought=3.0)
    >>> backlog.behind, backlog.full
    (1.0, False)
    >>> backlog.note(waited=0.0, worked=5.0, brought=3.0)
    >>> backlog.behind, backlog.full
    (3.0, True)
    """

    def __init__(self, allowed: float) -> None:
        self.behind = 0.0
        self._allowed = allowed

    @property
    def full(self) -> bool:
        """Whether the next message is shed."""
        return 0 < self._allowed < self.behind

    def note(self, waited: float, worked: float, media_seconds: float) -> None:
        """Take up a message: seconds waited for it and worked on it, and the seconds of media that it brought."""
        before = 0.0 if waited > IDLE_WAIT_S else self.behind
        self.behind = max(0.0, before + worked - media_seconds)
