"""Text that goes through formats which cannot hold all of it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.exports import escaping
from tests.support.made_exports import TEXTS, VALUES


@given(TEXTS)
def test_comes_back(text):
    """Any text is one stripped line that is never empty, and reads as it was."""
    line = escaping.escape(text)
    assert line == line.strip() != ""
    assert line.splitlines() == [line]
    assert escaping.unescape(line) == text


@given(st.text(st.characters(categories=["L", "Mn", "Mc", "Nd", "So", "Cf"], exclude_characters="\ufeff"), min_size=1))
def test_ordinary_words_stay(text):
    """Letters, signs, joiners and emoji of any script are written as they are."""
    assert escaping.escape(text) == text


@given(TEXTS, VALUES)
def test_label_and_number(label, value):
    """A label and its number in one text are told apart again, also where the label itself looks like both."""
    label_again, value_again = escaping.parse_label(escaping.format_label(label, value))
    assert label_again == label
    assert math.isnan(value_again) if math.isnan(value) else value_again == value


def test_more_that_is_awkward():
    """A format names what else it cannot hold."""
    assert escaping.escape("a b", r"\s") == "a%20b"
    assert escaping.format_label("a|b", 1.5, r"\|") == "a%7Cb = 1.5"
