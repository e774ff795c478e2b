"""What the local server makes of one session: messages in, findings out. No socket here.

Windows of 8 s advance by 3 s on the session's clock (contract page §6.1). A window is closed when sound and pictures
have both passed its end, and everything in it is looked up by media time: what is found depends neither on how the
media were cut into messages nor on how fast they came. What is missing (`gaps.py`) is no silence and no stillness: it
is left out of what is measured, and nothing that reaches into it is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.apis.interhuman.server.coverage import Gap, between
from emotoolkit.apis.interhuman.server.features import LOOK, Measures, PictureTrack, SoundTrack
from emotoolkit.apis.interhuman.server.ingest import Media, Picture, Sound, Trouble, always
from emotoolkit.measure.face import Attention
from emotoolkit.measure.voice import FRAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emotoolkit.apis.interhuman.server.evidence import Cause
    from emotoolkit.apis.interhuman.server.ingest import Item

__all__ = ["SHORTEST", "STEP", "WINDOW", "Analysis", "Detected", "Ended", "Finding", "Period", "State", "Updated"]

WINDOW, STEP = 8.0, 3.0
"""Seconds that a window covers, and by which the next one begins later (§6.1)."""

SHORTEST = 0.2
"""Seconds after the last whole window that deserve one of their own: a look at the picture; encoders pad less."""

LAG = 5.0
"""Seconds by which one track may lie behind the other before it counts as having ended."""

MEMORY = 16.0
"""Seconds of measures that are kept: a window, and what is read beyond its end."""

JUDGED = 1.0
"""Seconds that somebody must be back for their engagement to be judged."""


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


Finding = Detected | Updated | Ended | State | Period | Gap | Trouble


class Analysis:
    """One session, from its first binary message to its end.

    Parameters
    ----------
    sees, hears : callable
        As of `Media`.
    """

    def __init__(self, sees: Callable[[float], bool] = always, hears: Callable[[float], bool] = always) -> None:
        self._media = Media(self._take, sees, hears)
        self._sound = SoundTrack()
        self._pictures = PictureTrack()
        self._troubles: dict[str, Trouble] = {}
        self._gaps: list[Gap] = []
        self._missing = _Missing()
        self._windows = 0
        self._closed = 0.0
        self._total = Measures()
        self._state: str | None = None
        self._presence = _Presence()
        self._active: dict[str, list[Cause]] = {}

    def listen(self, samples: int | None = None) -> None:
        """As of `Media`."""
        self._media.listen(samples)

    def feed(self, message: bytes) -> list[Finding]:
        """Take a binary message; return what is found by now, in order: of what went wrong, one of each kind."""
        self._media.feed(message)
        return self._found()

    def read(self, file: bytes) -> list[Finding]:
        """Take a whole file, in whatever container; return what `feed` returns."""
        self._media.read(file)
        return self._found()

    def _found(self) -> list[Finding]:
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
        else:  # nothing that deserves a window; but now all is certain
            rest += self._signals(self._causes(math.inf))
        return [*self._told_troubles(), *rest, *self._end(scoring.SIGNALS), *self._told_gaps(math.inf)]

    def close(self) -> None:
        """Give up: nothing more is found."""
        self._media.close()

    def _take(self, item: Item) -> None:
        match item:
            case Picture():
                self._pictures.add(item)
            case Sound():
                self._sound.add(item)
            case Gap():
                self._gaps.append(item)
                self._missing.note(item)
            case Trouble():
                self._troubles.setdefault(item.code, item)

    def _told_troubles(self) -> list[Trouble]:
        told = list(self._troubles.values())
        self._troubles.clear()
        return told

    def _told_gaps(self, until: float) -> list[Gap]:
        told = [gap for gap in self._gaps if gap.end <= until]
        self._gaps = [gap for gap in self._gaps if gap.end > until]
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
        causes = self._causes(known)
        yield from self._signals(causes)
        yield from self._engagement(start, end)
        yield self._period(end, causes)
        yield from self._told_gaps(end)
        self._windows += 1
        self._sound.forget(start - MEMORY)
        self._pictures.forget(start - MEMORY)
        self._missing.forget(start - MEMORY)

    def _causes(self, known: float) -> list[Cause]:
        heard, seen = self._sound.causes(known), self._pictures.causes(known)
        return [
            *(cause for cause in heard if self._missing.hears_all(cause.start, cause.end)),
            *(cause for cause in seen if self._missing.sees_all(cause.start, cause.end)),
        ]

    def _signals(self, causes: list[Cause]) -> Iterator[Finding]:
        for signal in scoring.SIGNALS:
            yield from self._signal(signal, [cause for cause in causes if cause.signal == signal])

    def _period(self, end: float, causes: list[Cause]) -> Period:
        measures = self._measure(self._closed, end) + Measures.of(causes)
        self._total += measures
        period, total = measures.stretch(), self._total.stretch()
        begin, self._closed = self._closed, end
        return Period(begin, end, scoring.quality(period), scoring.quality(total), scoring.measured(total))

    def _measure(self, start: float, end: float) -> Measures:
        heard = (self._sound.measure(*part) for part in self._missing.heard(start, end))
        seen = (self._pictures.measure(*part) for part in self._missing.seen(start, end))
        return sum((*heard, *seen), Measures())

    def _signal(self, signal: str, causes: list[Cause]) -> Iterator[Finding]:
        """A signal goes on as long as each window brings another cause of it."""
        if not causes:
            yield from self._end([signal])
            return
        kind = Updated if signal in self._active else Detected
        active = self._active.setdefault(signal, [])
        active += causes
        rule, strongest = scoring.SIGNALS[signal], max(active, key=lambda cause: cause.strength)
        rationale = strongest.said + (strongest.among.format(len(active)) if len(active) > 1 else "")
        yield kind(signal, active[0].start, rule.probability(strongest.strength), rationale, rule.modality)

    def _end(self, signals: Iterable[str]) -> Iterator[Finding]:
        for signal in signals:
            causes = self._active.pop(signal, [])
            if causes:
                yield Ended(signal, max(cause.end for cause in causes))

    def _engagement(self, start: float, end: float) -> Iterator[State]:
        """Judge by the whole window; but who leaves is disengaged from that moment on, until they are back."""
        since = None if self._presence.away else max(start, self._presence.back)
        for time, away in self._presence.changes(self._closed, self._pictures.attention(self._closed, end)):
            if not away:
                since = max(start, time)
                continue
            if since is not None and time - since >= JUDGED:
                yield from self._judge(since, time)
            yield from self._enter("disengaged", time)
            since = None
        if since is not None and end - since >= min(JUDGED, end - start):
            yield from self._judge(since, end)

    def _judge(self, start: float, end: float) -> Iterator[State]:
        """Name the state of a stretch, unless next to nothing of it was received."""
        measures = self._measure(start, end)
        if measures.seconds >= min(JUDGED, end - start):
            yield from self._enter(scoring.engagement(measures.stretch()), start)

    def _enter(self, state: str, start: float) -> Iterator[State]:
        if state != self._state:
            self._state = state
            yield State(state, start)


class _Missing:
    """What was not received of late."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []

    def note(self, gap: Gap) -> None:
        """Take up a gap."""
        self._gaps.append(gap)

    def forget(self, before: float) -> None:
        """Let go of what was before."""
        self._gaps = [gap for gap in self._gaps if gap.end > before]

    def heard(self, start: float, end: float) -> list[tuple[float, float]]:
        """The parts of a stretch of which the sound was received, or the pictures where there is no sound."""
        return between(start, end, [(gap.start, gap.end) for gap in self._gaps if not gap.partly])

    def seen(self, start: float, end: float) -> list[tuple[float, float]]:
        """The parts of which the pictures were; a first look behind a gap compares with one in front of it."""
        return between(start, end, [(gap.start, gap.end + LOOK) for gap in self._gaps])

    def hears_all(self, start: float, end: float) -> bool:
        """Whether nothing is missing of the sound of a stretch."""
        return not any(gap.start < end and start < gap.end for gap in self._gaps if not gap.partly)

    def sees_all(self, start: float, end: float) -> bool:
        """Whether nothing is missing of its pictures."""
        return not any(gap.start < end and start < gap.end for gap in self._gaps)


class _Presence:
    """Whether the face that was there is away, moment after moment.

    Attributes
    ----------
    away : bool
        Whether it has been away for `scores.AWAY` seconds.
    back : float
        When it was last back.
    """

    def __init__(self) -> None:
        self.away = False
        self.back = 0.0
        self._gone: float | None = None

    def changes(self, start: float, attention: list[Attention]) -> list[tuple[float, bool]]:
        """Take what is known of the face from `start` seconds on, five times a second.

        Returns
        -------
        list of (float, bool)
            When it went away (True) or was back (False), in order.
        """
        changes = []
        for number, each in enumerate(attention):
            time = round(start + number * LOOK, 2)
            if each is not Attention.ABSENT:
                if self.away:
                    changes.append((time, False))
                    self.away, self.back = False, time
                self._gone = None
            elif self._gone is None:
                self._gone = time
            if self._gone is not None and not self.away and time + LOOK - self._gone >= scoring.AWAY:
                changes.append((self._gone, True))
                self.away = True
        return changes
