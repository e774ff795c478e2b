"""Head movements, found in the looks of `face.py`: nods, shakes, leaning, stillness. Streaming, by media time alone.

A nod is the head going up and down at least twice, a shake left and right, at 0.67 to 4 Hz: listeners say yes and no by
movements that are symmetrical and cyclic (Hadar, Steiner & Rose 1985). Travel is followed from turning point to turning
point; a run of swings of about equal length and size is one movement. Sizes are relative to the width of the face, so
that neither resolution nor distance matters.

Known limits: chance movement that is as fast and as large as a nod is taken for one (up to 2 Hz, 3 px about a face of
124 px: 2 or 3 times a minute; up to 4 Hz: 6 times); slower sway is not. A camera that shakes shakes every head in it. A
lean is told when it is over, or after 12 s.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.face import DETECTIONS, RATE, Attention, Look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Head", "Lean", "Motion", "Movement"]

SMALLEST = 0.014
"""Widths of the face (0.15 m) that a swing has at least, from turning point to turning point: about 2 mm. What a
compressed picture of a still head shows is a tenth of that."""

SWING_LEAST, SWING_MOST = 0.12, 0.75
"""Seconds of one swing, that is half a period: 0.67 to 4.2 Hz."""

REST = 0.4
"""Seconds without a new extreme after which no turning point is to come: a quarter of the slowest period."""

SWINGS = 3
"""Swings between turning points that make a movement: two whole cycles, with half a swing before and after."""

UNEVEN = 2.5
"""How many times larger or longer a swing may be than the one before it."""

CLEAR = 0.7
"""Share of the median swing that the first and the last have at least. What is smaller led to the movement."""

ACROSS = 2.0
"""How many times more a head moves along a nod or shake than across it, drift aside. Chance goes both ways: with
1.5 instead, it is taken for a movement twice as often."""

LONGEST = 6.0
"""Seconds after which a movement that goes on is told, and a new one begun: the rest is another."""

LEAN_FROM, LEAN_TO = 1.12, 1.06
"""A lean: the face is this much wider than it used to be; and it is over below the second. Boxes vary by 2 %."""

USUAL = 12.0
"""Seconds over which it "used to be": the median of so much, 2 s at least."""

LEAST = 2.0


@dataclass(frozen=True, slots=True)
class Motion:
    """Nodding or shaking.

    Attributes
    ----------
    kind : {'nod', 'shake'}
        Up and down, or left and right.
    start, end : float
        Seconds of media: a quarter of a period before the first turning point and after the last.
    count : int
        Cycles, 2 at least: down and up again is one nod.
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


@dataclass(frozen=True, slots=True)
class Lean:
    """Leaning towards the camera.

    Attributes
    ----------
    start, end : float
        Seconds of media in which the face was larger than usual.
    times : float
        How many times its usual width it had on average.
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


Movement = Motion | Lean


class Head:
    """Find movements in looks.

    Examples
    --------
    >>> import math
    >>> nods = [math.sin(2 * math.pi * 2 * n / 25) * (25 <= n < 75) for n in range(125)]
    >>> looks = [Look(n / 25, Attention.FRONTAL, 0.5, 0.5, 0.2, 100, 0, 5 * nod, 1) for n, nod in enumerate(nods)]
    >>> (found,) = Head().feed(looks)
    >>> found.kind, found.count, round(found.hertz, 1), round(found.pixels), round(found.start, 1), round(found.end, 1)
    ('nod', 4, 2.0, 5, 1.0, 3.0)
    """

    def __init__(self) -> None:
        self._axes = (_Axis("nod"), _Axis("shake"))
        self._lean = _Leaning()
        self._track = 0
        self._time = 0.0
        self._before: tuple[float, float] | None = None
        self._right = self._down = 0.0

    def feed(self, looks: list[Look]) -> list[Movement]:
        """Take the next looks; return the movements that are now certain."""
        return [movement for look in looks for movement in self._fed(look)]

    def finish(self) -> list[Movement]:
        """Return what was under way: no more looks come."""
        return list(self._end(self._time))

    def _fed(self, look: Look) -> Iterator[Movement]:
        if look.track != self._track:  # another face, another place: nothing goes on
            yield from self._end(look.time)
            self._track, self._before = look.track, None
        self._time = look.time
        if look.right is None or look.down is None or look.width is None:
            return
        right, down = self._travelled(look.right, look.down, look.width)
        for axis, along, across in zip(self._axes, (down, right), (right, down), strict=True):
            yield from axis.feed(look.time, along, across, look.width)
        yield from self._lean.feed(look)

    def _travelled(self, right: float, down: float, width: float) -> tuple[float, float]:
        """Travel in widths of the face, step by step: a face that is measured larger has not moved by that."""
        before = self._before or (right, down)
        self._right += (right - before[0]) / width
        self._down += (down - before[1]) / width
        self._before = right, down
        return self._right, self._down

    def _end(self, time: float) -> Iterator[Movement]:
        for part in (*self._axes, self._lean):
            yield from part.end(time)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turning point: when, and at which travel."""

    time: float
    travel: float


class _Axis:
    """Swings along one axis. Travel is in widths of the face."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._travel: deque[tuple[float, float, float]] = deque()
        self._turns: list[_Turn] = []
        self._extreme: _Turn | None = None
        self._sign = 0
        self._width = 1.0

    def feed(self, time: float, along: float, across: float, width: float) -> Iterator[Motion]:
        """Take the travel at a moment, along this axis and across it; give the movement that has just ended, if any."""
        self._width = width
        self._travel.append((time, along, across))
        while self._travel[0][0] < time - LONGEST - 2 * SWING_MOST:
            self._travel.popleft()
        turn = self._turn(_Turn(time, along))
        if turn is not None:
            if not self._goes_on(turn):
                yield from self._close(time)
            self._turns.append(turn)
        elif self._turns and self._rests(time):
            yield from self._close(time)
            self._turns.clear()
        if self._turns and self._turns[-1].time - self._turns[0].time > LONGEST:
            yield from self._close(time)

    def end(self, time: float) -> Iterator[Motion]:
        """Close what is under way, and forget."""
        yield from self._close(time)
        self._turns.clear()
        self._travel.clear()
        self._extreme, self._sign = None, 0

    def _turn(self, now: _Turn) -> _Turn | None:
        """Find a turning point: the extreme since the last one, once travel has come back by `SMALLEST`."""
        if self._extreme is None:
            self._extreme = now
            return None
        way = now.travel - self._extreme.travel
        if self._sign == 0:
            if abs(way) < SMALLEST:
                return None
            turn, self._sign = self._extreme, 1 if way > 0 else -1
        elif way * self._sign > 0:
            self._extreme = now
            return None
        elif abs(way) < SMALLEST:
            return None
        else:
            turn, self._sign = self._extreme, -self._sign
        self._extreme = now
        return turn

    def _rests(self, time: float) -> bool:
        """Whether the next turning point would come too late, or has not come where the travel was farthest."""
        last, farthest = self._turns[-1].time, self._extreme.time if self._extreme else time
        return time - last > SWING_MOST and (farthest - last > SWING_MOST or time - farthest > REST)

    def _goes_on(self, turn: _Turn) -> bool:
        """Whether the swing to this turning point is like the one before."""
        if not self._turns:
            return True
        last = self._turns[-1]
        if not SWING_LEAST <= turn.time - last.time <= SWING_MOST:
            return False
        if len(self._turns) == 1:
            return True
        before = self._turns[-2]
        return _alike(turn.time - last.time, last.time - before.time) and _alike(
            abs(turn.travel - last.travel), abs(last.travel - before.travel)
        )

    def _close(self, known: float) -> Iterator[Motion]:
        """Tell the movement that the turning points make, and keep the last: another may begin with it."""
        turns, self._turns = _clear(self._turns), self._turns[-1:]
        if len(turns) <= SWINGS:
            return
        first, last = turns[0].time, turns[-1].time
        hertz = (len(turns) - 1) / 2 / (last - first)
        if not self._along(first, last):
            return
        width = _swing(turns) / 2
        yield Motion(
            self._kind,
            round(max(0.0, first - 1 / (4 * hertz)), 2),
            round(min(last + 1 / (4 * hertz), known), 2),
            len(turns) // 2,
            hertz,
            width * self._width,
            width,
            known,
        )

    def _along(self, first: float, last: float) -> bool:
        moved = np.array([each for each in self._travel if first <= each[0] <= last])
        along, across = (_spread(moved[:, 0], moved[:, column]) for column in (1, 2))
        return along >= ACROSS * across


def _alike(one: float, other: float) -> bool:
    return max(one, other) <= UNEVEN * min(one, other)


def _spread(times: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Standard deviation about a straight line."""
    times = times - times.mean()
    slope = float(times @ values) / float(times @ times)
    return float(np.std(values - slope * times))


def _swing(turns: list[_Turn]) -> float:
    return median(abs(after.travel - before.travel) for before, after in pairwise(turns))


def _clear(turns: list[_Turn]) -> list[_Turn]:
    """Leave out small swings at either end."""
    if len(turns) <= SWINGS:
        return []
    least = CLEAR * _swing(turns)
    while len(turns) > 1 and abs(turns[1].travel - turns[0].travel) < least:
        turns = turns[1:]
    while len(turns) > 1 and abs(turns[-1].travel - turns[-2].travel) < least:
        turns = turns[:-1]
    return turns


class _Leaning:
    """The size of the face against what it used to be, once per detection."""

    def __init__(self) -> None:
        self._looks = 0
        self._sizes: deque[float] = deque(maxlen=round(USUAL * RATE / DETECTIONS))
        self._usual = 0.0
        self._start = 0.0
        self._last = 0.0
        self._times: list[float] = []
        self._frontal: list[bool] = []

    def feed(self, look: Look) -> Iterator[Lean]:
        """Take a look; give the lean that has just ended, if any."""
        self._looks += 1
        if look.size is None or (self._looks - 1) % DETECTIONS:
            return
        if not self._times:
            self._usual = median(self._sizes) if len(self._sizes) >= LEAST * RATE / DETECTIONS else look.size
        times = look.size / self._usual
        if self._times and (times < LEAN_TO or look.time - self._start > USUAL):
            yield from self._close(look.time)
        elif self._times or times >= LEAN_FROM:
            self._start = self._start if self._times else look.time
            self._times.append(times)
            self._frontal.append(look.attention is Attention.FRONTAL)
        self._last = look.time
        self._sizes.append(look.size)

    def end(self, time: float) -> Iterator[Lean]:
        """Close what is under way, and forget."""
        yield from self._close(time)
        self._sizes.clear()
        self._looks = 0

    def _close(self, known: float) -> Iterator[Lean]:
        times, frontal, self._times, self._frontal = self._times, self._frontal, [], []
        if times:
            end = self._last + DETECTIONS / RATE
            yield Lean(round(self._start, 2), round(min(end, known), 2), fmean(times), fmean(frontal), known)
