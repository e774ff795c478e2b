"""Stretches of a session for which pictures, or any media, are missing: what `coverage` messages tell (contract §3.9).

It makes no difference why: a recorder whose clock leapt, pictures that could not be decoded, a server that sheds what
it cannot keep up with. Looked at are times alone, so what is told does not depend on how media were cut into messages.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MIN_GAP_S", "VIDEO_GAP", "CoverageTracker", "Gap", "received_parts"]

VIDEO_GAP = "video_gap"
"""The wire's one reason for analysing in part (§3.9)."""

MIN_GAP_S = 1.0
"""Seconds without a picture that are a gap. Recorders that drop pictures in the dark or in a still scene stay below."""

GAP_TOLERANCE_S = 0.1
"""Seconds of a gap that are rounding: encoders fill their last frame of sound."""

MAX_SOUND_LAG_S = 5.0
"""Seconds by which sound may lie behind the pictures in a container; later, it does not come any more."""


@dataclass(frozen=True, slots=True)
class Gap:
    """No pictures from `start` to `end` seconds of the session; `has_sound` says that there is sound."""

    start: float
    end: float
    has_sound: bool


def received_parts(start: float, end: float, missing: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give the parts of a stretch that are not missing, in order.

    Examples
    --------
    >>> received_parts(0.0, 8.0, [(3.0, 6.0), (7.5, 9.0)])
    [(0.0, 3.0), (6.0, 7.5)]
    """
    parts, at = [], start
    for first, last in sorted(missing):
        if at < min(first, end):
            parts.append((at, min(first, end)))
        at = max(at, last)
    return [*parts, (at, end)] if at < end else parts


class CoverageTracker:
    """Watches one session's pictures and sound go by.

    Examples
    --------
    >>> gaps = CoverageTracker()
    >>> gaps.add_picture(0.0, 3.0), gaps.add_sound(0.0, 4.0), gaps.add_picture(6.0, 9.0)
    ([], [], [])
    >>> gaps.add_sound(6.0, 9.0)
    [Gap(start=3.0, end=4.0, partly=True), Gap(start=4.0, end=6.0, partly=False)]
    """

    def __init__(self) -> None:
        self._pictures_end = 0.0
        self._skipped_until = 0.0
        self._sound_ranges: deque[tuple[float, float]] = deque()
        self._open_gaps: deque[tuple[float, float]] = deque()

    def add_picture(self, start: float, end: float) -> list[Gap]:
        """Take the time of the next picture; returns the gaps that are certain by now, in order."""
        if start - self._pictures_end >= MIN_GAP_S:
            self._open_gaps.append((self._pictures_end, start))
        self._pictures_end = max(self._pictures_end, end)
        return self._pop_certain()

    def add_sound(self, start: float, end: float) -> list[Gap]:
        """Take the time of the next sound; returns what `add_picture` returns."""
        if self._sound_ranges and start - self._sound_ranges[-1][1] < GAP_TOLERANCE_S:
            start = self._sound_ranges.pop()[0]
        self._sound_ranges.append((start, end))
        return self._pop_certain()

    def skip_until(self, end: float) -> None:
        """Take up to where there are media that nobody looks at."""
        self._skipped_until = max(self._skipped_until, end)

    def finish(self) -> list[Gap]:
        """Say that nothing more comes; returns what `add_picture` returns."""
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
        """Part a gap in the pictures into stretches with sound and without."""
        at = start
        for begin, until in [*self._sound_ranges, (end, end)]:
            for first, last, has_sound in ((at, min(begin, end), False), (max(at, begin), min(until, end), True)):
                if last - first >= GAP_TOLERANCE_S:
                    yield Gap(round(first, 2), round(last, 2), has_sound)
            at = max(at, min(until, end))
