"""Posture: leaning towards the camera and away from it, and holding still. Found in the observations of `face.py`.

In a lean the face is larger or smaller than usual: than its median over the last seconds without a lean. The lean
begins where the size was last as usual. A head is still while it stays within a small box.

Known limits: a lean is reported when it is over, or after 12 s; from then on its size is the usual one. A head turned
sideways seems to lean back a little. Movements of the camera count as movements of the head.
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
"""A lean begins where the face is this many times wider or narrower than usual, and ends below the second value. Boxes
vary by 2 %."""

MAX_USUAL_RATIO = 1.03
"""Times the usual width, either way, that still count as usual: a lean begins after the last such observation."""

BASELINE_S, MIN_BASELINE_S = 12.0, 2.0
"""Seconds over which the usual size is the median, at most and at least."""

MAX_STILL_WIDTHS = 0.05
"""Widths of the face (0.15 m) within which a head is still: about 8 mm."""

MIN_STILL_S = 5.0
"""Seconds of stillness from which on it is reported."""

DETECTION_PERIOD_S = OBSERVATIONS_PER_DETECTION / RATE_HZ
"""Seconds from one size to the next. A change between them is placed in the middle."""

SIZE_LAG_S = DETECTION_PERIOD_S * (1 - DETECTION_WEIGHT) / DETECTION_WEIGHT
"""Seconds by which a size, the running mean of detections, lags behind."""


@dataclass(frozen=True, slots=True)
class Lean:
    """Leaning in or back.

    Attributes
    ----------
    start, end : float
        Seconds of media in which the face was larger or smaller than usual.
    times : float
        Mean width relative to the usual one: above 1 towards the camera, below 1 away from it.
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
        Extent of its movement, in widths of the face, 0 to 0.05.
    known : float
        Seconds of media from which on this is certain.
    """

    start: float
    end: float
    width: float
    known: float


class LeanDetector:
    """Compare the size of the face with its usual size, once per detection."""

    def __init__(self) -> None:
        self._observations = 0
        self._baseline: deque[tuple[float, float]] = deque(maxlen=round(BASELINE_S / DETECTION_PERIOD_S))
        self._leaning: list[tuple[FaceObservation, float]] = []

    def feed(self, observation: FaceObservation) -> Iterator[Lean]:
        """Add an observation; yield the lean that has just ended, if any."""
        self._observations += 1
        if observation.size is None or (self._observations - 1) % OBSERVATIONS_PER_DETECTION:
            return
        if len(self._baseline) < MIN_BASELINE_S / DETECTION_PERIOD_S:
            self._baseline.append((observation.time, observation.size))
            return
        usual = median(size for _, size in self._baseline)
        times = observation.size / usual
        if self._leaning and (_size_ratio(times) < LEAN_END_RATIO or (times > 1) != (self._leaning[0][1] > 1)):
            yield from self._close(observation.time, usual)
            self._baseline.append((observation.time, observation.size))
        elif self._leaning and observation.time - self._leaning[0][0].time > BASELINE_S:
            sizes = [(each.time, times * usual) for each, times in self._leaning]
            yield from self._close(observation.time, usual)
            self._baseline.clear()
            self._baseline.extend(sizes)
        elif self._leaning or _size_ratio(times) >= LEAN_START_RATIO:
            self._leaning.append((observation, times))
        else:
            self._baseline.append((observation.time, observation.size))

    def end(self, time: float) -> Iterator[Lean]:
        """Yield the lean under way, if any, and reset."""
        if self._leaning:
            yield from self._close(time, median(size for _, size in self._baseline))
        self._baseline.clear()
        self._observations = 0

    def _close(self, known: float, usual: float) -> Iterator[Lean]:
        leaning, self._leaning = self._leaning, []
        start = leaning[0][0].time
        for time, size in reversed(self._baseline):
            if _size_ratio(size / usual) <= MAX_USUAL_RATIO:
                break
            start = time
        yield Lean(
            round(max(0.0, start - DETECTION_PERIOD_S / 2 - SIZE_LAG_S), 2),
            round(leaning[-1][0].time + DETECTION_PERIOD_S / 2 - SIZE_LAG_S, 2),
            fmean(times for _, times in leaning),
            fmean(each.attention is Attention.FRONTAL for each, _ in leaning),
            known,
        )


def _size_ratio(times: float) -> float:
    """Return the ratio of two sizes as a value of at least 1."""
    return max(times, 1 / times)


class StillnessDetector:
    """Find spans in which the head stays in one place."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._last = 0.0
        self._box = (0.0, 0.0, 0.0, 0.0)
        self._width = 0.0

    def feed(self, observation: FaceObservation) -> Iterator[Stillness]:
        """Add an observation; yield the stillness that has just ended, if any."""
        right, down = observation.right, observation.down
        if right is None or down is None or observation.width is None:
            return
        box = min(self._box[0], right), min(self._box[1], down), max(self._box[2], right), max(self._box[3], down)
        width = max(box[2] - box[0], box[3] - box[1]) / observation.width
        if self._start is None or width > MAX_STILL_WIDTHS:
            yield from self.end(observation.time)
            self._start, box, width = observation.time, (right, down, right, down), 0.0
        self._last, self._box, self._width = observation.time, box, width

    def end(self, time: float) -> Iterator[Stillness]:
        """Yield the stillness under way, if it is long enough, and reset."""
        start, self._start = self._start, None
        if start is not None and self._last - start >= MIN_STILL_S:
            yield Stillness(round(start, 2), round(self._last, 2), self._width, time)
