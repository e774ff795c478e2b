"""Annotations: labels that people gave, in whatever table they keep them, as one table of tracks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.errors import SettingsError
from emotoolkit.media.same_file import shared

if TYPE_CHECKING:
    from typing import Any

__all__ = ["given_labels"]

INDEX = ["file", "start", "end"]


def given_labels(table: pd.DataFrame, file: str) -> pd.DataFrame:
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
    >>> given_labels(table, "a.wav").reset_index()[["track", "label"]].values.tolist()
    [['emotion', 'joy']]
    """
    flat = table.reset_index() if set(INDEX) & set(table.index.names) else table
    missing = [name for name in INDEX if name not in flat.columns]
    if missing:
        raise SettingsError(
            setting="labels", value=list(map(str, flat.columns)), rule=f"it must have {' and '.join(missing)} too"
        )
    here = flat[_is_of(file, flat["file"])]
    columns = ["label"] if "label" in here else [name for name in here.columns if name not in {*INDEX, "index"}]
    if not columns:
        raise SettingsError(setting="labels", value=INDEX, rule="it must have a column with the labels too")
    pieces = [_piece(here, name) for name in columns]
    return pd.concat(pieces)


def _piece(here: pd.DataFrame, column: Any) -> pd.DataFrame:
    """Give the labels of one column."""
    given = here[here[column].notna()]
    track = given["track"].astype("str") if column == "label" and "track" in given else str(column)
    index = pd.MultiIndex.from_arrays(
        [given["file"].astype("str"), _times(given["start"]), _times(given["end"])], names=INDEX
    )
    piece = pd.DataFrame({"track": track, "label": given[column].astype("str")}, given.index)
    piece.index = index
    return piece


def _times(given: pd.Series[Any]) -> pd.TimedeltaIndex:
    if pd.api.types.is_timedelta64_dtype(given):
        return pd.TimedeltaIndex(given)
    return pd.TimedeltaIndex(pd.to_timedelta(given.astype(float), unit="s"))


def _is_of(file: str, files: pd.Series[Any]) -> pd.Series[bool]:
    """Which of the files are this one, as far as their paths tell."""
    common = files.map(lambda each: shared(str(each), file)).astype(int)
    return (common > 0) & (common == common.max())
