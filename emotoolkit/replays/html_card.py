"""HTML card of a replay in a notebook: its tables as rows, its summary, notices and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotoolkit.plots import timeline
from emotoolkit.plots.drawing import html_rows
from emotoolkit.plots.drawing.downsampling import DOWNSAMPLE_MIN_SEGMENTS, downsample, step_line
from emotoolkit.plots.drawing.opacity import opacities
from emotoolkit.tables.access import row_times, rows_by_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from emotoolkit.tables.results import Results

__all__ = ["html"]

MAX_CURVES, MAX_BANDS, MAX_FAULTS = 3, 12, 5
"""Parameters, kinds of signals and faults that a card shows, at most."""

AXIS_PIXELS = 670
"""Width of a card's time axis in pixels."""

SUMMARY_FORMATS = {
    "speed": ("speed", "{:.3g}×"),
    "sent": ("sent", "{:.1f} s"),
    "answered": ("answered", "{:.1f} s"),
    "lateness_p99": ("lateness p99", "{:.4f} s"),
    "latency_p50": ("latency median", "{:.3f} s"),
    "messages": ("messages", "{:.0f}"),
    "stalls": ("stalls", "{:.0f}"),
    "errors": ("errors", "{:.0f}"),
    "unread": ("unread", "{:.0f}"),
}
"""Title and format of each figure of the summary that is shown."""


def html(replay: Results, notices: Sequence[Warning]) -> str:
    """Draw a replay as a card."""
    duration = replay.duration
    summary = replay.summary()
    table = {
        title: form.format(summary[name])
        for name, (title, form) in SUMMARY_FORMATS.items()
        if not np.isnan(summary[name])
    }
    rows: list[html_rows.Band | html_rows.Curve] = [*_curves(replay.segments, duration), *_bands(replay, duration)]
    counts = {"segments": replay.segments, "signals": replay.signals}
    facts = [timeline.heading(replay), *(f"{len(each)} {name}" for name, each in counts.items() if len(each))]
    if not rows:
        facts.append("no results")
    if not replay.complete:
        facts.append("incomplete")
    wrong = replay.marks[replay.marks["kind"].isin(["error", "not sent", "past the end"])]
    faults = [f"{kind} at {start.total_seconds():.1f} s: {text}" for (_, start, _), kind, text in wrong.itertuples()]
    if len(faults) > MAX_FAULTS:
        faults[MAX_FAULTS:] = [f"and {len(faults) - MAX_FAULTS} more, in .marks"]
    return html_rows.replay_html(replay.file, facts, duration, rows, table, [*map(str, notices), *faults])


def _curves(segments: pd.DataFrame, duration: float) -> Iterator[html_rows.Curve]:
    """Yield a curve for each of the first parameters that vary, channel by channel."""
    for name in timeline.choose_parameters(segments, None)[:MAX_CURVES]:
        channels = rows_by_label(segments["channel"])
        for channel, rows in channels.items():
            own = segments.iloc[rows].sort_index(level="start")
            starts, ends = row_times(own)
            values = own[name].to_numpy(np.float64, na_value=np.nan)
            points = step_line(starts, ends, values)
            if len(own) > DOWNSAMPLE_MIN_SEGMENTS:
                x, _, mean, _ = downsample(starts, ends, values, (0.0, duration), AXIS_PIXELS)
                points = x, mean
            yield html_rows.Curve(name if len(channels) == 1 else f"{name}, {channel}", points)


def _bands(replay: Results, duration: float) -> Iterator[html_rows.Band]:
    """Yield a row for each kind of signal, and one for the engagement states."""
    signals = replay.signals
    opacity = opacities(signals["probability"])
    for kind, rows in list(rows_by_label(signals["signal"]).items())[:MAX_BANDS]:
        yield html_rows.Band(
            kind, [(*each[:2], kind, each[2]) for each in _merged(signals.iloc[rows], opacity[rows], duration)]
        )
    if len(replay.engagement):
        starts, ends = row_times(replay.engagement)
        states = replay.engagement["state"].astype("str")
        spans = [(start, end, state, 0.9) for start, end, state in zip(starts, ends, states, strict=True)]
        yield html_rows.Band("engagement", spans[: 2 * AXIS_PIXELS])


def _merged(
    signals: pd.DataFrame, opacity: NDArray[np.float64], duration: float
) -> Iterator[tuple[float, float, float]]:
    """Yield spans as start, end and opacity; those less than a pixel apart are merged, with the highest opacity."""
    starts, ends = row_times(signals)
    order = np.argsort(starts, kind="stable")
    starts, ends, opacity = starts[order], np.maximum.accumulate(ends[order]), opacity[order]
    begins = np.flatnonzero(np.append(True, starts[1:] - ends[:-1] > duration / AXIS_PIXELS))
    until = np.append(begins[1:], len(starts)) - 1
    highest = np.maximum.reduceat(opacity, begins)
    yield from zip(starts[begins].tolist(), ends[until].tolist(), highest.tolist(), strict=True)
