"""Pieces of HTML: well formed whatever words are in them, and times as a player writes them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.utils.html import card, time_labels

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(words, st.lists(words, max_size=3))
def test_words_stay_words(title, facts):
    """Law: a title and facts with brackets, quotes or tags in them are text and nothing else, in their order."""
    root = ET.fromstring(card(title, facts, ["<p>part</p>", "<i/>"]))
    assert [each.tag for each in root.iter()] == ["div", "div", "b", "p", "i"]
    assert (root[0][0].text or "") == title
    assert root[0][0].tail == f" · {' · '.join(facts)}"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "0:00.0"),
        (7.25, "0:07.2"),
        (59.94, "0:59.9"),
        (59.96, "1:00.0"),
        (119.97, "2:00.0"),
        (61.5, "1:01.5"),
        (3725.0, "62:05.0"),
    ],
)
def test_the_end_of_an_axis(seconds, written):
    """Minutes and seconds to a tenth; what rounds up to a minute is one, and never 60 seconds."""
    begin, end = ET.fromstring(time_labels(80, 12.5, seconds))
    assert (begin.text, end.text) == ("0:00", written)
    assert (begin.get("x"), begin.get("y"), end.get("y")) == ("80", "12.5", "12.5")


@given(st.integers(0, 100_000))
def test_an_end_can_be_read_back(tenths):
    """Law: what is written is the duration, to a tenth of a second."""
    _, end = ET.fromstring(time_labels(0, 0, tenths / 10))
    minutes, seconds = end.text.split(":")
    assert 600 * int(minutes) + round(10 * float(seconds)) == tenths
    assert float(seconds) < 60
