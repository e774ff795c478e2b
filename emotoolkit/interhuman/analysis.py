"""What the local server makes of one session: messages in, findings out. No socket here.

Windows of 8 s advance by 3 s on the session's clock (contract page §6.1). A window is closed when sound and pictures
have both passed its end, and everything in it is looked up by media time: what is found depends neither on how the
media were cut into messages nor on how fast they came.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from emotoolkit.interhuman import scores
from emotoolkit.interhuman.media import RATE, Media, Picture, Sound, Trouble
from emotoolkit.measure import movement
from emotoolkit.measure.movement import Movement
from emotoolkit.measure.voice import FRAME, Frames, Stretches, level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotoolkit.interhuman.media import Item
    from emotoolkit.measure.voice import Stretch

__all__ = ["STEP", "WINDOW", "Analysis", "Detected", "Ended", "Finding", "Period", "State", "Updated"]

WINDOW, STEP = 8.0, 3.0
"""Seconds that a window covers, and by which the next one begins later (§6.1)."""

SHORTEST = 0.2
"""Seconds after the last whole window that deserve one of their own: a look at the picture; encoders pad less."""

LAG = 5.0
"""Seconds by which one track may lie behind the other before it counts as having ended."""

CLOSED = 0.3
"""Seconds after its end in which a stretch of speech is certainly known (`measure.voice.CLOSING`)."""

MEMORY = 16.0
"""Seconds of measures that are kept: a window, and what is read beyond its end."""

HESITATION = "hesitation"


@dataclass(frozen=True, slots=True)
class Detected:
    """A signal became active."""

    signal: str
    start: float
    probability: str
    rationale: str
    modality: str


@dataclass(frozen=True, slots=True)
class Updated:
    """Probability or rationale of an active signal changed."""

    signal: str
    start: float
    probability: str
    rationale: str
    modality: str


@dataclass(frozen=True, slots=True)
class Ended:
    """An active signal stopped."""

    signal: str
    end: float


@dataclass(frozen=True, slots=True)
class State:
    """The engagement state that begins at `start`."""

    state: str
    start: float


@dataclass(frozen=True, slots=True)
class Period:
    """Quality of the period from `start` to `end`, and of the session until its end."""

    start: float
    end: float
    values: dict[str, float]
    overall: dict[str, float]
    measured: tuple[str, ...]


Finding = Detected | Updated | Ended | State | Period | Trouble


class Analysis:
    """One session, from its first binary message to its end."""

    def __init__(self) -> None:
        self._media = Media(self._take)
        self._sound = _SoundTrack()
        self._pictures = _PictureTrack()
        self._troubles: dict[str, Trouble] = {}
        self._windows = 0
        self._closed = 0.0
        self._total = _Measures()
        self._state: str | None = None
        self._hesitation: _Hesitation | None = None

    def feed(self, message: bytes) -> list[Finding]:
        """Take a binary message; return what is found by now, in order: of what went wrong, one of each kind."""
        self._media.feed(message)
        return [*self._told_troubles(), *self._whole_windows(self._known())]

    def finish(self) -> list[Finding]:
        """Analyse the rest and end what is active: no more messages come."""
        self._media.finish()
        self._sound.finish()
        self._pictures.finish()
        end = round(round(max(self._sound.end, self._pictures.shown) / FRAME) * FRAME, 2)
        rest = [*self._whole_windows(end)]
        if end - self._closed >= SHORTEST:
            rest += self._window(self._windows * STEP, end, math.inf)
        return [*self._told_troubles(), *rest, *self._end_hesitation()]

    def close(self) -> None:
        """Give up: nothing more is found."""
        self._media.close()

    def _take(self, item: Item) -> None:
        match item:
            case Picture():
                self._pictures.add(item)
            case Sound():
                self._sound.add(item)
            case Trouble():
                self._troubles.setdefault(item.code, item)

    def _told_troubles(self) -> list[Trouble]:
        told = list(self._troubles.values())
        self._troubles.clear()
        return told

    def _known(self) -> float:
        """Up to where both tracks are measured; one that stays away does not hold up the other for long."""
        known = [track.end for track in (self._sound, self._pictures) if track.end > 0]
        return max(min(known), max(known) - LAG) if known else 0.0

    def _whole_windows(self, known: float) -> Iterator[Finding]:
        while (end := self._windows * STEP + WINDOW) <= known:
            yield from self._window(self._windows * STEP, end, end)

    def _window(self, start: float, end: float, known: float) -> Iterator[Finding]:
        """Close a window. The order of what it yields is ours; the service's is not documented (§3.11)."""
        yield from self._hesitations(self._sound.pauses(known))
        state = scores.engagement(self._measure(start, end).stretch())
        if state != self._state:
            self._state = state
            yield State(state, start)
        yield self._period(end)
        self._windows += 1
        self._sound.forget(start - MEMORY)
        self._pictures.forget(start - MEMORY)

    def _period(self, end: float) -> Period:
        measures = self._measure(self._closed, end)
        self._total += measures
        period, total = measures.stretch(), self._total.stretch()
        begin, self._closed = self._closed, end
        return Period(begin, end, scores.quality(period), scores.quality(total), scores.measured(total))

    def _measure(self, start: float, end: float) -> _Measures:
        return self._sound.measure(start, end) + self._pictures.measure(start, end)

    def _hesitations(self, pauses: list[_Pause]) -> Iterator[Finding]:
        """A hesitation goes on as long as each window brings another pause."""
        if not pauses:
            yield from self._end_hesitation()
        elif self._hesitation is None:
            self._hesitation = _Hesitation(pauses)
            yield Detected(HESITATION, *self._hesitation.described(), "audio")
        else:
            self._hesitation.pauses += pauses
            yield Updated(HESITATION, *self._hesitation.described(), "audio")

    def _end_hesitation(self) -> Iterator[Finding]:
        active, self._hesitation = self._hesitation, None
        if active is not None:
            yield Ended(HESITATION, active.pauses[-1].end)


@dataclass(frozen=True, slots=True)
class _Pause:
    """Silence between speech; `known` is when its end was certain."""

    start: float
    end: float
    known: float

    @property
    def duration(self) -> float:
        return round(self.end - self.start, 2)


@dataclass(slots=True)
class _Hesitation:
    """The pauses of an active hesitation."""

    pauses: list[_Pause]

    def described(self) -> tuple[float, str, str]:
        """Start, probability and rationale: what the longest pause measured, and which one of how many it is."""
        longest = max(self.pauses, key=lambda pause: pause.duration)
        rationale = (
            f"{longest.duration:.2f} s of silence (below −{-scores.SILENT:g} dBFS) between speech "
            f"until {longest.start:.2f} s and from {longest.end:.2f} s"
        )
        if len(self.pauses) > 1:
            rationale += f", the longest of {len(self.pauses)} such pauses"
        return self.pauses[0].start, scores.probability(longest.duration), rationale


# What is remembered of each track


@dataclass(frozen=True, slots=True)
class _Measures:
    """Sums over a stretch: seconds, voiced frames and their power, looks at the picture and their movement."""

    seconds: float = 0.0
    voiced: int | None = None
    power: float = 0.0
    looks: int = 0
    moved: float = 0.0

    def __add__(self, other: _Measures) -> _Measures:
        heard = [each.voiced for each in (self, other) if each.voiced is not None]
        return _Measures(
            self.seconds + other.seconds,
            sum(heard) if heard else None,
            self.power + other.power,
            self.looks + other.looks,
            self.moved + other.moved,
        )

    def stretch(self) -> scores.Stretch:
        return scores.Stretch(
            voiced=None if self.voiced is None else self.voiced * FRAME / self.seconds,
            loudness=level(math.sqrt(self.power / self.voiced)) if self.voiced else None,
            movement=self.moved / self.looks if self.looks else None,
        )


class _Grid:
    """Values at a fixed rate from 0 s on, of which the oldest may be forgotten."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._first = 0
        self._values: deque[float] = deque()

    @property
    def end(self) -> float:
        return (self._first + len(self._values)) / self._rate

    def add(self, value: float) -> None:
        self._values.append(value)

    def between(self, start: float, end: float) -> list[float]:
        first, last = (max(0, round(time * self._rate) - self._first) for time in (start, end))
        return list(islice(self._values, first, last))

    def forget(self, before: float) -> None:
        while self._values and (self._first + 1) / self._rate <= before:
            self._values.popleft()
            self._first += 1


class _SoundTrack:
    """Loudness of every 20 ms, and the pauses between stretches of speech."""

    def __init__(self) -> None:
        self._threshold = 10 ** (scores.SILENT / 20)
        self._frames = Frames(RATE)
        self._stretches = Stretches(RATE, self._threshold)
        self._powers = _Grid(round(1 / FRAME))
        self._spoken: float | None = None
        self._pauses: list[_Pause] = []

    @property
    def end(self) -> float:
        return self._powers.end

    def add(self, sound: Sound) -> None:
        for frame in self._frames.feed(sound.samples):
            self._powers.add(frame.power)
        self._speak(self._stretches.feed(sound.samples))

    def finish(self) -> None:
        self._speak(self._stretches.finish())

    def pauses(self, known: float) -> list[_Pause]:
        """Take out the pauses that were certain by this time."""
        taken = [pause for pause in self._pauses if pause.known <= known]
        self._pauses = self._pauses[len(taken) :]
        return taken

    def measure(self, start: float, end: float) -> _Measures:
        voiced = [power for power in self._powers.between(start, end) if self._is_voiced(power)]
        return _Measures(end - start, len(voiced) if self.end else None, math.fsum(voiced))

    def forget(self, before: float) -> None:
        self._powers.forget(before)

    def _speak(self, stretches: list[Stretch]) -> None:
        for stretch in stretches:
            if self._spoken is not None:
                self._note(_Pause(self._spoken, stretch.start, stretch.end + CLOSED))
            self._spoken = stretch.end

    def _note(self, pause: _Pause) -> None:
        long_enough = scores.SHORTEST_PAUSE <= pause.duration <= scores.LONGEST_PAUSE
        if long_enough and not any(map(self._is_voiced, self._powers.between(pause.start, pause.end))):
            self._pauses.append(pause)

    def _is_voiced(self, power: float) -> bool:
        return power > self._threshold**2


class _PictureTrack:
    """Movement, five times a second."""

    def __init__(self) -> None:
        self._movement = Movement()
        self._movements = _Grid(movement.RATE)
        self.shown = 0.0
        """Seconds up to which pictures were shown."""

    @property
    def end(self) -> float:
        return self._movements.end

    def add(self, picture: Picture) -> None:
        self._note(self._movement.feed(picture.time, picture.grey))
        self.shown = picture.end

    def finish(self) -> None:
        self._note(self._movement.finish(self.shown))

    def measure(self, start: float, end: float) -> _Measures:
        moved = self._movements.between(start, end)
        return _Measures(looks=len(moved), moved=math.fsum(moved))

    def forget(self, before: float) -> None:
        self._movements.forget(before)

    def _note(self, movements: list[float]) -> None:
        for value in movements:
            self._movements.add(value)
