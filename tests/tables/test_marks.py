"""Marks: nothing that is missing or went wrong is left out of the picture."""

from __future__ import annotations

from emotoolkit.apis.base.journal import Ended, Received, Reference
from emotoolkit.apis.emotion_logic.wire import messages
from tests.replays.test_result import BEGAN, records, replay, row


def told(made):
    """Give kind, moment and text of each mark."""
    marks = replay(made).marks
    return [
        (kind, start.total_seconds(), end.total_seconds(), text) for (_, start, end), kind, text in marks.itertuples()
    ]


def test_a_replay_without_fault_has_no_marks():
    """A complete replay in which nothing happened has an empty table."""
    assert told(records()) == []


def test_a_stall_is_marked_where_it_was():
    """The clock fell back by half a second at media second 1: it was held up there, for so long."""
    made = records()
    made.insert(5, Reference(6.5, 1.0, 1.0, True, "stall"))
    assert told(made) == [("stall", 1.0, 1.0, "held up for 0.5 s")]


def test_an_error_is_marked_at_the_second_then_sent():
    """A server's error that came 1.5 s after the start stands at media second 1.5, with its words."""
    text = messages.text(messages.ANALYSIS_ERROR, {"success": False, "error": "too <b>loud</b>"})
    made = [*records()[:-1], Received(0, 6.5, text), Ended(0, 9.0, "finished")]
    faults = replay(made).faults
    assert len(faults) == 1
    ((kind, start, end, said),) = told(made)
    assert (kind, start, end) == ("error", 1.5, 1.5)
    assert "too <b>loud</b>" in said


def test_an_error_behind_the_last_packet_is_marked_at_its_end():
    """The clock runs on while the last answers come; an error among them stands where the sending ended."""
    text = messages.text(messages.ANALYSIS_ERROR, {"success": False, "error": "too late"})
    made = [*records()[:-1], Received(0, 60.0, text), Ended(0, 61.0, "finished")]
    assert [mark[:3] for mark in told(made)] == [("error", 3.0, 3.0)]


def test_what_was_not_sent_is_marked():
    """A session that failed after two of three seconds leaves the third as a gap, behind its error."""
    made = [each for each in records()[:-1] if getattr(each, "end", 0) != 3.0]
    made.append(Ended(0, 7.0, "failed", "the server is gone"))
    assert told(made) == [
        ("error", 2.0, 2.0, "the server is gone"),
        ("not sent", 2.0, 3.0, "the replay broke off here"),
    ]


def test_results_behind_the_end_are_marked():
    """A result that ends a second after the recording does stands at its end, with how far it goes."""
    made = [*records()[:-1], Received(0, 8.0, row(2, 0, 2.5, 4.0, 7)), Ended(0, 9.0, "finished")]
    assert told(made) == [("past the end", 3.0, 3.0, "1 times, up to 4.0 s, behind the recording's end at 3.0 s")]


def test_marks_are_of_the_recording():
    """The index is that of all tables, with the recording's name."""
    failed = [BEGAN, *records()[1:-1], Ended(0, 9.0, "failed", "gone")]
    marks = replay(failed).marks
    assert list(marks.index.names) == ["file", "start", "end"]
    assert set(marks.index.get_level_values("file")) == {BEGAN.file}
    assert BEGAN.duration == 3.0
