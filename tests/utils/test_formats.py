"""Numbers of formats: all up to the one that is known are read, and a later one is never misread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.utils.formats import check_format


@given(st.integers(1, 50), st.integers(1, 50))
def test_a_later_format_is_refused(found, known):
    """Law: refused if and only if it is later than what is known; the sentence has both numbers and the kind."""
    if found <= known:
        check_format("cassette", found, known)
        return
    with pytest.raises(ValueError, match=f"a cassette of format {found}, .* reads up to {known}$"):
        check_format("cassette", found, known)


@pytest.mark.parametrize("found", [None, "1", 1.5, [1], {}])
def test_what_is_no_number_is_not_read(found):
    """A format that this version would not write is none that it knows."""
    with pytest.raises(ValueError, match="later version"):
        check_format("journal", found, 9)
