"""Tables with times as columns of seconds: out and in again they are the same, and odd columns are told of."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.exports.seconds import in_seconds, parse_text_table, with_time_index
from tests.support.examples import examples

microseconds = st.integers(0, 10**10)


@settings(max_examples=examples(30))
@given(st.lists(st.tuples(st.sampled_from(["a.wav", "b/ü.wav"]), microseconds, microseconds), max_size=6))
def test_out_and_in_again(spans):
    """Law: files and times, to the microsecond, come back from text as they went out."""
    files, starts, ends = zip(*spans, strict=True) if spans else ((), (), ())
    times = [pd.TimedeltaIndex(pd.to_timedelta(list(each), unit="us")).as_unit("ns") for each in (starts, ends)]
    index = pd.MultiIndex.from_arrays([pd.Index(files, dtype="str"), *times], names=["file", "start", "end"])
    table = pd.DataFrame({"energy": [n / 4 for n in range(len(spans))]}, index=index)
    text = in_seconds(table).map(str)
    found = parse_text_table(text, "stem")
    assert found.index.tolist() == index.tolist()
    assert found["energy"].astype(float).tolist() == table["energy"].tolist()


def test_no_time_is_an_empty_cell():
    """What has no end has none, there and back."""
    index = pd.MultiIndex.from_arrays(
        [["a"], pd.to_timedelta([1.5], unit="s"), pd.to_timedelta([pd.NaT])], names=["file", "start", "end"]
    )
    flat = in_seconds(pd.DataFrame({"x": [1]}, index=index))
    assert flat["start"].tolist() == [1.5]
    assert flat["end"].isna().all()
    back = with_time_index(pd.DataFrame({"start": ["1.5"], "end": [""]}), "a").index
    assert back[0][:2] == ("a", pd.Timedelta("1.5s"))
    assert pd.isna(back[0][2])


def test_a_table_without_a_file_is_of_the_one_it_lies_in():
    """The name of the file it was read from stands in, for every row; a column of files is taken as it is."""
    flat = pd.DataFrame({"start": ["0", "1"], "end": ["1", "2"]})
    assert with_time_index(flat, "stem").index.get_level_values("file").tolist() == ["stem", "stem"]
    assert with_time_index(flat.assign(file=["x", "y"]), "stem").index.get_level_values("file").tolist() == ["x", "y"]


def test_an_end_or_a_duration():
    """A duration counts from the start; where both are given the end counts, and neither is a column any more."""
    flat = pd.DataFrame({"start": ["1", "2"], "duration": ["0.5", "00:00:03"], "x": ["7", "8"]})
    found = with_time_index(flat, "a")
    assert found.index.get_level_values("end").total_seconds().tolist() == [1.5, 5.0]
    assert with_time_index(flat.assign(end=["9", "9"]), "a").index.get_level_values("end").total_seconds().tolist() == [
        9,
        9,
    ]
    assert found.columns.tolist() == ["x"]


@pytest.mark.parametrize(("columns", "missing"), [(["end"], "start"), (["start", "label"], "end"), ([], "start")])
def test_a_column_that_is_missing_is_named(columns, missing):
    """With those that there are, so that one sees how it is called."""
    with pytest.raises(ValueError, match=f"no column '{missing}'.*{', '.join(map(repr, columns))}"):
        with_time_index(pd.DataFrame(columns=columns), "a")


def test_numbers_are_made_of_columns_that_have_nothing_else():
    """Gaps are missing numbers; one word makes it a column of words, which stay as they are."""
    flat = pd.DataFrame({"start": ["0", "1"], "end": ["1", "2"], "n": ["1.5", ""], "w": ["1", "x"], "e": ["", ""]})
    found = parse_text_table(flat, "a")
    assert found["n"].iloc[0] == 1.5
    assert found["n"].isna().tolist() == [False, True]
    assert pd.api.types.is_numeric_dtype(found["n"])
    assert found["w"].tolist() == ["1", "x"]
    assert found["e"].isna().all()


def test_labels_that_look_like_numbers_stay_words():
    """In a table of labels nothing is turned: "007" is somebody's label."""
    flat = pd.DataFrame({"start": ["0"], "end": ["1"], "track": ["1"], "label": ["007"], "value": ["2"]})
    assert parse_text_table(flat, "a").iloc[0].tolist() == ["1", "007", "2"]
