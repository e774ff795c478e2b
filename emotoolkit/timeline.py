"""What a timeline shows: which rows a recording and its replays have, in which order, under which title.

How a row is drawn is not said here but in `rows`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.errors import SettingsError
from emotoolkit.rows import Engagement, Pictures, Quality, Segments, Signals, Waveform, Words, unit
from emotoolkit.tables import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from emotoolkit.recording import Recording
    from emotoolkit.replayed import Replay
    from emotoolkit.rows import Row

__all__ = ["ROWS", "by_unit", "chosen", "measured", "rows"]

ROWS = ("pictures", "waveform", "segments", "signals", "engagement", "quality")
"""What `tracks` can name, besides the names of single parameters."""

FIRST = ("energy", "voiceEnergy", "stress", "uncertainty", "excitement", "concentration", "hesitation", "arousal")
"""Parameters of Emotion Logic that are drawn without being asked for, in this order, as far as they are there."""

SHOWN = 4
"""How many of them."""


def rows(
    recording: Recording, replays: Sequence[Replay], tracks: Sequence[str] | None, view: tuple[float, float]
) -> list[tuple[str, Row]]:
    """Give the rows of a timeline from top to bottom, each with its title; a title stands over the first of its rows.

    Raises
    ------
    SettingsError
        A replay is of another recording, or `tracks` has a name that nothing has.
    """
    _check_files(recording, replays)
    _check_tracks(tracks, replays)
    wanted = ROWS if tracks is None else tracks
    groups = [(recording.file, list(_of_recording(recording, view, wanted)))]
    groups += [(_title(replay), list(_of_replay(replay, view, wanted))) for replay in replays]
    found = [(title if row is group[0] else "", row) for title, group in groups for row in group]
    if not found:
        return [(recording.file, Words("nothing to draw"))]
    title, row = found[0]
    # Whatever was chosen, the figure says of which recording it is.
    return found if title == recording.file else [(f"{recording.file} · {title}", row), *found[1:]]


def chosen(table: pd.DataFrame, names: Sequence[str] | None) -> list[str]:
    """Give the named parameters, or of those in the table the first few that vary.

    Raises
    ------
    SettingsError
        The table has no such parameter.
    """
    there = parameters(table)
    if names is None:
        ordered = sorted(there, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
        return ([name for name in ordered if table[name].nunique() > 1] or ordered)[:SHOWN]
    for name in names:
        if name not in there:
            raise SettingsError(setting="parameters", value=name, rule=f"the table has {', '.join(there) or 'none'}")
    return list(names)


def by_unit(table: pd.DataFrame, names: Sequence[str]) -> list[list[str]]:
    """Group parameters that can share a scale."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(unit(table, name), []).append(name)
    return list(groups.values())


def measured(source: str) -> str:
    """Say whose numbers these are; a local measurement must be called one wherever it is shown."""
    return source if "local measurement" in source else ""


def _check_files(recording: Recording, replays: Sequence[Replay]) -> None:
    for replay in replays:
        # Only the last part is compared: a dataset may have moved since it was replayed.
        if Path(replay.file).name != Path(recording.file).name:
            raise SettingsError(
                setting="replays", value=replay.file, rule=f"the recording that is drawn is {recording.file!r}"
            )


def _check_tracks(tracks: Sequence[str] | None, replays: Sequence[Replay]) -> None:
    if isinstance(tracks, str):
        raise SettingsError(setting="tracks", value=tracks, rule=f"it is a list of names, such as [{tracks!r}]")
    known = [*ROWS, *dict.fromkeys(name for replay in replays for name in parameters(replay.segments))]
    for track in tracks or ():
        if track not in known:
            raise SettingsError(setting="tracks", value=track, rule=f"there are {', '.join(known)}")


def _of_recording(recording: Recording, view: tuple[float, float], wanted: Sequence[str]) -> Iterator[Row]:
    if recording.video is not None and "pictures" in wanted:
        yield Pictures(recording, view)
    if recording.audio is not None and "waveform" in wanted:
        yield Waveform(recording, view)


def _of_replay(replay: Replay, view: tuple[float, float], wanted: Sequence[str]) -> Iterator[Row]:
    yield from _of_segments(replay, wanted)
    # Where an API can say something, an empty row tells that it did not.
    expected = replay.api == "interhuman"
    if "signals" in wanted and (expected or not replay.signals.empty):
        yield Signals(replay.signals, view)
    if "engagement" in wanted and (expected or not replay.engagement.empty):
        yield Engagement(replay.engagement)
    # Quality is sent only where it was asked for: its absence is nothing to show.
    if "quality" in wanted and not replay.quality.empty:
        yield Quality(replay.quality)


def _of_segments(replay: Replay, wanted: Sequence[str]) -> Iterator[Row]:
    table = replay.segments
    named = [name for name in wanted if name in parameters(table)]
    if not named and "segments" not in wanted:
        return
    if table.empty and replay.api == "emotion_logic":
        yield Words("no segments")
    for names in by_unit(table, chosen(table, named or None)):
        yield Segments(table, names)


def _title(replay: Replay) -> str:
    return " · ".join(filter(None, [replay.api.replace("_", " ").title(), measured(replay.source)]))
