"""The columns of Emotion Logic: which there are on the wire, and their units, from the vendor's manual.

Sources: contract page §4.1 for the sets, §4.2 for unit or range; columns without a public range are not in `UNITS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMN_SETS", "UNITS", "ColumnLayout"]

_LEVEL_RANGE = "0–30"
_PERCENT_RANGE = "0–100"
_PERCENT_OF_BASELINE = "30–300, percent of the speaker's own baseline"

UNITS = {
    "channel": "0 left or only, 1 right",
    "index": "counter per channel",
    "energy": "0–50",
    **dict.fromkeys(
        [
            "joy", "sad", "aggression", "stress", "uncertainty", "excitement", "uneasy", "concentration",
            "anticipation",
            "hesitation", "mentalEffort", "imagination", "arousal", "extremeEmotion", "dissatisfied",
        ],
        _LEVEL_RANGE,
    ),
    "overallCognitiveActivity": "0–2000; 400–800 normal",
    "emotionCognitiveRatio": "1–500; 80–120 balanced",
    "atmosphere": "−100–100",
    "cognitiveHighLowBalance": "0–5000; 80–120 normal",
    **dict.fromkeys(
        [
            "EDP-Energetic", "EDP-Passionate", "EDP-Emotional", "EDP-Uneasy", "EDP-Stressful", "EDP-Thoughtful",
            "EDP-Confident", "EDP-Concentrated", "EDP-Anticipation", "EDP-Hesitation", "callPriority",
            "callPriorityAgent", "callDistressPriority", "finalRiskLevel",
        ],
        _PERCENT_RANGE,
    ),
    **dict.fromkeys(
        [
            "LVA-GlobalStress", "LVA-EmotionStress", "LVA-CognitiveStress", "LVA-EnergyStress", "LVA-MentalEffort",
            "LVA-SOSStress",
        ],
        _PERCENT_OF_BASELINE,
    ),
    "riskOZ": "0–360",
    "SOS": "30–150; 70–90 normal",
    "intCHL": "0–5000",
    "JQ": "10–70",
    "Fmain": "20–50",
    "Fant": "10–70",
    "AVJ": "400–850",
}  # fmt: skip

COLUMN_SETS = {
    "S51": (
        "index", "channel", "startPosSec", "endPosSec", "validSegment", "energy", "joy", "sad", "aggression", "stress",
        "uncertainty", "excitement", "uneasy", "concentration", "anticipation", "hesitation", "emotionBalance",
        "emotionEnergyBalance", "mentalEffort", "imagination", "arousal", "overallCognitiveActivity",
        "emotionCognitiveRatio", "extremeEmotion", "atmosphere", "voiceEnergy", "dissatisfied", "EDP-Energetic",
        "EDP-Passionate", "EDP-Emotional", "EDP-Uneasy", "EDP-Stressful", "EDP-Thoughtful", "EDP-Confident",
        "EDP-Concentrated", "EDP-Anticipation", "EDP-Hesitation", "callPriority", "callPriorityAgent", "VOL1", "VOL2",
        "SOS", "AVJ", "Fant", "Fflic", "Fmain", "JQ", "LJ", "SPJ", "SPT", "intCHL",
    ),
    "R127": (
        "index", "channel", "startPosSec", "endPosSec", "validSegment", "topics", "question", "onlineLVA", "risk1",
        "risk2", "riskOZ", "oz1", "oz2", "oz3", "energy", "joy", "sad", "aggression", "stress", "uncertainty",
        "excitement", "uneasy", "concentration", "anticipation", "hesitation", "emotionBalance",
        "emotionEnergyBalance", "mentalEffort", "imagination", "arousal", "overallCognitiveActivity",
        "emotionCognitiveRatio", "extremeEmotion", "atmosphere", "cognitiveHighLowBalance", "voiceEnergy",
        "dissatisfied", "LVA-GlobalStress", "LVA-EmotionStress", "LVA-CognitiveStress", "LVA-EnergyStress ",
        "LVA-MentalEffort", "LVA-SOSStress", "EmotionPlayer-Energy", "EmotionPlayer-Joy", "EmotionPlayer-Sad",
        "EmotionPlayer-Aggression", "EmotionPlayer-Stress", "EmotionPlayer-Risk", "finalRiskLevel", "EDP-Energetic",
        "EDP-Passionate", "EDP-Emotional", "EDP-Uneasy", "EDP-Stressful", "EDP-Thoughtful", "EDP-Confident",
        "EDP-Concentrated", "EDP-Anticipation", "EDP-Hesitation", "callPriority", "callPriorityAgent",
        "callDistressPriority", "VOL1", "VOL2", "JQcl", "SOS", "AVJ", "CHL", "Fant", "Fcen", "Fflic", "Fmain",
        "FmainPos", "Fq", "FsubCog", "FsubEmo", "Fx", "JQ", "LJ", "MaxVolAmp", "sampleSize", "P1", "P2", "P3", "SPJ",
        "SPJhl", "SPJll", "SPJsh", "SPJsl", "SPT", "SPST", "SPBT", "SPBth", "SPBtl", "SPSth", "SPStl", "SPBtl_DIF",
        "SPBth_DIF", "lJQ", "mJQ", "hJQ", "SPJsav", "SPJlav", "intCHL", "SPTJtot", "SPJdist", "SPJcomp", "JHLratio",
        "nCHL", "CHLdif", "CCCHL", "sptBdiff", "HASv", "AVJcl", "cPor", "feelGPT", "GPTCommand", "offlineLVA-value",
        "offlineLVA-riskStress", "offlineLVA-riskProbability", "offlineLVA-emotionStress",
        "offlineLVA-cognitiveStress", "offlineLVA-globalStress", "offlineLVA-frgStress",
        "offlineLVA-subjectiveEffortLevel", "offlineLVA-deceptionPatterns",
    ),
}  # fmt: skip
"""The two sets that are publicly known, in the wire's order: of a call-center application, and of a risk application.
Column 40 of the latter has a trailing blank in the only list there is."""


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """In which columns a server sends what it measures. A column of a set that is not measured is null.

    Parameters
    ----------
    measured : tuple of str
        Columns that are measured, in the order of a row.
    kind : str
        A key of `COLUMN_SETS`; anything else sends the measured columns alone.

    Examples
    --------
    >>> layout = ColumnLayout(("index", "channel", "VOL1"), "S51")
    >>> layout.row([1, 0, 1850.0]).count(None), len(layout.names)
    (48, 51)
    """

    measured: tuple[str, ...]
    kind: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        """Names of the columns, in order."""
        return COLUMN_SETS.get(self.kind, self.measured)

    def row(self, values: Sequence[Any]) -> list[Any]:
        """Arrange a row of measured values; None stands for a column that is not measured."""
        """Put a row of what is measured into the columns."""
        known = dict(zip(self.measured, values, strict=True))
        return [known.get(name) for name in self.names]
