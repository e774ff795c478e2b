"""From measures to answers: each threshold and formula of the local server, on one screen.

None of these is the vendor's rule, which is not public; they are measurements in the vendor's wire format. A signal is
sent where its cause can be measured and named; signals without a rule are never sent. The vendor's own parser insists
on all six scores, so what has no evidence carries the wire's documented value for that, 50 (contract page §3.6), and
each message says in `measured` which scores have some.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AWAY",
    "LONGEST_PAUSE",
    "SHORTEST_PAUSE",
    "SIGNALS",
    "SILENT",
    "UNITS",
    "Rule",
    "Stretch",
    "engagement",
    "measured",
    "quality",
]

SILENT = -45.0
"""dBFS. 20 ms of sound below this level are silent, above it voiced: between a quiet room and soft speech."""

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 3.0
"""Seconds of silence between speech that make a hesitation. Shorter is breath, longer is somebody else's turn."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a signal follows from a cause.

    Attributes
    ----------
    modality : {'audio', 'video'}
        Track in which the cause is measured.
    high, medium : float
        Strength of the strongest cause from which on the probability is high, or medium; below, it is low.
    moves : mapping
        Points by which a score rises or falls (from 50) while the cause lasts; in a period, by its share of the time.
    """

    modality: str
    high: float
    medium: float
    moves: Mapping[str, float]

    def probability(self, strength: float) -> str:
        """Name the probability."""
        return "high" if strength >= self.high else "medium" if strength >= self.medium else "low"


SIGNALS = {
    # Strength: nods or shakes in one go. One does it twice by chance, hardly four times.
    "agreement": Rule("video", 4, 3, {"rapport": 40}),
    "disagreement": Rule("video", 4, 3, {"rapport": -40}),
    # Strength: how many times its usual width the face has on average.
    "interest": Rule("video", 1.2, 1.15, {"learning": 40, "rapport": 20}),
    # Strength: seconds of the pause.
    "hesitation": Rule("audio", 2.25, 1.5, {"authority": -20, "clarity": -20}),
}
"""The signals that are sent, each with its rule. The cause of each is found in `causes.py`."""

TALKING, SPEECHLESS = 0.4, 0.05
"""Shares of voiced time: from the first on somebody is engaged; below the second they may be disengaged."""

AWAY = 1.0
"""Seconds without the face that was there, from which on somebody is disengaged: a blink of the detector is shorter."""

ATTENTIVE, SPEAKING = 0.8, 0.2
"""Shares of time with a frontal face, and of voiced time: together from these on somebody is engaged; somebody who is
attentive is not disengaged."""

LIVELY, MOTIONLESS = 4.0, 0.5
"""Movement (0–255): from the first on somebody is engaged; below the second they may be disengaged."""

SOFT, LOUD = -50.0, -10.0
"""dBFS of voiced sound at which the loudness part of energy is 0 and 100."""

MOST_MOVEMENT = 8.0
"""Movement (0–255) at which the movement part of energy is 100."""

NO_EVIDENCE = 50.0
DIMENSIONS = ("clarity", "authority", "energy", "rapport", "learning")

UNITS = {
    "probability": "low < medium < high, by the count of nods or shakes, the nearness of a lean, the length of a pause",
    "state": "engaged, neutral or disengaged, by face, voice and movement",
    "energy": "0–100, mean of loudness and movement",
    **{
        name: "0–100, 50 "
        + " ".join(
            f"{'+' if rule.moves[name] > 0 else '−'} {abs(rule.moves[name]):g} × share of {signal}"
            for signal, rule in SIGNALS.items()
            if name in rule.moves
        )
        for name in ("clarity", "authority", "rapport", "learning")
    },
}
"""What we mean by the columns that we fill."""


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
    attention : float or None
        Share of the time with a frontal face, 0 to 1; None before the first face.
    causes : mapping
        Share of the time of each signal's causes, 0 to 1; only of signals that there were.
    """

    voiced: float | None
    loudness: float | None
    movement: float | None
    attention: float | None = None
    causes: Mapping[str, float] = field(default_factory=dict)


def engagement(stretch: Stretch) -> str:
    """Name the state: engaged by voice or movement, disengaged without voice, movement and face, else neutral."""
    voiced, movement = stretch.voiced or 0.0, stretch.movement or 0.0
    attentive = (stretch.attention or 0.0) >= ATTENTIVE
    if voiced >= TALKING or movement >= LIVELY or (attentive and voiced >= SPEAKING):
        return "engaged"
    if voiced < SPEECHLESS and movement < MOTIONLESS and not attentive:
        return "disengaged"
    return "neutral"


def quality(stretch: Stretch) -> dict[str, float]:
    """Score a stretch, 0 to 100 each: energy as measured, the rest sums from 50, and the index, their mean (§4.4)."""
    energy = _energy(stretch)
    values = {name: round(_sum(name, stretch.causes), 1) for name in DIMENSIONS}
    values |= {} if energy is None else {"energy": round(energy, 1)}
    return {"quality_index": round(sum(values.values()) / len(values), 2), **values}


def measured(stretch: Stretch) -> tuple[str, ...]:
    """Name the scores of `quality` that have evidence behind them."""
    moved = {name for signal in stretch.causes for name in SIGNALS[signal].moves}
    moved |= set() if _energy(stretch) is None else {"energy"}
    return tuple(name for name in DIMENSIONS if name in moved)


def _sum(name: str, causes: Mapping[str, float]) -> float:
    moves = sum(SIGNALS[signal].moves.get(name, 0.0) * share for signal, share in causes.items())
    return min(max(NO_EVIDENCE + moves, 0.0), 100.0)


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
