"""The table of all measures: what is measured, by which formula, from which source, and its limits."""

from __future__ import annotations

from dataclasses import fields

import pandas as pd

from emotoolkit.apis.registry import APIS
from emotoolkit.measure.catalogue import MEASURES, Measure

__all__ = ["measures"]


def measures() -> pd.DataFrame:
    """List every number that the local servers measure, and every one that they send.

    Returns
    -------
    pandas.DataFrame
        Index `of` (the thing measured: a stretch of speech, a turn, a look at the face, an Emotion Logic column, an
        Interhuman signal …), `name`. Columns, all str: `what`, `formula`, `unit` (or range), `source` (author, year;
        "ours" where no other was confirmed), `limits` (what makes it wrong).

    Examples
    --------
    >>> table = measures()
    >>> table.loc[("Emotion Logic column", "stress"), ["formula", "unit", "source"]].to_list()
    ['5 + 5·pitch', '0–30, baseline 5', 'Giddens et al. 2013']
    """
    rows = [*MEASURES, *(row for api in APIS.values() for row in api.measures())]
    table = pd.DataFrame([[getattr(row, field.name) for field in fields(Measure)] for row in rows], dtype="str")
    table.columns = pd.Index([field.name for field in fields(Measure)])
    table = table.set_index(["of", "name"])
    table.attrs["source"] = "local measurement"
    return table
