"""Tiers: rows of intervals that do not overlap, as ELAN and Praat have them. Pure.

A tier of ours is named `api/track` where its texts are labels (`interhuman/signal`: "interest = 3"), and
`api/track/label` where they are numbers (`emotion_logic/energy/channel 0`: "63.2"). What would overlap goes to
further tiers of that name, `#2`, `#3` …; moments without length to `#points`. Reading puts them together again. A tier
that anybody else has made is a track of its own name, and its texts are labels.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.apis.registry import BY_NAME
from emotoolkit.exports import escaping
from emotoolkit.exports.labels import Label
from emotoolkit.plots.drawing.lanes import lanes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LABELLED", "SPEAKER", "Span", "Tier", "labels", "tiers"]

SPEAKER = "speaker"
"""The track that says who speaks when."""

LABELLED = ("signal", "engagement", "coverage", SPEAKER)
"""Tracks whose labels say what happened; in all others the value does."""

NAME = re.compile(r"(?P<api>[^/#]+)/(?P<track>[^/#]+)(?:/(?P<label>[^/#]+))?(?P<points>#points)?(?:#(?P<lane>\d+))?")
STRUCTURE = "[/#]"


@dataclass(frozen=True, slots=True)
class Span:
    """A text and when it holds, in microseconds. Of a point both times are the same."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tier:
    """Spans that do not overlap, in order; either all of them have a length, or none."""

    name: str
    source: str
    spans: tuple[Span, ...]
    points: bool


def tiers(found: Iterable[Label], unit: int = 1, also: str = "") -> list[Tier]:
    """Put the labels of one recording on tiers.

    Parameters
    ----------
    found : iterable of Label
        Of one recording.
    unit : int
        Microseconds to which the format rounds; what is shorter becomes a point.
    also : str
        Regular expression of what else the format cannot hold in a text.
    """
    groups: dict[tuple[str, str, bool], list[Span]] = defaultdict(list)
    for each in found:
        start, end = (round(time / unit) * unit for time in (each.start, each.end))
        name, text = _written(each, also)
        groups[name, each.source, start == end].append(Span(start, end, text))
    return list(_laid_out(groups, unit))


def labels(file: str, tier: Tier) -> Iterator[Label]:
    """Read a tier's labels, whoever has made it."""
    ours = NAME.fullmatch(tier.name)
    for span in tier.spans:
        start, end = span.start, span.start if tier.points else span.end
        if ours is None or escaping.unquoted(ours["api"]) not in BY_NAME:
            yield Label(file, start, end, "", tier.name, span.text, escaping.number(span.text), tier.source)
            continue
        api, track = escaping.unquoted(ours["api"]), escaping.unquoted(ours["track"])
        if ours["label"] is None:
            label, value = escaping.heard(span.text)
        else:
            label, value = escaping.unquoted(ours["label"]), escaping.number(span.text)
        yield Label(file, start, end, api, track, label, value, tier.source)


def is_points(name: str) -> bool:
    """Whether a tier's name says that it holds moments without length."""
    ours = NAME.fullmatch(name)
    return ours is not None and ours["points"] is not None


def _written(each: Label, also: str) -> tuple[str, str]:
    """Name of the tier without its lane, and the text on it."""
    structure = f"{STRUCTURE}|{also}" if also else STRUCTURE
    name = f"{escaping.quoted(each.api, structure)}/{escaping.quoted(each.track, structure)}"
    if each.track in LABELLED:
        return name, escaping.said(each.label, each.value, also)
    return f"{name}/{escaping.quoted(each.label, structure)}", escaping.text_of(each.value)


def _laid_out(groups: dict[tuple[str, str, bool], list[Span]], unit: int) -> Iterator[Tier]:
    used: dict[str, int] = defaultdict(int)
    for (name, source, points), spans in sorted(groups.items()):
        ends = [span.end + unit if points else span.end for span in spans]
        chosen = lanes([span.start for span in spans], ends)
        whole = f"{name}#points" if points else name
        for lane in range(max(chosen, default=-1) + 1):
            used[whole] += 1
            numbered = whole if used[whole] == 1 else f"{whole}#{used[whole]}"
            mine = sorted(
                (span for span, of in zip(spans, chosen, strict=True) if of == lane), key=lambda span: span.start
            )
            yield Tier(numbered, source, tuple(mine), points)
