"""Tables as plain arrays: rows stay rows, whatever is cut, joined or chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emotoolkit.utils.columnar import concatenate, take_rows


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of three kinds, one with several values a row."""

    number: NDArray[np.int8]
    word: NDArray[np.object_]
    values: NDArray[np.float64]


def table(numbers) -> Table:
    """A table whose rows can be told from one column as well as from another."""
    numbers = list(numbers)
    words = np.empty(len(numbers), object)
    words[:] = [f"row {number}" for number in numbers]
    values = np.array([[number, number / 2] for number in numbers], float).reshape(-1, 2)
    return Table(np.array(numbers, np.int8), words, values)


def same(one: Table, other: Table) -> bool:
    """Whether two tables have the same rows, of the same types."""
    columns = [(getattr(one, name), getattr(other, name)) for name in ("number", "word", "values")]
    return all(np.array_equal(a, b) and a.dtype == b.dtype and a.ndim == b.ndim for a, b in columns)


numbers = st.lists(st.integers(-100, 100), max_size=12)


@given(st.lists(numbers, min_size=1, max_size=5))
def test_joined_is_one_behind_the_other(parts):
    """Law: rows of the parts in order, in every column, with their types; also where a part has none."""
    assert same(concatenate([table(part) for part in parts]), table(number for part in parts for number in part))


@given(numbers, st.randoms(use_true_random=False))
def test_taken_is_what_pandas_takes(rows, random):
    """Law: any rows in any order, one of them twice, are those that pandas would take."""
    places = random.choices(range(len(rows)), k=8) if rows else []
    expected = pd.Series(rows, dtype="int8").take(places).tolist()
    assert same(take_rows(table(rows), np.array(places, np.int64)), table(expected))


@given(numbers)
def test_a_mask_keeps_the_order(rows):
    """Law: where rows are chosen by yes or no, those that are kept stand as they stood."""
    found = take_rows(table(rows), np.array([number > 0 for number in rows], bool))
    assert same(found, table(number for number in rows if number > 0))


@given(numbers, st.integers(0, 12))
def test_cut_and_joined_is_the_whole(rows, at):
    """Law: what is cut in two and joined again is the table."""
    whole, places = table(rows), np.arange(len(rows))
    assert same(concatenate([take_rows(whole, places[:at]), take_rows(whole, places[at:])]), whole)


def test_the_parts_stay_as_they_were():
    """What is made of a table is a table of its own kind, and changing it changes nothing before."""
    first, second = table([1, 2]), table([3])
    both, one = concatenate([first, second]), take_rows(first, np.array([0]))
    both.number[0] = one.number[0] = 9
    assert (type(both), type(one)) == (Table, Table)
    assert first.number.tolist() == [1, 2]
