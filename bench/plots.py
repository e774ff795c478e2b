"""Plots: a timeline of eight hours, from the file and the table to the PNG, beside what everybody writes first.

Ours reads the envelope from a wave file of 921 MB (16 kHz, 16 bit) and draws it with 16 000 segments × 10 parameters.
The peers get the same table. One draws a bar for each segment, on a twentieth of the segments, times twenty. The other
one draws plain lines of all of them with matplotlib's own layout, and reads no sound at all.
"""

from __future__ import annotations

import tempfile
import time
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import soundfile
from matplotlib.figure import Figure

import emotoolkit as emo
from bench.table import RUNS, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.table import Row

HOURS, RATE, SEGMENTS, PARAMETERS, PART = 8, 16_000, 16_000, 10, 20
NAMES = [f"parameter {n}" for n in range(PARAMETERS)]


def rows() -> Iterator[Row]:
    """Runs of ours and of plain lines in turns; one of the bars."""
    with tempfile.TemporaryDirectory() as folder:
        night = Path(folder) / "night.wav"
        write_night(night)
        recording, table = emo.Recording(night), segments()
        drawn = replay(recording.file, table)
        timeline(recording, drawn)
        taken = [(seconds(lambda: timeline(recording, drawn)), seconds(lambda: lines(table))) for _ in range(RUNS)]
        reading = [seconds(lambda: recording.envelope(2000)) for _ in range(RUNS)]
        window = [seconds(lambda: timeline(recording, drawn, start=3600, end=3720)) for _ in range(RUNS)]
        bar = seconds(lambda: bars(table.iloc[: SEGMENTS // PART])) * PART
    ours, plain = ([pair[n] for pair in taken] for n in (0, 1))
    what = f"timeline of {HOURS} h, {SEGMENTS} segments × {PARAMETERS}, with its waveform"
    yield measured(what, "s", ours, [bar], f"a bar for each segment, 1/{PART} of them × {PART}", goal="at most 0.4 s")
    yield measured(what, "s", ours, plain, "plain lines, matplotlib's layout, no waveform")
    yield measured(f"{what}: its envelope alone", "s", reading)
    yield measured(f"{what}: two minutes of it", "s", window)


def write_night(path: Path) -> None:
    minute = np.random.default_rng(0).normal(0, 3000, RATE * 60).astype(np.int16)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for n in range(HOURS * 60):
            file.write((minute * abs(np.sin(n / 7))).astype(np.int16))


def segments() -> pd.DataFrame:
    starts = np.arange(SEGMENTS) * (HOURS * 3600 / SEGMENTS)
    times = [pd.to_timedelta(each, unit="s") for each in (starts, starts + 1.6)]
    index = pd.MultiIndex.from_arrays([["night.wav"] * SEGMENTS, *times], names=["file", "start", "end"])
    values = np.random.default_rng(0).normal(15, 4, (SEGMENTS, PARAMETERS))
    return pd.DataFrame(values, index, NAMES).assign(channel=0)


def replay(file: str, table: pd.DataFrame) -> SimpleNamespace:
    """Make what a timeline reads of a replay."""
    empty = pd.DataFrame()
    return SimpleNamespace(
        api="emotion_logic",
        file=file,
        source="server",
        segments=table,
        signals=empty,
        engagement=empty,
        quality=empty,
        marks=empty,
    )


def timeline(recording: emo.Recording, drawn: SimpleNamespace, **window: float) -> None:
    emo.plot_timeline(recording, drawn, tracks=["waveform", *NAMES], **window).savefig(BytesIO(), format="png")


def lines(table: pd.DataFrame) -> None:
    figure = Figure(figsize=(11, 11), layout="constrained")
    starts = table.index.get_level_values("start").total_seconds()
    for ax, name in zip(figure.subplots(PARAMETERS, 1, sharex=True), NAMES, strict=True):
        ax.plot(starts, table[name], label=name)
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(BytesIO(), format="png")


def bars(table: pd.DataFrame) -> None:
    figure = Figure(figsize=(11, 11))
    starts = table.index.get_level_values("start").total_seconds()
    for ax, name in zip(figure.subplots(PARAMETERS, 1, sharex=True), NAMES, strict=True):
        ax.bar_format(starts, table[name], width=1.6, align="edge")
    figure.savefig(BytesIO(), format="png")


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
