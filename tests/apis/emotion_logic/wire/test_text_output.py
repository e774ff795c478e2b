"""Tables and reports as text: what is written is read again, whatever the cells hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.emotion_logic.wire import text_output
from tests.support.json_values import json_values

names = st.text(st.characters(codec="utf-8", exclude_characters=";/\r\n"), min_size=1)
cells = json_values.filter(lambda value: "nan" not in repr(value).lower())


@given(
    st.lists(names, min_size=1, max_size=4, unique=True).flatmap(
        lambda columns: st.tuples(st.just(columns), st.lists(st.lists(cells, min_size=1, max_size=4), max_size=3))
    )
)
def test_a_table_is_read_as_it_was_written(made):
    """Law: columns and rows come back, whatever JSON the cells are."""
    columns, rows = made
    assert text_output.read_table(text_output.table(columns, rows)) == (columns, rows)


@given(st.dictionaries(names, st.dictionaries(names, st.text() | st.integers() | st.lists(st.text())), max_size=3))
def test_a_report_is_read_as_it_was_written(tree):
    """Law: the tree comes back, with segments and without."""
    plain = text_output.report(tree, [], None)
    assert text_output.is_report(plain)
    assert text_output.read_report(plain) == {"reports": tree}
    full = text_output.read_report(text_output.report(tree, ["index", "energy"], [[1, 7.5]]))
    assert full["segments"] == {"headersPositions": {"index": 0, "energy": 1}, "data": [[1, 7.5]]}


def test_a_row_without_cells_has_no_line():
    """A channel without a segment is left out."""
    assert text_output.table(["a", "b"], [[], [1, "x;y"]]) == 'a;b\r\n1;"x\\u003by"'


def test_cells_of_another_convention():
    """A cell that is not JSON is text, an empty one is nothing."""
    assert text_output.read_table("a;b;c\r\nwords;;1.5") == (["a", "b", "c"], [["words", None, 1.5]])
    assert not text_output.is_report("a;b;c")
