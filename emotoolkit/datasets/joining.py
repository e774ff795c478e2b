"""join_clips: join clips that are too short for an API into longer recordings, and cut the results to each clip.

The joined table keeps one row per clip. Its columns `joined`, `joined_start` and `joined_end` say in which recording
the clip lies and where; `replay_dataset` sends that recording once and cuts its results to each clip.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.datasets.manifest import JOINED_COLUMNS, normalize_dataset
from emotoolkit.datasets.montage import write_montage
from emotoolkit.datasets.rows import to_seconds
from emotoolkit.errors import RecordingError, SettingsError
from emotoolkit.media.clip import Clip
from emotoolkit.media.remote import local_copy
from emotoolkit.utils.folders import make_private_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["cut_to_clip", "join_clips", "without_overall"]

MIN_CLIP_S = 8.0
"""Seconds of media before which Interhuman's service has been seen to answer nothing (docs/protocols, Interhuman §2.2).
"""

SESSION_SCOPES = {"overall"}
"""Scopes of quality rows that are about a whole session, not about a clip in it."""


def join_clips(
    dataset: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    shorter: float = MIN_CLIP_S,
    length: float = 60.0,
    silence: float = 2.0,
) -> pd.DataFrame:
    """Join short clips into recordings that are long enough for an API, with silence between them.

    Parameters
    ----------
    dataset : pandas.DataFrame
        As `read_dataset` gives it.
    folder : str or path
        Where the joined recordings are written; made if need be. Sound becomes mono WAV, films Matroska. Each is named
        by what is in it: several tables may share a folder.
    shorter : float
        Clips of fewer seconds than this are joined, in their order; the default is where Interhuman begins to answer.
    length : float
        Seconds after which a joined recording takes no further clip.
    silence : float
        Seconds of silence and darkness between two clips, and after the last. Results of one clip that reach into it
        end with the clip.

    Returns
    -------
    pandas.DataFrame
        The same rows, with `joined` (str: the recording that the clip lies in; missing where it stays by itself),
        `joined_start` and `joined_end` (timedelta64[ns]: where). Clips that cannot be opened stay as they are.

    Raises
    ------
    SettingsError
        A number is not above 0.

    Examples
    --------
    >>> import emotoolkit as emo, pandas as pd, tempfile
    >>> clips = pd.DataFrame({"file": ["datasets/sample/talk.wav"] * 2, "start": [0, 7.6], "end": [7.0, 10.1]})
    >>> joined = emo.join_clips(clips, tempfile.mkdtemp())
    >>> joined["joined_start"].dt.total_seconds().tolist()
    [0.0, 9.0]
    """
    for name, value in {"shorter": shorter, "length": length, "silence": silence}.items():
        if not value > 0:
            raise SettingsError(setting=name, value=value, rule="it must be a number above 0")
    table = normalize_dataset(dataset)
    make_private_folder(Path(folder))
    table["joined"] = pd.Series([None] * len(table), dtype="str")
    for name in JOINED_COLUMNS[1:]:
        table[name] = pd.Series([pd.NaT] * len(table), dtype="timedelta64[ns]")
    for rows in _group_short_clips(table, shorter, length):
        _join(table, rows, Path(folder), silence)
    return table


def cut_to_clip(table: pd.DataFrame, name: str, begin: float, end: float, start: float) -> pd.DataFrame:
    """Cut a table of results to one clip.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the recording that was sent; index `file`, `start`, `end`.
    name : str
        The clip's file.
    begin, end : float
        Where the clip lies in what was sent, in seconds.
    start : float
        Media second of the clip's own file at which it begins.

    Returns
    -------
    pandas.DataFrame
        The rows that touch the clip, cut to it, in the times of the clip's own file: moments at its edges too, and what
        has no end, which stays without one.
    """
    starts, ends = (pd.TimedeltaIndex(table.index.get_level_values(level)) for level in ("start", "end"))
    low, high, shift = (pd.Timedelta(round(value * 1e6), "us") for value in (begin, end, start - begin))
    moments = (starts == ends) & (starts >= low) & (starts <= high)
    touches = ((starts < high) & ((ends > low) | ends.isna())) | moments
    kept = table[touches].copy()
    kept.index = pd.MultiIndex.from_arrays(
        [
            pd.Index([name] * len(kept), dtype="str"),
            pd.TimedeltaIndex(starts[touches].where(starts[touches] > low, low) + shift).as_unit("ns"),
            pd.TimedeltaIndex(ends[touches].where(~(ends[touches] > high), high) + shift).as_unit("ns"),
        ],
        names=["file", "start", "end"],
    )
    kept.attrs = table.attrs
    return kept


def without_overall(table: pd.DataFrame) -> pd.DataFrame:
    """Drop rows that are about a whole session: in a joined recording they belong to no clip."""
    return table[~table["scope"].isin(SESSION_SCOPES)] if "scope" in table else table


def _group_short_clips(table: pd.DataFrame, shorter: float, length: float) -> Iterator[list[int]]:
    """Yield rows to be joined with each other: neighbours of one kind, until they are long enough."""
    open_groups: dict[bool, tuple[list[int], float]] = {}
    for row in range(len(table)):
        try:
            with _open_row(table, row) as clip:
                film, duration = clip.video is not None, clip.length
        except (RecordingError, SettingsError):
            continue  # the plan and the run report it
        if duration < shorter:
            rows, so_far = open_groups.get(film, ([], 0.0))
            open_groups[film] = ([*rows, row], so_far + duration)
            if so_far + duration >= length:
                yield open_groups.pop(film)[0]
    yield from (rows for rows, _ in open_groups.values())


def _join(table: pd.DataFrame, rows: list[int], folder: Path, silence: float) -> None:
    with ExitStack() as stack:
        clips = [stack.enter_context(_open_row(table, row)) for row in rows]
        path = folder / _name(clips, silence)
        places = write_montage(clips, path, silence)
    table.loc[rows, "joined"] = path.as_posix()
    for name, values in zip(JOINED_COLUMNS[1:], zip(*places, strict=True), strict=True):
        table.loc[rows, name] = pd.to_timedelta(list(values), unit="s").as_unit("ns")


def _name(clips: list[Clip], silence: float) -> str:
    """Name a joined recording by its content: other clips get another file, the same clips the same."""
    facts = [[clip.file, clip.begin, clip.duration, clip.path.stat().st_size] for clip in clips]
    content = hashlib.sha256(json.dumps([facts, float(silence)]).encode()).hexdigest()
    return f"joined-{content[:12]}{'.wav' if clips[0].video is None else '.mkv'}"


@contextmanager
def _open_row(table: pd.DataFrame, row: int) -> Iterator[Clip]:
    cells = table.iloc[row]
    with local_copy(cells["file"]) as path:
        yield Clip(path, cells["file"], to_seconds(cells.get("start")), to_seconds(cells.get("end")))
