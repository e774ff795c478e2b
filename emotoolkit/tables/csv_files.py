"""Read CSV files without altering labels: pandas alone reads "NA" and "None" as missing, and 007 as 7."""

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
"""Columns that are never labels: here "NA" does mean a missing value."""

LEADING_ZERO = r"0\d+"
"""Cells that are names, not numbers: as a number they would lose their leading zeros."""


def read_csv(path: str) -> pd.DataFrame:
    """Read a local or remote CSV file whose cells are separated by commas, semicolons or tabs.

    Returns
    -------
    pandas.DataFrame
        Columns of numbers, booleans and times as pandas reads them, all others as str; only an empty cell is missing.
        Blanks after a separator are part of the cell, unless the header has them too.

    Raises
    ------
    OSError, ValueError
        There is no such file; it is not a table.
    """
    data = _read_bytes(path)
    settings = dialect(data.partition(b"\n")[0].decode(errors="replace"))
    table: pd.DataFrame = pd.read_csv(io.BytesIO(data), low_memory=False, **settings)
    text = pd.read_csv(io.BytesIO(data), dtype="str", keep_default_na=False, na_values=[""], **settings)
    for name in table:
        if str(name).strip() not in TIME_COLUMNS and _is_text(table[name], text[name]):
            table[name] = text[name]
    table.columns = table.columns.str.strip()
    return table


def dialect(header: str) -> dict[str, Any]:
    """Find a file's separator, the most frequent of the usual ones in its header, as arguments of `pandas.read_csv`.

    Blanks after it are skipped only where the header has them, too.
    """
    separator = max(",;\t", key=header.count)
    return {"sep": separator, "skipinitialspace": f"{separator} " in header}


def _is_text(guessed: pd.Series[Any], text: pd.Series[str]) -> bool:
    no_numbers = pd.api.types.infer_dtype(guessed, skipna=True) == "string" or guessed.isna().all()
    return bool(no_numbers or text.str.fullmatch(LEADING_ZERO, na=False).any())


def _read_bytes(path: str) -> bytes:
    if not is_remote(path):
        return expand_user(path).read_bytes()
    with needing("fsspec"):
        import fsspec

    with fsspec.open(path, "rb") as opened:
        return bytes(opened.read())
