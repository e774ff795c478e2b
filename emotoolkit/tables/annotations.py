"""Annotations: labels that people gave, in whatever table they keep them, as one table of tracks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.errors import SettingsError
from emotoolkit.media.same_file import count_common_parts

if TYPE_CHECKING:
    from typing import Any

__all__ = ["labels_of_recording"]

INDEX_LEVELS = ["file", "start", "end"]


def labels_of_recording(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Give the labels of one recording, as a table that a timeline draws.

    Parameters
    ----------
    table : pandas.DataFrame
        `file`, `start`, `end` as index levels or as columns; times as Timedelta or in seconds. With a column `label`,
        that is drawn, in the tracks that a column `track` names if there is one. Without, each column is a track and
        its values are the labels, as audformat has it.
    file : str
        The recording. Its labels are those whose path has most in common with this one, from the end, and at least
        the name: a dataset may have moved since it was labelled.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`; columns `track` and `label` (str). A missing label is no row.

    Raises
    ------
    SettingsError
        `file`, `start` or `end` is missing, or there is no column with labels.

    Examples
    --------
    >>> table = pd.DataFrame({"file": "a.wav", "start": [0, 4], "end": [4, 9], "emotion": ["joy", None]})
    >>> labels_of_recording(table, "a.wav").reset_index()[["track", "label"]].values.tolist()
    [['emotion', 'joy']]
    """
    flat = table.reset_index() if set(INDEX_LEVELS) & set(table.index.names) else table
    missing = [name for name in INDEX_LEVELS if name not in flat.columns]
    if missing:
        raise SettingsError(
            setting="labels", value=list(map(str, flat.columns)), rule=f"it must have {' and '.join(missing)} too"
        )
    here = flat[_is_same_file(file, flat["file"])]
    columns = ["label"] if "label" in here else [name for name in here.columns if name not in {*INDEX_LEVELS, "index"}]
    if not columns:
        raise SettingsError(setting="labels", value=INDEX_LEVELS, rule="it must have a column with the labels too")
    pieces = [_labels_of_column(here, name) for name in columns]
    return pd.concat(pieces)


def _labels_of_column(here: pd.DataFrame, column: Any) -> pd.DataFrame:
    """Give the labels of one column."""
    given = here[here[column].notna()]
    track = given["track"].astype("str") if column == "label" and "track" in given else str(column)
    index = pd.MultiIndex.from_arrays(
        [given["file"].astype("str"), _timedeltas(given["start"]), _timedeltas(given["end"])], names=INDEX_LEVELS
    )
    piece = pd.DataFrame({"track": track, "label": given[column].astype("str")}, given.index)
    piece.index = index
    return piece


def _timedeltas(given: pd.Series[Any]) -> pd.TimedeltaIndex:
    if pd.api.types.is_timedelta64_dtype(given):
        return pd.TimedeltaIndex(given)
    return pd.TimedeltaIndex(pd.to_timedelta(given.astype(float), unit="s"))


def _is_same_file(file: str, files: pd.Series[Any]) -> pd.Series[bool]:
    """Which of the files are this one, as far as their paths tell."""
    common = files.map(lambda each: count_common_parts(str(each), file)).astype(int)
    return (common > 0) & (common == common.max())
