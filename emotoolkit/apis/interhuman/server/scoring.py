"""From features to results: all thresholds and formulas of the local server.

These are not the vendor's rules, which are not public, but measurements in the vendor's wire format. A signal is sent
if its cause can be measured and named; signals without a rule are never sent. The vendor's own parser requires all six
scores, so a score without evidence has the documented value for that, 50 (contract page §3.6), and the field
`measured` of each message names the scores with evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FIRM_VOICE_DB",
    "HALTING_PAUSE_SHARE",
    "MAX_PAUSE_S",
    "MIN_ABSENCE_S",
    "MIN_PAUSES",
    "MIN_PAUSE_S",
    "RAISED_PITCH_SEMITONES",
    "SIGNALS",
    "SILENCE_DBFS",
    "STEADY_PITCH_AND_JITTER",
    "UNITS",
    "MeanFeatures",
    "Rule",
    "engagement",
    "measured_scores",
    "quality",
]

SILENCE_DBFS = -45.0
"""dBFS. 20 ms of sound below this level are silent, above it voiced: between a quiet room and soft speech."""

MIN_PAUSE_S, MAX_PAUSE_S = 1.0, 3.0
"""Seconds of silence between speech that are a hesitation. Less is a breath, more is another speaker's turn."""

RAISED_PITCH_SEMITONES = 3.0
"""Semitones above the speaker's baseline, over a passage of 4 to 6 s of voice, that indicate stress. A calm reader
exceeds it once in five minutes."""

FIRM_VOICE_DB, STEADY_PITCH_AND_JITTER = 3.5, (2.0, 0.25)
"""dB above the baseline, over a passage, from which on a voice is firm; semitones around the baseline, and percent of
jitter above it, within which it is steady. A voice that is firm and steady indicates confidence."""

MIN_PAUSES, HALTING_PAUSE_SHARE = 3, 0.2
"""Pauses in a passage, and excess of their share of its time over the speaker's usual share (0 to 1), from which on
delivery is halting, which indicates uncertainty."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a signal follows from measured evidence.

    Attributes
    ----------
    cause : str
        What is measured, with its thresholds.
    unit : str
        Unit of the strength of evidence.
    source : str
        Publication that relates the cause to the name of the signal, or "ours".
    limits : str
        What else can cause it.
    modality : {'audio', 'video'}
        Track in which it is measured.
    high, medium : float
        Strength of the strongest evidence from which on the probability is high, or medium; below, it is low.
    points : mapping
        Points that evidence adds to a score (from 50), multiplied by its share of the period's time.
    """

    cause: str
    unit: str
    source: str
    limits: str
    modality: str
    high: float
    medium: float
    points: Mapping[str, float]

    def probability(self, strength: float) -> str:
        """Classify the strength of evidence as high, medium or low."""
        return "high" if strength >= self.high else "medium" if strength >= self.medium else "low"


SIGNALS = {
    "agreement": Rule(
        "nodding: the head goes up and down twice or more, 0.7 to 4.2 times a second",
        "nods in one go (one does it twice by chance, hardly four times)",
        "Hadar, Steiner & Rose 1985: symmetrical, cyclic movements signal yes and no",
        "a head that bobs to music; cultures in which a nod means no",
        "video",
        high=4,
        medium=3,
        points={"rapport": 40},
    ),
    "disagreement": Rule(
        "shaking the head: left and right twice or more, 0.7 to 4.2 times a second",
        "shakes in one go",
        "Hadar, Steiner & Rose 1985",
        "cultures in which shaking the head means yes",
        "video",
        high=4,
        medium=3,
        points={"rapport": -40},
    ),
    "interest": Rule(
        "leaning in and looking: the face is 1.12 times as wide as usual, and frontal 80 % of the time",
        "how many times its usual width the face has on average",
        "Mota & Picard 2003: posture tells interest; that it is leaning in is ours",
        "somebody who moves the chair, or reads what is small",
        "video",
        high=1.2,
        medium=1.15,
        points={"learning": 40, "rapport": 20},
    ),
    "hesitation": Rule(
        f"a long pause before speaking: {MIN_PAUSE_S:g} to {MAX_PAUSE_S:g} s below −{-SILENCE_DBFS:g} dBFS",
        "s of the pause",
        "Maclay & Osgood 1959; Goldman-Eisler 1961",
        "pauses of rhetoric and of breath; somebody else's turn that is not in the recording",
        "audio",
        high=2.25,
        medium=1.5,
        points={"authority": -20, "clarity": -20},
    ),
    "confidence": Rule(
        f"a steady firm voice: {FIRM_VOICE_DB:g} dB louder than the speaker's baseline, pitch within "
        f"{STEADY_PITCH_AND_JITTER[0]:g} semitones of it and jitter at most {STEADY_PITCH_AND_JITTER[1]:g} % above it, "
        "over 4 to 6 s of voice",
        "dB above the baseline",
        "Scherer, London & Wolf 1973: confident speech is louder; Jiang & Pell 2017",
        "somebody who comes nearer to the microphone",
        "audio",
        high=6.0,
        medium=4.5,
        points={"authority": 40},
    ),
    "stress": Rule(
        f"rising pitch, and jitter with it: {RAISED_PITCH_SEMITONES:g} semitones above the speaker's baseline over "
        "4 to 6 s of voice; jitter above the baseline adds to the strength",
        "semitones above the baseline, plus 1 for each 0.25 % of jitter above it",
        "Giddens et al. 2013: a higher pitch is reported most often; of jitter studies report either",
        "joy, anger and noise raise the pitch as well",
        "audio",
        high=6.0,
        medium=4.5,
        points={"rapport": -20},
    ),
    "uncertainty": Rule(
        f"halting delivery: {MIN_PAUSES} pauses of 0.3 s or more among 4 to 6 s of voice, their share of the time "
        f"{100 * HALTING_PAUSE_SHARE:g} percent points above the speaker's own",
        "share of pauses above the speaker's own, 0 to 1",
        "Jiang & Pell 2017: unconfident speech is slowest and has more pauses; Scherer, London & Wolf 1973",
        "speech that is dictated, or interrupted by the other one",
        "audio",
        high=0.4,
        medium=0.3,
        points={"authority": -20, "clarity": -20},
    ),
}
"""The signals that are sent, each with its rule. Their evidence is found in `evidence.py`.

- Hadar, U., Steiner, T. J. & Rose, F. C. (1985). Head movement during listening turns in conversation. Journal of
  Nonverbal Behavior, 9, 214–228.
- Mota, S. & Picard, R. W. (2003). Automated posture analysis for detecting learner's interest level. Conference on
  Computer Vision and Pattern Recognition Workshops, 49.
- Maclay, H. & Osgood, C. E. (1959). Hesitation phenomena in spontaneous English speech. Word, 15, 19–44.
- Goldman-Eisler, F. (1961). A comparative study of two hesitation phenomena. Language and Speech, 4, 18–26.
- Scherer, K. R., London, H. & Wolf, J. J. (1973). The voice of confidence: paralinguistic cues and audience evaluation.
  Journal of Research in Personality, 7, 31–44.
- Jiang, X. & Pell, M. D. (2017). The sound of confidence and doubt. Speech Communication, 88, 106–126.
- Giddens, C. L., Barron, K. W., Byrd-Craven, J., Clark, K. F. & Winter, A. S. (2013). Vocal indices of stress: a
  review. Journal of Voice, 27, 390.e21–390.e29.
"""

ENGAGED_VOICED_SHARE, DISENGAGED_VOICED_SHARE = 0.4, 0.05
"""Shares of voiced time, 0 to 1: engaged from the first on; below the second possibly disengaged."""

MIN_ABSENCE_S = 1.0
"""Seconds without the face that was present, from which on the person is disengaged; detectors fail for less."""

ATTENTIVE_FRONTAL_SHARE, ATTENTIVE_VOICED_SHARE = 0.8, 0.2
"""Shares of time with a frontal face, and of voiced time, 0 to 1: engaged if both are reached; not disengaged if the
first is."""

ENGAGED_MOVEMENT, DISENGAGED_MOVEMENT = 4.0, 0.5
"""Movement (0–255): engaged from the first on; below the second possibly disengaged."""

MIN_LOUDNESS_DBFS, MAX_LOUDNESS_DBFS = -50.0, -10.0
"""dBFS of voiced sound at which the loudness part of energy is 0 and 100."""

MAX_MOVEMENT = 8.0
"""Movement (0–255) at which the movement part of energy is 100."""

NO_EVIDENCE_SCORE = 50.0
DIMENSIONS = ("clarity", "authority", "energy", "rapport", "learning")

UNITS = {
    "probability": "low < medium < high, by the strength of the cause: nods, shakes, nearness, pause, dB, semitones",
    "state": "engaged, neutral or disengaged, by face, voice and movement",
    "energy": "0–100, mean of loudness and movement",
    **{
        name: "0–100, 50 "
        + " ".join(
            f"{'+' if rule.points[name] > 0 else '−'} {abs(rule.points[name]):g} × share of {signal}"
            for signal, rule in SIGNALS.items()
            if name in rule.points
        )
        for name in ("clarity", "authority", "rapport", "learning")
    },
}
"""Range and definition of each column, as measured by the local server."""


@dataclass(frozen=True, slots=True)
class MeanFeatures:
    """Mean features of a time range.

    Attributes
    ----------
    voiced : float or None
        Share of the time that is voiced, 0 to 1; None without a sound track.
    loudness : float or None
        Level of the voiced time, in dBFS; None if there is none.
    movement : float or None
        Mean movement, 0 to 255; None without pictures.
    attention : float or None
        Share of the time with a frontal face, 0 to 1; None before the first face.
    evidence_share : mapping
        Share of the time with evidence of a signal, 0 to 1; only of signals with evidence.
    """

    voiced: float | None
    loudness: float | None
    movement: float | None
    attention: float | None = None
    evidence_share: Mapping[str, float] = field(default_factory=dict)


def engagement(features: MeanFeatures) -> str:
    """Classify the state: engaged by voice or movement, disengaged without voice, movement and face, else neutral."""
    voiced, movement = features.voiced or 0.0, features.movement or 0.0
    is_attentive = (features.attention or 0.0) >= ATTENTIVE_FRONTAL_SHARE
    if (
        voiced >= ENGAGED_VOICED_SHARE
        or movement >= ENGAGED_MOVEMENT
        or (is_attentive and voiced >= ATTENTIVE_VOICED_SHARE)
    ):
        return "engaged"
    if voiced < DISENGAGED_VOICED_SHARE and movement < DISENGAGED_MOVEMENT and not is_attentive:
        return "disengaged"
    return "neutral"


def quality(features: MeanFeatures) -> dict[str, float]:
    """Score features, 0 to 100 each: energy as measured, the others from 50 by evidence, and their mean (§4.4)."""
    energy = _energy_score(features)
    values = {name: round(_evidence_score(name, features.evidence_share), 1) for name in DIMENSIONS}
    values |= {} if energy is None else {"energy": round(energy, 1)}
    return {"quality_index": round(sum(values.values()) / len(values), 2), **values}


def measured_scores(features: MeanFeatures) -> tuple[str, ...]:
    """List the scores of `quality` that are based on evidence."""
    measured = {name for signal in features.evidence_share for name in SIGNALS[signal].points}
    measured |= set() if _energy_score(features) is None else {"energy"}
    return tuple(name for name in DIMENSIONS if name in measured)


def _evidence_score(name: str, evidence_share: Mapping[str, float]) -> float:
    points = sum(SIGNALS[signal].points.get(name, 0.0) * share for signal, share in evidence_share.items())
    return min(max(NO_EVIDENCE_SCORE + points, 0.0), 100.0)


def _energy_score(features: MeanFeatures) -> float | None:
    """Compute the mean of loudness and movement, each scaled to 0 to 100; of the one measured, if only one is."""
    parts = []
    if features.voiced is not None:
        loudness = MIN_LOUDNESS_DBFS if features.loudness is None else features.loudness
        parts.append(_percent((loudness - MIN_LOUDNESS_DBFS) / (MAX_LOUDNESS_DBFS - MIN_LOUDNESS_DBFS)))
    if features.movement is not None:
        parts.append(_percent(features.movement / MAX_MOVEMENT))
    return sum(parts) / len(parts) if parts else None


def _percent(share: float) -> float:
    return min(max(100 * share, 0.0), 100.0)
