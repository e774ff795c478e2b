"""Every number that is measured here: what it is, how, whose formula, and what deceives it. One line each.

The thresholds in the sentences are the constants of the rooms that use them. What the servers make of these numbers is
said beside their rules: `emotion_logic/scores.py`, `interhuman/scores.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from emotoolkit.measure import (
    baseline,
    face,
    head,
    movement,
    pitch,
    posture,
    rhythm,
    rolling_voice,
    spectrum,
    turns,
    voice,
)

__all__ = ["NUMBERS", "OURS", "Number"]

OURS = "ours"
BOERSMA = "Boersma 1993"
PRAAT = "Praat's definition; waveform matching: Titze & Liang 1993"
DISTANCE = "the distance of the microphone and the recording level"
NOISE = "below 10 dB signal-to-noise ratio it is lost"
CODECS = "MP3 and Opus at 32 kbit/s change it"


@dataclass(frozen=True, slots=True)
class Number:
    """A measured number.

    Attributes
    ----------
    name : str
        As the attribute of the class `of` is called.
    of : str
        What it is a number of: a stretch of speech, a speaker, a look at the picture …
    what, formula, unit, source, limits : str
        What it says, how it is computed, its unit or range, whose formula it is, and what deceives it.
    """

    name: str
    of: str
    what: str
    formula: str
    unit: str
    source: str
    limits: str


def _stretch(name: str, what: str, formula: str, unit: str, source: str, limits: str) -> Number:
    return Number(name, "stretch of speech", what, formula, unit, source, limits)


def _part(name: str, what: str, formula: str, unit: str, limits: str, source: str = OURS) -> Number:
    return Number(name, "speaker's part", what, formula, unit, source, limits)


def _face(name: str, what: str, formula: str, unit: str, limits: str, source: str = OURS) -> Number:
    return Number(name, "look at the face", what, formula, unit, source, limits)


VOICE = (
    _stretch(
        "start",
        "where speech begins",
        f"{voice.OPENING} frames of {1000 * voice.FRAME:g} ms above the room's level, within "
        f"{voice.REACH * voice.FRAME:g} s of a voiced one",
        "s, on a grid of 0.02",
        OURS,
        "very soft onsets, below −46 dBFS, are cut",
    ),
    _stretch(
        "end",
        "where it ends",
        f"{voice.CLOSING * voice.FRAME:g} s without sound follow, or it has lasted {voice.LONGEST * voice.FRAME:g} s",
        "s, on a grid of 0.02",
        OURS,
        "rooms and codecs that ring lengthen it",
    ),
    _stretch(
        "rms",
        "level",
        "root mean square without a constant; as dBFS 20·log10",
        "share of full scale, 0–1",
        "definition",
        DISTANCE,
    ),
    _stretch("peak", "largest magnitude", "max |sample|", "share of full scale, 0–1", "definition", DISTANCE),
    _stretch("voiced", "share of its frames with a pitch", "voiced frames / frames", "0–1", BOERSMA, NOISE),
    _stretch(
        "hertz",
        "pitch (F0)",
        "median of the voiced frames: best path through the peaks of the autocorrelation of a Hann-windowed frame of "
        f"{1000 * pitch.WINDOW:g} ms, divided by the window's, every {1000 * pitch.STEP:g} ms",
        f"Hz, {pitch.FLOOR:g}–{pitch.CEILING:g}",
        BOERSMA,
        f"{NOISE}; whispering has none; two voices at once",
    ),
    _stretch(
        "span",
        "range of the pitch",
        "10th to 90th percentile of the frames within 0.75 of the lower and 1.5 of the upper quartile",
        "semitones",
        OURS,
        "grows with the length of the stretch",
    ),
    _stretch(
        "slope",
        "slope of the pitch",
        "least squares line through the same frames",
        "semitones/s",
        OURS,
        "hardly a line in stretches below half a second",
    ),
    _stretch(
        "level_range",
        "range of the level",
        "10th to 90th percentile of the level of the voiced frames",
        "dB",
        OURS,
        "noise fills the soft parts and narrows it",
    ),
    _stretch(
        "jitter",
        "how unequal neighbouring cycles are in length",
        "mean |Tᵢ − Tᵢ₊₁| / mean T, without neighbours that differ by a factor of 1.3",
        "share; 0.01 is 1 %",
        PRAAT,
        f"{CODECS}; noise raises it; above 4 % it is read too low",
    ),
    _stretch(
        "shimmer",
        "how unequal neighbouring cycles are in amplitude",
        "mean |Aᵢ − Aᵢ₊₁| / mean A, without neighbours that differ by a factor of 1.6",
        "share; 0.1 is 10 %",
        PRAAT,
        f"{CODECS}; noise raises it",
    ),
    _stretch(
        "harmonicity",
        "harmonics-to-noise ratio",
        "mean over the voiced frames of 10·log10(r / (1 − r)), r the peak of the autocorrelation",
        "dB",
        BOERSMA,
        "room noise and reverberation lower it as hoarseness does",
    ),
    _stretch(
        "tilt",
        "spectral tilt",
        f"mean power density of {spectrum.HIGH[0]:g}–{spectrum.HIGH[1]:g} Hz over {spectrum.LOW[0]:g}–"
        f"{spectrum.LOW[1]:g} Hz, voiced frames",
        "dB",
        "Praat's Ltas slope; border at 1 kHz: Sundberg & Nordenberg 2006",
        "microphone, room and telephone band; the vowels that happen to be spoken",
    ),
    _stretch(
        "high",
        "high-frequency share",
        f"power above {spectrum.BORDER:g} Hz over power below, voiced frames",
        "dB",
        OURS,
        "as tilt",
    ),
    _stretch(
        "syllables",
        "syllables",
        f"voiced peaks of loudness in {rhythm.BAND[0]:g}–{rhythm.BAND[1]:g} Hz with dips of {rhythm.DIP:g} dB between",
        "count",
        "after de Jong & Wempe 2009; band and dip: ours",
        "vowels that touch count once; noise fills the dips",
    ),
    _stretch("rate", "speech rate", "syllables / length", "syllables/s", "de Jong & Wempe 2009", "as syllables"),
    Number(
        "steps",
        "speaker",
        "how far a stretch is from the speaker's own baseline: "
        + ", ".join(f"{name} ({step:g} {unit})" for name, (step, unit) in baseline.STEPS.items()),
        f"(value − mean of the speaker's first {baseline.CALIBRATION:g} s of voice) / step",
        "steps; the step of each in brackets",
        OURS,
        "a speaker who begins unusually is measured against that",
    ),
    Number(
        "pausing",
        "passage",
        f"share of pauses among the last {rolling_voice.VOICE:g} to 6 s of voice",
        "pauses / length of the passage",
        "0–1",
        OURS,
        "somebody else's turn that is not in the recording",
    ),
)

TURNS = (
    Number(
        "offset",
        "turn",
        "floor-transfer offset: how long nobody, or both, speak before the other one does alone",
        "length of the gap, or of the overlap with a minus",
        "s",
        "Heldner, Edlund, Laskowski & Pelcé 2009; Levinson & Torreira 2015",
        "a voice heard on the other's channel too",
    ),
    _part("speech", "speech without pauses", "sum of its utterances", "s", "as start and end"),
    _part("utterances", "utterances", f"stretches less than {turns.PAUSE:g} s apart are one", "count", "the cut-off"),
    _part("onset", "onset latency", "time of its first word", "s", "a recording that begins late"),
    _part(
        "pauses",
        "pauses",
        f"silence of {turns.PAUSE:g} s or more between two of its utterances, nobody else speaking",
        "count",
        "studies cut off at 0.1 to 1 s (de Jong & Bosker 2013), which changes every number of pauses",
        "Heldner et al. 2009",
    ),
    _part("pause_share", "share of pauses", "pauses / (pauses + speech)", "0–1", "as pauses"),
    _part("pause_mean", "length of pauses, mean", "mean", "s", "few long ones weigh much"),
    _part("pause_median", "length of pauses, median", "median", "s", "as pauses"),
    _part("pause_longest", "longest pause", "max", "s", "as pauses"),
    _part("turns", "times it took over", "gaps and overlaps after which it speaks alone", "count", "laughs count"),
    _part(
        "response",
        "response latency",
        "median floor-transfer offset when it took over",
        "s",
        "few turns make it unsure",
        "Levinson & Torreira 2015",
    ),
    _part("overlapped", "speech at once with somebody else", "sum", "s", "a voice heard on the other's channel too"),
)

FACE = (
    _face(
        "attention",
        "face unseen, frontal, turned or absent",
        f"boosted cascade, {face.RATE // face.DETECTIONS} searches a second; turned: not found, yet correlates by "
        f"{face.ALIKE:g}",
        "one of four",
        "faces below 1/7 of the shorter side are not found; a full profile is absent; trained on other people",
        "Viola & Jones 2001",
    ),
    _face("x", "middle of the face", "middle of the box / width", "0–1", "the box ends at chin and brow"),
    _face("y", "middle of the face", "middle of the box / height", "0–1", "as x"),
    _face("size", "width of the face", "width of the box / width", "0–1", "varies by 2 % in a face that keeps still"),
    _face("width", "width of the face", "size × width of the picture", "px of the picture as sent", "as size"),
    _face(
        "right",
        "travel sideways",
        f"where forehead, eyes and nose are found again, {face.RATE} times a second, by normalised cross-correlation",
        "px of the picture as sent",
        "a camera that moves moves every head",
    ),
    _face("down", "travel up and down", "as right", "px of the picture as sent", "as right"),
    _face("track", "which unbroken stretch of looks", "counter; a new one after each absence and cut", "count", "–"),
    _face(
        "cut",
        "scene cut",
        f"thumbnails of {face.THUMB[0]}×{face.THUMB[1]} px correlate below {face.OTHER:g} and differ by {face.APART:g}",
        "yes or no",
        "a fade is none",
    ),
)

SWINGS = (
    f"at least {head.SWINGS} swings of {head.SWING_LEAST:g}–{head.SWING_MOST:g} s, alike in length and size, "
    f"{head.ACROSS:g} times wider than across, and than in the {head.BEFORE:g} s before"
)
HEAD = (
    *(
        Number(name, "nod or shake", what, formula, unit, source, limits)
        for name, what, formula, unit, source, limits in (
            (
                "kind",
                "nod (up and down) or shake (left and right)",
                SWINGS,
                "one of two",
                "symmetrical, cyclic movements: Hadar, Steiner & Rose 1985; the rest: ours",
                "a camera that shakes; nods smaller than what the head does all the time",
            ),
            ("count", "cycles", "turning points / 2", "count, 2 or more", OURS, "the first and last may be lost"),
            ("hertz", "cycles per second", "(turning points − 1) / 2 / time", "Hz, 0.67–4.2", OURS, "± 0.25"),
            (
                "pixels",
                "from the middle to either side",
                "half the median swing",
                "px of the picture as sent",
                OURS,
                "± 15 %",
            ),
        )
    ),
    *(
        Number(name, "lean", what, formula, unit, OURS, limits)
        for name, what, formula, unit, limits in (
            (
                "times",
                "leaning in (above 1) or back (below 1)",
                f"width of the face / its median over {posture.USUAL:g} s; from {posture.LEAN_FROM:g} times on",
                "times the usual width",
                "a chair that rolls; told when it is over, or after 12 s",
            ),
            ("looking", "share of it with a frontal face", "frontal looks / looks", "0–1", "as attention"),
        )
    ),
    Number(
        "width",
        "stillness",
        f"a head that holds still for {posture.STILL:g} s or more",
        f"travel within {posture.ROOM:g} widths of the face, up to",
        "widths of the face",
        OURS,
        "a slow drift is none",
    ),
    Number(
        "movement",
        "picture",
        "how much the picture changes",
        f"mean absolute difference of two looks, {movement.RATE} a second, at {movement.SIZE[0]}×{movement.SIZE[1]} px",
        "0–255",
        OURS,
        "cuts, light and camera shake are seen just as well",
    ),
)

NUMBERS = (*VOICE, *TURNS, *FACE, *HEAD)
"""In the order of the flow: voice, turns, face, head, picture."""
