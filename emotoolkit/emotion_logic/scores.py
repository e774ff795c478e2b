"""From measures to columns: each number that the local server sends, with its formula. No other column is sent.

None of these is the vendor's formula, which is not public; they are measurements in the vendor's wire format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.measure.voice import level

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.measure.voice import Stretch

__all__ = ["COLUMNS", "POSITIONS", "RULES", "Rule", "row"]

FULL_SCALE = 32768
"""16-bit amplitude at full scale."""

QUIET = -50.0
"""dBFS that counts as `energy` 0: about the noise floor of a quiet room in a recording at normal gain."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A column: its wire name, unit and range, its formula in words, and the formula."""

    column: str
    unit: str
    formula: str
    of: Callable[[Stretch], float]


RULES = (
    Rule(
        "validSegment",
        "0 or 1",
        "1 if no sample of the stretch is at full scale (clipped)",
        lambda stretch: float(stretch.peak < (FULL_SCALE - 1) / FULL_SCALE),
    ),
    Rule(
        "energy",
        "dB above −50 dBFS, 0–50",
        "20·log10(RMS of the stretch) + 50, cut to 0–50",
        lambda stretch: min(max(level(stretch.rms) - QUIET, 0.0), 50.0),
    ),
    Rule(
        "voiceEnergy",
        "16-bit amplitude, 0–32768",
        "RMS of the stretch × 32768",
        lambda stretch: stretch.rms * FULL_SCALE,
    ),
)

POSITIONS = ("index", "channel", "startPosSec", "endPosSec")
COLUMNS = (*POSITIONS, *(rule.column for rule in RULES))


def row(index: int, channel: int, stretch: Stretch) -> list[float]:
    """Write one stretch as a row in the order of `COLUMNS`; scores to three decimals."""
    scores = [round(rule.of(stretch), 3) for rule in RULES]
    scores[0] = int(scores[0])
    return [index, channel, stretch.start, stretch.end, *scores]
