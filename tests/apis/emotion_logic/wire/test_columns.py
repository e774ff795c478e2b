"""The columns of Emotion Logic: the public sets, and rows arranged in them."""

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.wire.columns import COLUMN_SETS, UNITS, ColumnLayout
from tests.support.column_sets import R127, S51


def test_the_short_set_of_columns():
    """The 51 columns of a call-center application are among the 127, in the same order (contract page §4.1)."""
    assert len(S51) == 51
    assert [name for name in R127 if name in S51] == S51


def test_the_sets_are_the_public_ones():
    """The sets that the server can send are those of the contract page, name for name."""
    assert {name: list(columns) for name, columns in COLUMN_SETS.items()} == {"S51": S51, "R127": R127}


def test_units_are_of_known_columns():
    """Each unit belongs to a column of the long set; its blank at the end is left out."""
    assert {*UNITS} <= {column.strip() for column in R127}


@given(st.permutations(scoring.COLUMNS), st.sampled_from(["measured", "S51", "R127"]))
def test_a_row_has_each_value_under_its_name(measured, kind):
    """Law: in whatever set, a measured column has its value, and every other one none."""
    layout = ColumnLayout(tuple(measured), kind)
    values = dict(zip(measured, range(len(measured)), strict=True))
    row = dict(zip(layout.names, layout.row(list(values.values())), strict=True))
    assert {name: value for name, value in row.items() if value is not None} == values
