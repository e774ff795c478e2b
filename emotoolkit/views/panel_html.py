"""What tier 1 shows, as HTML: pure functions of what is known. Everything that came from elsewhere is escaped."""

from __future__ import annotations

import math
from collections import deque
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from emotoolkit.plots.drawing.lanes import lanes
from emotoolkit.plots.timeline import FIRST
from emotoolkit.utils import media_clock
from emotoolkit.views.level_meter import SILENCE
from emotoolkit.views.view_log import Lane, Mark, Said, Span, Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emotoolkit.views.view_log import Entry
    from emotoolkit.views.view_sources import Now

__all__ = ["Panel", "alarm", "clock", "meter", "overview", "status"]

SHOWN = 8
"""Events that are listed."""

LINES = 4
"""Parameters that have a line."""

WIDTH, LABELS, ROW, LINE = 900, 150, 16, 40
"""Pixels: of the drawing, of the names left of it, of a lane of bars, of a lane with a line."""

KEPT = 20_000
"""Values and spans that are drawn at most, the last ones: a browser lays out no more in a tenth of a second."""

NUMBERS = "font-variant-numeric:tabular-nums"


def clock(seconds: float) -> str:
    """Write a media time as m:ss.t, or h:mm:ss.t.

    Examples
    --------
    >>> clock(75.25), clock(3600)
    ('1:15.2', '1:00:00.0')
    """
    return media_clock.clock(math.floor(seconds * 10) / 10, 1)


def status(now: Now, duration: float, sources: Iterable[str]) -> str:
    """One line: where it is, how fast, how late, and who measures."""
    wanted = "as fast as it goes" if now.speed is None else f"{now.speed:g}×"
    facts = [
        f"<b style='{NUMBERS}'>{clock(now.position)} / {clock(duration)}</b>",
        f"<b>{now.state}</b>",
        f"speed {wanted}" + ("" if math.isnan(now.achieved) else f", achieved {now.achieved:.2f}×"),
    ]
    if not math.isnan(now.lateness):
        facts.append(f"lateness {now.lateness * 1000:.1f} ms")
    facts += [escape(source) for source in sorted(set(sources))]
    return f"<div role='status' style='line-height:1.5;{NUMBERS}'>{' · '.join(facts)}</div>"


def meter(level: float) -> str:
    """A bar for the loudness, in dB of full scale; its number is beside it."""
    share = (level - SILENCE) / -SILENCE
    return (
        f"<div style='display:flex;gap:8px;align-items:center;{NUMBERS}'><span>level</span>"
        f"<div role='meter' aria-label='level' aria-valuemin='{SILENCE:g}' aria-valuemax='0' "
        f"aria-valuenow='{level:.0f}' style='width:220px;height:10px;border:1px solid currentColor'>"
        f"<div style='width:{share:.0%};height:100%;background:currentColor;opacity:.6'></div></div>"
        f"<span>{'silence' if level <= SILENCE else f'{level:.0f} dB'}</span></div>"
    )


def alarm(sentences: Iterable[str]) -> str:
    """What went wrong, in its own words; nothing if nothing did."""
    lines = "".join(f"<div>⚠ {escape(each)}</div>" for each in sentences if each)
    return f"<div role='alert' style='border-left:4px solid #c62828;padding-left:8px'>{lines}</div>" if lines else ""


APART = "border-collapse:separate;border-spacing:0.8em 0"
"""Style of a table whose columns stand apart."""


def overview(rows: Sequence[tuple[str, Now, float]]) -> str:
    """A table of several recordings: name, progress, state, pace and what went wrong of each."""
    body = "".join(
        f"<tr><td style='text-align:left'>{escape(title)}</td>"
        f"<td><progress max='{duration:.1f}' value='{min(now.sent, duration):.1f}'>{now.sent:.0f}</progress></td>"
        f"<td style='{NUMBERS}'>{clock(now.sent)} / {clock(duration)}</td><td>{now.state}</td>"
        f"<td style='{NUMBERS}'>{'' if math.isnan(now.achieved) else f'{now.achieved:.2f}×'}</td>"
        f"<td style='text-align:left'>{escape('; '.join(now.failures))}</td></tr>"
        for title, now, duration in rows
    )
    done = sum(min(now.sent, duration) for _, now, duration in rows)
    total = sum(duration for *_, duration in rows)
    ended = sum(now.state == "ended" for _, now, _ in rows)
    head = f"{ended} of {len(rows)} ended · {clock(done)} of {clock(total)} sent"
    return (
        f"<div><b>{head}</b><table style='{APART}'><thead><tr>"
        "<th style='text-align:left'>recording</th><th>progress</th><th>sent</th>"
        "<th>state</th><th>achieved</th><th style='text-align:left'>what went wrong</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


class Panel:
    """Lanes, latest values and last events, kept up to date entry by entry.

    Attributes
    ----------
    taken : int
        How many entries it knows.
    """

    def __init__(self) -> None:
        self._lanes: dict[int, Lane] = {}
        self._spans: dict[int, Span] = {}
        self._values: dict[int, deque[Values]] = {}
        self._latest: dict[int, float] = {}
        self._events: deque[Said] = deque(maxlen=SHOWN)
        self._marks: list[Mark] = []
        self.taken = 0

    def take(self, entries: Sequence[Entry]) -> None:
        """Take what is new."""
        self.taken += len(entries)
        for entry in entries:
            match entry:
                case Lane(number=number):
                    self._lanes[number] = entry
                case Span(number=number, withdrawn=True):
                    self._spans.pop(number, None)
                case Span(number=number):
                    self._spans[number] = entry
                case Values(values=values):
                    for lane, value in values:
                        self._latest[lane] = value
                        self._values.setdefault(lane, deque(maxlen=KEPT)).append(entry)
                case Said():
                    self._events.append(entry)
                case Mark():
                    self._marks.append(entry)

    def latest(self) -> str:
        """The last value of every parameter and score, and what is going on now."""
        numbers = "".join(
            f"<div title='{escape(_name(lane))}' style='display:flex;justify-content:space-between;gap:8px'>"
            f"<span style='overflow:hidden;text-overflow:ellipsis'>{escape(_name(lane))}</span>"
            f"<span style='{NUMBERS}'>{self._latest[lane.number]:.4g}</span></div>"
            for lane in self._ranked()
            if lane.number in self._latest
        )
        active = [span for span in islice(reversed(self._spans.values()), KEPT) if span.end is None]
        going_on = ", ".join(escape(span.label) for span in reversed(active)) or "–"
        return (
            f"<div><b>now</b>: {going_on}</div><div style='display:grid;max-height:180px;overflow:auto;"
            f"grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:0 16px'>{numbers}</div>"
        )

    def events(self) -> str:
        """The last messages, the newest first."""
        lines = "".join(
            f"<div style='white-space:nowrap;overflow:hidden;text-overflow:ellipsis'>"
            f"<span style='{NUMBERS}'>{each.received:7.1f} s</span> · {escape(each.api)} · <b>{escape(each.kind)}</b> "
            f"{escape(each.text)}</div>"
            for each in reversed(self._events)
        )
        return f"<div aria-label='last messages'>{lines or 'no messages yet'}</div>"

    def drawing(self, duration: float, position: float) -> str:
        """The lanes over media time, with a line where the replay is."""
        rows = [*self._lines(), *self._bars()]
        end = max([duration, position, *(value.end for values in self._values.values() for value in islice(values, 1))])
        scale = (WIDTH - LABELS) / end
        y, parts = 4, []
        for label, height, draw in rows:
            parts.append(f"<text x='4' y='{y + 12}'><title>{escape(label)}</title>{escape(label[:22])}</text>")
            parts.extend(draw(y, scale))
            y += height + 4
        at = LABELS + position * scale
        parts.append(f"<path d='M{at:.1f} 0V{y}' stroke='#c62828' stroke-width='2'/>")
        return (
            f"<svg viewBox='0 0 {WIDTH} {y + 16}' width='100%' style='max-width:{WIDTH}px' role='img' "
            f"aria-label='lanes over {duration:.0f} seconds' font-size='11' fill='currentColor'>{''.join(parts)}"
            f"<text x='{LABELS}' y='{y + 12}'>0:00</text>"
            f"<text x='{WIDTH}' y='{y + 12}' text-anchor='end'>{clock(end)}</text></svg>"
        )

    def _ranked(self) -> list[Lane]:
        def rank(lane: Lane) -> int:
            return FIRST.index(lane.label) if lane.label in FIRST else len(FIRST)

        return sorted((lane for lane in self._lanes.values() if lane.kind in {"parameter", "score"}), key=rank)

    def _lines(self) -> Iterable[tuple[str, int, _Drawing]]:
        drawn = [lane for lane in self._ranked() if len(self._values.get(lane.number, ())) > 0]
        for lane in drawn[:LINES]:
            yield _name(lane), LINE, _Line(lane, list(self._values[lane.number]))

    def _bars(self) -> Iterable[tuple[str, int, _Drawing]]:
        for lane in sorted(self._lanes.values(), key=lambda lane: (lane.kind, lane.label)):
            if lane.kind in {"signal", "state"}:
                spans = [span for span in self._spans.values() if span.lane == lane.number][-KEPT:]
                places = lanes([span.start for span in spans], [_end(span) for span in spans])
                yield lane.label, ROW * (int(places.max(initial=0)) + 1), _Bars(spans, [int(each) for each in places])


class _Drawing:
    """Something that draws itself from a height on, at a scale of pixels per second."""

    def __call__(self, y: float, scale: float) -> Iterable[str]:
        raise NotImplementedError


class _Line(_Drawing):
    def __init__(self, lane: Lane, values: Sequence[Values]) -> None:
        self._lane = lane
        self._levels = [(each.start, each.end, dict(each.values)[lane.number]) for each in values]

    def __call__(self, y: float, scale: float) -> Iterable[str]:
        low, high = min(level for *_, level in self._levels), max(level for *_, level in self._levels)
        path = "".join(
            f"M{LABELS + start * scale:.1f} {y + LINE - 3 - (level - low) / (high - low or 1) * (LINE - 6):.1f}"
            f"H{LABELS + end * scale:.1f}"
            for start, end, level in self._levels
        )
        yield f"<path d='{path}' stroke='{self._lane.colour}' stroke-width='2.5' fill='none'/>"
        yield f"<text x='{LABELS - 4}' y='{y + 10}' text-anchor='end' opacity='.75'>{high:.3g}</text>"
        yield f"<text x='{LABELS - 4}' y='{y + LINE - 1}' text-anchor='end' opacity='.75'>{low:.3g}</text>"


class _Bars(_Drawing):
    def __init__(self, spans: Sequence[Span], places: Sequence[int]) -> None:
        self._placed = list(zip(spans, places, strict=True))

    def __call__(self, y: float, scale: float) -> Iterable[str]:
        for span, place in self._placed:
            width = max((_end(span) - span.start) * scale, 2)
            look = f"fill='{span.colour}' fill-opacity='{span.opacity:.2f}' stroke='{span.colour}'"
            dashes = "" if span.closed else " stroke-dasharray='3 2'"
            yield (
                f"<rect x='{LABELS + span.start * scale:.1f}' y='{y + place * ROW}' width='{width:.1f}' "
                f"height='{ROW - 4}' {look}{dashes}>"
                f"<title>{escape(span.label)}: {escape(span.text)}</title></rect>"
            )


def _name(lane: Lane) -> str:
    """Scores have names that parameters have too."""
    return f"quality: {lane.label}" if lane.kind == "score" else lane.label


def _end(span: Span) -> float:
    return span.start + 0.5 if span.end is None else span.end
