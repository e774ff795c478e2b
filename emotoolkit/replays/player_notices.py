"""Notices of a player: found before it starts and after it has ended, kept in the journals, given as warnings once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from emotoolkit.errors import DiskFull, NotWritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emotoolkit.errors import EmotoolkitError, NoticeWarning
    from emotoolkit.replays.player_input import PlayerInput
    from emotoolkit.replays.player_streams import PlayerStreams
    from emotoolkit.replays.result import Replay

__all__ = ["PlayerNotices"]


class PlayerNotices:
    """The notices about a player's recordings and results.

    Parameters
    ----------
    source : PlayerInput
        The player's input, which is listened to for them.
    """

    def __init__(self, source: PlayerInput) -> None:
        self._input = source
        self._given = False
        """Whether the results' notices have been given as warnings."""
        self._noted: tuple[Replay, ...] | None = None
        """The replays with their notices, once these have been found."""
        self._unkept: EmotoolkitError | None = None
        """Why the notices are not in the journal."""
        self._lock = threading.Lock()  # a cell and a view may both want them

    def find_before(self, streams: PlayerStreams) -> list[NoticeWarning]:
        """Find the notices that the recordings give before anything is sent, without repetitions."""
        for stream in streams:
            stream.notices_before = self._input.notices_before(stream)
        return _different(notice for stream in streams for notice in stream.notices_before)

    def keep(self, streams: PlayerStreams, replays: Callable[[], Sequence[Replay]], until: float) -> tuple[Replay, ...]:
        """Return ended replays with all notices, which are found and kept in the journals by the first call.

        Raises
        ------
        DiskFull, NotWritable
            The notices could not be written to a journal, now or in the first call; they are in `found`.
        """
        with self._lock:
            if self._noted is None:
                pairs = zip(streams, replays(), strict=True)
                self._noted = tuple(self._input.note(stream, replay, until) for stream, replay in pairs)
                self._write(streams)
        if self._unkept is not None:
            raise self._unkept
        return self._noted

    def _write(self, streams: PlayerStreams) -> None:
        try:
            for stream, replay in zip(streams, self._noted or (), strict=True):
                stream.keep_notices(replay)
        except (DiskFull, NotWritable) as problem:
            self._unkept = problem

    @property
    def found(self) -> list[NoticeWarning]:
        """The notices of the ended replays, without repetitions; empty before `keep`."""
        return _different(notice for replay in self._noted or () for notice in replay.notices())

    def take_new(self, streams: PlayerStreams) -> list[NoticeWarning]:
        """Return the notices that have not been given as warnings yet, and count them as given."""
        if self._given:
            return []
        self._given = True
        known = {str(notice) for stream in streams for notice in stream.notices_before}
        return [notice for notice in self.found if str(notice) not in known]


def _different(notices: Iterable[NoticeWarning]) -> list[NoticeWarning]:
    """Return notices without repetitions: two APIs may show the same of one recording."""
    return [*{str(notice): notice for notice in notices}.values()]
