"""Coincidence of parameters and labels: by hand, second by second."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.tables.coincidence import coincidence, overlap_seconds
from tests.support.made_tables import index, segments

SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda each: (each[0], sum(each))), max_size=6)


@given(SPANS, SPANS)
def test_overlaps_are_counted_once(cut, spans):
    """The seconds of a segment within spans are those that lie in at least one of them."""
    table = pd.DataFrame({"x": 0}, index(*zip(*cut, strict=True)) if cut else index([], []))
    within = pd.DataFrame({"x": 0}, index(*zip(*spans, strict=True)) if spans else index([], []))
    inside = {second for start, end in spans for second in range(start, end)}
    expected = [len(inside & set(range(start, end))) for start, end in cut]
    np.testing.assert_allclose(overlap_seconds(table, within) if spans else np.zeros(len(cut)), expected, atol=1e-9)


def test_means_are_over_time():
    """A segment counts as long as it lasts: 1 for three seconds and 5 for one have the mean 2, not 3."""
    table = segments([0, 3], [3, 4], energy=[1.0, 5.0], stress=[2.0, 2.0])
    labels = pd.DataFrame({"label": ["all", "end"]}, index([0, 3], [4, 9]))
    found = coincidence(table, labels)
    assert list(found.index) == ["energy"]
    np.testing.assert_allclose(found.loc["energy"], [0, 3 / np.sqrt(3)], atol=1e-9)
    assert found.attrs["seconds"] == {"all": 4.0, "end": 1.0}


def test_what_never_meets_is_missing():
    """A label at another time than all segments has no number."""
    found = coincidence(segments([0, 1], [1, 2], energy=[1.0, 2.0]), pd.DataFrame({"label": ["late"]}, index([5], [6])))
    assert found.isna().all(axis=None)
