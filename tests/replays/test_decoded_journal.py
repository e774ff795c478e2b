"""A journal's records decoded, one by one and in bulk: events by table, and times in media time."""

import pytest

from emotoolkit.apis.base.events import Segments, Unknown, span
from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Reference, Sent
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.registry import APIS
from emotoolkit.replays.decoded_journal import TABLE_OF_EVENT, DecodedJournal
from tests.support import journals

BEGAN = Began("0.1.0", "a.wav", 3.0, "emotion_logic", [{}], 1.0, "2026-01-01T00:00:00+00:00")
ROW = {"index": 0, "channel": 0, "startPosSec": 0.5, "endPosSec": 1.5, "energy": 7}


def analysed(start, end) -> str:
    """A message with one finished segment."""
    columns = ["index", "channel", "startPosSec", "endPosSec", "energy"]
    return messages.text("audio-analysis", messages.analysis(columns, [(0, 0, start, end, 7)]))


def test_records_by_kind():
    """Records of a kind keep their order; a kind that does not occur gives none."""
    decoded = DecodedJournal(journals.emotion_logic("a.wav", 3.0, ROW, ROW))
    assert decoded.began.file == "a.wav"
    assert [record.session for record in decoded.opened] == [0]
    assert [record.raw for record in decoded.records_of(Received)] == [each.raw for each in decoded.records[4:6]]
    assert decoded.records_of(Ended)[0].how == "finished"
    assert DecodedJournal([BEGAN]).sent == []


def test_both_ways_have_the_same_content():
    """In bulk a table comes as columns, and one by one as events; each has the same number of rows."""
    records = journals.emotion_logic("a.wav", 3.0, ROW, ROW | {"startPosSec": 1.5, "endPosSec": 2.5})
    bulk, one_by_one = (DecodedJournal(records, bulk=each) for each in (True, False))
    assert bulk.columns is not None
    assert bulk.table_input("segments") is bulk.columns.columns["segments"]
    assert one_by_one.columns is None
    events = one_by_one.table_input("segments")
    assert [type(each.event) for each in events] == [Segments] * 2
    assert bulk.table_input("signals") == one_by_one.table_input("signals") == []


def test_an_api_that_is_not_installed():
    """Its messages are there as text, and nothing is decoded."""
    records = [
        Began("0.1.0", "a.wav", 3.0, "no_such_api", [{}], 1.0, ""),
        Opened(0, 0, 0.0, 0.0),
        Received(0, 1.0, "hello"),
    ]
    decoded = DecodedJournal(records)
    assert not decoded.is_known
    (only,) = decoded.received_events
    assert isinstance(only.event, Unknown)
    assert only.event.raw == "hello"


def test_session_time_becomes_media_time():
    """A session begins where its first packet does, not where it was asked to, and its events are shifted by that."""
    records = [BEGAN, Opened(0, 0, 5.0, 0.0), Sent(0, 4.5, 6.5, 2.1, 2.1, 9), Received(0, 2.5, analysed(0.5, 1.5))]
    decoded = DecodedJournal([*records[:2], Reference(0.1, 5.0, 1.0, True, "start"), *records[2:]], bulk=False)
    assert decoded.session_starts == {0: 4.5}
    assert decoded.media_ends == {0: 6.5}
    (segment,) = decoded.received_events
    assert span(segment.event) == (5.0, 6.0)
    assert segment.received == pytest.approx(2.4)


def test_due_follows_the_clock_of_the_session():
    """A moment is due by the references of its session's turn, in seconds since the clock started; renewals go on."""
    records = [
        BEGAN,
        Opened(0, 0, 0.0, 0.0),
        Reference(1.0, 0.0, 1.0, True, "start"),
        Reference(3.0, 2.0, 2.0, True, "speed"),
        Opened(1, 0, 6.0, 5.0, renews=0),
        Opened(2, 0, 20.0, 6.0),
        Reference(7.0, 20.0, 1.0, True, "seek"),
    ]
    decoded = DecodedJournal(records)
    assert decoded.clock_start == 1.0
    assert decoded.due(0, 1.0) == pytest.approx(1.0)
    assert decoded.due(0, 4.0) == pytest.approx(3.0)
    assert decoded.due(1, 6.0) == pytest.approx(4.0)
    assert decoded.due(2, 21.0) == pytest.approx(7.0)


def test_without_a_clock():
    """A replay that never started has a clock start of 0."""
    assert DecodedJournal([BEGAN]).clock_start == 0.0


def test_each_table_is_of_events():
    """Every table that some API fills belongs to at least one kind of event."""
    assert {table for api in APIS.values() for table in api.tables} <= {*TABLE_OF_EVENT.values()}
