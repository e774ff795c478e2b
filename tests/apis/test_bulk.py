"""Messages read together, into columns, say what they say one after another: the same tables, whatever comes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit import Replay
from emotoolkit.apis.base.journal import Began, Opened, Received, Reference, Sent
from tests.support.examples import examples

TABLES = ["segments", "signals", "engagement", "quality", "coverage", "tracks"]
VOCAL = {"url": "http://127.0.0.1:1"}
SOCIAL = {"url": "ws://127.0.0.1:1/v1/stream/analyze"}
SIGNALS = ["a", "b", "é\U0001f600", "a\ud800"]
SCORES = ["energy", "clarity", "quality_index", "more"]

huge = st.sampled_from([1e8, 1.1e8, 9.3e9, 1.7e12, 1e12, 1e300, 10**36, 2**60 + 1]).flatmap(
    lambda number: st.sampled_from([number, -number])
)
moments = st.sampled_from([0.0, 1.0, 2, 2.5, 3.0]) | st.floats(-10, 1e6) | huge
any_time = moments | st.floats()
words = st.none() | st.sampled_from(["low", "high", "", "wörds", "half \ud800", 'quo"ted\\\n'])
names = st.sampled_from(SIGNALS)
odd = st.sampled_from([None, True, "1.0", [], {}, 10**400, float("nan"), float("inf"), -1])
scores = st.dictionaries(st.sampled_from(SCORES), moments | st.none())
measured = st.none() | st.lists(st.sampled_from(SCORES), max_size=3)
period = st.fixed_dictionaries({"start": moments, "end": moments, "values": scores}, optional={"measured": measured})
reasons = {"probability": words, "rationale": words}
whole = st.fixed_dictionaries({"type": names, "start": moments, "end": moments}, optional=reasons)
ranges = st.lists(st.fixed_dictionaries({"start": moments, "end": moments}), max_size=2)


def data(needed, optional):
    return st.fixed_dictionaries(needed, optional=optional)


usual = st.one_of(
    st.tuples(st.just("signal.detected"), data({"signal_type": names, "start": moments}, reasons)),
    st.tuples(st.just("signal.updated"), data({"signal_type": names, "start": moments}, reasons)),
    st.tuples(st.just("signal.ended"), data({"signal_type": names, "end": moments}, {})),
    st.tuples(st.just("engagement.updated"), data({"state": names, "start": moments}, {"end": moments | st.none()})),
    st.tuples(
        st.just("conversation_quality.updated"),
        data({}, {"overall": scores | st.none(), "timeline": st.lists(period, max_size=2), "measured": measured}),
    ),
    st.tuples(st.just("coverage.dropped"), data({"ranges": ranges}, {})),
    st.tuples(st.just("session.ready"), data({}, {"server": words})),
)
rare = st.one_of(
    st.tuples(st.just("signal.detected"), data({"signal_type": names, "start": moments, "end": moments}, reasons)),
    st.tuples(st.just("signal.detected"), data({"signals": st.lists(whole, max_size=2)}, {})),
    st.tuples(st.just("error"), data({"code": words, "message": words}, {})),
    st.tuples(st.just("no.such.kind"), data({}, {})),
)


@st.composite
def enveloped(draw, kinds):
    """A message, perhaps with something odd in it, perhaps without a time stamp."""
    kind, said = draw(kinds)
    if draw(st.integers(0, 9)) == 5:
        said = said | {draw(st.sampled_from([*said, "end", "signals", "start"])): draw(odd)}
    stamp = {"timestamp": draw(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"]))}
    message = (stamp if draw(st.booleans()) else {}) | {"type": kind, "data": said}
    return json.dumps(message, ensure_ascii=draw(st.booleans()))


flat = st.builds(
    lambda spans, states: json.dumps({"status": "result", "signals": spans, "engagement_state": states}),
    st.lists(whole, max_size=2),
    st.lists(data({"state": names, "start": moments, "end": moments}, {}), max_size=1),
)


@st.composite
def damaged(draw):
    """A message with some letters of it lost or other."""
    raw = draw(enveloped(usual))
    at, more = draw(st.integers(0, len(raw))), draw(st.integers(0, 3))
    return raw[:at] + draw(st.text('{}[]",:\\0.', max_size=2)) + raw[at + more :]


@st.composite
def conversations(draw, messages, api, *settings):
    """The records of a replay whose sessions, one or two, begin anywhere; some messages come again."""
    count = draw(st.integers(1, 2))
    begins = draw(st.lists(st.sampled_from([0.0, 0.1, 60.5]), min_size=count, max_size=count))
    began = Began("0", "f.wav", 9.0, api, list(settings), 1.0, "2026-01-01T00:00:00+00:00")
    sessions = st.integers(0, count - 1)
    said = draw(st.lists(st.builds(Received, sessions, st.floats(0, 9), messages), max_size=12))
    again = draw(st.lists(st.sampled_from(said), max_size=2)) if said and draw(st.booleans()) else []
    sent = draw(st.lists(st.builds(Sent, sessions, any_time, any_time, st.none(), moments, st.just(1)), max_size=3))
    opened = [Opened(session, session % len(settings), begins[session], 0.0) for session in range(count)]
    return [began, *opened, Reference(0.0, 0.0, 1.0, True, "start"), *draw(st.permutations([*said, *again, *sent]))]


def made(records, *, one_by_one: bool) -> list[pd.DataFrame | str]:
    """Make all tables; the name of an error in place of what cannot be made, which is half a character alone."""
    replay = Replay(tuple(records), Path("j.jsonl"), at_once=not one_by_one)
    return [_made(replay, name) for name in TABLES]


def _made(replay, name):
    try:
        return getattr(replay, name)
    except UnicodeEncodeError as error:
        return type(error).__name__


def check(records):
    for one, other in zip(made(records, one_by_one=False), made(records, one_by_one=True), strict=True):
        if isinstance(one, str):
            assert one == other
            continue
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        assert one.attrs == other.attrs


INTERHUMAN = "interhuman", SOCIAL


@given(conversations(enveloped(usual), *INTERHUMAN))
@settings(max_examples=examples(80))
def test_the_usual_messages(records):
    """Law: what has the usual shape is the same by columns."""
    check(records)


@given(conversations(enveloped(usual) | enveloped(rare) | flat | damaged(), *INTERHUMAN))
@settings(max_examples=examples(80))
def test_any_messages(records):
    """Law: so it is whatever stands between: other shapes, other versions, what is broken or no message."""
    check(records)


COLUMNS = ["startPosSec", "endPosSec", "index", "channel", "validSegment", "energy", " energy ", "topics"]

numbers = st.integers(0, 3) | st.floats(-5, 5) | st.none()
cells = numbers | huge | st.sampled_from(["words", "", True, 2**53 + 1, 1e300, [1], {}, 10**400])


def rows(cell):
    """Rows as long as the columns, or not."""
    full = st.tuples(st.integers(0, 2), st.floats(0, 2), *[cell] * (len(COLUMNS) - 2)).map(list)
    return full, full | st.lists(cell, max_size=4) | st.none()


headers = st.just({name: n for n, name in enumerate(COLUMNS)})
other_headers = st.dictionaries(st.sampled_from(COLUMNS), st.integers(-1, 9) | st.just("a"))


@st.composite
def analyses(draw, row, headers):
    """A message with rows by channel; in the first of the sessions' messages, and perhaps in others, their columns."""
    channels = draw(st.lists(row, max_size=2))
    told = {draw(st.sampled_from(["headers", "headersPositions"])): draw(headers)} if draw(st.booleans()) else {}
    by_number = draw(st.integers(0, 9)) == 5
    data = told | {"channels": {str(n): each for n, each in enumerate(channels)} if by_number else channels}
    success = draw(st.integers(0, 19)) != 7
    return json.dumps(["audio-analysis", {"success": success, "data": data}], ensure_ascii=draw(st.booleans()))


others = st.sampled_from(
    [
        '["handshake-done", {"success": true, "data": {"streamId": "s", "server": "local"}}]',
        '["audio-analysis", {"success": true, "data": {"done": false}}]',
        '["audio-analysis", {"success": true}]',
        '["audio-analysis", {"success": true, "data": "startPosSec;endPosSec\\r\\n1;2"}]',
        '["audio-analysis-completed", {"success": true}]',
        '["analysis-report-ready", {"success": true, "data": {"reports": {}}}]',
        '["analyzeFile", {"success": true, "data": {"segments": {"headersPositions": {"energy": 0}, "data": [[1]]}}}]',
        '["analysis-error", "words"]',
        "[]",
        "no message",
    ]
)
EMOTION_LOGIC = "emotion_logic", VOCAL
BOTH = *EMOTION_LOGIC, VOCAL | {"channels": 1}
plain_row, any_row = rows(numbers)
_, odd_row = rows(cells)


def introduced(records):
    """Say in each session first which columns there are, as servers do."""
    said = json.dumps(
        ["audio-analysis", {"success": True, "data": {"headers": {n: at for at, n in enumerate(COLUMNS)}}}]
    )
    opened = [each.session for each in records if isinstance(each, Opened)]
    return [*records[: 1 + len(opened)], *(Received(each, 0.0, said) for each in opened), *records[1 + len(opened) :]]


@given(conversations(analyses(plain_row, headers), *BOTH).map(introduced))
@settings(max_examples=examples(60))
def test_rows_of_numbers(records):
    """Law: rows of numbers are the same as one table."""
    check(records)


@given(conversations(analyses(odd_row | any_row, headers | other_headers) | others, *BOTH), st.booleans())
@settings(max_examples=examples(80))
def test_any_rows(records, begun):
    """Law: so they are whatever else is in them or between them."""
    check(introduced(records) if begun else records)


@given(conversations(analyses(plain_row, headers) | others, *EMOTION_LOGIC).map(introduced))
@settings(max_examples=examples(50))
def test_rows_and_other_messages(records):
    """Law: so they are with what else is said in a conversation."""
    check(records)


def social(kind, **data):
    """A message with a time stamp, the same one in all."""
    return json.dumps({"type": kind, "timestamp": "2026-01-01T00:00:00Z", "data": data})


def vocal(*rows, headers=None, success=True):
    """A message with a row for each channel."""
    told = {} if headers is None else {"headers": {name: n for n, name in enumerate(headers)}}
    return json.dumps(["audio-analysis", {"success": success, "data": told | {"channels": rows}}])


QUALITY = [
    social("conversation_quality.updated", overall={"energy": n}, timeline=[{"start": n, "end": 9, "values": {}}])
    for n in range(3)
]
BEGUN = social("signal.detected", signal_type="a", start=-1, rationale="begun")
STOPPED = social("signal.ended", signal_type="a", end=0)
WHOLE = social("signal.detected", signal_type="a", start=-1, end=0, rationale="whole")
CHANGED = social("signal.updated", signal_type="a", start=-1, probability="low")
MEASURED = social("conversation_quality.updated", overall=dict.fromkeys(SCORES[:3], 50), measured=["energy"])
NAMES = ["startPosSec", "endPosSec", "energy"]
TOLD = vocal([0, 1, 2], headers=NAMES)
TEXT = json.dumps(["audio-analysis", {"success": True, "data": "energy;startPosSec;endPosSec"}])
FILE = '["analyzeFile", {"success": true, "data": {"segments": {"headersPositions": {"energy": 0}, "data": [[1]]}}}]'


@pytest.mark.parametrize(
    ("said", "together"),
    [
        (QUALITY, True),
        ([MEASURED], True),
        ([BEGUN, STOPPED, WHOLE], True),
        ([BEGUN, WHOLE, STOPPED], True),
        ([BEGUN, CHANGED, CHANGED], False),
        ([QUALITY[0], *QUALITY], False),
        ([TOLD, vocal([1, 2, 3], [1, 2, 4])], True),
        ([TOLD, TOLD, vocal([0, 1, None], [0, 1, 3])], True),
        ([vocal([0, 1, 2]), TOLD], False),
        ([TOLD, vocal([0, 1, 2**53 + 1])], False),
        ([TOLD, vocal([1, 2])], False),
        ([TOLD, vocal([None, 2, 3])], False),
        ([TOLD, vocal([1, 2e8, 3])], False),
        ([TOLD, TEXT, vocal([1, 2, 3])], False),
        ([TOLD, FILE, vocal([1, 2, 3])], False),
        ([TOLD, vocal([1, 2, 3], success=False)], False),
        ([TOLD, vocal([1, 2, 3], headers=["endPosSec", "startPosSec", "energy"])], False),
        ([TOLD, vocal([1, 2, 3, 4], headers=[*NAMES, "more"]), vocal([1, 2, 3, 5])], False),
    ],
)
def test_what_is_read_together(said, together):
    """It is the same whether it is read together, or, where it would not be, one after another."""
    api, settings = EMOTION_LOGIC if said[0].startswith("[") else INTERHUMAN
    began = Began("0", "f.wav", 9.0, api, [settings], 1.0, "")
    records = [began, Opened(0, 0, 0.0, 0.0), *(Received(0, 0.0, raw) for raw in said)]
    assert (Replay(tuple(records), Path("j.jsonl"))._decoded.columns is not None) == together
    check(records)


@pytest.mark.parametrize("first", ["events", "faults", "marks", "signals"])
def test_what_was_read_before_does_not_matter(first):
    """Tables are made of columns, whatever was asked for before; and of single messages where that is asked for."""
    began = Began("0", "f.wav", 9.0, *INTERHUMAN[:1], [SOCIAL], 1.0, "")
    records = began, Opened(0, 0, 0.0, 0.0), Reference(0.0, 0.0, 1.0, True, "start"), Received(0, 0.0, BEGUN)
    replay, one_by_one = (Replay(records, Path("j.jsonl"), at_once=at_once) for at_once in (True, False))
    for each in (replay, one_by_one):
        assert len(getattr(each, first)) >= 0
        assert len(each.signals) == 1
    assert replay._decoded.columns is not None
    assert one_by_one._decoded.columns is None


def test_columns_are_a_sessions_own():
    """A session that has not been told of columns has none, even if another has."""
    began = Began("0", "f.wav", 9.0, EMOTION_LOGIC[0], [VOCAL], 1.0, "")
    opened = [Opened(session, 0, 0.0, 0.0) for session in range(2)]
    check([began, *opened, Received(0, 0.0, TOLD), Received(1, 0.0, vocal([1, 2, 3]))])


def test_times_may_count_from_segments():
    """Where it matters what was sent last, messages are read one after another."""
    raw = '{"type": "engagement.updated", "data": {"state": "neutral", "start": 1.0}}'
    began = Began("0", "f.wav", 9.0, "interhuman", [SOCIAL | {"time_base": "segment"}], 1.0, "")
    sent = [Sent(0, n * 3.0, n * 3 + 3.0, None, 0.0, 1) for n in range(2)]
    replay = Replay((began, Opened(0, 0, 0.0, 0.0), *sent, Received(0, 1.0, raw)), Path("j.jsonl"))
    assert replay._decoded.columns is None
    assert replay.engagement.index[0][1].total_seconds() == 4.0


@pytest.mark.parametrize("spoiled", [False, True])
def test_the_usual_is_read_together(spoiled):
    """What comes by the thousand is read together; of what comes twice, all are read one after another."""
    raws = [
        f'{{"type": "signal.ended", "timestamp": "{n:05}", "data": {{"signal_type": "a", "end": 1}}}}'
        for n in range(20_000)
    ]
    began = Began("0", "f.wav", 9.0, "interhuman", [SOCIAL], 1.0, "")
    received = [Received(0, 0.0, raw) for raw in ["{}", *raws, *raws[:spoiled]]]
    replay = Replay((began, Opened(0, 0, 0.0, 0.0), *received), Path("j.jsonl"))
    assert (replay._decoded.columns is None) == spoiled
    assert len(replay._decoded.events_by_table["signals"]) == (20_000 if spoiled else 0)


@pytest.mark.parametrize("time", [1.7e12, -1e12, 9.3e9, 1e300, -1e300, 10**36])
def test_a_time_that_is_none(time):
    """A time that no recording has: its message is among the events, the others are in the tables, and all are made."""
    kinds = [
        social("signal.detected", signal_type="b", start=time),
        social("signal.detected", signal_type="b", start=0, end=time),
        social("signal.updated", signal_type="b", start=time),
        social("signal.ended", signal_type="a", end=time),
        social("engagement.updated", state="engaged", start=time),
        social("conversation_quality.updated", timeline=[{"start": 0, "end": time, "values": {"energy": 1}}]),
        social("coverage.dropped", ranges=[{"start": time, "end": time}]),
    ]
    began = Began("0", "f.wav", 9.0, "interhuman", [SOCIAL], 1.0, "")
    records = [began, Opened(0, 0, 0.0, 0.0), Sent(0, 0.0, 3.0, None, 0.0, 1), Sent(0, 3.0, float(time), None, 0.0, 1)]
    records += [Received(0, 0.0, raw) for raw in [BEGUN, *kinds]]
    check(records)
    replay = Replay(tuple(records), Path("j.jsonl"))
    assert replay.events["kind"].tolist()[1:] == [json.loads(raw)["type"] for raw in kinds]
    assert replay.signals.index.get_level_values("end").total_seconds().tolist() == [3.0]
    assert replay.engagement.empty
    assert replay.quality.empty
    assert replay.coverage.empty
    assert len(replay.packets) == 2
    assert len(replay.marks) >= 0
    assert repr(replay).startswith("<Replay of")


@pytest.mark.parametrize("time", [1.7e12, -1e12, 9.3e9, 1e300, -1e300, 10**36])
def test_a_position_that_is_none(time):
    """So it is of segments: the other one is in the table."""
    raws = [TOLD, vocal([1, time, 3]), vocal([time, 2, 3])]
    began = Began("0", "f.wav", 9.0, *EMOTION_LOGIC[:1], [VOCAL], 1.0, "")
    sent = [Sent(0, 0.0, float(time), None, 0.0, 1), Sent(0, float(time), 3.0, None, 0.0, 1)]
    records = [began, Opened(0, 0, float(time), 0.0), *sent, *(Received(0, 0.0, raw) for raw in raws)]
    check(records)
    replay = Replay(tuple(records), Path("j.jsonl"))
    assert len(replay.segments) == 1
    assert replay.events["kind"].tolist() == ["audio-analysis"] * 3
    assert len(replay.marks) >= 0
