"""From measures to answers: each threshold and formula of the local server, on one screen.

None of these is the vendor's rule, which is not public; they are measurements in the vendor's wire format. Only energy
is measured. The vendor's own parser insists on all six scores, so the others carry the wire's documented value for "no
evidence", 50 (contract page §3.6), and each message says in `measured` which are not such.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "LONGEST_PAUSE",
    "SHORTEST_PAUSE",
    "SILENT",
    "UNITS",
    "Stretch",
    "engagement",
    "measured",
    "probability",
    "quality",
]

SILENT = -45.0
"""dBFS. 20 ms of sound below this level are silent, above it voiced: between a quiet room and soft speech."""

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 3.0
"""Seconds of silence between speech that make a hesitation. Shorter is breath, longer is somebody else's turn."""

PROBABILITIES = ((2.25, "high"), (1.5, "medium"), (SHORTEST_PAUSE, "low"))
"""Seconds of the longest pause of a hesitation from which on it has this probability."""

TALKING, SPEECHLESS = 0.4, 0.05
"""Shares of voiced time: from the first on somebody is engaged; below the second they may be disengaged."""

LIVELY, MOTIONLESS = 4.0, 0.5
"""Movement (0–255): from the first on somebody is engaged; below the second they may be disengaged."""

SOFT, LOUD = -50.0, -10.0
"""dBFS of voiced sound at which the loudness part of energy is 0 and 100."""

MOST_MOVEMENT = 8.0
"""Movement (0–255) at which the movement part of energy is 100."""

UNITS = {
    "probability": "low < medium < high, by the length of the longest pause",
    "state": "engaged, neutral or disengaged, by voice and movement",
    "energy": "0–100, mean of loudness and movement",
}
"""What we mean by the columns that we fill."""

NO_EVIDENCE = 50.0
DIMENSIONS = ("clarity", "authority", "energy", "rapport", "learning")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was measured in a stretch of the session.

    Attributes
    ----------
    voiced : float or None
        Share of the stretch's time that is voiced, 0 to 1; None without a sound track.
    loudness : float or None
        Level of the voiced time, in dBFS; None if there is none.
    movement : float or None
        Mean movement, 0 to 255; None without pictures.
    """

    voiced: float | None
    loudness: float | None
    movement: float | None


def engagement(stretch: Stretch) -> str:
    """Name the state: engaged by voice or movement, disengaged without either, neutral in between."""
    voiced, movement = stretch.voiced or 0.0, stretch.movement or 0.0
    if voiced >= TALKING or movement >= LIVELY:
        return "engaged"
    if voiced < SPEECHLESS and movement < MOTIONLESS:
        return "disengaged"
    return "neutral"


def probability(pause: float) -> str:
    """Name the probability of a hesitation whose longest pause has this many seconds."""
    return next(name for least, name in PROBABILITIES if pause >= least)


def quality(stretch: Stretch) -> dict[str, float]:
    """Score a stretch, 0 to 100 each: energy as measured, the rest "no evidence", and the index, their mean (§4.4)."""
    energy = _energy(stretch)
    values = dict.fromkeys(DIMENSIONS, NO_EVIDENCE) | {"energy": NO_EVIDENCE if energy is None else round(energy, 1)}
    return {"quality_index": round(sum(values.values()) / len(values), 2), **values}


def measured(stretch: Stretch) -> tuple[str, ...]:
    """Name the scores of `quality` that have evidence behind them."""
    return () if _energy(stretch) is None else ("energy",)


def _energy(stretch: Stretch) -> float | None:
    """Mean of a loudness part and a movement part, each linear from 0 to 100; of the one that there is, if only one."""
    parts = []
    if stretch.voiced is not None:
        loudness = SOFT if stretch.loudness is None else stretch.loudness
        parts.append(_percent((loudness - SOFT) / (LOUD - SOFT)))
    if stretch.movement is not None:
        parts.append(_percent(stretch.movement / MOST_MOVEMENT))
    return sum(parts) / len(parts) if parts else None


def _percent(share: float) -> float:
    return min(max(100 * share, 0.0), 100.0)
