"""Passages: the last few seconds of a speaker's voice against their own baseline.

A passage is the latest stretches with together at least `MIN_VOICE_S` seconds of voice, all after the calibration and
none more than `MAX_PAUSE_S` after the one before. Its measures are means, each stretch weighted by its length: within
one speaker, they vary about half as much as those of single stretches.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from emotoolkit.measure.baseline import MAX_PAUSE_S, STEP_SIZES, SpeakerBaseline
from emotoolkit.measure.turns import MIN_PAUSE_S

if TYPE_CHECKING:
    from emotoolkit.measure.baseline import NormalizedStretch
    from emotoolkit.measure.voice import SpeechStretch

__all__ = ["MIN_VOICE_S", "Passage", "PassageTracker"]

MIN_VOICE_S = 4.0
"""Seconds of voice that make a passage: at least two stretches, about a sentence."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some seconds of speech relative to the speaker's baseline.

    Attributes
    ----------
    start, end : float
        Seconds since the first sample.
    known : float
        Seconds of sound after which it was certain.
    voice : float
        Seconds of speech in it, at least `MIN_VOICE_S`.
    steps : dict of str to float
        How many of `baseline.STEP_SIZES` each measure is above the speaker's baseline, on average.
    pauses : tuple of float
        Length of each pause in it, in s.
    pausing : float
        Share of pauses in its time, 0 to 1.
    usual_pausing : float
        The same of the speaker's first 10 s of voice.
    stretches : tuple of NormalizedStretch
        Its stretches.
    """

    start: float
    end: float
    known: float
    voice: float
    steps: dict[str, float]
    pauses: tuple[float, ...]
    pausing: float
    usual_pausing: float
    stretches: tuple[NormalizedStretch, ...] = ()

    def first_above(self, name: str, threshold: float) -> float:
        """Find the start of its first stretch whose measure is at least `threshold` above the baseline, in its unit."""
        above = (each.stretch.start for each in self.stretches if each.steps[name] * STEP_SIZES[name][0] >= threshold)
        return next(above, self.start)

    def deviation(self, name: str) -> float:
        """Compute how far a measure is above the baseline, in its own unit (see `baseline.STEP_SIZES`)."""
        return self.steps[name] * STEP_SIZES[name][0]


class PassageTracker:
    """Track the passages of one speaker, stretch by stretch."""

    def __init__(self) -> None:
        self._baseline = SpeakerBaseline()
        self._latest: deque[NormalizedStretch] = deque()
        self._end = 0.0

    def add(self, stretch: SpeechStretch) -> Passage | None:
        """Add the next stretch; return the passage that ends with it, if it has enough voice."""
        normalized = self._baseline.normalize(stretch)
        if stretch.start - self._end > MAX_PAUSE_S:
            self._latest.clear()
        self._end = stretch.end
        if normalized.calibrated:
            self._latest.append(normalized)
        while sum(_length(each) for each in list(self._latest)[1:]) >= MIN_VOICE_S:
            self._latest.popleft()
        return self._passage() if sum(map(_length, self._latest)) >= MIN_VOICE_S else None

    def _passage(self) -> Passage:
        first, last = self._latest[0].stretch, self._latest[-1].stretch
        voice = sum(map(_length, self._latest))
        silences = [after.stretch.start - before.stretch.end for before, after in pairwise(self._latest)]
        pauses = tuple(round(each, 2) for each in silences if round(each, 2) >= MIN_PAUSE_S)
        return Passage(
            first.start,
            last.end,
            last.known,
            voice,
            {name: sum(_length(each) * each.steps[name] for each in self._latest) / voice for name in STEP_SIZES},
            pauses,
            sum(pauses) / (last.end - first.start),
            self._baseline.pausing,
            tuple(self._latest),
        )


def _length(normalized: NormalizedStretch) -> float:
    return normalized.stretch.end - normalized.stretch.start
