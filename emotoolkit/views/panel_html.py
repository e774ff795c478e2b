"""The content of tier 1 as HTML: pure functions of statuses and entries. All text is escaped."""

from __future__ import annotations

import math
from collections import deque
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from emotoolkit.plots.drawing.lanes import lanes
from emotoolkit.plots.timeline import DEFAULT_PARAMETERS
from emotoolkit.utils import media_clock
from emotoolkit.views.level_meter import SILENCE_DB
from emotoolkit.views.view_log import LaneEntry, MarkEntry, MessageEntry, SpanEntry, ValuesEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emotoolkit.views.view_log import Entry
    from emotoolkit.views.view_sources import ViewStatus

__all__ = ["Panel", "alert_html", "format_clock", "meter_html", "overview_html", "status_html"]

MAX_EVENTS = 8
"""Messages that are listed, at most."""

MAX_CURVES = 4
"""Parameters that are drawn as a line, at most."""

WIDTH_PX, NAME_WIDTH_PX, BAR_HEIGHT_PX, CURVE_HEIGHT_PX = 900, 150, 16, 40
"""Width of the drawing, width of the names, height of a lane of bars, and height of a lane with a line, in pixels."""

MAX_DRAWN = 20_000
"""Latest values and spans of a lane that are drawn, at most: what a browser lays out in a tenth of a second."""

NUMBER_STYLE = "font-variant-numeric:tabular-nums"


def format_clock(seconds: float) -> str:
    """Format a media time as m:ss.t, or h:mm:ss.t.

    Examples
    --------
    >>> format_clock(75.25), format_clock(3600)
    ('1:15.2', '1:00:00.0')
    """
    return media_clock.format_time(math.floor(seconds * 10) / 10, 1)


def status_html(status: ViewStatus, duration: float, sources: Iterable[str]) -> str:
    """Return one line with position, state, speed, lateness, and who measures."""
    speed = "as fast as it goes" if status.speed is None else f"{status.speed:g}×"
    facts = [
        f"<b style='{NUMBER_STYLE}'>{format_clock(status.position)} / {format_clock(duration)}</b>",
        f"<b>{status.state}</b>",
        f"speed {speed}" + ("" if math.isnan(status.achieved) else f", achieved {status.achieved:.2f}×"),
    ]
    if status.waiting:
        facts.append(escape(status.waiting))
    if not math.isnan(status.lateness):
        facts.append(f"lateness {status.lateness * 1000:.1f} ms")
    facts += [escape(source) for source in sorted(set(sources))]
    return f"<div role='status' style='line-height:1.5;{NUMBER_STYLE}'>{' · '.join(facts)}</div>"


def meter_html(level: float) -> str:
    """Return a bar for a level in dB of full scale, with its number."""
    share = (level - SILENCE_DB) / -SILENCE_DB
    return (
        f"<div style='display:flex;gap:8px;align-items:center;{NUMBER_STYLE}'><span>level</span>"
        f"<div role='meter' aria-label='level' aria-valuemin='{SILENCE_DB:g}' aria-valuemax='0' "
        f"aria-valuenow='{level:.0f}' style='width:220px;height:10px;border:1px solid currentColor'>"
        f"<div style='width:{share:.0%};height:100%;background:currentColor;opacity:.6'></div></div>"
        f"<span>{'silence' if level <= SILENCE_DB else f'{level:.0f} dB'}</span></div>"
    )


def alert_html(sentences: Iterable[str]) -> str:
    """Return sentences about what went wrong as an alert; "" if there are none."""
    lines = "".join(f"<div>⚠ {escape(each)}</div>" for each in sentences if each)
    return f"<div role='alert' style='border-left:4px solid #c62828;padding-left:8px'>{lines}</div>" if lines else ""


TABLE_STYLE = "border-collapse:separate;border-spacing:0.8em 0"
"""Style of a table with space between its columns."""


def overview_html(rows: Sequence[tuple[str, ViewStatus, float]]) -> str:
    """Return a table of recordings, given as title, status and duration: progress, state, speed, failures."""
    body = "".join(
        f"<tr><td style='text-align:left'>{escape(title)}</td>"
        f"<td><progress max='{duration:.1f}' value='{min(each.sent, duration):.1f}'>{each.sent:.0f}</progress></td>"
        f"<td style='{NUMBER_STYLE}'>{format_clock(each.sent)} / {format_clock(duration)}</td><td>{each.state}</td>"
        f"<td style='{NUMBER_STYLE}'>{'' if math.isnan(each.achieved) else f'{each.achieved:.2f}×'}</td>"
        f"<td style='text-align:left'>{escape('; '.join(each.failures))}</td></tr>"
        for title, each, duration in rows
    )
    done = sum(min(each.sent, duration) for _, each, duration in rows)
    total = sum(duration for *_, duration in rows)
    ended = sum(each.state == "ended" for _, each, _ in rows)
    head = f"{ended} of {len(rows)} ended · {format_clock(done)} of {format_clock(total)} sent"
    return (
        f"<div><b>{head}</b><table style='{TABLE_STYLE}'><thead><tr>"
        "<th style='text-align:left'>recording</th><th>progress</th><th>sent</th>"
        "<th>state</th><th>achieved</th><th style='text-align:left'>what went wrong</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


class Panel:
    """Lanes, latest values and last messages as HTML, updated entry by entry.

    Attributes
    ----------
    entry_count : int
        Number of entries added.
    """

    def __init__(self) -> None:
        self._lanes: dict[int, LaneEntry] = {}
        self._spans: dict[int, SpanEntry] = {}
        self._values: dict[int, deque[ValuesEntry]] = {}
        self._latest: dict[int, float] = {}
        self._events: deque[MessageEntry] = deque(maxlen=MAX_EVENTS)
        self._marks: list[MarkEntry] = []
        self.entry_count = 0

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """Add the next entries of the log."""
        self.entry_count += len(entries)
        for entry in entries:
            match entry:
                case LaneEntry(number=number):
                    self._lanes[number] = entry
                case SpanEntry(number=number, withdrawn=True):
                    self._spans.pop(number, None)
                case SpanEntry(number=number):
                    self._spans[number] = entry
                case ValuesEntry(values=values):
                    for lane, value in values:
                        self._latest[lane] = value
                        self._values.setdefault(lane, deque(maxlen=MAX_DRAWN)).append(entry)
                case MessageEntry():
                    self._events.append(entry)
                case MarkEntry():
                    self._marks.append(entry)

    def latest(self) -> str:
        """Return the last value of each parameter and score, and the signals and states that go on."""
        numbers = "".join(
            f"<div title='{escape(_lane_name(lane))}' style='display:flex;justify-content:space-between;gap:8px'>"
            f"<span style='overflow:hidden;text-overflow:ellipsis'>{escape(_lane_name(lane))}</span>"
            f"<span style='{NUMBER_STYLE}'>{self._latest[lane.number]:.4g}</span></div>"
            for lane in self._ranked_lanes()
            if lane.number in self._latest
        )
        active = [span for span in islice(reversed(self._spans.values()), MAX_DRAWN) if span.end is None]
        labels = ", ".join(escape(span.label) for span in reversed(active)) or "–"
        return (
            f"<div><b>now</b>: {labels}</div><div style='display:grid;max-height:180px;overflow:auto;"
            f"grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:0 16px'>{numbers}</div>"
        )

    def events(self) -> str:
        """Return the last messages, the newest first."""
        lines = "".join(
            f"<div style='white-space:nowrap;overflow:hidden;text-overflow:ellipsis'>"
            f"<span style='{NUMBER_STYLE}'>{each.received:7.1f} s</span> · {escape(each.api)} · "
            f"<b>{escape(each.kind)}</b> {escape(each.text)}</div>"
            for each in reversed(self._events)
        )
        return f"<div aria-label='last messages'>{lines or 'no messages yet'}</div>"

    def drawing(self, duration: float, position: float) -> str:
        """Return the lanes over media time as SVG, with a line at the replay's position."""
        rows = [*self._curve_rows(), *self._bar_rows()]
        end = max([duration, position, *(value.end for values in self._values.values() for value in islice(values, 1))])
        scale = (WIDTH_PX - NAME_WIDTH_PX) / end
        y, parts = 4, []
        for label, height, draw in rows:
            parts.append(f"<text x='4' y='{y + 12}'><title>{escape(label)}</title>{escape(label[:22])}</text>")
            parts.extend(draw(y, scale))
            y += height + 4
        at = NAME_WIDTH_PX + position * scale
        parts.append(f"<path d='M{at:.1f} 0V{y}' stroke='#c62828' stroke-width='2'/>")
        return (
            f"<svg viewBox='0 0 {WIDTH_PX} {y + 16}' width='100%' style='max-width:{WIDTH_PX}px' role='img' "
            f"aria-label='lanes over {duration:.0f} seconds' font-size='11' fill='currentColor'>{''.join(parts)}"
            f"<text x='{NAME_WIDTH_PX}' y='{y + 12}'>0:00</text>"
            f"<text x='{WIDTH_PX}' y='{y + 12}' text-anchor='end'>{format_clock(end)}</text></svg>"
        )

    def _ranked_lanes(self) -> list[LaneEntry]:
        def rank(lane: LaneEntry) -> int:
            return DEFAULT_PARAMETERS.index(lane.label) if lane.label in DEFAULT_PARAMETERS else len(DEFAULT_PARAMETERS)

        return sorted((lane for lane in self._lanes.values() if lane.kind in {"parameter", "score"}), key=rank)

    def _curve_rows(self) -> Iterable[tuple[str, int, _LaneDrawing]]:
        drawn = [lane for lane in self._ranked_lanes() if len(self._values.get(lane.number, ())) > 0]
        for lane in drawn[:MAX_CURVES]:
            yield _lane_name(lane), CURVE_HEIGHT_PX, _CurveDrawing(lane, list(self._values[lane.number]))

    def _bar_rows(self) -> Iterable[tuple[str, int, _LaneDrawing]]:
        for lane in sorted(self._lanes.values(), key=lambda lane: (lane.kind, lane.label)):
            if lane.kind in {"signal", "state"}:
                spans = [span for span in self._spans.values() if span.lane == lane.number][-MAX_DRAWN:]
                places = lanes([span.start for span in spans], [_drawn_end(span) for span in spans])
                yield (
                    lane.label,
                    BAR_HEIGHT_PX * (int(places.max(initial=0)) + 1),
                    _BarDrawing(spans, [int(each) for each in places]),
                )


class _LaneDrawing:
    """Draws a lane as SVG from the y coordinate `y` on; `scale` is in pixels per second."""

    def __call__(self, y: float, scale: float) -> Iterable[str]:
        raise NotImplementedError


class _CurveDrawing(_LaneDrawing):
    def __init__(self, lane: LaneEntry, values: Sequence[ValuesEntry]) -> None:
        self._lane = lane
        self._levels = [(each.start, each.end, dict(each.values)[lane.number]) for each in values]

    def __call__(self, y: float, scale: float) -> Iterable[str]:
        low, high = min(level for *_, level in self._levels), max(level for *_, level in self._levels)
        foot, level_scale = y + CURVE_HEIGHT_PX - 3, (CURVE_HEIGHT_PX - 6) / (high - low or 1)
        path = "".join(
            f"M{NAME_WIDTH_PX + start * scale:.1f} {foot - (level - low) * level_scale:.1f}"
            f"H{NAME_WIDTH_PX + end * scale:.1f}"
            for start, end, level in self._levels
        )
        yield f"<path d='{path}' stroke='{self._lane.colour}' stroke-width='2.5' fill='none'/>"
        for number, baseline in ((high, y + 10), (low, y + CURVE_HEIGHT_PX - 1)):
            yield f"<text x='{NAME_WIDTH_PX - 4}' y='{baseline}' text-anchor='end' opacity='.75'>{number:.3g}</text>"


class _BarDrawing(_LaneDrawing):
    def __init__(self, spans: Sequence[SpanEntry], places: Sequence[int]) -> None:
        self._placed = list(zip(spans, places, strict=True))

    def __call__(self, y: float, scale: float) -> Iterable[str]:
        for span, place in self._placed:
            width = max((_drawn_end(span) - span.start) * scale, 2)
            style = f"fill='{span.colour}' fill-opacity='{span.opacity:.2f}' stroke='{span.colour}'"
            dashes = "" if span.closed else " stroke-dasharray='3 2'"
            yield (
                f"<rect x='{NAME_WIDTH_PX + span.start * scale:.1f}' y='{y + place * BAR_HEIGHT_PX}' "
                f"width='{width:.1f}' height='{BAR_HEIGHT_PX - 4}' {style}{dashes}>"
                f"<title>{escape(span.label)}: {escape(span.text)}</title></rect>"
            )


def _lane_name(lane: LaneEntry) -> str:
    """Return the name of a lane; "quality" distinguishes a score from a parameter of the same label."""
    return f"quality: {lane.label}" if lane.kind == "score" else lane.label


def _drawn_end(span: SpanEntry) -> float:
    return span.start + 0.5 if span.end is None else span.end
