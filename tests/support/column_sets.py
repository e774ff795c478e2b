"""The two column sets that are publicly known (contract page §4.1), as wire names in wire order."""

# fmt: off
S51 = [
    "index", "channel", "startPosSec", "endPosSec", "validSegment", "energy", "joy", "sad", "aggression", "stress",
    "uncertainty", "excitement", "uneasy", "concentration", "anticipation", "hesitation", "emotionBalance",
    "emotionEnergyBalance", "mentalEffort", "imagination", "arousal", "overallCognitiveActivity",
    "emotionCognitiveRatio", "extremeEmotion", "atmosphere", "voiceEnergy", "dissatisfied", "EDP-Energetic",
    "EDP-Passionate", "EDP-Emotional", "EDP-Uneasy", "EDP-Stressful", "EDP-Thoughtful", "EDP-Confident",
    "EDP-Concentrated", "EDP-Anticipation", "EDP-Hesitation", "callPriority", "callPriorityAgent", "VOL1", "VOL2",
    "SOS", "AVJ", "Fant", "Fflic", "Fmain", "JQ", "LJ", "SPJ", "SPT", "intCHL",
]
"""Of a call-center application, streamed."""

R127 = [
    "index", "channel", "startPosSec", "endPosSec", "validSegment", "topics", "question", "onlineLVA", "risk1",
    "risk2", "riskOZ", "oz1", "oz2", "oz3", "energy", "joy", "sad", "aggression", "stress", "uncertainty",
    "excitement", "uneasy", "concentration", "anticipation", "hesitation", "emotionBalance", "emotionEnergyBalance",
    "mentalEffort", "imagination", "arousal", "overallCognitiveActivity", "emotionCognitiveRatio", "extremeEmotion",
    "atmosphere", "cognitiveHighLowBalance", "voiceEnergy", "dissatisfied", "LVA-GlobalStress", "LVA-EmotionStress",
    "LVA-CognitiveStress", "LVA-EnergyStress ", "LVA-MentalEffort", "LVA-SOSStress", "EmotionPlayer-Energy",
    "EmotionPlayer-Joy", "EmotionPlayer-Sad", "EmotionPlayer-Aggression", "EmotionPlayer-Stress",
    "EmotionPlayer-Risk", "finalRiskLevel", "EDP-Energetic", "EDP-Passionate", "EDP-Emotional", "EDP-Uneasy",
    "EDP-Stressful", "EDP-Thoughtful", "EDP-Confident", "EDP-Concentrated", "EDP-Anticipation", "EDP-Hesitation",
    "callPriority", "callPriorityAgent", "callDistressPriority", "VOL1", "VOL2", "JQcl", "SOS", "AVJ", "CHL", "Fant",
    "Fcen", "Fflic", "Fmain", "FmainPos", "Fq", "FsubCog", "FsubEmo", "Fx", "JQ", "LJ", "MaxVolAmp", "sampleSize",
    "P1", "P2", "P3", "SPJ", "SPJhl", "SPJll", "SPJsh", "SPJsl", "SPT", "SPST", "SPBT", "SPBth", "SPBtl", "SPSth",
    "SPStl", "SPBtl_DIF", "SPBth_DIF", "lJQ", "mJQ", "hJQ", "SPJsav", "SPJlav", "intCHL", "SPTJtot", "SPJdist",
    "SPJcomp", "JHLratio", "nCHL", "CHLdif", "CCCHL", "sptBdiff", "HASv", "AVJcl", "cPor", "feelGPT", "GPTCommand",
    "offlineLVA-value", "offlineLVA-riskStress", "offlineLVA-riskProbability", "offlineLVA-emotionStress",
    "offlineLVA-cognitiveStress", "offlineLVA-globalStress", "offlineLVA-frgStress",
    "offlineLVA-subjectiveEffortLevel", "offlineLVA-deceptionPatterns",
]
"""Of a risk application. Column 40 has a trailing blank in the only list there is."""
# fmt: on
