"""Rules for all columns that the local server sends, each with its formula.

None of these is the vendor's formula, which is not public; they are measurements in the vendor's wire format, not of
emotion. A column has a rule if research has found that what it is named after correlates with measures of the voice;
the rule is then a plain mean of such measures, in steps above the speaker's own baseline (`measure.baseline`):

- Bone, D., Lee, C.-C. & Narayanan, S. (2014). Robust unsupervised arousal rating: a rule-based framework with
  knowledge-inspired vocal features. IEEE Transactions on Affective Computing, 5, 201–213. Three features of the voice,
  each against the speaker's own baseline, make arousal; which three, and that they weigh the same, is ours.
- Giddens, C. L., Barron, K. W., Byrd-Craven, J., Clark, K. F. & Winter, A. S. (2013). Vocal indices of stress: a
  review. Journal of Voice, 27, 390.e21–390.e29. A higher pitch is reported most often, though not by all.
- Trouvain, J. & Barry, W. J. (2000). The prosody of excitement in horse race commentaries. Proceedings of the ISCA
  Workshop on Speech and Emotion, 86–91. Level and range of the pitch, and intensity.
- Scherer, K. R., London, H. & Wolf, J. J. (1973). The voice of confidence: paralinguistic cues and audience evaluation.
  Journal of Research in Personality, 7, 31–44. Confident speech is louder, faster, and has fewer and shorter pauses.
- Jiang, X. & Pell, M. D. (2017). The sound of confidence and doubt. Speech Communication, 88, 106–126. Speech that is
  not confident is slowest, softer, and has more pauses.
- Maclay, H. & Osgood, C. E. (1959). Hesitation phenomena in spontaneous English speech. Word, 15, 19–44; and
  Goldman-Eisler, F. (1961). A comparative study of two hesitation phenomena. Language and Speech, 4, 18–26. Hesitation
  is pausing, among others; that slowing down is one is ours.

Where several emotions sound alike (joy and anger are both high, loud and fast), or research does not agree (mental
effort, concentration, imagination), there is no rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.measure.voice import FRAME_S, MIN_STRETCH_FRAMES, level_dbfs

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotoolkit.measure.baseline import NormalizedStretch

__all__ = ["COLUMNS", "POSITIONS", "RELATIVE_COLUMNS", "RULES", "Rule", "row"]

FULL_SCALE = 32768
"""16-bit amplitude at full scale."""

SILENCE_DBFS = -50.0
"""Level of `energy` 0: about the noise floor of a quiet room in a recording at normal gain."""

MAX_SCORE = 30.0
"""Upper end of most columns (contract page §4.2)."""

NORMAL_BASELINE, NEUTRAL_BASELINE = 5.0, 15.0
"""Scores of the baseline: the middle of the normal range 0–10, or the neutral 15, depending on the column (§4.2)."""

POINTS_PER_STEP = 5.0
"""Points per step above the baseline: two steps are a band of §4.2."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A column: its wire name, unit and range, its formula in words and in code, source and limits."""

    column: str
    unit: str
    formula: str
    compute: Callable[[NormalizedStretch], float]
    source: str
    limits: str


def _clip(value: float, maximum: float = MAX_SCORE) -> float:
    return min(max(value, 0.0), maximum)


def _valid(normalized: NormalizedStretch) -> float:
    stretch = normalized.stretch
    unclipped = stretch.peak < (FULL_SCALE - 1) / FULL_SCALE
    return float(
        normalized.calibrated and unclipped and stretch.end - stretch.start > (MIN_STRETCH_FRAMES - 0.5) * FRAME_S
    )


def _energy(normalized: NormalizedStretch) -> float:
    return _clip(level_dbfs(normalized.stretch.rms) - SILENCE_DBFS, 50.0)


def _stress(normalized: NormalizedStretch) -> float:
    return _clip(NORMAL_BASELINE + POINTS_PER_STEP * normalized.mean(pitch=1))


def _uncertainty(normalized: NormalizedStretch) -> float:
    return _clip(NEUTRAL_BASELINE + POINTS_PER_STEP * normalized.mean(pause=1, rate=-1, level=-1))


def _excitement(normalized: NormalizedStretch) -> float:
    return _clip(NEUTRAL_BASELINE + POINTS_PER_STEP * normalized.mean(pitch=1, span=1, level=1))


def _hesitation(normalized: NormalizedStretch) -> float:
    return _clip(NEUTRAL_BASELINE + POINTS_PER_STEP * normalized.mean(pause=1, rate=-1))


def _arousal(normalized: NormalizedStretch) -> float:
    return _clip(NORMAL_BASELINE + POINTS_PER_STEP * normalized.mean(pitch=1, level=1, high=1))


SOURCE_OURS = "ours"
DISTANCE_LIMITS = "the distance of the microphone and the recording level"
BASELINE_LIMITS = "a speaker who begins unusually; before their first 10 s of voice it says little"

RULES = (
    Rule(
        "validSegment",
        "0 or 1",
        "1 if not clipped, at least 0.4 s, and after the speaker's first 10 s",
        _valid,
        SOURCE_OURS,
        "clipping below full scale is not seen",
    ),
    Rule(
        "energy",
        "dB above −50 dBFS, 0–50",
        "20·log10(RMS of the stretch) + 50, cut to 0–50",
        _energy,
        SOURCE_OURS,
        DISTANCE_LIMITS,
    ),
    Rule(
        "stress",
        "0–30, baseline 5",
        "5 + 5·pitch",
        _stress,
        "Giddens et al. 2013",
        f"joy and noise raise the pitch too; {BASELINE_LIMITS}",
    ),
    Rule(
        "uncertainty",
        "0–30, baseline 15",
        "15 + 5·mean(pause, −rate, −level)",
        _uncertainty,
        "Scherer, London & Wolf 1973; Jiang & Pell 2017",
        f"{DISTANCE_LIMITS}; {BASELINE_LIMITS}",
    ),
    Rule(
        "excitement",
        "0–30, baseline 15",
        "15 + 5·mean(pitch, span, level)",
        _excitement,
        "Trouvain & Barry 2000",
        f"pleasant or not cannot be told; {BASELINE_LIMITS}",
    ),
    Rule(
        "hesitation",
        "0–30, baseline 15",
        "15 + 5·mean(pause, −rate)",
        _hesitation,
        "Maclay & Osgood 1959; Goldman-Eisler 1961; rate: ours",
        f"a pause of rhetoric, or somebody else's turn up to 3 s; {BASELINE_LIMITS}",
    ),
    Rule(
        "arousal",
        "0–30, baseline 5",
        "5 + 5·mean(pitch, level, high)",
        _arousal,
        "Bone, Lee & Narayanan 2014",
        f"{DISTANCE_LIMITS}; {BASELINE_LIMITS}",
    ),
    Rule(
        "voiceEnergy",
        "16-bit amplitude, 0–32768",
        "RMS × 32768",
        lambda normalized: normalized.stretch.rms * FULL_SCALE,
        SOURCE_OURS,
        DISTANCE_LIMITS,
    ),
    Rule(
        "EDP-Energetic", "0–100", "energy × 2", lambda normalized: 2 * _energy(normalized), SOURCE_OURS, DISTANCE_LIMITS
    ),
    Rule(
        "EDP-Stressful",
        "0–100",
        "stress / 30 × 100",
        lambda normalized: _stress(normalized) / MAX_SCORE * 100,
        SOURCE_OURS,
        "as for stress",
    ),
    Rule(
        "EDP-Confident",
        "0–100",
        "100 − uncertainty / 30 × 100",
        lambda normalized: 100 - _uncertainty(normalized) / MAX_SCORE * 100,
        SOURCE_OURS,
        "as for uncertainty",
    ),
    Rule(
        "EDP-Hesitation",
        "0–100",
        "hesitation / 30 × 100",
        lambda normalized: _hesitation(normalized) / MAX_SCORE * 100,
        SOURCE_OURS,
        "as for hesitation",
    ),
    Rule(
        "VOL1",
        "16-bit amplitude, 0–32768",
        "peak × 32768",
        lambda normalized: normalized.stretch.peak * FULL_SCALE,
        SOURCE_OURS,
        DISTANCE_LIMITS,
    ),
    Rule(
        "VOL2",
        "16-bit amplitude, 0–32768",
        "RMS × 32768, as voiceEnergy",
        lambda normalized: normalized.stretch.rms * FULL_SCALE,
        SOURCE_OURS,
        DISTANCE_LIMITS,
    ),
)
"""In the order of the wire's columns (§3.2). `pitch`, `span`, `level`, `high`, `rate` and `pause` are in steps above
the speaker's baseline, as `measure.baseline.STEP_SIZES` has them."""

RELATIVE_COLUMNS = {
    "stress", "uncertainty", "excitement", "hesitation", "arousal", "EDP-Stressful", "EDP-Confident", "EDP-Hesitation",
}  # fmt: skip
"""Columns that are valid only after the speaker's first 10 s."""

POSITIONS = ("index", "channel", "startPosSec", "endPosSec")
COLUMNS = (*POSITIONS, *(rule.column for rule in RULES))


def row(index: int, channel: int, normalized: NormalizedStretch) -> list[float]:
    """Make the row of one stretch in the order of `COLUMNS`; scores have three decimals."""
    scores = [round(rule.compute(normalized), 3) for rule in RULES]
    scores[0] = int(scores[0])
    return [index, channel, normalized.stretch.start, normalized.stretch.end, *scores]
