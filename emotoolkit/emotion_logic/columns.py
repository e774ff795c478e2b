"""What the columns of Emotion Logic mean: unit or range by wire name, from the vendor's manual.

Source: contract page §4.2. Columns without a public range are not listed.
"""

from __future__ import annotations

__all__ = ["UNITS"]

_LEVELS = "0–30"
_SHARE = "0–100"
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
        _LEVELS,
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
        _SHARE,
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
