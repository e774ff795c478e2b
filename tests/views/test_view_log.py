"""Records into the log of a view: pure, only ever appended to, the same in one go and bit by bit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit.apis.base.journal import Ended, Received
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.replays.result import Replay
from emotoolkit.views.view_log import Lane, Log, Mark, Said, Span, Values, row
from tests.support.journals import emotion_logic, interhuman, signal

NAMES = ("agreement", "interest", "hesitation")


def told(records, **_):
    log = Log()
    log.take("a", records)
    return log


def of(log, kind):
    return [entry for entry in log.entries if isinstance(entry, kind)]


def last_spans(log):
    return list({span.number: span for span in of(log, Span)}.values())


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.floats(0, 5), st.floats(0.1, 5)), max_size=6), st.data())
def test_spans_are_the_table(tmp_path_factory, said, data):
    """Bars of signals are the rows of the table of signals, and coming bit by bit changes nothing."""
    at, stretches = 0.0, []
    for name, gap, long in said:
        stretches.append((name, at + gap, at + gap + long))
        at += gap + long
    records = interhuman("a.mp4", 60.0, *(each for stretch in stretches for each in signal(*stretch)))
    cut = data.draw(st.integers(0, len(records)))
    log = Log()
    log.take("a", records[:cut])
    seen = list(log.entries)
    log.take("a", records[cut:])
    assert log.entries[: len(seen)] == seen
    table = Replay(tuple(records), tmp_path_factory.getbasetemp()).signals
    times = (table.index.get_level_values(name).total_seconds() for name in ("start", "end"))
    rows = sorted(zip(table["signal"], *times, strict=True))
    spans = sorted((span.label, span.start, span.end) for span in last_spans(log))
    assert [name for name, *_ in spans] == [name for name, *_ in rows]
    # A table's times are whole microseconds.
    assert [time for _, *times in spans for time in times] == pytest.approx(
        [time for _, *times in rows for time in times], abs=1e-6
    )


def test_a_signal_without_end():
    """While the session runs it goes on; after its end it lasts as long as the media, and says that no end came."""
    records = interhuman("a.mp4", 30.0, *signal("interest", 4, 9)[:1])
    log = told(records[:-1])
    assert [(span.end, span.closed) for span in last_spans(log)] == [(None, False)]
    log.take("a", [records[-1]])
    assert isinstance(records[-1], Ended)
    assert [(span.end, span.closed) for span in last_spans(log)] == [(30.0, False)]


def test_numbers():
    """Parameters become lanes with their colour; what is no number is left out."""
    row_ = {"index": 1, "channel": 1, "startPosSec": 2.0, "endPosSec": 4.0, "energy": 7, "mood": "x", "stress": None}
    log = told(emotion_logic("a.wav", 9.0, row_))
    assert [(lane.label, lane.colour) for lane in of(log, Lane)] == [("energy", colour("energy"))]
    (values,) = of(log, Values)
    assert (values.start, values.end, values.channel, values.values) == (2.0, 4.0, 1, ((0, 7.0),))


def test_faults_and_gaps_are_marked():
    """A fault stands where the media had come to, a gap where nothing was analysed."""
    fault = ("error", {"code": "ih5004", "message": "no <b>luck</b>"})
    dropped = ("coverage.dropped", {"ranges": [{"start": 3.0, "end": 6.0}]})
    log = told(interhuman("a.mp4", 12.0, fault, dropped))
    marks = {mark.kind: mark for mark in of(log, Mark)}
    assert (marks["fault"].start, marks["fault"].text) == (12.0, "no <b>luck</b>")
    assert log.messages == 2


def test_every_message_is_listed():
    """What nobody knows is listed too, and every entry can travel as JSON."""
    records = interhuman("a.mp4", 9.0, ("never.heard.of", {}), *signal("نعم" * 70, 1, 2))
    log = told(records)
    assert [said.kind for said in of(log, Said)] == ["never.heard.of", "signal.detected", "signal.ended"]
    assert len(of(log, Said)) == sum(isinstance(record, Received) for record in records)
    assert json.loads(json.dumps([row(entry) for entry in log.entries]))[0][0] == "said"
