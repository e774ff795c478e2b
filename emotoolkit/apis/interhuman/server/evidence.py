"""What causes a signal: measured events of voice and head, with the sentence that quotes their numbers.

To send another signal: give it a rule in `scores.SIGNALS`, make causes of it here, and let its track tell them.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server import scoring

if TYPE_CHECKING:
    from emotoolkit.measure.head import Motion
    from emotoolkit.measure.posture import Lean
    from emotoolkit.measure.rolling_voice import Passage

__all__ = ["Cause", "delivery", "lean", "motion", "pause"]

JITTER = 0.25
"""Percent points of jitter that count as much as a semitone of pitch: each half a step of `measure.speaker.STEPS`."""


@dataclass(frozen=True, slots=True)
class Cause:
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
    said: str
    among: str
    known: float


def pause(start: float, end: float, known: float) -> Cause:
    """Make the cause of a hesitation: silence between speech."""
    seconds = round(end - start, 2)
    said = (
        f"{seconds:.2f} s of silence (below −{-scoring.SILENT:g} dBFS) between speech "
        f"until {start:.2f} s and from {end:.2f} s"
    )
    return Cause("hesitation", start, end, seconds, said, ", the longest of {} such pauses", known)


def motion(found: Motion) -> Cause:
    """Make the cause of an agreement, which is nodding, or of a disagreement, which is shaking the head."""
    signal, did = ("agreement", "nodded") if found.kind == "nod" else ("disagreement", "shook the head")
    said = (
        f"{did} {found.count} times at {found.hertz:.1f} Hz, ±{found.pixels:.0f} px "
        f"({100 * found.width:.0f} % of the face's width), {found.start:.1f}–{found.end:.1f} s"
    )
    return Cause(signal, found.start, found.end, found.count, said, ", the most of {} times", found.known)


def lean(found: Lean) -> Cause | None:
    """Make the cause of an interest: leaning in and looking. None for who leans back, or looks elsewhere."""
    if found.times < 1 or found.looking < scoring.ATTENTIVE:
        return None
    said = (
        f"leaned in: face {found.times:.2f} times as wide as usual, frontal {100 * found.looking:.0f} % of the time, "
        f"{found.start:.1f}–{found.end:.1f} s"
    )
    return Cause("interest", found.start, found.end, found.times, said, ", the nearest of {} times", found.known)


def delivery(passage: Passage) -> list[Cause]:
    """Make the causes that are in how a passage was spoken: stress, confidence, uncertainty."""
    return [cause for cause in (_stress(passage), _confidence(passage), _uncertainty(passage)) if cause is not None]


def _stress(passage: Passage) -> Cause | None:
    semitones, jitter = passage.above("pitch"), passage.above("jitter")
    if semitones < scoring.RAISED:
        return None
    said = (
        f"pitch {semitones:.1f} semitones above this speaker's baseline for {passage.voice:.1f} s of voice, "
        f"jitter {_signed(jitter)} percent points, {_when(passage)}"
    )
    strength = semitones + max(0.0, jitter) / JITTER
    return _passed("stress", passage, passage.since("pitch", scoring.RAISED), strength, said)


def _confidence(passage: Passage) -> Cause | None:
    louder, semitones, jitter = (passage.above(name) for name in ("level", "pitch", "jitter"))
    steady = abs(semitones) <= scoring.STEADY[0] and jitter <= scoring.STEADY[1]
    if louder < scoring.FIRM or not steady:
        return None
    said = (
        f"voice {louder:.1f} dB louder than this speaker's baseline for {passage.voice:.1f} s of voice and steady: "
        f"pitch {_signed(semitones)} semitones, jitter {_signed(jitter)} percent points, {_when(passage)}"
    )
    return _passed("confidence", passage, passage.since("level", scoring.FIRM), louder, said)


def _uncertainty(passage: Passage) -> Cause | None:
    more = passage.pausing - passage.usual_pausing
    if len(passage.pauses) < scoring.FEWEST_PAUSES or more < scoring.HALTING:
        return None
    said = (
        f"{len(passage.pauses)} pauses of {fmean(passage.pauses):.1f} s on average, "
        f"{100 * passage.pausing:.0f} % of the time (this speaker's baseline: {100 * passage.usual_pausing:.0f} %), "
        f"{_signed(passage.above('rate'))} syllables/s, {_when(passage)}"
    )
    return _passed("uncertainty", passage, passage.start, more, said)


def _passed(signal: str, passage: Passage, start: float, strength: float, said: str) -> Cause:
    """A passage is a mean; `start` is its first stretch that is itself as far from the baseline."""
    return Cause(signal, start, passage.end, strength, said, ", the strongest of {} passages", passage.known)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _when(passage: Passage) -> str:
    return f"{passage.start:.1f}–{passage.end:.1f} s"
