"""Posture: leaning towards the camera and away from it, and holding still. Found in the looks of `face.py`.

A lean is a face that is larger or smaller than it used to be: than its median of the last seconds in which nobody
leaned. It begins where the size last was as usual. Still is a head that stays where it is.

Known limits: a lean is told when it is over, or after 12 s; from then on that is what is usual. Who turns the head
sideways seems to lean back a little. The movements of a camera are those of every head in it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from emotoolkit.measure.face import DETECTION_WEIGHT, OBSERVATIONS_PER_DETECTION, RATE_HZ, Attention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.measure.face import FaceObservation

__all__ = ["Lean", "LeanDetector", "Stillness", "StillnessDetector"]

LEAN_START_RATIO, LEAN_END_RATIO = 1.12, 1.06
"""A lean: the face is this many times as wide as it used to be, or as narrow; and it is over below the second. Boxes
vary by 2 %."""

MAX_USUAL_RATIO = 1.03
"""Times the usual width, either way, that are as usual: a lean begins after the last such look."""

BASELINE_S, MIN_BASELINE_S = 12.0, 2.0
"""Seconds over which it "used to be": the median of so much, and of so much at least."""

MAX_STILL_WIDTHS = 0.05
"""Widths of the face (0.15 m) within which a head is still: about 8 mm."""

MIN_STILL_S = 5.0
"""Seconds in which it must be, to be told."""

DETECTION_PERIOD_S = OBSERVATIONS_PER_DETECTION / RATE_HZ
"""Seconds from one size to the next. What happens between them is taken to happen in the middle."""

SIZE_LAG_S = DETECTION_PERIOD_S * (1 - DETECTION_WEIGHT) / DETECTION_WEIGHT
"""Seconds by which a size, the running mean of detections, is late."""


@dataclass(frozen=True, slots=True)
class Lean:
    """Leaning in or back.

    Attributes
    ----------
    start, end : float
        Seconds of media in which the face was larger or smaller than usual.
    times : float
        How many times its usual width it had on average: above 1 towards the camera, below 1 away from it.
    looking : float
        Share of that time in which the face was frontal, 0 to 1.
    known : float
        Seconds of media from which on this is certain.
    """

    start: float
    end: float
    times: float
    looking: float
    known: float


@dataclass(frozen=True, slots=True)
class Stillness:
    """A head that holds still.

    Attributes
    ----------
    start, end : float
        Seconds of media, at least 5 s apart.
    width : float
        How far it moved in all, in widths of the face, 0 to 0.05.
    known : float
        Seconds of media from which on this is certain.
    """

    start: float
    end: float
    width: float
    known: float


class LeanDetector:
    """The size of the face against what it used to be, once per detection."""

    def __init__(self) -> None:
        self._observations = 0
        self._baseline: deque[tuple[float, float]] = deque(maxlen=round(BASELINE_S / DETECTION_PERIOD_S))
        self._leaning: list[tuple[FaceObservation, float]] = []

    def feed(self, look: FaceObservation) -> Iterator[Lean]:
        """Take a look; give the lean that has just ended, if any."""
        self._observations += 1
        if look.size is None or (self._observations - 1) % OBSERVATIONS_PER_DETECTION:
            return
        if len(self._baseline) < MIN_BASELINE_S / DETECTION_PERIOD_S:
            self._baseline.append((look.time, look.size))
            return
        usual = median(size for _, size in self._baseline)
        times = look.size / usual
        if self._leaning and (_size_ratio(times) < LEAN_END_RATIO or (times > 1) != (self._leaning[0][1] > 1)):
            yield from self._close(look.time, usual)
            self._baseline.append((look.time, look.size))
        elif self._leaning and look.time - self._leaning[0][0].time > BASELINE_S:
            sizes = [(held.time, times * usual) for held, times in self._leaning]
            yield from self._close(look.time, usual)
            self._baseline.clear()
            self._baseline.extend(sizes)
        elif self._leaning or _size_ratio(times) >= LEAN_START_RATIO:
            self._leaning.append((look, times))
        else:
            self._baseline.append((look.time, look.size))

    def end(self, time: float) -> Iterator[Lean]:
        """Close what is under way, and forget."""
        if self._leaning:
            yield from self._close(time, median(size for _, size in self._baseline))
        self._baseline.clear()
        self._observations = 0

    def _close(self, known: float, usual: float) -> Iterator[Lean]:
        held, self._leaning = self._leaning, []
        start = held[0][0].time
        for time, size in reversed(self._baseline):
            if _size_ratio(size / usual) <= MAX_USUAL_RATIO:
                break
            start = time
        yield Lean(
            round(max(0.0, start - DETECTION_PERIOD_S / 2 - SIZE_LAG_S), 2),
            round(held[-1][0].time + DETECTION_PERIOD_S / 2 - SIZE_LAG_S, 2),
            fmean(times for _, times in held),
            fmean(look.attention is Attention.FRONTAL for look, _ in held),
            known,
        )


def _size_ratio(times: float) -> float:
    """How many times larger or smaller."""
    return max(times, 1 / times)


class StillnessDetector:
    """Whether the head keeps its place."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._last = 0.0
        self._box = (0.0, 0.0, 0.0, 0.0)
        self._width = 0.0

    def feed(self, look: FaceObservation) -> Iterator[Stillness]:
        """Take a look; give the stillness that has just ended, if any."""
        if look.right is None or look.down is None or look.width is None:
            return
        left, top, right, bottom = self._box
        box = min(left, look.right), min(top, look.down), max(right, look.right), max(bottom, look.down)
        width = max(box[2] - box[0], box[3] - box[1]) / look.width
        if self._start is None or width > MAX_STILL_WIDTHS:
            yield from self.end(look.time)
            self._start, box, width = look.time, (look.right, look.down, look.right, look.down), 0.0
        self._last, self._box, self._width = look.time, box, width

    def end(self, time: float) -> Iterator[Stillness]:
        """Close what is under way, and forget."""
        start, self._start = self._start, None
        if start is not None and self._last - start >= MIN_STILL_S:
            yield Stillness(round(start, 2), round(self._last, 2), self._width, time)
