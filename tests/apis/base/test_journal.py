"""The journal: what is written is what is read."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from emotoolkit.apis.base import journal
from emotoolkit.apis.base.journal import (
    Began,
    Ended,
    Idle,
    Media,
    Notice,
    Opened,
    Received,
    Reference,
    Sent,
    from_line,
    to_line,
)

seconds = st.floats(0, 1e6)
counts = st.integers(0, 2**63 - 1)
settings_ = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())
RECORDS = st.one_of(
    st.builds(Began, st.text(), st.text(), seconds, st.text(), st.lists(settings_), st.none() | seconds, st.text()),
    st.builds(Media, st.text(), counts),
    st.builds(Opened, counts, st.integers(0), seconds, seconds),
    st.builds(Reference, seconds, seconds, st.none() | seconds, st.booleans(), st.text()),
    st.builds(Sent, counts, seconds, seconds, st.none() | seconds, seconds, counts),
    st.builds(Received, counts, seconds, st.text()),
    st.builds(Idle, counts, seconds, seconds, seconds),
    st.builds(Ended, counts, seconds, st.text(), st.none() | st.text(), settings_),
    st.builds(Notice, st.text(), st.text(), settings_),
)


@given(RECORDS)
def test_a_line_is_its_record(record):
    """Law: each record is one line, and the line gives the record again."""
    line = to_line(record)
    assert "\n" not in line
    assert from_line(line) == record


@given(counts, seconds, st.none() | seconds)
def test_what_is_written_most_is_written_like_the_rest(session, at, due):
    """The line of a packet sent, which has a way of its own, says what the JSON library's would, number for number."""
    record = Sent(session, at, at, due, at, 9)
    assert json.loads(to_line(record)) == {"is": "sent", **asdict(record)}


@given(st.lists(RECORDS, min_size=1), st.integers(1, 10))
@settings(deadline=None)  # it writes files
def test_a_torn_last_line_is_passed_over(tmp_path_factory, records, missing):
    """A journal whose writer died in the middle of a line has all the lines before it."""
    path = tmp_path_factory.mktemp("torn") / "j.jsonl"
    whole = "".join(to_line(record) + "\n" for record in records)
    path.write_text(whole[:-missing], encoding="utf-8")
    assert list(journal.read(path)) == records[:-1]


def test_a_line_of_something_else():
    """What is not a journal's line is an error, not a guess."""
    for line in ('{"is": "something else"}', "[]", '{"is": "received", "session": null, "received": 1.0, "raw": ""}'):
        with pytest.raises(ValueError):
            from_line(line)


@given(RECORDS, st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_a_line_may_say_more(record, more):
    """Law: what a later version writes beside the fields known here is passed over."""
    fields = more | json.loads(to_line(record))
    assert from_line(json.dumps(fields)) == record
    assert from_line(json.dumps(fields).encode()) == record


def test_what_is_no_strict_json_is_read_all_the_same():
    """Infinity, which Python writes, is read as it reads it; half a character becomes one that tables can have."""
    line = to_line(Sent(0, 0.0, 1.0, None, 1.0, 9)).replace("1.0", "Infinity", 1)
    assert from_line(line) == Sent(0, 0.0, math.inf, None, 1.0, 9)
    assert from_line('{"is": "received", "session": 0, "received": 1.0, "raw": "\\ud800"}').raw == "\ufffd"


def test_records_are_values():
    """Records do not change once they are written."""
    with pytest.raises(AttributeError, match="immutable"):
        Opened(0, 0, 0.0, 0.0).at = 1.0
