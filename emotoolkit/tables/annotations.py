"""Annotations: tables of labels given by annotators, brought into one form. Pure functions."""

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
    """Return the labels of one recording, as a table that a timeline draws.

    Parameters
    ----------
    table : pandas.DataFrame
        `file`, `start`, `end` as index levels or as columns; times as Timedelta or in seconds. With a column `label`,
        that is drawn, in the tracks named by a column `track` if there is one. Without, each column is a track and
        its values are the labels, as in audformat.
    file : str
        The recording. Its labels are those whose path has the most parts in common with this one, counted from the
        end, and at least the file name: a dataset may have moved since it was labelled.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end`; columns `track` and `label` (str). Missing labels are left out.

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
    rows = flat[_is_same_file(file, flat["file"])]
    columns = ["label"] if "label" in rows else [name for name in rows.columns if name not in {*INDEX_LEVELS, "index"}]
    if not columns:
        raise SettingsError(setting="labels", value=INDEX_LEVELS, rule="it must have a column with the labels too")
    return pd.concat([_labels_of_column(rows, name) for name in columns])


def _labels_of_column(rows: pd.DataFrame, column: Any) -> pd.DataFrame:
    labelled = rows[rows[column].notna()]
    track = labelled["track"].astype("str") if column == "label" and "track" in labelled else str(column)
    index = pd.MultiIndex.from_arrays(
        [labelled["file"].astype("str"), _timedeltas(labelled["start"]), _timedeltas(labelled["end"])],
        names=INDEX_LEVELS,
    )
    table = pd.DataFrame({"track": track, "label": labelled[column].astype("str")}, labelled.index)
    table.index = index
    return table


def _timedeltas(times: pd.Series[Any]) -> pd.TimedeltaIndex:
    if pd.api.types.is_timedelta64_dtype(times):
        return pd.TimedeltaIndex(times)
    return pd.TimedeltaIndex(pd.to_timedelta(times.astype(float), unit="s"))


def _is_same_file(file: str, files: pd.Series[Any]) -> pd.Series[bool]:
    """Mark the files whose paths have the most parts in common with this one's, and at least the name."""
    common = files.map(lambda each: count_common_parts(str(each), file)).astype(int)
    return (common > 0) & (common == common.max())
