"""Head gestures, found in the observations of `face.py`: nods and shakes. Streaming; depends on media time alone.

A nod is the head going up and down at least twice, a shake left and right, at 0.67 to 4 Hz: listeners say yes and no by
movements that are symmetrical and cyclic (Hadar, Steiner & Rose 1985). Travel is divided at its turning points; a run
of swings of similar length and size is one gesture. Sizes are relative to the width of the face, so that neither
resolution nor distance matters.

Known limits: people who sway or gesticulate all the time have to nod twice as widely as that to be detected; chance
movement of up to 4 Hz (3 px of a face of 124 px) is then taken for a nod or shake up to once a minute. Fading nods are
found while they are wider than 2 mm: from ±5 px on all were, of ±2 and ±3 px one in three was lost. Camera shake counts
as movement of the head.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.face import RATE_HZ
from emotoolkit.measure.posture import Lean, LeanDetector, Stillness, StillnessDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emotoolkit.measure.face import FaceObservation

__all__ = ["HeadGesture", "HeadMovement", "HeadMovementDetector"]

MIN_SWING_WIDTHS = 0.014
"""Smallest swing between turning points, in widths of the face (0.15 m): about 2 mm. A still head in a compressed
picture seems to move by a tenth of that."""

MIN_SWING_S, MAX_SWING_S = 0.12, 0.75
"""Seconds of one swing, half a period: 0.67 to 4.2 Hz."""

REST_S = 0.4
"""Seconds without a new extreme after which no turning point is expected: a quarter of the slowest period."""

MIN_SWINGS = 3
"""Swings between turning points that make a gesture: two whole cycles, with half a swing before and after."""

MAX_SWING_RATIO = 2.5
"""How many times larger or longer a swing may be than the one before it."""

MIN_END_SWING_SHARE = 0.7
"""Smallest first and last swing, as a share of the median swing. Smaller ones lead into the gesture or out of it."""

MIN_AXIS_RATIO = 2.0
"""How many times more a head moves along a nod or shake than across it, without drift. Chance movement has no axis:
with 1.5 instead, it is taken for a gesture twice as often."""

MIN_BASELINE_RATIO = 2.0
"""How many times more a head moves in a nod or shake than in the seconds before: standard deviations about a straight
line, over equal lengths. Constant swaying or gesticulating contains chance nods, which do not stand out."""

BASELINE_S, MIN_BASELINE_S = 12.0, 0.8
"""Seconds before a gesture with which it is compared, without other gestures, at most and at least. A head that has
just come into the picture has to hold still for the second first."""

MAX_MOVEMENT_S = 6.0
"""Seconds after which a gesture that goes on is reported, and another one begun."""


@dataclass(frozen=True, slots=True)
class HeadGesture:
    """A run of nods or shakes.

    Attributes
    ----------
    kind : {'nod', 'shake'}
        Up and down, or left and right.
    start, end : float
        Seconds of media: a quarter of a period before the first turning point and after the last.
    count : int
        Cycles, at least 2: down and up again is one nod.
    hertz : float
        Cycles per second, 0.67 to 4.2.
    pixels : float
        From the middle to either side, in pixels of the picture as sent: half the median swing.
    width : float
        The same in widths of the face.
    known : float
        Seconds of media from which on this is certain.
    """

    kind: str
    start: float
    end: float
    count: int
    hertz: float
    pixels: float
    width: float
    known: float


HeadMovement = HeadGesture | Lean | Stillness


class HeadMovementDetector:
    """Find head movements in observations of the face.

    Examples
    --------
    >>> from emotoolkit.measure.face import Attention, FaceObservation
    >>> nods = [math.sin(2 * math.pi * 2 * n / 25) * (25 <= n < 75) for n in range(125)]
    >>> observations = [
    ...     FaceObservation(n / 25, Attention.FRONTAL, 0.5, 0.5, 0.2, 100, right=0, down=5 * nod, track=1)
    ...     for n, nod in enumerate(nods)
    ... ]
    >>> (found,) = (each for each in HeadMovementDetector().feed(observations) if isinstance(each, HeadGesture))
    >>> found.kind, found.count, round(found.hertz, 1), round(found.pixels), round(found.start, 1), round(found.end, 1)
    ('nod', 4, 2.0, 5, 1.0, 3.0)
    """

    def __init__(self) -> None:
        self._axes = (_Axis("nod"), _Axis("shake"))
        self._postures = (LeanDetector(), StillnessDetector())
        self._track = 0
        self._time = 0.0
        self._before: tuple[float, float] | None = None
        self._right = self._down = 0.0

    def feed(self, observations: list[FaceObservation]) -> list[HeadMovement]:
        """Add the next observations; return the movements that are now certain."""
        return [movement for observation in observations for movement in self._feed_one(observation)]

    def finish(self) -> list[HeadMovement]:
        """Return the movements under way, after the last observation."""
        return list(self._end(self._time))

    def _feed_one(self, observation: FaceObservation) -> Iterator[HeadMovement]:
        if observation.track != self._track:  # another face or scene: no movement continues
            yield from self._end(observation.time)
            self._track, self._before = observation.track, None
        self._time = observation.time
        if observation.right is None or observation.down is None or observation.width is None:
            return
        right, down = self._travel_in_widths(observation.right, observation.down, observation.width)
        for axis, along, across in zip(self._axes, (down, right), (right, down), strict=True):
            yield from axis.feed(observation.time, along, across, observation.width)
        for posture in self._postures:
            yield from posture.feed(observation)

    def _travel_in_widths(self, right: float, down: float, width: float) -> tuple[float, float]:
        """Convert travel to widths of the face, step by step: a change of the measured width is no movement."""
        before = self._before or (right, down)
        self._right += (right - before[0]) / width
        self._down += (down - before[1]) / width
        self._before = right, down
        return self._right, self._down

    def _end(self, time: float) -> Iterator[HeadMovement]:
        for part in (*self._axes, *self._postures):
            yield from part.end(time)


@dataclass(frozen=True, slots=True)
class _TurningPoint:
    """A point at which travel changes its direction."""

    time: float
    travel: float


class _Axis:
    """Find gestures along one axis. Travel is in widths of the face.

    `_turning_points` has those of the run of similar swings under way. A swing that does not fit, a rest, or
    `MAX_MOVEMENT_S` closes the run, which is a gesture if it is long enough, along this axis, and more than usual.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._travel: deque[tuple[float, float, float]] = deque()
        self._reported: deque[tuple[float, float]] = deque()
        self._baseline_sd = math.inf
        self._turning_points: list[_TurningPoint] = []
        self._extreme: _TurningPoint | None = None
        self._direction = 0
        self._width = 1.0

    def feed(self, time: float, along: float, across: float, width: float) -> Iterator[HeadGesture]:
        """Add the travel at a moment, along and across this axis; yield the gesture that has just ended, if any."""
        self._width = width
        self._travel.append((time, along, across))
        while self._travel[0][0] < time - MAX_MOVEMENT_S - 2 * MAX_SWING_S - BASELINE_S:
            self._travel.popleft()
        while self._reported and self._reported[0][1] < self._travel[0][0]:
            self._reported.popleft()
        turn = self._turning_point(_TurningPoint(time, along))
        if turn is not None:
            if not self._continues(turn):
                yield from self._close(time)
            self._turning_points.append(turn)
        elif self._turning_points and self._is_at_rest(time):
            yield from self._close(time)
            self._turning_points.clear()
        if self._turning_points and self._turning_points[-1].time - self._turning_points[0].time > MAX_MOVEMENT_S:
            yield from self._close(time)

    def end(self, time: float) -> Iterator[HeadGesture]:
        """Yield the gesture under way, if there is one, and reset."""
        yield from self._close(time)
        self._turning_points.clear()
        self._travel.clear()
        self._reported.clear()
        self._baseline_sd = math.inf
        self._extreme, self._direction = None, 0

    def _turning_point(self, now: _TurningPoint) -> _TurningPoint | None:
        """Find a turning point: the extreme since the last one, once travel has returned by `MIN_SWING_WIDTHS`."""
        if self._extreme is None:
            self._extreme = now
            return None
        distance = now.travel - self._extreme.travel
        if self._direction == 0:
            if abs(distance) < MIN_SWING_WIDTHS:
                return None
            turn, self._direction = self._extreme, 1 if distance > 0 else -1
        elif distance * self._direction > 0:
            self._extreme = now
            return None
        elif abs(distance) < MIN_SWING_WIDTHS:
            return None
        else:
            turn, self._direction = self._extreme, -self._direction
        self._extreme = now
        return turn

    def _is_at_rest(self, time: float) -> bool:
        """Whether the next turning point would be too late, or travel has not returned since its extreme."""
        last, farthest = self._turning_points[-1].time, self._extreme.time if self._extreme else time
        return time - last > MAX_SWING_S and (farthest - last > MAX_SWING_S or time - farthest > REST_S)

    def _continues(self, turn: _TurningPoint) -> bool:
        """Whether the swing to this turning point is similar to the one before."""
        if not self._turning_points:
            return True
        last = self._turning_points[-1]
        if not MIN_SWING_S <= turn.time - last.time <= MAX_SWING_S:
            return False
        if len(self._turning_points) == 1:
            return True
        before = self._turning_points[-2]
        return _is_even(turn.time - last.time, last.time - before.time) and _is_even(
            abs(turn.travel - last.travel), abs(last.travel - before.travel)
        )

    def _close(self, known: float) -> Iterator[HeadGesture]:
        """Yield the gesture that the turning points make, if any, and keep the last one: another may begin there."""
        turns, self._turning_points = _without_small_ends(self._turning_points), self._turning_points[-1:]
        if len(turns) <= MIN_SWINGS:
            return
        first, last = turns[0].time, turns[-1].time
        hertz = (len(turns) - 1) / 2 / (last - first)
        start, end = max(0.0, first - 1 / (4 * hertz)), min(last + 1 / (4 * hertz), known)
        if not self._is_along_axis(first, last, start):
            return
        self._reported.append((start, end))
        width = _median_swing(turns) / 2
        yield HeadGesture(
            self._kind,
            round(start, 2),
            round(end, 2),
            len(turns) // 2,
            hertz,
            width * self._width,
            width,
            known,
        )

    def _is_along_axis(self, first: float, last: float, start: float) -> bool:
        """Whether the head moved more along this axis than across it, and more than before."""
        travel = np.array(self._travel)
        moved = travel[(travel[:, 0] >= first) & (travel[:, 0] <= last)]
        along, across = (_detrended_sd(moved[:, 0], moved[:, column]) for column in (1, 2))
        self._update_baseline(travel, start, len(moved))
        return along >= MIN_AXIS_RATIO * across and along >= MIN_BASELINE_RATIO * self._baseline_sd

    def _update_baseline(self, travel: NDArray[np.float64], start: float, length: int) -> None:
        """Measure how much the head moved before the gesture, over pieces of its length, if there is enough of it."""
        before = travel[(travel[:, 0] >= start - BASELINE_S) & (travel[:, 0] < start)]
        for begin, end in self._reported:
            before = before[(before[:, 0] < begin) | (before[:, 0] > end)]
        if len(before) >= MIN_BASELINE_S * RATE_HZ:
            length = min(length, len(before))
            pieces = [before[at : at + length] for at in range(len(before) - length, -1, -length)]
            self._baseline_sd = math.sqrt(fmean(_detrended_sd(piece[:, 0], piece[:, 1]) ** 2 for piece in pieces))


def _is_even(one: float, other: float) -> bool:
    """Whether two swings are similar in length or size."""
    return max(one, other) <= MAX_SWING_RATIO * min(one, other)


def _detrended_sd(times: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Compute the standard deviation about a straight line."""
    times = times - times.mean()
    slope = float(times @ values) / float(times @ times)
    return float(np.std(values - slope * times))


def _median_swing(turns: list[_TurningPoint]) -> float:
    return median(abs(after.travel - before.travel) for before, after in pairwise(turns))


def _without_small_ends(turns: list[_TurningPoint]) -> list[_TurningPoint]:
    """Remove small swings at either end."""
    if len(turns) <= MIN_SWINGS:
        return []
    min_swing = MIN_END_SWING_SHARE * _median_swing(turns)
    while len(turns) > 1 and abs(turns[1].travel - turns[0].travel) < min_swing:
        turns = turns[1:]
    while len(turns) > 1 and abs(turns[-1].travel - turns[-2].travel) < min_swing:
        turns = turns[:-1]
    return turns
