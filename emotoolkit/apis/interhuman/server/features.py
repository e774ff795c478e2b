"""What is remembered of a session's sound and pictures: measures by media time, and the causes of signals."""

from __future__ import annotations

import logging
import math
from collections import deque
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from emotoolkit.apis.interhuman.server import evidence as causes
from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.apis.interhuman.server.ingest import RATE as SAMPLING_RATE
from emotoolkit.errors import NoFacesWarning
from emotoolkit.measure import movement
from emotoolkit.measure.face import DETECTIONS, RATE, Attention, Face, available
from emotoolkit.measure.head import Head, Motion
from emotoolkit.measure.movement import Movement
from emotoolkit.measure.posture import Lean, Stillness
from emotoolkit.measure.rolling_voice import Passages
from emotoolkit.measure.voice import FRAME, Frames, Stretches, level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emotoolkit.apis.interhuman.server.evidence import Cause
    from emotoolkit.apis.interhuman.server.ingest import Picture, Sound
    from emotoolkit.measure import head
    from emotoolkit.measure.face import Look
    from emotoolkit.measure.voice import Stretch

__all__ = ["LOOK", "Measures", "PictureTrack", "SoundTrack"]

Value = TypeVar("Value")

LOOK = DETECTIONS / RATE
"""Seconds from one search for a face to the next."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Sums over a stretch.

    Seconds; voiced frames and their power; looks at the picture and their movement; looks since there was a face, and
    those in which it was frontal; seconds of the causes of each signal.
    """

    seconds: float = 0.0
    voiced: int | None = None
    power: float = 0.0
    looks: int = 0
    moved: float = 0.0
    faces: int = 0
    frontal: int = 0
    causes: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, causes: Iterable[Cause]) -> Measures:
        """Sum up causes."""
        seconds: dict[str, float] = {}
        for cause in causes:
            seconds[cause.signal] = seconds.get(cause.signal, 0.0) + cause.end - cause.start
        return cls(causes=seconds)

    def __add__(self, other: Measures) -> Measures:
        heard = [each.voiced for each in (self, other) if each.voiced is not None]
        return Measures(
            self.seconds + other.seconds,
            sum(heard) if heard else None,
            self.power + other.power,
            self.looks + other.looks,
            self.moved + other.moved,
            self.faces + other.faces,
            self.frontal + other.frontal,
            {
                signal: self.causes.get(signal, 0.0) + other.causes.get(signal, 0.0)
                for signal in {**self.causes, **other.causes}
            },
        )

    def stretch(self) -> scoring.Stretch:
        """Relate the sums to the stretch's time; of a stretch of which nothing was received nothing is known."""
        if not self.seconds:
            return scoring.Stretch(voiced=None, loudness=None, movement=None)
        return scoring.Stretch(
            voiced=None if self.voiced is None else self.voiced * FRAME / self.seconds,
            loudness=level(math.sqrt(self.power / self.voiced)) if self.voiced else None,
            movement=self.moved / self.looks if self.looks else None,
            attention=self.frontal / self.faces if self.faces else None,
            causes={signal: min(1.0, seconds / self.seconds) for signal, seconds in self.causes.items()},
        )


class _Grid(Generic[Value]):
    """Values at a fixed rate from 0 s on, of which the oldest may be forgotten."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._first = 0
        self._values: deque[Value] = deque()

    @property
    def end(self) -> float:
        return (self._first + len(self._values)) / self._rate

    def add(self, value: Value) -> None:
        self._values.append(value)

    def between(self, start: float, end: float) -> list[Value]:
        first, last = (max(0, round(time * self._rate) - self._first) for time in (start, end))
        return list(islice(self._values, first, last))

    def forget(self, before: float) -> None:
        while self._values and (self._first + 1) / self._rate <= before:
            self._values.popleft()
            self._first += 1


class SoundTrack:
    """Loudness of every 20 ms, the pauses between stretches of speech, and how they are spoken."""

    def __init__(self) -> None:
        self._threshold = 10 ** (scoring.SILENT / 20)
        self._frames = Frames(SAMPLING_RATE)
        self._stretches = Stretches(SAMPLING_RATE, self._threshold)
        self._powers: _Grid[float] = _Grid(round(1 / FRAME))
        self._passages = Passages()
        self._spoken: float | None = None
        self._causes: list[Cause] = []
        self._told: dict[str, float] = {}

    @property
    def end(self) -> float:
        """Seconds up to which sound is measured."""
        return self._powers.end

    def add(self, sound: Sound) -> None:
        """Take the next sound."""
        for frame in self._frames.feed(sound.samples):
            self._powers.add(frame.power)
        self._speak(self._stretches.feed(sound.samples))

    def finish(self) -> None:
        """Measure the rest: no more comes."""
        self._speak(self._stretches.finish())

    def causes(self, known: float) -> list[Cause]:
        """Take out the causes that were certain by this time."""
        taken, self._causes = _certain(self._causes, known)
        return taken

    def measure(self, start: float, end: float) -> Measures:
        """Sum up what lies between two moments."""
        voiced = [power for power in self._powers.between(start, end) if self._is_voiced(power)]
        return Measures(end - start, len(voiced) if self.end else None, math.fsum(voiced))

    def forget(self, before: float) -> None:
        """Let go of what was before."""
        self._powers.forget(before)

    def _speak(self, stretches: list[Stretch]) -> None:
        for stretch in stretches:
            if self._spoken is not None:
                self._pause(self._spoken, stretch.start, stretch.known)
            self._spoken = stretch.end
            passage = self._passages.hear(stretch)
            for cause in causes.delivery(passage) if passage is not None else ():
                self._deliver(cause)

    def _pause(self, start: float, end: float, known: float) -> None:
        long_enough = scoring.SHORTEST_PAUSE <= round(end - start, 2) <= scoring.LONGEST_PAUSE
        if long_enough and not any(map(self._is_voiced, self._powers.between(start, end))):
            self._causes.append(causes.pause(start, end, known))

    def _deliver(self, cause: Cause) -> None:
        """Passages overlap; what is told of one second is told once."""
        self._causes.append(replace(cause, start=max(cause.start, self._told.get(cause.signal, 0.0))))
        self._told[cause.signal] = cause.end

    def _is_voiced(self, power: float) -> bool:
        return power > self._threshold**2


class PictureTrack:
    """Movement and the face, five times a second, and the movements of the head. Without OpenCV, movement alone."""

    def __init__(self) -> None:
        self._movement = Movement()
        self._movements: _Grid[float] = _Grid(movement.RATE)
        self._face = _face()
        self._head = Head()
        self._attention: _Grid[Attention] = _Grid(round(1 / LOOK))
        self._causes: list[Cause] = []
        self.shown = 0.0
        """Seconds up to which pictures were shown."""

    @property
    def end(self) -> float:
        """Seconds up to which pictures are measured."""
        return self._movements.end

    def add(self, picture: Picture) -> None:
        """Take the next picture."""
        self._note(self._movement.feed(picture.time, picture.grey))
        if self._face is not None:
            self._look(self._face.feed(picture.time, picture))
        self.shown = picture.end

    def finish(self) -> None:
        """Measure the rest: no more comes."""
        self._note(self._movement.finish(self.shown))
        if self._face is not None:
            self._look(self._face.finish(self.shown))
            self._tell(self._head.finish())

    def causes(self, known: float) -> list[Cause]:
        """Take out the causes that were certain by this time."""
        taken, self._causes = _certain(self._causes, known)
        return taken

    def attention(self, start: float, end: float) -> list[Attention]:
        """Give what is known of the face, every `LOOK` seconds; nothing where faces are not measured."""
        return self._attention.between(start, end)

    def measure(self, start: float, end: float) -> Measures:
        """Sum up what lies between two moments."""
        moved, seen = self._movements.between(start, end), self.attention(start, end)
        return Measures(
            looks=len(moved),
            moved=math.fsum(moved),
            faces=sum(each is not Attention.UNSEEN for each in seen),
            frontal=sum(each is Attention.FRONTAL for each in seen),
        )

    def forget(self, before: float) -> None:
        """Let go of what was before."""
        self._movements.forget(before)
        self._attention.forget(before)

    def _note(self, movements: list[float]) -> None:
        for value in movements:
            self._movements.add(value)

    def _look(self, looks: list[Look]) -> None:
        for look in looks:
            if round(look.time * RATE) % DETECTIONS == 0:
                self._attention.add(look.attention)
        self._tell(self._head.feed(looks))

    def _tell(self, found: list[head.Movement]) -> None:
        for each in found:
            cause = _cause(each)
            if cause is not None:
                self._causes.append(cause)


def _cause(found: head.Movement) -> Cause | None:
    match found:
        case Motion():
            return causes.motion(found)
        case Lean():
            return causes.lean(found)
        case Stillness():
            return None  # nothing is caused by holding still


def _certain(told: list[Cause], known: float) -> tuple[list[Cause], list[Cause]]:
    """Part the causes that are certain by a time from the others."""
    return [cause for cause in told if cause.known <= known], [cause for cause in told if cause.known > known]


def _face() -> Face | None:
    if available():
        return Face()
    _say_what_is_missing()
    return None


@cache
def _say_what_is_missing() -> None:
    """Once per process: it is as true of the next session."""
    logging.getLogger(__name__).warning(NoFacesWarning.sentence)
