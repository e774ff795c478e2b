"""When a media second was due, told from the clock's references. Pure: a journal tells it as well as the clock itself.

Between two references media time runs straight. A stall makes the clock fall back, a step makes it jump ahead; a media
second is due where the clock last came to it.
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
"""Why a turn begins: new sessions, and a new course of media time."""


TIME_TOLERANCE_S = 1e-6
"""Seconds: two media seconds closer than this are the same."""


def turn_references(references: Sequence[Reference], number: int) -> list[Reference]:
    """Give the references of one turn, from 0: those from one beginning to the next."""
    begins = [n for n, each in enumerate(references) if each.why in TURN_START_REASONS]
    if number >= len(begins):
        return []
    end = begins[number + 1] if number + 1 < len(begins) else len(references)
    return list(references[begins[number] : end])


def position(reference: Reference, at: float) -> float:
    """Media second at the moment `at`, as far as this reference tells."""
    if not reference.playing or reference.speed is None:
        return reference.media
    return reference.media + reference.speed * max(0.0, at - reference.at)


def due_time(references: Sequence[Reference], moment: float) -> float:
    """Moment at which the clock last came to media second `moment`; NaN if it never did, or ran without a pace."""
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
