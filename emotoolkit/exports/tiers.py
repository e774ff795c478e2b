"""Tiers: rows of intervals that do not overlap, as in ELAN and Praat. Pure.

A tier that this package writes is named `api/track` where its texts are labels (`interhuman/signal`: "interest = 3"),
and `api/track/label` where they are numbers (`emotion_logic/energy/channel 0`: "63.2"). Spans that would overlap go to
further tiers of that name, `#2`, `#3` …; points without length to `#points`. Reading merges them again. Any other tier
is a track of the tier's name, and its texts are labels.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.apis.registry import APIS
from emotoolkit.exports import escaping
from emotoolkit.exports.labels import Label
from emotoolkit.plots.drawing.lanes import lanes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LABEL_TRACKS", "SPEAKER_TRACK", "Tier", "TierSpan", "build_tiers", "tier_labels"]

SPEAKER_TRACK = "speaker"
"""The track of who speaks when."""

LABEL_TRACKS = ("signal", "engagement", "coverage", SPEAKER_TRACK)
"""Tracks whose labels are the result; in all others it is the value."""

TIER_NAME_PATTERN = re.compile(
    r"(?P<api>[^/#]+)/(?P<track>[^/#]+)(?:/(?P<label>[^/#]+))?(?P<points>#points)?(?:#(?P<lane>\d+))?"
)
SEPARATOR_PATTERN = "[/#]"


@dataclass(frozen=True, slots=True)
class TierSpan:
    """A text with its start and end in microseconds, which are equal for a point."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tier:
    """Spans that do not overlap, in order; either all of them are points, or none."""

    name: str
    source: str
    spans: tuple[TierSpan, ...]
    points: bool


def build_tiers(found: Iterable[Label], unit: int = 1, extra_pattern: str = "") -> list[Tier]:
    """Put the labels of one recording on tiers.

    Parameters
    ----------
    found : iterable of Label
        Of one recording.
    unit : int
        Resolution of the format in microseconds; what is rounded to no length becomes a point.
    extra_pattern : str
        Regular expression of what else the format cannot hold in a text.
    """
    groups: dict[tuple[str, str, bool], list[TierSpan]] = defaultdict(list)
    for each in found:
        start, end = (round(time / unit) * unit for time in (each.start, each.end))
        name, text = _name_and_text(each, extra_pattern)
        groups[name, each.source, start == end].append(TierSpan(start, end, text))
    return list(_assign_lanes(groups, unit))


def tier_labels(file: str, tier: Tier) -> Iterator[Label]:
    """Yield the labels of a tier, written by `build_tiers` or by another program."""
    parsed = TIER_NAME_PATTERN.fullmatch(tier.name)
    for span in tier.spans:
        start, end = span.start, span.start if tier.points else span.end
        if parsed is None or escaping.unescape(parsed["api"]) not in APIS:
            yield Label(file, start, end, "", tier.name, span.text, escaping.parse_number(span.text), tier.source)
            continue
        api, track = escaping.unescape(parsed["api"]), escaping.unescape(parsed["track"])
        if parsed["label"] is None:
            label, value = escaping.parse_label(span.text)
        else:
            label, value = escaping.unescape(parsed["label"]), escaping.parse_number(span.text)
        yield Label(file, start, end, api, track, label, value, tier.source)


def is_points(name: str) -> bool:
    """Whether a tier's name marks it as one of points without length."""
    parsed = TIER_NAME_PATTERN.fullmatch(name)
    return parsed is not None and parsed["points"] is not None


def _name_and_text(each: Label, extra_pattern: str) -> tuple[str, str]:
    """Return the name of a label's tier without lane, and the text on it."""
    structure = f"{SEPARATOR_PATTERN}|{extra_pattern}" if extra_pattern else SEPARATOR_PATTERN
    name = f"{escaping.escape(each.api, structure)}/{escaping.escape(each.track, structure)}"
    if each.track in LABEL_TRACKS:
        return name, escaping.format_label(each.label, each.value, extra_pattern)
    return f"{name}/{escaping.escape(each.label, structure)}", escaping.format_number(each.value)


def _assign_lanes(groups: dict[tuple[str, str, bool], list[TierSpan]], unit: int) -> Iterator[Tier]:
    """Yield the tiers of spans by name, source and being points: as many of each as overlapping spans need."""
    used: dict[str, int] = defaultdict(int)
    for (name, source, points), spans in sorted(groups.items()):
        ends = [span.end + unit if points else span.end for span in spans]
        chosen = lanes([span.start for span in spans], ends)
        whole = f"{name}#points" if points else name
        for lane in range(max(chosen, default=-1) + 1):
            used[whole] += 1
            numbered = whole if used[whole] == 1 else f"{whole}#{used[whole]}"
            in_lane = (span for span, its_lane in zip(spans, chosen, strict=True) if its_lane == lane)
            yield Tier(numbered, source, tuple(sorted(in_lane, key=lambda span: span.start)), points)
