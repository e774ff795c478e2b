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

__all__ = ["LEAST", "VIDEO", "Gap", "Gaps", "between"]

VIDEO = "video_gap"
"""The wire's one reason for analysing in part (§3.9)."""

LEAST = 1.0
"""Seconds without a picture that are a gap. Recorders that drop pictures in the dark or in a still scene stay below."""

SLIVER = 0.1
"""Seconds of a gap that are rounding: encoders fill their last frame of sound."""

LAG = 5.0
"""Seconds by which sound may lie behind the pictures in a container; later, it does not come any more."""


@dataclass(frozen=True, slots=True)
class Gap:
    """No pictures from `start` to `end` seconds of the session; `partly` says that there is sound."""

    start: float
    end: float
    partly: bool


def between(start: float, end: float, missing: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give the parts of a stretch that are not missing, in order.

    Examples
    --------
    >>> between(0.0, 8.0, [(3.0, 6.0), (7.5, 9.0)])
    [(0.0, 3.0), (6.0, 7.5)]
    """
    parts, at = [], start
    for first, last in sorted(missing):
        if at < min(first, end):
            parts.append((at, min(first, end)))
        at = max(at, last)
    return [*parts, (at, end)] if at < end else parts


class Gaps:
    """Watches one session's pictures and sound go by.

    Examples
    --------
    >>> gaps = Gaps()
    >>> gaps.show(0.0, 3.0), gaps.hear(0.0, 4.0), gaps.show(6.0, 9.0)
    ([], [], [])
    >>> gaps.hear(6.0, 9.0)
    [Gap(start=3.0, end=4.0, partly=True), Gap(start=4.0, end=6.0, partly=False)]
    """

    def __init__(self) -> None:
        self._shown = 0.0
        self._reached = 0.0
        self._heard: deque[tuple[float, float]] = deque()
        self._open: deque[tuple[float, float]] = deque()

    def show(self, start: float, end: float) -> list[Gap]:
        """Take the time of the next picture; returns the gaps that are certain by now, in order."""
        if start - self._shown >= LEAST:
            self._open.append((self._shown, start))
        self._shown = max(self._shown, end)
        return self._certain()

    def hear(self, start: float, end: float) -> list[Gap]:
        """Take the time of the next sound; returns what `show` returns."""
        if self._heard and start - self._heard[-1][1] < SLIVER:
            start = self._heard.pop()[0]
        self._heard.append((start, end))
        return self._certain()

    def miss(self, end: float) -> None:
        """Take up to where there are media that nobody looks at."""
        self._reached = max(self._reached, end)

    def finish(self) -> list[Gap]:
        """Say that nothing more comes; returns what `show` returns."""
        last = max(self._reached, self._heard[-1][1] if self._heard else 0.0)
        if last - self._shown >= LEAST:
            self._open.append((self._shown, last))
        return self._closed(len(self._open))

    def _certain(self) -> list[Gap]:
        heard = self._heard[-1][1] if self._heard else 0.0
        gaps = self._closed(sum(end <= heard or self._shown - end > LAG for _, end in self._open))
        needed = self._open[0][0] if self._open else self._shown
        while len(self._heard) > 1 and self._heard[0][1] <= needed:
            self._heard.popleft()
        return gaps

    def _closed(self, count: int) -> list[Gap]:
        return [part for _ in range(count) for part in self._parts(*self._open.popleft())]

    def _parts(self, start: float, end: float) -> Iterator[Gap]:
        """Part a gap in the pictures into stretches with sound and without."""
        at = start
        for begin, until in [*self._heard, (end, end)]:
            for first, last, partly in ((at, min(begin, end), False), (max(at, begin), min(until, end), True)):
                if last - first >= SLIVER:
                    yield Gap(round(first, 2), round(last, 2), partly)
            at = max(at, min(until, end))
