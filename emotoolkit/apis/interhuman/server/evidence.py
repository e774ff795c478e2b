"""Evidence of signals: measured events of voice and head, each with a rationale that quotes the numbers.

To add a signal: give it a rule in `scoring.SIGNALS`, make its evidence here, and collect it in `features.py`.
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
"""Percent points of jitter that weigh as much as a semitone of pitch: half a step of `measure.baseline.STEP_SIZES`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured event that is evidence of a signal.

    Attributes
    ----------
    signal : str
        A key of `scoring.SIGNALS`.
    start, end : float
        Seconds of the session.
    strength : float
        In the unit of the signal's rule.
    rationale : str
        Describes the event with its measurements.
    rationale_suffix : str
        Added if it is the strongest of several events; {} is their number.
    known : float
        Second of the session from which on it is certain.
    """

    signal: str
    start: float
    end: float
    strength: float
    rationale: str
    rationale_suffix: str
    known: float


def pause(start: float, end: float, known: float) -> Evidence:
    """Make evidence of hesitation: silence between speech."""
    seconds = round(end - start, 2)
    rationale = (
        f"{seconds:.2f} s of silence (below −{-scoring.SILENCE_DBFS:g} dBFS) between speech "
        f"until {start:.2f} s and from {end:.2f} s"
    )
    return Evidence("hesitation", start, end, seconds, rationale, ", the longest of {} such pauses", known)


def motion(gesture: HeadGesture) -> Evidence:
    """Make evidence of agreement (nodding) or of disagreement (shaking the head)."""
    signal, verb = ("agreement", "nodded") if gesture.kind == "nod" else ("disagreement", "shook the head")
    rationale = (
        f"{verb} {gesture.count} times at {gesture.hertz:.1f} Hz, ±{gesture.pixels:.0f} px "
        f"({100 * gesture.width:.0f} % of the face's width), {gesture.start:.1f}–{gesture.end:.1f} s"
    )
    return Evidence(
        signal, gesture.start, gesture.end, gesture.count, rationale, ", the most of {} times", gesture.known
    )


def lean(event: Lean) -> Evidence | None:
    """Make evidence of interest: leaning in and looking. None for leaning back, or looking elsewhere."""
    if event.times < 1 or event.looking < scoring.ATTENTIVE_FRONTAL_SHARE:
        return None
    rationale = (
        f"leaned in: face {event.times:.2f} times as wide as usual, frontal {100 * event.looking:.0f} % of the time, "
        f"{event.start:.1f}–{event.end:.1f} s"
    )
    return Evidence(
        "interest", event.start, event.end, event.times, rationale, ", the nearest of {} times", event.known
    )


def delivery(passage: Passage) -> list[Evidence]:
    """Make evidence of how a passage is spoken: stress, confidence, uncertainty."""
    return [each for each in (_stress(passage), _confidence(passage), _uncertainty(passage)) if each is not None]


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
        f"pitch {_format_signed(semitones)} semitones, jitter {_format_signed(jitter)} percent points, "
        f"{_format_interval(passage)}"
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
    """Make evidence of a passage; `start` is that of its first stretch beyond the threshold, since it is a mean."""
    return Evidence(signal, start, passage.end, strength, rationale, ", the strongest of {} passages", passage.known)


def _format_signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _format_interval(passage: Passage) -> str:
    return f"{passage.start:.1f}–{passage.end:.1f} s"
