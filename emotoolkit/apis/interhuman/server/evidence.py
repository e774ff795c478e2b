"""What causes a signal: measured events of voice and head, with the sentence that quotes their numbers.

To send another signal: give it a rule in `scores.SIGNALS`, make causes of it here, and let its track tell them.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server import scoring

if TYPE_CHECKING:
    from emotoolkit.measure.head import HeadGesture
    from emotoolkit.measure.posture import Lean
    from emotoolkit.measure.rolling_voice import Passage

__all__ = ["Evidence", "delivery", "lean", "motion", "pause"]

JITTER_PER_SEMITONE = 0.25
"""Percent points of jitter that count as much as a semitone of pitch: each half a step of `measure.speaker.STEPS`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured event that causes a signal.

    Attributes
    ----------
    signal : str
        Which one: a key of `scores.SIGNALS`.
    start, end : float
        Seconds of the session.
    strength : float
        In the unit that the signal's rule names.
    said : str
        What was measured, with its numbers.
    among : str
        What to add if it is the strongest of several; {} is their number.
    known : float
        Seconds of the session from which on it is certain.
    """

    signal: str
    start: float
    end: float
    strength: float
    rationale: str
    rationale_suffix: str
    known: float


def pause(start: float, end: float, known: float) -> Evidence:
    """Make the cause of a hesitation: silence between speech."""
    seconds = round(end - start, 2)
    rationale = (
        f"{seconds:.2f} s of silence (below −{-scoring.SILENCE_DBFS:g} dBFS) between speech "
        f"until {start:.2f} s and from {end:.2f} s"
    )
    return Evidence("hesitation", start, end, seconds, rationale, ", the longest of {} such pauses", known)


def motion(found: HeadGesture) -> Evidence:
    """Make the cause of an agreement, which is nodding, or of a disagreement, which is shaking the head."""
    signal, did = ("agreement", "nodded") if found.kind == "nod" else ("disagreement", "shook the head")
    rationale = (
        f"{did} {found.count} times at {found.hertz:.1f} Hz, ±{found.pixels:.0f} px "
        f"({100 * found.width:.0f} % of the face's width), {found.start:.1f}–{found.end:.1f} s"
    )
    return Evidence(signal, found.start, found.end, found.count, rationale, ", the most of {} times", found.known)


def lean(found: Lean) -> Evidence | None:
    """Make the cause of an interest: leaning in and looking. None for who leans back, or looks elsewhere."""
    if found.times < 1 or found.looking < scoring.ATTENTIVE_FRONTAL_SHARE:
        return None
    rationale = (
        f"leaned in: face {found.times:.2f} times as wide as usual, frontal {100 * found.looking:.0f} % of the time, "
        f"{found.start:.1f}–{found.end:.1f} s"
    )
    return Evidence(
        "interest", found.start, found.end, found.times, rationale, ", the nearest of {} times", found.known
    )


def delivery(passage: Passage) -> list[Evidence]:
    """Make the causes that are in how a passage was spoken: stress, confidence, uncertainty."""
    return [cause for cause in (_stress(passage), _confidence(passage), _uncertainty(passage)) if cause is not None]


def _stress(passage: Passage) -> Evidence | None:
    semitones, jitter = passage.deviation("pitch"), passage.deviation("jitter")
    if semitones < scoring.RAISED_PITCH_SEMITONES:
        return None
    rationale = (
        f"pitch {semitones:.1f} semitones above this speaker's baseline for {passage.voice:.1f} s of voice, "
        f"jitter {_format_signed(jitter)} percent points, {_format_interval(passage)}"
    )
    strength = semitones + max(0.0, jitter) / JITTER_PER_SEMITONE
    return _passage_evidence(
        "stress", passage, passage.first_above("pitch", scoring.RAISED_PITCH_SEMITONES), strength, rationale
    )


def _confidence(passage: Passage) -> Evidence | None:
    decibels, semitones, jitter = (passage.deviation(name) for name in ("level", "pitch", "jitter"))
    steady = abs(semitones) <= scoring.STEADY_PITCH_AND_JITTER[0] and jitter <= scoring.STEADY_PITCH_AND_JITTER[1]
    if decibels < scoring.FIRM_VOICE_DB or not steady:
        return None
    rationale = (
        f"voice {decibels:.1f} dB louder than this speaker's baseline for {passage.voice:.1f} s of voice and steady: "
        f"pitch {_format_signed(semitones)} semitones, jitter {_format_signed(jitter)} percent points, {_format_interval(passage)}"
    )
    return _passage_evidence(
        "confidence", passage, passage.first_above("level", scoring.FIRM_VOICE_DB), decibels, rationale
    )


def _uncertainty(passage: Passage) -> Evidence | None:
    more = passage.pausing - passage.usual_pausing
    if len(passage.pauses) < scoring.MIN_PAUSES or more < scoring.HALTING_PAUSE_SHARE:
        return None
    rationale = (
        f"{len(passage.pauses)} pauses of {fmean(passage.pauses):.1f} s on average, "
        f"{100 * passage.pausing:.0f} % of the time (this speaker's baseline: {100 * passage.usual_pausing:.0f} %), "
        f"{_format_signed(passage.deviation('rate'))} syllables/s, {_format_interval(passage)}"
    )
    return _passage_evidence("uncertainty", passage, passage.start, more, rationale)


def _passage_evidence(signal: str, passage: Passage, start: float, strength: float, rationale: str) -> Evidence:
    """A passage is a mean; `start` is its first stretch that is itself as far from the baseline."""
    return Evidence(signal, start, passage.end, strength, rationale, ", the strongest of {} passages", passage.known)


def _format_signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _format_interval(passage: Passage) -> str:
    return f"{passage.start:.1f}–{passage.end:.1f} s"
