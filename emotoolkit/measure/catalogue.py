"""Catalogue of all measures: meaning, formula, unit, source and limits of each.

The thresholds in the sentences are the constants of the modules that use them. What the servers compute from these
measures is in `apis/emotion_logic/server/measures.py` and `apis/interhuman/server/measures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from emotoolkit.measure import (
    baseline,
    cuts,
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

__all__ = ["MEASURES", "OURS", "Measure"]

OURS = "ours"
BOERSMA = "Boersma 1993"
PRAAT = "Praat's definition; waveform matching: Titze & Liang 1993"
DISTANCE_LIMIT = "the distance of the microphone and the recording level"
NOISE_LIMIT = "below 10 dB signal-to-noise ratio it is lost"
CODEC_LIMIT = "MP3 and Opus at 32 kbit/s change it"


@dataclass(frozen=True, slots=True)
class Measure:
    """Description of a measure.

    Attributes
    ----------
    name : str
        Name of its attribute in the class that holds it.
    of : str
        What is measured: a stretch of speech, a speaker, a look at the picture …
    what, formula, unit, source, limits : str
        Meaning, computation, unit or range, origin of the formula, and what distorts it.
    """

    name: str
    of: str
    what: str
    formula: str
    unit: str
    source: str
    limits: str


def _stretch_measure(name: str, what: str, formula: str, unit: str, source: str, limits: str) -> Measure:
    return Measure(name, "stretch of speech", what, formula, unit, source, limits)


def _channel_measure(name: str, what: str, formula: str, unit: str, limits: str, source: str = OURS) -> Measure:
    return Measure(name, "speaker's part", what, formula, unit, source, limits)


def _face_measure(name: str, what: str, formula: str, unit: str, limits: str, source: str = OURS) -> Measure:
    return Measure(name, "look at the face", what, formula, unit, source, limits)


VOICE = (
    _stretch_measure(
        "start",
        "where speech begins",
        f"{voice.ONSET_FRAMES} frames of {1000 * voice.FRAME_S:g} ms above the room's level, within "
        f"{voice.VOICED_REACH_FRAMES * voice.FRAME_S:g} s of a voiced one",
        "s, on a grid of 0.02",
        OURS,
        "very soft onsets, below −46 dBFS, are cut",
    ),
    _stretch_measure(
        "end",
        "where it ends",
        f"{voice.HANGOVER_FRAMES * voice.FRAME_S:g} s without sound follow, or it has lasted "
        f"{voice.MAX_STRETCH_FRAMES * voice.FRAME_S:g} s",
        "s, on a grid of 0.02",
        OURS,
        "rooms and codecs that ring lengthen it",
    ),
    _stretch_measure(
        "rms",
        "level",
        "root mean square without a constant; as dBFS 20·log10",
        "share of full scale, 0–1",
        "definition",
        DISTANCE_LIMIT,
    ),
    _stretch_measure(
        "peak", "largest magnitude", "max |sample|", "share of full scale, 0–1", "definition", DISTANCE_LIMIT
    ),
    _stretch_measure(
        "voiced", "share of its frames with a pitch", "voiced frames / frames", "0–1", BOERSMA, NOISE_LIMIT
    ),
    _stretch_measure(
        "hertz",
        "pitch (F0)",
        "median of the voiced frames: best path through the peaks of the autocorrelation of a Hann-windowed frame of "
        f"{1000 * pitch.WINDOW_S:g} ms, divided by the window's, every {1000 * pitch.FRAME_STEP_S:g} ms",
        f"Hz, {pitch.FLOOR_HZ:g}–{pitch.CEILING_HZ:g}",
        BOERSMA,
        f"{NOISE_LIMIT}; whispering has none; two voices at once",
    ),
    _stretch_measure(
        "span",
        "range of the pitch",
        "10th to 90th percentile of the frames within 0.75 of the lower and 1.5 of the upper quartile",
        "semitones",
        OURS,
        "grows with the length of the stretch",
    ),
    _stretch_measure(
        "slope",
        "slope of the pitch",
        "least squares line through the same frames",
        "semitones/s",
        OURS,
        "hardly a line in stretches below half a second",
    ),
    _stretch_measure(
        "level_range",
        "range of the level",
        "10th to 90th percentile of the level of the voiced frames",
        "dB",
        OURS,
        "noise fills the soft parts and narrows it",
    ),
    _stretch_measure(
        "jitter",
        "how unequal neighbouring cycles are in length",
        "mean |Tᵢ − Tᵢ₊₁| / mean T, without neighbours that differ by a factor of 1.3",
        "share; 0.01 is 1 %",
        PRAAT,
        f"{CODEC_LIMIT}; noise raises it; above 4 % it is read too low",
    ),
    _stretch_measure(
        "shimmer",
        "how unequal neighbouring cycles are in amplitude",
        "mean |Aᵢ − Aᵢ₊₁| / mean A, without neighbours that differ by a factor of 1.6",
        "share; 0.1 is 10 %",
        PRAAT,
        f"{CODEC_LIMIT}; noise raises it",
    ),
    _stretch_measure(
        "harmonicity",
        "harmonics-to-noise ratio",
        "mean over the voiced frames of 10·log10(r / (1 − r)), r the peak of the autocorrelation",
        "dB",
        BOERSMA,
        "room noise and reverberation lower it as hoarseness does",
    ),
    _stretch_measure(
        "tilt",
        "spectral tilt",
        f"mean power density of {spectrum.HIGH_BAND_HZ[0]:g}–{spectrum.HIGH_BAND_HZ[1]:g} Hz over "
        f"{spectrum.LOW_BAND_HZ[0]:g}–{spectrum.LOW_BAND_HZ[1]:g} Hz, voiced frames",
        "dB",
        "Praat's Ltas slope; border at 1 kHz: Sundberg & Nordenberg 2006",
        "microphone, room and telephone band; the vowels that happen to be spoken",
    ),
    _stretch_measure(
        "high",
        "high-frequency share",
        f"power above {spectrum.BORDER_HZ:g} Hz over power below, voiced frames",
        "dB",
        OURS,
        "as tilt",
    ),
    _stretch_measure(
        "syllables",
        "syllables",
        f"voiced peaks of loudness in {rhythm.VOWEL_BAND_HZ[0]:g}–{rhythm.VOWEL_BAND_HZ[1]:g} Hz with dips of "
        f"{rhythm.MIN_DIP_DB:g} dB between",
        "count",
        "after de Jong & Wempe 2009; band and dip: ours",
        "vowels that touch count once; noise fills the dips",
    ),
    _stretch_measure(
        "rate", "speech rate", "syllables / length", "syllables/s", "de Jong & Wempe 2009", "as syllables"
    ),
    Measure(
        "steps",
        "speaker",
        "how far a stretch is from the speaker's own baseline: "
        + ", ".join(f"{name} ({step:g} {unit})" for name, (step, unit) in baseline.STEP_SIZES.items()),
        f"(value − mean of the speaker's first {baseline.CALIBRATION_S:g} s of voice) / step",
        "steps; the step of each in brackets",
        OURS,
        "a speaker who begins unusually is measured against that",
    ),
    Measure(
        "pausing",
        "passage",
        f"share of pauses among the last {rolling_voice.MIN_VOICE_S:g} to 6 s of voice",
        "pauses / length of the passage",
        "0–1",
        OURS,
        "somebody else's turn that is not in the recording",
    ),
)

TURNS = (
    Measure(
        "offset",
        "turn",
        "floor-transfer offset: how long nobody, or both, speak before the other one does alone",
        "length of the gap, or of the overlap with a minus",
        "s",
        "Heldner, Edlund, Laskowski & Pelcé 2009; Levinson & Torreira 2015",
        "a voice heard on the other's channel too",
    ),
    _channel_measure("speech", "speech without pauses", "sum of its utterances", "s", "as start and end"),
    _channel_measure(
        "utterances", "utterances", f"stretches less than {turns.MIN_PAUSE_S:g} s apart are one", "count", "the cut-off"
    ),
    _channel_measure("onset", "onset latency", "time of its first word", "s", "a recording that begins late"),
    _channel_measure(
        "pauses",
        "pauses",
        f"silence of {turns.MIN_PAUSE_S:g} s or more between two of its utterances, nobody else speaking",
        "count",
        "studies cut off at 0.1 to 1 s (de Jong & Bosker 2013), which changes every number of pauses",
        "Heldner et al. 2009",
    ),
    _channel_measure("pause_share", "share of pauses", "pauses / (pauses + speech)", "0–1", "as pauses"),
    _channel_measure("pause_mean", "length of pauses, mean", "mean", "s", "few long ones weigh much"),
    _channel_measure("pause_median", "length of pauses, median", "median", "s", "as pauses"),
    _channel_measure("pause_longest", "longest pause", "max", "s", "as pauses"),
    _channel_measure(
        "turns", "times it took over", "gaps and overlaps after which it speaks alone", "count", "laughs count"
    ),
    _channel_measure(
        "response",
        "response latency",
        "median floor-transfer offset when it took over",
        "s",
        "few turns make it unsure",
        "Levinson & Torreira 2015",
    ),
    _channel_measure(
        "overlapped", "speech at once with somebody else", "sum", "s", "a voice heard on the other's channel too"
    ),
)

FACE = (
    _face_measure(
        "attention",
        "face unseen, frontal, turned or absent",
        f"boosted cascade, {face.RATE_HZ // face.OBSERVATIONS_PER_DETECTION} searches a second; turned: not found, "
        f"yet correlates by {face.MIN_CORRELATION:g}",
        "one of four",
        "faces below 1/7 of the shorter side are not found; a full profile is absent; trained on other people",
        "Viola & Jones 2001",
    ),
    _face_measure("x", "middle of the face", "middle of the box / width", "0–1", "the box ends at chin and brow"),
    _face_measure("y", "middle of the face", "middle of the box / height", "0–1", "as x"),
    _face_measure(
        "size", "width of the face", "width of the box / width", "0–1", "varies by 2 % in a face that keeps still"
    ),
    _face_measure("width", "width of the face", "size × width of the picture", "px of the picture as sent", "as size"),
    _face_measure(
        "right",
        "travel sideways",
        f"where forehead, eyes and nose are found again, {face.RATE_HZ} times a second, "
        "by normalised cross-correlation",
        "px of the picture as sent",
        "a camera that moves moves every head",
    ),
    _face_measure("down", "travel up and down", "as right", "px of the picture as sent", "as right"),
    _face_measure(
        "track", "which unbroken stretch of looks", "counter; a new one after each absence and cut", "count", "–"
    ),
    _face_measure(
        "cut",
        "scene cut",
        f"thumbnails of {cuts.THUMBNAIL_SIZE_PX[0]}×{cuts.THUMBNAIL_SIZE_PX[1]} px correlate below "
        f"{cuts.MAX_CUT_CORRELATION:g} and differ by {cuts.MIN_CUT_DIFFERENCE:g}",
        "yes or no",
        "a fade is none",
    ),
)

SWING_FORMULA = (
    f"at least {head.MIN_SWINGS} swings of {head.MIN_SWING_S:g}–{head.MAX_SWING_S:g} s, alike in length and size, "
    f"{head.MIN_AXIS_RATIO:g} times wider than across, and than in the {head.BASELINE_S:g} s before"
)
HEAD = (
    *(
        Measure(name, "nod or shake", what, formula, unit, source, limits)
        for name, what, formula, unit, source, limits in (
            (
                "kind",
                "nod (up and down) or shake (left and right)",
                SWING_FORMULA,
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
        Measure(name, "lean", what, formula, unit, OURS, limits)
        for name, what, formula, unit, limits in (
            (
                "times",
                "leaning in (above 1) or back (below 1)",
                f"width / its median over {posture.BASELINE_S:g} s; from {posture.LEAN_START_RATIO:g} times on",
                "times the usual width",
                "a chair that rolls; told when it is over, or after 12 s",
            ),
            ("looking", "share of it with a frontal face", "frontal looks / looks", "0–1", "as attention"),
        )
    ),
    Measure(
        "width",
        "stillness",
        f"a head that holds still for {posture.MIN_STILL_S:g} s or more",
        f"travel within {posture.MAX_STILL_WIDTHS:g} widths of the face, up to",
        "widths of the face",
        OURS,
        "a slow drift is none",
    ),
    Measure(
        "movement",
        "picture",
        "how much the picture changes",
        f"mean absolute difference of two looks, {movement.RATE_HZ} a second, "
        f"at {movement.SIZE_PX[0]}×{movement.SIZE_PX[1]} px",
        "0–255",
        OURS,
        "cuts, light and camera shake are seen just as well",
    ),
)

MEASURES = (*VOICE, *TURNS, *FACE, *HEAD)
"""All measures: voice, turns, face, head, picture."""
