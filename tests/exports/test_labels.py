"""The table of labels: the same labels are the same table, to the microsecond, in whatever order they were found."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.exports.labels import (
    Label,
    by_file,
    drop_untimed,
    iterate_labels,
    make_table,
    to_long_form,
    to_microseconds,
)
from tests.support.examples import examples

words = st.sampled_from(["", "a", "ü b", "1"])
times = st.integers(0, 10**12)
labels = st.builds(
    Label, words, times, times, words, words, words, st.just(math.nan) | st.integers(-9, 9).map(float), words
)


def plain(found):
    """Labels that can be compared: a missing value is None."""
    return [each._replace(value=None if math.isnan(each.value) else each.value) for each in found]


@settings(max_examples=examples(20))
@given(st.lists(labels, max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_they_were_found_does_not_matter(found, random):
    """Law: two tables of the same labels are equal, and nothing is lost in either."""
    mixed = random.sample(found, len(found))
    pd.testing.assert_frame_equal(make_table(found), make_table(mixed))
    assert len(make_table(found)) == len(found)


@settings(max_examples=examples(20))
@given(st.lists(labels, max_size=8))
def test_rows_of_a_table_are_its_labels(found):
    """Law: what is read out of a table makes the same table again; its columns have the types that are promised."""
    made = make_table(found)
    assert sorted(plain(iterate_labels(made)), key=repr) == sorted(plain(found), key=repr)
    pd.testing.assert_frame_equal(make_table(iterate_labels(made)), made)
    assert made.columns.tolist() == ["api", "track", "label", "value", "source"]
    assert made["value"].dtype == np.float64
    assert made.index.names == ["file", "start", "end"]


def test_the_order_is_that_of_file_and_time():
    """Sorted by file, start, end; a label without a value stands behind those with one."""
    found = [("b", 0, 1, 1.0), ("a", 5, 6, math.nan), ("a", 5, 6, 2.0), ("a", 0, 9, 1.0)]
    made = make_table(Label(file, start, end, "", "t", "l", value) for file, start, end, value in found)
    assert made.index.get_level_values("file").tolist() == ["a", "a", "a", "b"]
    np.testing.assert_array_equal(made["value"], [1.0, 2.0, math.nan, 1.0])


def test_times_are_rounded_to_microseconds_and_may_be_missing():
    """Half a microsecond goes to the even one, as pandas rounds; what is not known comes back as not known."""
    given_times = pd.TimedeltaIndex([pd.Timedelta(1_499, "ns"), pd.Timedelta(2_501, "ns"), pd.NaT])
    first, second, unknown = to_microseconds(given_times)
    assert (first, second) == (1, 3)
    made = make_table([Label("a", 0, unknown, "", "t", "l", 1.0)])
    assert made.index.get_level_values("end").isna().all()
    assert to_microseconds(made.index.get_level_values("end")) == [unknown]


def test_what_has_no_place_in_time_is_left_out():
    """A start before 0, an end before the start, a time that is not known; a moment without length has its place."""
    spans = [("0s", "1s"), ("1s", "1s"), ("2s", "1s"), ("-1s", "1s"), ("1s", None), (None, "1s")]
    columns = zip(*spans, strict=True)
    starts, ends = (pd.to_timedelta([pd.NaT if each is None else each for each in column]) for column in columns)
    index = pd.MultiIndex.from_arrays([["a"] * 6, starts, ends], names=["file", "start", "end"])
    assert drop_untimed(pd.DataFrame({"n": range(6)}, index=index))["n"].tolist() == [0, 1]


def wide(**columns) -> pd.DataFrame:
    """A table with the segmented index, a second a row."""
    count = len(next(iter(columns.values())))
    at = pd.to_timedelta(range(count + 1), unit="s")
    index = pd.MultiIndex.from_arrays([["a.wav"] * count, at[:-1], at[1:]], names=["file", "start", "end"])
    return pd.DataFrame(columns, index=index)


def test_each_column_becomes_a_track():
    """Numbers are values under an empty label, words are labels, yes and no are words; what is missing is no label."""
    found = list(
        iterate_labels(
            to_long_form(wide(energy=[1.5, math.nan], state=["high", None], spoke=pd.array([True, None], "object")))
        )
    )
    assert [(each.track, each.label) for each in found] == [("energy", ""), ("spoke", "True"), ("state", "high")]
    assert [each.value for each in found if not math.isnan(each.value)] == [1.5]
    assert {(each.start, each.end, each.api) for each in found} == {(0, 1_000_000, "")}


def test_a_label_that_is_a_number_has_its_value_too():
    """A word that can be read as a number is the label as it was written, and the number."""
    (one, other) = iterate_labels(to_long_form(wide(rating=["07", "x"])))
    assert (one.label, one.value) == ("07", 7.0)
    assert other.label == "x"
    assert math.isnan(other.value)


@pytest.mark.parametrize("several", [["joy", "fear"], ("joy", "fear"), np.array(["joy", "fear"])])
def test_several_labels_in_a_cell_are_several_labels(several):
    """A list of labels gives a row for each, at the same time."""
    cells = pd.Series([several, []], dtype="object")
    assert [(each.start, each.label) for each in iterate_labels(to_long_form(wide(emotion=cells.tolist())))] == [
        (0, "fear"),
        (0, "joy"),
    ]


def test_who_measured_is_known_of_the_table_or_of_the_row():
    """What results say in `attrs` holds for all rows, also beside a column of that name; else the column says it."""
    one = make_table([Label("a", 0, 1, "", "t", "l", 1.0, "rater 1")])
    assert [each.source for each in iterate_labels(one)] == ["rater 1"]
    one.attrs["source"] = "local"
    assert [each.source for each in iterate_labels(one)] == ["local"]


def test_file_by_file():
    """All labels of a recording together, each once."""
    found = [Label(file, n, n + 1, "", "t", "l", 1.0) for n, file in enumerate("abab")]
    assert [(file, [each.start for each in part]) for file, part in by_file(make_table(found))] == [
        ("a", [0, 2]),
        ("b", [1, 3]),
    ]
