"""Progress of a player while somebody waits for its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from emotoolkit.utils.progress import Progress

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from emotoolkit.utils.progress import MediaSeconds
    from emotoolkit.utils.progress_display import ProgressDisplay

__all__ = ["PlayerProgress"]

UPDATE_INTERVAL_S = 0.1
"""Seconds between two updates of the progress bar: ten a second look smooth."""


class PlayerProgress:
    """Waits for the end of a replay and shows meanwhile how much is answered.

    Parameters
    ----------
    total : float
        Seconds of media in all; infinite if that is not known.
    display : ProgressDisplay or None
        Where progress is shown; None shows nothing.
    text : callable
        Returns the text beside the bar.
    waiting : callable
        Returns what it has been waiting for; "" for nothing.
    """

    def __init__(
        self,
        total: float,
        display: ProgressDisplay | None,
        text: Callable[[Progress], str],
        waiting: Callable[[], str] = str,
    ) -> None:
        self._progress = Progress(total)
        self._display = display
        self._text = text
        self._waiting = waiting

    def follow(
        self,
        done: threading.Event,
        timeout_s: float,
        count: Callable[[], MediaSeconds],
        is_complete: Callable[[], bool],
    ) -> bool:
        """Wait until `done` is set, for `timeout_s` at most, and show what `count` returns. Returns whether it is set.

        At the end all of the media count as answered if `is_complete()`; what has failed stays where it was.
        """
        deadline = time.monotonic() + timeout_s
        if self._display is not None:
            self._progress.skip(count().answered)  # before this call, so it says nothing about the pace
        while not done.wait(UPDATE_INTERVAL_S):
            if time.monotonic() > deadline:
                return False
            if self._display is not None:
                self._progress.update(*count())
                self.show()
        if is_complete():
            self._progress.finish()
        self.show()
        return True

    def show(self, remark: str = "") -> None:
        """Show the progress, and a remark after its text."""
        if self._display is not None:
            text = "; ".join(filter(None, [self._text(self._progress), self._waiting()]))
            self._display.show(self._progress, f"{text}{remark}")
