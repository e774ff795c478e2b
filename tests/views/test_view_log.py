"""Records as the log of a view: pure, append-only, the same at once and in pieces."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Reference, Sent
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.plots.drawing.colours import colour
from emotoolkit.plots.drawing.opacity import opacity
from emotoolkit.replays.result import Replay
from emotoolkit.views.panel_html import Panel
from emotoolkit.views.view_log import (
    STRENGTH_BY_PROBABILITY,
    LaneEntry,
    MarkEntry,
    MessageEntry,
    SpanEntry,
    ValuesEntry,
    ViewLog,
    to_json_row,
)
from tests.conftest import SAMPLE
from tests.support.examples import examples
from tests.support.in_process_server import here
from tests.support.journals import emotion_logic, interhuman, signal

NAMES = ("agreement", "interest", "hesitation")


def log_of(records, **_):
    log = ViewLog()
    log.add_records("a", records)
    return log


def of(log, kind):
    return [entry for entry in log.entries if isinstance(entry, kind)]


def last_spans(log):
    return list({span.number: span for span in of(log, SpanEntry)}.values())


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.floats(0, 5), st.floats(0.1, 5)), max_size=6), st.data())
def test_spans_are_the_table(tmp_path_factory, signals, data):
    """Bars of signals are the rows of the table of signals, and coming bit by bit changes nothing."""
    at, stretches = 0.0, []
    for name, gap, long in signals:
        stretches.append((name, at + gap, at + gap + long))
        at += gap + long
    records = interhuman("a.mp4", 60.0, *(each for stretch in stretches for each in signal(*stretch)))
    cut = data.draw(st.integers(0, len(records)))
    log = ViewLog()
    log.add_records("a", records[:cut])
    seen = list(log.entries)
    log.add_records("a", records[cut:])
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


moments = st.integers(0, 8).map(float) | st.sampled_from([2.5, 40.0])
kinds = st.sampled_from(["low", "medium", "high", None, "likely"])
described = {"signal_type": st.sampled_from(NAMES), "start": moments, "probability": kinds}
described |= {"rationale": st.sampled_from(["", "a nod", None])}
stretch = st.fixed_dictionaries({**described, "end": moments})
state = st.fixed_dictionaries(
    {"state": st.sampled_from(["engaged", "neutral"]), "start": moments}, optional={"end": st.none() | moments}
)
message_data = st.one_of(
    st.tuples(st.just("signal.detected"), st.fixed_dictionaries(described)),
    st.tuples(st.just("signal.detected"), stretch),
    st.tuples(st.just("signal.updated"), st.fixed_dictionaries(described)),
    st.tuples(st.just("signal.ended"), st.fixed_dictionaries({"signal_type": st.sampled_from(NAMES), "end": moments})),
    st.tuples(st.just("engagement.updated"), state),
)


@st.composite
def conversations(draw):
    """The records of one to three sessions, of which some have ended; messages come in any order."""
    count = draw(st.integers(1, 3))
    begins = [draw(st.sampled_from([0.0, 0.5, 12.0])) for _ in range(count)]
    pairs = [(Opened(n, 0, begin, 0.0), Sent(n, begin, 20.0, None, 0, 1)) for n, begin in enumerate(begins)]
    before = [each for pair in pairs for each in pair]
    more = [Sent(n, 20.0, draw(st.sampled_from([21.0, 60.0])), None, 0, 1) for n in range(count)]
    messages = draw(st.lists(st.tuples(st.integers(0, count - 1), message_data), max_size=16))
    received = [(n, json.dumps({"type": kind, "data": data})) for n, (kind, data) in messages]
    began = Began("0", "f.wav", 99.0, "interhuman", [{}], 1.0, "2026-01-01T00:00:00+00:00")
    ended = [Ended(n, 9.0, "finished") for n in range(count)]
    late = [Received(n, 9.5, raw) for n, raw in received[:2]] if draw(st.booleans()) else []
    during = [Received(n, 1.0, raw) for n, raw in received[2 * bool(late) :]]
    start = Reference(0.0, 0.0, 1.0, True, "start")
    return [began, start, *before, *draw(st.permutations([*during, *more])), *draw(st.permutations([*ended, *late]))]


def rows(table, kind):
    """What a bar shows of each row of a table; its times are whole microseconds."""
    times = (table.index.get_level_values(name).total_seconds() for name in ("start", "end"))
    columns = zip(
        *times,
        *(table[name].astype(object) for name in table.columns if name not in {"session", "suspect"}),
        strict=True,
    )
    for start, end, label, *more in columns:
        probability, rationale, _, closed = more if kind == "signal" else ("", "", 0, True)
        look = (1.0, 1.0) if kind == "state" else (STRENGTH_BY_PROBABILITY.get(probability), opacity(probability))
        yield label, start, end, rationale if isinstance(rationale, str) else "", closed, *look


def bars(log, kind):
    """The spans that stand at last in the lanes of a kind, in the same words."""
    lanes = {lane.number for lane in of(log, LaneEntry) if lane.kind == kind}
    for each in last_spans(log):
        if each.lane in lanes and not each.withdrawn:
            times = (each.start, each.end)
            yield each.label, *times, each.text, each.closed, each.strength, each.opacity


@settings(max_examples=examples(25))
@given(conversations())
def test_tables_by_columns(records):
    """Law: tables are the same, row for row, whether messages are decoded by columns or one by one."""
    whole, single = (Replay(tuple(records), Path("j.jsonl"), at_once=each) for each in (True, False))
    for name in ("signals", "engagement", "quality", "tracks"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(single, name))


@settings(max_examples=examples(200))
@given(conversations(), st.data())
def test_the_view_is_the_table(records, data):
    """Law: in any order and cut anywhere, what a view shows of signals and engagement is the tables, row for row."""
    log, panel = ViewLog(), Panel()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(records)), max_size=6)))
    for first, last in zip([0, *cuts], [*cuts, len(records)], strict=True):
        seen = list(log.entries)
        log.add_records("a", records[first:last])
        assert log.entries[: len(seen)] == seen
        panel.add_entries(log.entries[panel.entry_count :])
    replay = Replay(tuple(records), Path("j.jsonl"))
    for kind, table in (("signal", replay.signals), ("state", replay.engagement)):
        assert sorted(bars(log, kind), key=repr) == sorted(rows(table, kind), key=repr)
    assert sorted(panel._spans) == sorted(span.number for span in last_spans(log) if not span.withdrawn)
    whole = log_of(records)
    assert sorted(bars(whole, "signal"), key=repr) == sorted(bars(log, "signal"), key=repr)
    assert sorted(bars(whole, "state"), key=repr) == sorted(bars(log, "state"), key=repr)


def test_a_signal_without_end():
    """While the session runs it goes on; after its end it lasts as long as the media, and says that no end came."""
    records = interhuman("a.mp4", 30.0, *signal("interest", 4, 9)[:1])
    log = log_of(records[:-1])
    assert [(span.end, span.closed) for span in last_spans(log)] == [(None, False)]
    log.add_records("a", [records[-1]])
    assert isinstance(records[-1], Ended)
    assert [(span.end, span.closed) for span in last_spans(log)] == [(30.0, False)]


def test_numbers():
    """Parameters become lanes with their colour; what is no number is left out."""
    row_ = {"index": 1, "channel": 1, "startPosSec": 2.0, "endPosSec": 4.0, "energy": 7, "mood": "x", "stress": None}
    log = log_of(emotion_logic("a.wav", 9.0, row_))
    assert [(lane.label, lane.colour) for lane in of(log, LaneEntry)] == [("energy", colour("energy"))]
    (values,) = of(log, ValuesEntry)
    assert (values.start, values.end, values.channel, values.values) == (2.0, 4.0, 1, ((0, 7.0),))


def test_faults_and_gaps_are_marked():
    """A fault stands where the media had come to, a gap where nothing was analysed."""
    fault = ("error", {"code": "ih5004", "message": "no <b>luck</b>"})
    dropped = ("coverage.dropped", {"ranges": [{"start": 3.0, "end": 6.0}]})
    log = log_of(interhuman("a.mp4", 12.0, fault, dropped))
    marks = {mark.kind: mark for mark in of(log, MarkEntry)}
    assert (marks["fault"].start, marks["fault"].text) == (12.0, "no <b>luck</b>")
    assert log.message_count == 2


def test_every_message_is_listed():
    """A message of an unknown type is listed too, and every entry can travel as JSON."""
    records = interhuman("a.mp4", 9.0, ("unknown.type", {}), *signal("نعم" * 70, 1, 2))
    log = log_of(records)
    assert [each.kind for each in of(log, MessageEntry)] == ["unknown.type", "signal.detected", "signal.ended"]
    assert len(of(log, MessageEntry)) == sum(isinstance(record, Received) for record in records)
    assert json.loads(json.dumps([to_json_row(entry) for entry in log.entries]))[0][0] == "message"


def test_answers_out_of_order():
    """A real server that shuffles its answers: the view has what the tables have, and the hesitation has its end."""
    with here(app.serving(Options(faults=Faults(shuffle=4)))) as local:
        api = emo.Interhuman(url=local.url)
        replay = emo.replay(SAMPLE / "interview.mp4", api, speed=math.inf, progress=False)
    log = log_of(replay.records)
    for kind, table in (("signal", replay.signals), ("state", replay.engagement)):
        assert len(table) > 2
        shown, kept = (sorted(each, key=repr) for each in (bars(log, kind), rows(table, kind)))
        assert [(label, *rest) for label, _, _, *rest in shown] == [(label, *rest) for label, _, _, *rest in kept]
        assert [each[1:3] for each in shown] == [pytest.approx(each[1:3], abs=1e-6) for each in kept]
    (hesitation,) = (each for each in bars(log, "signal") if each[0] == "hesitation")
    assert hesitation[1:3] == pytest.approx((10.28, 11.54), abs=0.1)
    assert hesitation[4]
