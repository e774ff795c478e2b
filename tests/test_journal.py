"""The journal: what is written is what is read."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit import journal
from emotoolkit.journal import Began, Ended, Idle, Media, Opened, Received, Reference, Sent, from_line, to_line

seconds = st.floats(0, 1e6)
settings_ = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())
RECORDS = st.one_of(
    st.builds(Began, st.text(), st.text(), seconds, st.text(), st.lists(settings_), st.none() | seconds, st.text()),
    st.builds(Media, st.text(), st.integers(0)),
    st.builds(Opened, st.integers(0), st.integers(0), seconds, seconds),
    st.builds(Reference, seconds, seconds, st.none() | seconds, st.booleans(), st.text()),
    st.builds(Sent, st.integers(0), seconds, seconds, st.none() | seconds, seconds, st.integers(0)),
    st.builds(Received, st.integers(0), seconds, st.text()),
    st.builds(Idle, st.integers(0), seconds, seconds, seconds),
    st.builds(Ended, st.integers(0), seconds, st.text(), st.none() | st.text(), settings_),
)


@given(RECORDS)
def test_a_line_is_its_record(record):
    """Law: each record is one line, and the line gives the record again."""
    line = to_line(record)
    assert "\n" not in line
    assert from_line(line) == record


@given(st.integers(0), seconds, st.none() | seconds)
def test_what_is_written_most_is_written_like_the_rest(session, at, due):
    """The line of a packet sent, which has a way of its own, is what the JSON library would write."""
    record = Sent(session, at, at, due, at, 9)
    assert to_line(record) == json.dumps({"is": "sent", **dataclasses.asdict(record)})


@given(st.lists(RECORDS, min_size=1), st.integers(1, 10))
def test_a_torn_last_line_is_passed_over(tmp_path_factory, records, missing):
    """A journal whose writer died in the middle of a line has all the lines before it."""
    path = tmp_path_factory.mktemp("torn") / "j.jsonl"
    whole = "".join(to_line(record) + "\n" for record in records)
    path.write_text(whole[:-missing], encoding="utf-8")
    assert list(journal.read(path)) == records[:-1]


def test_a_line_of_something_else():
    """What is not a journal's line is an error, not a guess."""
    with pytest.raises(KeyError):
        from_line('{"is": "something else"}')


def test_records_are_values():
    """Records do not change once they are written."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Opened(0, 0, 0.0, 0.0).at = 1.0
