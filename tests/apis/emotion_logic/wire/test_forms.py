"""The forms of a message: which are plain, and which are not."""

import pytest

from emotoolkit.apis.base.message_text import number_or_text
from emotoolkit.apis.emotion_logic.wire import forms


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("-0.5", -0.5), ("1e3", 1000.0), ("0", 0), ("007", "007"), ("+7", "+7"), ("1,5", "1,5"), ("", ""),
     ("NaN", "NaN"), ("inf", "inf"), ("1_000", "1_000"), (" 7", " 7"), ("0x7", "0x7"), ("1.", "1."),
     ("9" * 5000, "9" * 5000)],
)  # fmt: skip
def test_numbers(text, number):
    """Only what JSON would call a number is one."""
    assert repr(number_or_text(text)) == repr(number)


@pytest.mark.parametrize("value", [{}, {"data": {}}, {"data": None}, {"success": True}, {"data": ""}, None, 7, "x", []])
def test_no_payload(value):
    """Where there are no data, none are made up."""
    with pytest.raises((TypeError, ValueError)):
        forms.payload(value)


def test_rows_of_a_channel():
    """A channel has one row, several, or none."""
    assert list(forms.rows_of([1, 2])) == [[1, 2]]
    assert list(forms.rows_of([[1, 2], [3, 4]])) == [[1, 2], [3, 4]]
    assert list(forms.rows_of([{"a": 1}])) == [{"a": 1}]
    assert list(forms.rows_of("[1, 2]")) == [[1, 2]]
    assert [*forms.rows_of([]), *forms.rows_of(None), *forms.rows_of({})] == []
