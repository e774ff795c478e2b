"""Coincidence: the parameters of one API during the labels of another. Pure: tables in, a table out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotoolkit.tables.access import row_times, rows_by_label
from emotoolkit.tables.from_events import parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["coincidence", "overlap_seconds"]


def coincidence(segments: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Compute the deviation of each parameter from its mean during each label, in standard deviations.

    Parameters
    ----------
    segments : pandas.DataFrame
        `replay.segments` of one recording: index file, start, end; parameters as columns.
    labels : pandas.DataFrame
        Index file, start, end; a column `label`.

    Returns
    -------
    pandas.DataFrame
        Index: parameters that vary, in their order. Columns: labels, in theirs. Values (float64): mean over the time
        in which segments and the label overlap, minus the mean over all segments, divided by their standard deviation;
        segments are weighted by duration. NaN where they never overlap. `attrs["seconds"]` has the seconds of overlap
        by label.

    Examples
    --------
    >>> index = pd.MultiIndex.from_arrays([["a.wav"] * 2, *(pd.to_timedelta(s, unit="s") for s in ([0, 2], [2, 4]))],
    ...                                   names=["file", "start", "end"])
    >>> coincidence(pd.DataFrame({"energy": [1.0, 3.0]}, index), pd.DataFrame({"label": ["calm", "loud"]}, index))
            calm  loud
    energy  -1.0   1.0
    """
    lengths = np.subtract(*row_times(segments)[::-1])
    shared = {
        label: overlap_seconds(segments, labels.iloc[rows]) for label, rows in rows_by_label(labels["label"]).items()
    }
    rows = {}
    for name in parameters(segments):
        values = segments[name].to_numpy(np.float64)
        mean = _weighted_mean(values, lengths)
        deviation = np.sqrt(_weighted_mean((values - mean) ** 2, lengths))
        if deviation > 0:
            rows[name] = [(_weighted_mean(values, weights) - mean) / deviation for weights in shared.values()]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(shared), dtype=float)
    table.attrs["seconds"] = {label: float(weights.sum()) for label, weights in shared.items()}
    return table


def overlap_seconds(segments: pd.DataFrame, spans: pd.DataFrame) -> NDArray[np.float64]:
    """Compute how many seconds of each segment lie within any of the spans."""
    starts, ends = row_times(spans)
    order = np.argsort(starts, kind="stable")
    first, last = starts[order], np.maximum.accumulate(ends[order])
    # Overlapping spans must not count twice: each begins where all before it have ended.
    first = np.minimum(last, np.maximum(first, np.append(-np.inf, last[:-1])))
    edges = np.column_stack([first, last]).ravel()
    covered = np.cumsum(np.column_stack([np.zeros(len(first)), last - first]).ravel())
    begin, end = row_times(segments)
    within: NDArray[np.float64] = np.interp(end, edges, covered) - np.interp(begin, edges, covered)
    return within


def _weighted_mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    known = ~np.isnan(values)
    total = weights[known].sum()
    return float((values[known] * weights[known]).sum() / total) if total > 0 else np.nan
