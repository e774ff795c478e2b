"""The public `read_labels`: labels of other programs as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emotoolkit.errors import NoSuchFile, NotLabels
from emotoolkit.exports import labels, registry
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    import os

    import pandas as pd

__all__ = ["read_labels"]


def read_labels(path: str | os.PathLike[str], *, file: str | None = None) -> pd.DataFrame:
    """Read labels from a file that annotators made, or that `export` wrote.

    Parameters
    ----------
    path : str or path
        `.eaf` (ELAN), `.TextGrid` (Praat), `.csv`, `.parquet`, `.rttm`, `_events.tsv` (BIDS), `.vtt`, `.json` (Label
        Studio), or the folder of an audformat database.
    file : str or None
        The recording that the labels are of, for the index. Default: what the file says, which is only a name without
        suffix in a TextGrid and an RTTM.

    Returns
    -------
    pandas.DataFrame
        Index `file`, `start`, `end` (Timedelta). Columns `api` (str; empty unless `export` wrote it), `track` (str: the
        tier, or the column), `label` (str), `value` (float64: the label, if it is a number; NaN else), `source` (str:
        who measured, or the tier's annotator). Sorted by file and time.

    Raises
    ------
    NoSuchFile
        There is nothing at that path.
    NotLabels
        It is not what its suffix says.
    LibraryMissing
        The format is read with a library that is not installed.
    SettingsError
        No format has that suffix.

    Examples
    --------
    >>> read_labels("datasets/sample/truth.csv").query("track == 'voice'")["label"].unique()[:2].tolist()
    ['0870', '0880']
    """
    expanded = expand_user(path)
    if not expanded.exists():
        raise NoSuchFile(file=str(path), folder=str(Path.cwd()))
    name = registry.format_of_path(expanded)
    module = registry.load_format(name)
    try:
        found = module.read(expanded)
    except Exception as problem:
        raise NotLabels(path=str(path), format=name, reason=str(problem) or type(problem).__name__) from problem
    return found if file is None else labels.make_table(row._replace(file=file) for row in labels.iterate_labels(found))
