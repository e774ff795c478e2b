"""Progress through media: seconds that are done, which only grow, and the time that is left. Pure.

The one place that computes it, for a replay, a run and the view of a run. Sending alone is no progress: at infinite
speed everything is sent within seconds, and the answers take minutes. So a second of media counts half when it is sent
and half when it is answered. How much time is left is estimated from the answers alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["MediaSeconds", "Progress", "format_duration"]

SENT_SHARE = 0.5
"""Share of a second of media that is done when it has been sent; the rest when it is answered. Not 0, since silence is
sent for minutes and never answered."""

MAX_UNFINISHED_SHARE = 0.99
"""Share of the whole that is done at most before the end: what comes last, such as a report, is no media."""


class MediaSeconds(NamedTuple):
    """Seconds of media that have been sent, and that have been answered."""

    sent: float
    answered: float


class Progress:
    """Progress through some seconds of media.

    It never decreases: after a retry or a seek backwards it stands until the former value is reached again. It is below
    the total until `finish` is called, whatever a server's messages say.

    Parameters
    ----------
    total : float
        Seconds of media in all; infinite if that is not known.

    Attributes
    ----------
    done : float
        Seconds that are done: half of those sent and half of those answered.
    sent, answered : float
        Seconds that are sent and answered.
    finished : bool
        Whether `finish` was called.
    """

    def __init__(self, total: float) -> None:
        self.total = total
        self.done = self.sent = self.answered = 0.0
        self.finished = False
        self._skipped = 0.0

    def update(self, sent: float, answered: float) -> None:
        """Set how much has been sent and answered by now; smaller values than before change nothing."""
        if self.finished:
            return
        sent = _within(sent, self.total)
        answered = _within(answered, sent)  # a server's wrong time is no progress
        weighted = SENT_SHARE * sent + (1 - SENT_SHARE) * answered
        self.sent = max(self.sent, sent)
        self.answered = max(self.answered, answered)
        self.done = max(self.done, min(weighted, MAX_UNFINISHED_SHARE * self.total))

    def skip(self, seconds: float) -> None:
        """Note that some of the answered seconds had been answered before: they say nothing about the pace."""
        self._skipped += seconds

    def finish(self) -> None:
        """Set everything to the total: all answers that will come have come."""
        self.finished = True
        if math.isfinite(self.total):
            self.done = self.sent = self.answered = self.total

    @property
    def percent(self) -> int | None:
        """Percentage that is done, rounded down; 100 only at the end; None if the total is not known."""
        if self.finished:
            return 100
        if not math.isfinite(self.total):
            return None
        return int(100 * self.done / self.total) if self.total > 0 else 0

    def remaining(self, elapsed: float) -> float:
        """Estimate the seconds until the end from what was answered in `elapsed` seconds; NaN if that is nothing."""
        if self.finished:
            return 0.0
        new = self.answered - self._skipped
        if new <= 0 or elapsed <= 0 or not math.isfinite(self.total):
            return math.nan
        left = self.total - min(self.answered, MAX_UNFINISHED_SHARE * self.total)
        return left * elapsed / new


def _within(seconds: float, most: float) -> float:
    """Return `seconds`, at least 0 and at most `most`; NaN counts as 0."""
    return min(max(0.0, seconds), most) if seconds == seconds else 0.0  # noqa: PLR0124 - NaN


def format_duration(seconds: float) -> str:
    """Format a duration as mm:ss, from an hour on as h:mm:ss; "?" if it is not known.

    Examples
    --------
    >>> format_duration(75.4), format_duration(3600), format_duration(float("nan"))
    ('01:15', '1:00:00', '?')
    """
    if not math.isfinite(seconds):
        return "?"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
