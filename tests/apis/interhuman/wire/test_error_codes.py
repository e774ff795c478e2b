"""The catalogue of errors: each code has its words and its place in the documents, and closes as it should."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.wire.error_codes import CLOSE_CODES, ERRORS, MAX_MESSAGE_BYTES, default_message, link

DOCUMENTS = "https://docs.interhuman.ai/api-reference/error-handling"


@pytest.mark.parametrize("code", ERRORS)
def test_each_code_has_words_of_its_own(code):
    """A sentence in small letters without a full stop, as others are put around it; and no other code has it."""
    words = default_message(code)
    assert re.fullmatch(r"[a-z][^.]*( [0-9] s)?", words)
    assert [each for each in ERRORS if default_message(each) == words] == [code]


def test_links_lead_to_a_code():
    """Each code has an anchor of its own, of lower-case words."""
    links = [link(code) for code in ERRORS]
    assert len(set(links)) == len(ERRORS)
    assert all(re.fullmatch(rf"{DOCUMENTS}#ih\d{{4}}(-[a-z]+)+", each) for each in links)
    assert link("ih6002") == f"{DOCUMENTS}#ih6002-message-too-large"


@given(st.text(max_size=10).filter(lambda code: code not in ERRORS))
def test_a_code_that_nobody_knows(code):
    """Law: a code that the service may have tomorrow has a sentence and a link that name it."""
    assert default_message(code) == f"error {code}"
    assert link(code) == f"{DOCUMENTS}#{code}"


def test_what_ends_a_session():
    """Close codes are those that a WebSocket may have, and of codes of the catalogue: a bad message ends nothing."""
    assert set(CLOSE_CODES) <= set(ERRORS)
    assert all(1001 <= code <= 1015 or 4000 <= code <= 4999 for code in CLOSE_CODES.values())
    assert not {"ih5001", "ih5002", "ih5004", "ih5006", "ih5008", "ih6001"} & set(CLOSE_CODES)


def test_the_largest_message_is_32_mib():
    """The number in the sentences is the limit that is held."""
    assert MAX_MESSAGE_BYTES == 32 * 1024 * 1024
    assert all(str(MAX_MESSAGE_BYTES) in default_message(code) for code in ("ih4003", "ih6002"))
