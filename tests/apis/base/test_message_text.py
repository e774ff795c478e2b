"""Text of messages: parsed without lone surrogates, and kept where it cannot be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import Unknown, Unread
from emotoolkit.apis.base.message_text import (
    MAX_MEDIA_TIME_S,
    NO_KIND,
    classify_unreadable,
    is_media_time,
    parse_message,
)
from tests.support.json_values import json_values


@given(json_values)
def test_json_is_parsed_and_can_be_written(value):
    """Law: any JSON is parsed as Python does, but for lone surrogates, so that its text can be encoded."""
    parsed = parse_message(json.dumps(value))
    assert json.dumps(parsed, ensure_ascii=False).encode("utf-8").decode() == json.dumps(parsed, ensure_ascii=False)


def test_surrogates():
    """A pair is its character, also in capitals; a lone half is a question mark."""
    assert parse_message('"\\ud83d\\ude00 \\uD83D\\uDE00"') == "😀 😀"
    assert parse_message('{"\\ud83d": "a\\uDE00"}') == {"?": "a?"}


@pytest.mark.parametrize("raw", ["", "{", "nothing", '{"a": }'])
def test_other_text_is_an_error(raw):
    """Text that is not JSON raises ValueError."""
    with pytest.raises(ValueError, match="line 1"):
        parse_message(raw)


@given(st.floats())
def test_media_times_are_finite_and_not_absurd(seconds):
    """Law: a media time lies within three years of zero; infinity and NaN are none."""
    assert is_media_time(seconds) == (-MAX_MEDIA_TIME_S <= seconds <= MAX_MEDIA_TIME_S)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("signal.ended", "{}", Unread),
        ("weather", '{"type": "weather"}', Unknown),
        ("weather", '{"type": "weather", "of": "signal.ended"}', Unknown),
        (NO_KIND, '{"message": {"type": "signal.ended"}}', Unread),
        (NO_KIND, '"{\\"type\\": \\"signal.ended\\"}"', Unread),
        (NO_KIND, '{"type": "other.signal.ended"}', Unknown),
        (NO_KIND, "words", Unknown),
    ],
)
def test_known_kinds_are_unread(kind, raw, expected):
    """A message is unread if its kind is known, or if it has none and names a known one, even in quoted JSON."""
    event = classify_unreadable(kind, raw, {"signal.ended"})
    assert (type(event), event.kind, event.raw) == (expected, kind, raw)
