"""What drawings read off a result table: times, the rows in a view, the rows of each label, units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.tables.access import column_unit, row_times, rows_by_label, rows_within, time_range
from tests.support.examples import examples


def table(spans, **columns) -> pd.DataFrame:
    """A table of results with these starts and ends in seconds; None is not known."""
    starts, ends = (pd.to_timedelta([row[n] for row in spans], unit="s") for n in (0, 1))
    index = pd.MultiIndex.from_arrays([["a.wav"] * len(spans), starts, ends], names=["file", "start", "end"])
    return pd.DataFrame({"n": range(len(spans)), **columns}, index=index)


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)).map(lambda pair: (pair[0], sum(pair))), max_size=8)


@settings(max_examples=examples(30))
@given(spans, st.integers(0, 60), st.integers(0, 20))
def test_what_is_in_a_view(rows, begin, length):
    """Law: a row is in a view if it has a moment in common with it, be it its edge; rows stay in order."""
    end = begin + length
    expected = [n for n, (start, stop) in enumerate(rows) if max(start, begin) <= min(stop, end)]
    assert rows_within(table(rows), (begin, end))["n"].tolist() == expected


@settings(max_examples=examples(30))
@given(spans)
def test_seconds_and_their_range(rows):
    """Law: times are seconds, row by row; their range reaches from the least start to the greatest end."""
    made = table(rows)
    starts, ends = row_times(made)
    assert (starts.dtype, list(zip(starts, ends, strict=True))) == (np.float64, rows)
    first, last = time_range(made)
    if not rows:
        assert (first, last) == (0.0, 1.0)
        return
    assert first == min(start for start, _ in rows)
    assert last == max([end for _, end in rows] + [first + 1e-3])


def test_a_range_is_never_empty():
    """A moment alone has a range that can be drawn; of a table that knows no time it is the first second."""
    assert time_range(table([(5, 5)])) == (5.0, pytest.approx(5.001))
    assert time_range(table([(None, None)])) == (0.0, 1.0)


def test_an_end_that_is_not_known_is_passed_over():
    """The range is that of the others, and reaches at least to the last start."""
    assert time_range(table([(1, 2), (7, None)])) == (1.0, 7.0)


def test_labels_in_the_order_of_their_scale():
    """Categories come in their order, without those that do not occur; words in that of the alphabet."""
    words = ["low", "high", "low"]
    scale = pd.Series(pd.Categorical(words, ["low", "medium", "high"]))
    for labels, order in [(scale, ["low", "high"]), (pd.Series(words), ["high", "low"])]:
        found = rows_by_label(labels)
        assert list(found) == order
        assert (found["low"].tolist(), found["high"].tolist()) == ([0, 2], [1])


def test_units_are_those_of_the_table():
    """A column without a unit, and a table that says nothing of units, have none."""
    made = table([(0, 1)])
    assert column_unit(made, "n") == ""
    made.attrs["units"] = {"n": "0–100"}
    assert (column_unit(made, "n"), column_unit(made, "other")) == ("0–100", "")
