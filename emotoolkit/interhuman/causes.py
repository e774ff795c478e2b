"""What causes a signal: measured events of voice and head, with the sentence that quotes their numbers.

To send another signal: give it a rule in `scores.SIGNALS`, make causes of it here, and let its track tell them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.interhuman import scores

if TYPE_CHECKING:
    from emotoolkit.measure.head import Lean, Motion

__all__ = ["Cause", "lean", "motion", "pause"]


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
        f"{seconds:.2f} s of silence (below −{-scores.SILENT:g} dBFS) between speech "
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
    """Make the cause of an interest: leaning in and looking. None for who leans in and looks elsewhere."""
    if found.looking < scores.ATTENTIVE:
        return None
    said = (
        f"leaned in: face {found.times:.2f} times as wide as usual, frontal {100 * found.looking:.0f} % of the time, "
        f"{found.start:.1f}–{found.end:.1f} s"
    )
    return Cause("interest", found.start, found.end, found.times, said, ", the nearest of {} times", found.known)
