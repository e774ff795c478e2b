"""The content of a timeline: which rows a recording and its replays have, in which order, under which title.

How a row is drawn is defined in `rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.apis.registry import api_title, tables_of
from emotoolkit.errors import SettingsError
from emotoolkit.media.same_file import is_other_recording
from emotoolkit.plots.rows import (
    AnnotationsRow,
    EngagementRow,
    MarksRow,
    QualityRow,
    SegmentsRow,
    SignalsRow,
    TextRow,
    UnreadLoudness,
    UnreadPictures,
    UnreadWaveform,
    column_unit,
)
from emotoolkit.tables.annotations import labels_of_recording
from emotoolkit.tables.from_events import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from emotoolkit.media.recording import Recording
    from emotoolkit.plots.rows import Row, UnreadRow
    from emotoolkit.tables.results import Results

__all__ = [
    "ROW_NAMES",
    "choose_parameters",
    "group_by_unit",
    "heading",
    "local_measurement_note",
    "png",
    "rows",
    "varying_parameters",
    "window",
]

ROW_NAMES = ("pictures", "waveform", "loudness", "labels", "segments", "signals", "engagement", "quality", "gaps")
"""What `tracks` can name, besides the names of single parameters."""

DEFAULT_ROWS = tuple(row for row in ROW_NAMES if row != "loudness")
"""Rows that are drawn by default: without the loudness, which the waveform shows already."""

DEFAULT_PARAMETERS = (
    "energy",
    "voiceEnergy",
    "stress",
    "uncertainty",
    "excitement",
    "concentration",
    "hesitation",
    "arousal",
)
"""Parameters of Emotion Logic that are drawn by default, in this order, as far as the table has them."""

MAX_PARAMETERS = 4
"""Parameters that are drawn by default, at most."""

THUMBNAIL_DPI = 72
"""Dots per inch of a recording's or replay's representation in a notebook."""


def window(
    recording: Recording | None, replays: Sequence[Results], start: float, end: float | None
) -> tuple[float, float]:
    """Return the start and end of what is shown, checked against the recording's duration, or else the first replay's.

    Raises
    ------
    SettingsError
        See `Recording.window`.
    """
    if recording is not None:
        return recording.window(start, end)
    duration = replays[0].duration
    last = duration if end is None else min(end, duration)
    if not 0 <= start < last:
        raise SettingsError(setting="start", value=start, rule=f"it must be from 0 on and before the end at {last:g} s")
    return float(start), float(last)


def rows(
    recording: Recording | None,
    replays: Sequence[Results],
    tracks: Sequence[str] | None,
    view: tuple[float, float],
    labels: pd.DataFrame | None = None,
) -> list[tuple[str, Row | UnreadRow]]:
    """Return the rows of a timeline from top to bottom, each with its title; only a group's first row has one.

    Raises
    ------
    SettingsError
        A replay is of another recording, or `tracks` has a name that nothing has.
    """
    shown = replays[0] if recording is None else recording
    file = shown.file
    _check_files(shown, replays)
    _check_tracks(tracks, replays)
    wanted = DEFAULT_ROWS if tracks is None else tracks
    groups = [(file, [*_recording_rows(recording, view, wanted), *_label_rows(labels, file, view, wanted)])]
    groups += [(heading(replay), list(_replay_rows(replay, view, wanted))) for replay in replays]
    found = [(title if row is group[0] else "", row) for title, group in groups for row in group]
    if not found:
        return [(file, TextRow("nothing to draw"))]
    title, row = found[0]
    # Whatever rows were chosen, the figure names its recording.
    return found if title == file else [(f"{file} · {title}", row), *found[1:]]


def png(recording: Recording | None, replays: Sequence[Results]) -> bytes | None:
    """Return a small timeline as PNG, or None where matplotlib, which is optional, is not installed."""
    try:
        from emotoolkit.plots.figure import stack_rows
    except ImportError:
        return None
    view = window(recording, replays, 0.0, None)
    return stack_rows(rows(recording, replays, None, view), view).png(THUMBNAIL_DPI)


def choose_parameters(table: pd.DataFrame, names: Sequence[str] | None) -> list[str]:
    """Return the named parameters, or the first few in the table that vary.

    Raises
    ------
    SettingsError
        The table has no such parameter.
    """
    there = parameters(table)
    if names is None:
        ordered = sorted(
            there,
            key=lambda name: DEFAULT_PARAMETERS.index(name) if name in DEFAULT_PARAMETERS else len(DEFAULT_PARAMETERS),
        )
        vary = set(varying_parameters(table))
        return [name for name in ordered if name in vary][:MAX_PARAMETERS]
    for name in names:
        if name not in there:
            raise SettingsError(setting="parameters", value=name, rule=f"the table has {', '.join(there) or 'none'}")
    return list(names)


def varying_parameters(table: pd.DataFrame) -> list[str]:
    """Return the names of the parameters that vary between segments; all of them where none does."""
    there = parameters(table)
    return [name for name in there if table[name].nunique() > 1] or there


def group_by_unit(table: pd.DataFrame, names: Sequence[str]) -> list[list[str]]:
    """Group parameters that can share a scale: those of one unit. One without a known unit is a group of its own."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(column_unit(table, name) or f"of {name}", []).append(name)
    return list(groups.values())


def local_measurement_note(source: str) -> str:
    """Return the source if it is a local measurement, which must be named wherever it is shown; else ""."""
    return source if "local measurement" in source else ""


def _check_files(shown: Recording | Results, replays: Sequence[Results]) -> None:
    for replay in replays:
        if is_other_recording(shown, replay):
            rule = f"the recording that is drawn is {shown.file!r}"
            raise SettingsError(setting="replays", value=replay.file, rule=rule)


def _check_tracks(tracks: Sequence[str] | None, replays: Sequence[Results]) -> None:
    if isinstance(tracks, str):
        raise SettingsError(setting="tracks", value=tracks, rule=f"it is a list of names, such as [{tracks!r}]")
    known = [*ROW_NAMES, *dict.fromkeys(name for replay in replays for name in parameters(replay.segments))]
    for track in tracks or ():
        if track not in known:
            raise SettingsError(setting="tracks", value=track, rule=f"there are {', '.join(known)}")


def _recording_rows(
    recording: Recording | None, view: tuple[float, float], wanted: Sequence[str]
) -> Iterator[UnreadRow]:
    if recording is None:
        return
    if recording.video is not None and "pictures" in wanted:
        yield UnreadPictures(recording, view)
    if recording.audio is not None and "waveform" in wanted:
        yield UnreadWaveform(recording, view)
    if recording.audio is not None and "loudness" in wanted:
        yield UnreadLoudness(recording, view)


def _label_rows(
    labels: pd.DataFrame | None, file: str, view: tuple[float, float], wanted: Sequence[str]
) -> Iterator[Row]:
    if labels is not None and "labels" in wanted:
        yield AnnotationsRow(labels_of_recording(labels, file), view)


def _replay_rows(replay: Results, view: tuple[float, float], wanted: Sequence[str]) -> Iterator[Row]:
    yield from _segment_rows(replay, view, wanted)
    # An empty row shows that an API which can report signals or states reported none.
    expected = tables_of(replay.api)
    if "signals" in wanted and ("signals" in expected or not replay.signals.empty):
        yield SignalsRow(replay.signals, view)
    if "engagement" in wanted and ("engagement" in expected or not replay.engagement.empty):
        yield EngagementRow(replay.engagement, view)
    # Quality is sent only on request: its absence is not worth a row.
    if "quality" in wanted and not replay.quality.empty:
        yield QualityRow(replay.quality, view)
    if "gaps" in wanted and not replay.marks.empty:
        yield MarksRow(replay.marks, view)


def _segment_rows(replay: Results, view: tuple[float, float], wanted: Sequence[str]) -> Iterator[Row]:
    table = replay.segments
    there = parameters(table)
    named = [name for name in wanted if name in there]
    if not named and "segments" not in wanted:
        return
    if table.empty and "segments" in tables_of(replay.api):
        yield TextRow("no segments")
    for names in group_by_unit(table, choose_parameters(table, named or None)):
        yield SegmentsRow(table, names, view)


def heading(replay: Results) -> str:
    """Return the name of the API, and the note that its numbers are a local measurement if they are."""
    return " · ".join(filter(None, [api_title(replay.api), local_measurement_note(replay.source)]))
