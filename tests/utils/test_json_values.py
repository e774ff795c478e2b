"""What JSON can hold."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.utils.json_values import finite_or_none, is_text_list


@given(st.floats())
def test_every_number_is_strict_json(number):
    """What is finite stays what it is; all else is null, which every reader of JSON takes."""
    written = json.dumps(finite_or_none(number), allow_nan=False)
    assert written == ("null" if math.isnan(number) or math.isinf(number) else repr(number))


@given(st.lists(st.text()), st.integers() | st.none() | st.booleans())
def test_lists_of_text(texts, other):
    """A list of texts is one, whatever is in them; one with anything else in it is none, nor is a text alone."""
    assert is_text_list(texts)
    assert not is_text_list([*texts, other])
    assert not is_text_list("".join(texts))
    assert not is_text_list(tuple(texts))
