"""Find the parts of a session without pictures, or without any media, for `coverage` messages (contract §3.9).

The cause does not matter: a recorder whose clock jumped, pictures that could not be decoded, media that were shed by an
overloaded server. Only times are used, so gaps do not depend on how media were cut into messages.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MIN_GAP_S", "VIDEO_GAP", "CoverageTracker", "Gap", "received_parts"]

VIDEO_GAP = "video_gap"
"""The only reason for partial analysis on the wire (§3.9)."""

MIN_GAP_S = 1.0
"""Seconds without a picture that count as a gap; recorders that drop pictures of dark or still scenes stay below."""

GAP_TOLERANCE_S = 0.1
"""Seconds of a gap that are ignored as rounding: encoders fill their last frame of sound."""

MAX_SOUND_LAG_S = 5.0
"""Seconds by which sound may lag behind pictures in a container; after that, it counts as missing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """No pictures from `start` to `end` seconds of the session; `has_sound` says whether there is sound."""

    start: float
    end: float
    has_sound: bool


def received_parts(start: float, end: float, missing: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """List the parts of a time range that are not missing, in order.

    Examples
    --------
    >>> received_parts(0.0, 8.0, [(3.0, 6.0), (7.5, 9.0)])
    [(0.0, 3.0), (6.0, 7.5)]
    """
    parts, position = [], start
    for first, last in sorted(missing):
        if position < min(first, end):
            parts.append((position, min(first, end)))
        position = max(position, last)
    return [*parts, (position, end)] if position < end else parts


class CoverageTracker:
    """Finds the gaps of one session from the times of its pictures and sound.

    Examples
    --------
    >>> gaps = CoverageTracker()
    >>> gaps.add_picture(0.0, 3.0), gaps.add_sound(0.0, 4.0), gaps.add_picture(6.0, 9.0)
    ([], [], [])
    >>> gaps.add_sound(6.0, 9.0)
    [Gap(start=3.0, end=4.0, has_sound=True), Gap(start=4.0, end=6.0, has_sound=False)]
    """

    def __init__(self) -> None:
        self._pictures_end = 0.0
        self._skipped_until = 0.0
        self._sound_ranges: deque[tuple[float, float]] = deque()
        self._open_gaps: deque[tuple[float, float]] = deque()

    def add_picture(self, start: float, end: float) -> list[Gap]:
        """Add the time of the next picture; returns the gaps that are certain by now, in order."""
        if start - self._pictures_end >= MIN_GAP_S:
            self._open_gaps.append((self._pictures_end, start))
        self._pictures_end = max(self._pictures_end, end)
        return self._pop_certain()

    def add_sound(self, start: float, end: float) -> list[Gap]:
        """Add the time of the next sound; returns as `add_picture` does."""
        if self._sound_ranges and start - self._sound_ranges[-1][1] < GAP_TOLERANCE_S:
            start = self._sound_ranges.pop()[0]
        self._sound_ranges.append((start, end))
        return self._pop_certain()

    def skip_until(self, end: float) -> None:
        """Note that there are media up to this second which are not analysed."""
        self._skipped_until = max(self._skipped_until, end)

    def finish(self) -> list[Gap]:
        """Return the remaining gaps: no more media follow."""
        last = max(self._skipped_until, self._sound_ranges[-1][1] if self._sound_ranges else 0.0)
        if last - self._pictures_end >= MIN_GAP_S:
            self._open_gaps.append((self._pictures_end, last))
        return self._pop_gaps(len(self._open_gaps))

    def _pop_certain(self) -> list[Gap]:
        sound_end = self._sound_ranges[-1][1] if self._sound_ranges else 0.0
        gaps = self._pop_gaps(
            sum(end <= sound_end or self._pictures_end - end > MAX_SOUND_LAG_S for _, end in self._open_gaps)
        )
        needed = self._open_gaps[0][0] if self._open_gaps else self._pictures_end
        while len(self._sound_ranges) > 1 and self._sound_ranges[0][1] <= needed:
            self._sound_ranges.popleft()
        return gaps

    def _pop_gaps(self, count: int) -> list[Gap]:
        return [part for _ in range(count) for part in self._split_by_sound(*self._open_gaps.popleft())]

    def _split_by_sound(self, start: float, end: float) -> Iterator[Gap]:
        """Split a gap in the pictures into parts with sound and without."""
        position = start
        for sound_start, sound_end in [*self._sound_ranges, (end, end)]:
            silent = position, min(sound_start, end), False
            sounding = max(position, sound_start), min(sound_end, end), True
            for first, last, has_sound in (silent, sounding):
                if last - first >= GAP_TOLERANCE_S:
                    yield Gap(round(first, 2), round(last, 2), has_sound)
            position = max(position, min(sound_end, end))
