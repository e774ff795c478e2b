"""Head movements, found in the looks of `face.py`: nods and shakes. Streaming, by media time alone.

A nod is the head going up and down at least twice, a shake left and right, at 0.67 to 4 Hz: listeners say yes and no by
movements that are symmetrical and cyclic (Hadar, Steiner & Rose 1985). Travel is followed from turning point to turning
point; a run of swings of about equal length and size is one movement. Sizes are relative to the width of the face, so
that neither resolution nor distance matters.

Known limits: somebody who sways or gesticulates all the time has to nod twice as widely as that to be seen; chance
movement of up to 4 Hz (3 px about a face of 124 px) is then taken for a nod or shake up to once a minute. Nods that
fade are found while they are wider than 2 mm: from ±5 px on all were, of ±2 and ±3 px one in three was lost. A camera
that shakes shakes every head in it.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.measure.face import RATE
from emotoolkit.measure.posture import Keeping, Lean, Leaning, Stillness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from emotoolkit.measure.face import Look

__all__ = ["Head", "Motion", "Movement"]

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

STANDS_OUT = 2.0
"""How many times more a head moves in a nod or shake than it did in the seconds before, about a straight line and over
as long. Somebody who sways or gesticulates all the time nods by chance; that does not stand out."""

BEFORE, SOME = 12.0, 0.8
"""Seconds before a movement that it stands out from, without other movements; and how many of them are needed to tell.
Who has just come into the picture has to hold still for so long first."""

LONGEST = 6.0
"""Seconds after which a movement that goes on is told, and a new one begun: the rest is another."""


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


Movement = Motion | Lean | Stillness


class Head:
    """Find movements in looks.

    Examples
    --------
    >>> from emotoolkit.measure.face import Attention, Look
    >>> nods = [math.sin(2 * math.pi * 2 * n / 25) * (25 <= n < 75) for n in range(125)]
    >>> looks = [Look(n / 25, Attention.FRONTAL, 0.5, 0.5, 0.2, 100, 0, 5 * nod, 1) for n, nod in enumerate(nods)]
    >>> (found,) = (each for each in Head().feed(looks) if isinstance(each, Motion))
    >>> found.kind, found.count, round(found.hertz, 1), round(found.pixels), round(found.start, 1), round(found.end, 1)
    ('nod', 4, 2.0, 5, 1.0, 3.0)
    """

    def __init__(self) -> None:
        self._axes = (_Axis("nod"), _Axis("shake"))
        self._postures = (Leaning(), Keeping())
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
        for posture in self._postures:
            yield from posture.feed(look)

    def _travelled(self, right: float, down: float, width: float) -> tuple[float, float]:
        """Travel in widths of the face, step by step: a face that is measured larger has not moved by that."""
        before = self._before or (right, down)
        self._right += (right - before[0]) / width
        self._down += (down - before[1]) / width
        self._before = right, down
        return self._right, self._down

    def _end(self, time: float) -> Iterator[Movement]:
        for part in (*self._axes, *self._postures):
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
        self._told: deque[tuple[float, float]] = deque()
        self._usual = math.inf
        self._turns: list[_Turn] = []
        self._extreme: _Turn | None = None
        self._sign = 0
        self._width = 1.0

    def feed(self, time: float, along: float, across: float, width: float) -> Iterator[Motion]:
        """Take the travel at a moment, along this axis and across it; give the movement that has just ended, if any."""
        self._width = width
        self._travel.append((time, along, across))
        while self._travel[0][0] < time - LONGEST - 2 * SWING_MOST - BEFORE:
            self._travel.popleft()
        while self._told and self._told[0][1] < self._travel[0][0]:
            self._told.popleft()
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
        self._told.clear()
        self._usual = math.inf
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
        start, end = max(0.0, first - 1 / (4 * hertz)), min(last + 1 / (4 * hertz), known)
        if not self._along(first, last, start):
            return
        self._told.append((start, end))
        width = _swing(turns) / 2
        yield Motion(
            self._kind,
            round(start, 2),
            round(end, 2),
            len(turns) // 2,
            hertz,
            width * self._width,
            width,
            known,
        )

    def _along(self, first: float, last: float, start: float) -> bool:
        """Whether the head moved along this axis rather than across it, and rather than before."""
        travel = np.array(self._travel)
        moved = travel[(travel[:, 0] >= first) & (travel[:, 0] <= last)]
        along, across = (_spread(moved[:, 0], moved[:, column]) for column in (1, 2))
        self._learn(travel, start, len(moved))
        return along >= ACROSS * across and along >= STANDS_OUT * self._usual

    def _learn(self, travel: NDArray[np.float64], start: float, length: int) -> None:
        """Learn how much it moved before: as the movement is measured, over stretches as long, if there is enough."""
        before = travel[(travel[:, 0] >= start - BEFORE) & (travel[:, 0] < start)]
        for begin, end in self._told:
            before = before[(before[:, 0] < begin) | (before[:, 0] > end)]
        if len(before) >= SOME * RATE:
            length = min(length, len(before))
            pieces = [before[at : at + length] for at in range(len(before) - length, -1, -length)]
            self._usual = math.sqrt(fmean(_spread(piece[:, 0], piece[:, 1]) ** 2 for piece in pieces))


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
