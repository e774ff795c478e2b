"""A CSV file as a table in which labels are as they came: pandas takes "NA" and "None" for nothing, and 007 for 7."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

from emotoolkit.media.remote import is_remote
from emotoolkit.utils.extras import needing
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    from typing import Any

__all__ = ["dialect", "read_csv"]

TIME_COLUMNS = {"start", "end", "joined_start", "joined_end"}
"""Columns in which what pandas takes for nothing is no time."""

LEADING_ZERO = r"0\d+"
"""What is a name, not a number: its zeros in front would be lost."""


def read_csv(path: str) -> pd.DataFrame:
    """Read a CSV file, here or elsewhere; its cells are separated by commas, semicolons or tabs.

    Returns
    -------
    pandas.DataFrame
        Columns of numbers, of true and false and of times as pandas reads them, all others as words; only an empty cell
        is a missing word. Blanks behind a separator count, unless the header has them too.

    Raises
    ------
    OSError, ValueError
        There is no such file; it is no table.
    """
    data = _read_bytes(path)
    settings = dialect(data.partition(b"\n")[0].decode(errors="replace"))
    table: pd.DataFrame = pd.read_csv(io.BytesIO(data), low_memory=False, **settings)
    words = pd.read_csv(io.BytesIO(data), dtype="str", keep_default_na=False, na_values=[""], **settings)
    for name in table:
        if str(name).strip() not in TIME_COLUMNS and _is_text(table[name], words[name]):
            table[name] = words[name]
    table.columns = table.columns.str.strip()
    return table


def dialect(header: str) -> dict[str, Any]:
    """Tell from its header what is between a file's cells, as pandas names it: the usual mark that is there most often.

    Blanks behind it count for nothing only where the header has them, too.
    """
    separator = max(",;\t", key=header.count)
    return {"sep": separator, "skipinitialspace": f"{separator} " in header}


def _is_text(guessed: pd.Series[Any], words: pd.Series[str]) -> bool:
    wordy = pd.api.types.infer_dtype(guessed, skipna=True) == "string" or guessed.isna().all()
    return bool(wordy or words.str.fullmatch(LEADING_ZERO, na=False).any())


def _read_bytes(path: str) -> bytes:
    if not is_remote(path):
        return expand_user(path).read_bytes()
    with needing("fsspec"):
        import fsspec

    with fsspec.open(path, "rb") as opened:
        return bytes(opened.read())
