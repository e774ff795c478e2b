"""The baseline of a speaker: a voice is high or fast only relative to its usual values.

The baseline is the mean over the first 10 s of the speaker's voice (the engine's manual: 8 to 12 s; contract page §5),
each stretch weighted by its length. Then it is fixed. Until then it is the mean so far, which is unreliable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.measure.turns import MIN_PAUSE_S
from emotoolkit.measure.voice import level_dbfs

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.measure.voice import SpeechStretch

__all__ = ["CALIBRATION_S", "STEP_SIZES", "NormalizedStretch", "SpeakerBaseline"]

CALIBRATION_S = 10.0
"""Seconds of voice that make the baseline."""

MAX_PAUSE_S = 3.0
"""Seconds at which a pause is clipped: a longer one is another speaker's turn."""

STEP_SIZES = {
    "pitch": (2.0, "semitones"),
    "span": (2.0, "semitones"),
    "level": (2.0, "dB"),
    "high": (2.0, "dB"),
    "jitter": (0.5, "%"),
    "rate": (1.0, "syllables/s"),
    "pause": (0.5, "s"),
}
"""The measures that are compared with the baseline, and the size and unit of their steps: about the difference between
one stretch of a speaker and the next (standard deviations in the sample talk: 2.4, 1.7, 2.3, 2.1, 0.5, 0.9, and 0.8 s
of pauses that were arranged). A fixed step can be checked by hand; a deviation estimated from 10 s is unreliable."""


@dataclass(frozen=True, slots=True)
class NormalizedStretch:
    """A stretch of speech relative to its speaker's baseline.

    Attributes
    ----------
    stretch : SpeechStretch
        The stretch with its measures.
    calibrated : bool
        Whether the baseline was complete before this stretch.
    steps : dict of str to float
        How many of `STEP_SIZES` each measure is above the speaker's baseline; 0 where it could not be measured.
    """

    stretch: SpeechStretch
    calibrated: bool
    steps: dict[str, float]

    def mean(self, **weights: float) -> float:
        """Compute the weighted mean of some steps: `mean(rate=-1, pause=1)`."""
        return sum(weight * self.steps[name] for name, weight in weights.items()) / len(weights)


class SpeakerBaseline:
    """The baseline of one speaker, from their first stretch on."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._sums = dict.fromkeys(STEP_SIZES, 0.0)
        self._weights = dict.fromkeys(STEP_SIZES, 0.0)
        self._pause_seconds = 0.0
        self._last_end: float | None = None

    @property
    def pausing(self) -> float:
        """Share of pauses in the time of the baseline, 0 to 1; only pauses of `MIN_PAUSE_S` to `MAX_PAUSE_S` count."""
        return self._pause_seconds / (self._pause_seconds + self._seconds) if self._seconds else 0.0

    def normalize(self, stretch: SpeechStretch) -> NormalizedStretch:
        """Compare the next stretch with the baseline; while that is not complete, the stretch is added to it first."""
        calibrated = self._seconds >= CALIBRATION_S
        values = {name: measure(stretch) for name, measure in MEASURE_FUNCTIONS.items()}
        values["pause"] = None if self._last_end is None else min(stretch.start - self._last_end, MAX_PAUSE_S)
        if not calibrated:
            self._update(values, stretch.end - stretch.start)
            if self._last_end is not None and MIN_PAUSE_S <= round(stretch.start - self._last_end, 2) <= MAX_PAUSE_S:
                self._pause_seconds += stretch.start - self._last_end
        self._last_end = stretch.end
        return NormalizedStretch(
            stretch, calibrated, {name: self._deviation(name, value) for name, value in values.items()}
        )

    def _update(self, values: dict[str, float | None], seconds: float) -> None:
        self._seconds += seconds
        for name, value in values.items():
            if value is not None:
                self._sums[name] += seconds * value
                self._weights[name] += seconds

    def _deviation(self, name: str, value: float | None) -> float:
        if value is None or not self._weights[name]:
            return 0.0
        return (value - self._sums[name] / self._weights[name]) / STEP_SIZES[name][0]


def _semitones(stretch: SpeechStretch) -> float | None:
    hertz = stretch.prosody.hertz
    return None if hertz is None else 12 * math.log2(hertz)


MEASURE_FUNCTIONS: dict[str, Callable[[SpeechStretch], float | None]] = {
    "pitch": _semitones,
    "span": lambda stretch: stretch.prosody.span,
    "level": lambda stretch: level_dbfs(stretch.rms),
    "high": lambda stretch: stretch.prosody.high,
    "jitter": lambda stretch: None if stretch.prosody.jitter is None else 100 * stretch.prosody.jitter,
    "rate": lambda stretch: stretch.prosody.rate,
}
"""How each measure is read off a stretch. The pause before it is missing: it needs the stretch before."""
