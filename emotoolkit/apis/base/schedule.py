"""When a media second was due, from the references of the clock, running or read from a journal. Pure.

Between two references media time is linear in the clock's time. A stall moves it back, a step moves it ahead; a media
second is due at the last time at which the clock came to it.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotoolkit.apis.base.journal import Reference

__all__ = ["TURN_START_REASONS", "due_time", "position", "turn_references"]

TURN_START_REASONS = {"start", "seek", "loop", "idle"}
"""Reasons of references that begin a turn: new sessions, from another media second."""

TIME_TOLERANCE_S = 1e-6
"""Media seconds that are closer than this are the same."""


def turn_references(references: Sequence[Reference], number: int) -> list[Reference]:
    """Select the references of one turn, counted from 0: those from one beginning to the next."""
    begins = [n for n, each in enumerate(references) if each.why in TURN_START_REASONS]
    if number >= len(begins):
        return []
    end = begins[number + 1] if number + 1 < len(begins) else len(references)
    return list(references[begins[number] : end])


def position(reference: Reference, at: float) -> float:
    """Compute the media second at time `at` by one reference."""
    if not reference.playing or reference.speed is None:
        return reference.media
    return reference.media + reference.speed * max(0.0, at - reference.at)


def due_time(references: Sequence[Reference], moment: float) -> float:
    """Compute when the clock last came to media second `moment`; NaN if it never did, or at infinite speed."""
    if not references:
        return math.nan
    last = references[-1]
    if last.playing and last.speed is not None and moment > last.media + TIME_TOLERANCE_S:
        return last.at + (moment - last.media) / last.speed
    for before, after in reversed(list(pairwise(references))):
        reached = position(before, after.at)
        if reached + TIME_TOLERANCE_S < moment <= after.media + TIME_TOLERANCE_S:
            return after.at  # a step
        if (
            before.playing
            and before.speed is not None
            and before.media + TIME_TOLERANCE_S < moment <= reached + TIME_TOLERANCE_S
        ):
            return before.at + (moment - before.media) / before.speed
    first = references[0]
    return first.at if abs(moment - first.media) <= TIME_TOLERANCE_S and first.speed is not None else math.nan
