"""Messages of a server, decoded into events: each of its kinds, in all its shapes, and whatever else is sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import (
    Coverage,
    Engagement,
    Fault,
    Quality,
    Ready,
    Repeated,
    ResultBatch,
    Scores,
    SignalDetected,
    SignalEnded,
    SignalSpan,
    SignalSpans,
    SignalUpdated,
    Step,
    Unknown,
    span,
)
from emotoolkit.apis.interhuman.wire import decoder, error_codes, messages, requests, values

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
VALUES = {"quality_index": 61, "clarity": 55.5, "authority": 60, "energy": 70, "rapport": 64, "learning": 56}


def decode(kind: str, data):
    raw = messages.envelope(kind, data, "c", NOW)
    event = decoder.Decoder().decode(raw)
    assert (event.kind, event.raw) == (kind, raw)
    return event


def fields(event):
    return {name: getattr(event, name) for name in event.__struct_fields__ if name not in {"kind", "raw"}}


def test_ready():
    """Ready carries the session's id and what the server says it is; others do not say."""
    assert fields(decode("session.ready", messages.ready("local"))) == {"session": "c", "server": "local"}
    assert isinstance(decode("session.ready", {}), Ready)
    assert decode("session.ready", {}).server is None


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("session.updated", messages.updated(messages.INCLUDE)),
        ("session.closing", messages.closing(30)),
        ("session.ended", messages.ended()),
    ],
)
def test_steps(kind, data):
    """What carries no result is a step."""
    assert isinstance(decode(kind, data), Step)


@pytest.mark.parametrize("kind", [SignalDetected, SignalUpdated])
@pytest.mark.parametrize("reasons", [("high", "Nods."), (None, None)])
def test_lifecycle(kind, reasons):
    """Signals with a life cycle (shape L); probability and rationale may be missing or null."""
    name = {SignalDetected: "signal.detected", SignalUpdated: "signal.updated"}[kind]
    expected = {"signal": "agreement", "start": 12.0, "probability": reasons[0], "rationale": reasons[1]}
    data = messages.signal("agreement", 12, *reasons, "video")
    assert isinstance(decode(name, data), kind)
    assert fields(decode(name, data)) == expected
    present = {field: value for field, value in data.items() if value is not None}
    assert fields(decode(name, present)) == expected


def test_ended_signal():
    """The end of a signal names it and says where."""
    event = decode("signal.ended", messages.signal_ended("confusion", 23.5))
    assert isinstance(event, SignalEnded)
    assert fields(event) == {"signal": "confusion", "end": 23.5}


def test_batched_signals():
    """Signals in an array (shape B) are spans; there may be none."""
    signal = {"type": "hesitation", "start": 6, "end": 14.0, "probability": "medium", "rationale": "Long pause."}
    event = decode("signal.detected", {"signals": [signal, {"type": "interest", "start": 1, "end": 2}]})
    assert isinstance(event, SignalSpans)
    assert event.spans == (
        SignalSpan("hesitation", 6.0, 14.0, "medium", "Long pause."),
        SignalSpan("interest", 1.0, 2.0, None, None),
    )
    assert decode("signal.detected", {"signals": []}).spans == ()


def test_flat_signals():
    """A flat signal with an end (shape F) is a span; an end of null is none."""
    data = {"signal_type": "stress", "start": 3, "end": 11, "probability": "low"}
    assert decode("signal.detected", data).spans == (SignalSpan("stress", 3.0, 11.0, "low", None),)
    assert isinstance(decode("signal.detected", {**data, "end": None}), SignalDetected)


def test_unknown_signals_and_words():
    """Names and probabilities that nobody has heard of are kept."""
    event = decode("signal.detected", {"signal_type": "schadenfreude", "start": 1, "probability": "certain"})
    assert (event.signal, event.probability) == ("schadenfreude", "certain")


@pytest.mark.parametrize(("end", "expected"), [({"end": 14}, 14.0), ({"end": None}, None), ({}, None)])
def test_engagement(end, expected):
    """Engagement comes with an end or without."""
    event = decode("engagement.updated", messages.engagement("neutral", 6) | end)
    assert isinstance(event, Engagement)
    assert fields(event) == {"state": "neutral", "start": 6.0, "end": expected}


@pytest.mark.parametrize("absent", [{}, {"overall": None, "timeline": None}])
def test_quality_sections(absent):
    """Each section may be there, null or absent; numbers may be whole or not."""
    timeline = [{"start": 0, "end": 11.5, "values": VALUES}]
    floats = {name: float(value) for name, value in VALUES.items()}
    assert decode("conversation_quality.updated", absent | {"overall": VALUES}).overall == floats
    event = decode("conversation_quality.updated", absent | {"timeline": timeline})
    assert isinstance(event, Quality)
    assert (event.overall, event.timeline) == (None, (Scores(0.0, 11.5, floats),))
    assert decode("conversation_quality.updated", {"overall": {**VALUES, "energy": None}}).overall.keys() == (
        VALUES.keys() - {"energy"}
    )


def test_quality_without_evidence():
    """Where a server says which scores are measured, the others are left out."""
    data = messages.quality(messages.INCLUDE, VALUES, VALUES, (0, 8), ["energy"])
    event = decode("conversation_quality.updated", data)
    assert event.overall == {"energy": 70.0}
    assert event.timeline == (Scores(0.0, 8.0, {"energy": 70.0}),)


@pytest.mark.parametrize("name", ["code", "error_id"])
def test_errors(name):
    """Errors have a code under either name, and may speak of a segment."""
    event = decode("error", {name: "ih5004", "message": "no", "segment": 4, "link": None})
    assert isinstance(event, Fault)
    ids = {"correlation_id": "c", "link": None}
    assert fields(event) == {"code": "ih5004", "message": "no", "packet": 4} | ids
    assert fields(decode("error", {})) == {"code": None, "message": "no reason given", "packet": None} | ids


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("coverage.dropped", {"ranges": [{"start": 1}]}),
        ("signal.detected", {"signal_type": 3, "start": 1}),
        ("signal.detected", {"signal_type": "interest", "start": "1 s"}),
        ("signal.detected", {"signal_type": "interest", "start": True}),
        ("signal.ended", {"signal_type": "interest"}),
        ("signal.ended", {"signal_type": "interest", "end": float("nan")}),
        ("engagement.updated", {"state": "engaged"}),
        ("conversation_quality.updated", {"overall": 50}),
        ("session.ready", None),
    ],
)
def test_what_is_not_understood(kind, data):
    """A message of another kind, or with other fields, is kept as it is."""
    assert isinstance(decode(kind, data), Unknown)


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", "1", "{}", '{"type": 1}', "[" * 100_000, '{"type":"error"}'])
def test_what_is_no_envelope(raw):
    """What is not even an envelope is kept, too."""
    assert isinstance(decoder.Decoder().decode(raw), Unknown)


KINDS = st.sampled_from(
    [
        *(messages.READY, messages.SIGNAL_DETECTED, messages.SIGNAL_UPDATED, messages.SIGNAL_ENDED),
        *(messages.ENGAGEMENT, messages.QUALITY, messages.ERROR),
    ]
)
KEYS = st.sampled_from(
    ["signals", "signal_type", "type", "start", "end", "overall", "timeline", "values", "state", "code", "measured"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))


@given(kind=KINDS | st.text(max_size=5), data=JSON)
def test_decoding_never_fails(kind, data):
    """Whatever the data are, there is an event with the text attached."""
    raw = json.dumps({"type": kind, "data": data})
    assert decoder.Decoder().decode(raw).raw == raw


@given(st.text(max_size=40) | JSON.map(json.dumps))
def test_reading_texts_never_fails(text):
    """Whatever a client or a server sends as text, it is read as something."""
    assert decoder.Decoder().decode(text).raw == text
    assert requests.read_text(text) is not None
    values.read_number(text, "start")
    values.read_refusal(text)


NAMES = st.sampled_from(["agreement", "hesitation", "schadenfreude"])
TIMES = st.floats(0, 1e6)
WORDS = st.none() | st.text(max_size=20)
SCORES = st.dictionaries(st.sampled_from(list(VALUES)), st.floats(0, 100), min_size=6)


def same(kind: str, data, expected) -> None:
    event = decode(kind, data)
    assert type(event) is expected[0]
    assert tuple(fields(event).values()) == expected[1:]


@given(name=NAMES, start=TIMES, probability=WORDS, rationale=WORDS, modality=WORDS, end=TIMES)
def test_signals_there_and_back(name, start, probability, rationale, modality, end):
    """Every message about signals is read as what was written."""
    described = messages.signal(name, start, probability, rationale, modality)
    same(messages.SIGNAL_DETECTED, described, (SignalDetected, name, start, probability, rationale))
    same(messages.SIGNAL_UPDATED, described, (SignalUpdated, name, start, probability, rationale))
    same(messages.SIGNAL_ENDED, messages.signal_ended(name, end), (SignalEnded, name, end))
    span = messages.span(name, start, end, probability, rationale)
    spans = (SignalSpan(name, start, end, probability, rationale),) * 2
    same(messages.SIGNAL_DETECTED, messages.signals([span, span]), (SignalSpans, spans))


@given(state=st.sampled_from(["engaged", "neutral", "disengaged"]), start=TIMES, end=TIMES)
def test_engagement_there_and_back(state, start, end):
    """Engagement with an end or without is read as what was written."""
    same(messages.ENGAGEMENT, messages.engagement(state, start), (Engagement, state, start, None))
    same(messages.ENGAGEMENT, messages.engagement_window(state, start, end), (Engagement, state, start, end))


@given(overall=SCORES, period=SCORES, start=TIMES, end=TIMES, measured=st.sets(st.sampled_from(list(VALUES))))
def test_quality_there_and_back(overall, period, start, end, measured):
    """Quality is read as what was written, without what nothing was measured for."""
    expected = [{name: each[name] for name in each if name in measured} for each in (overall, period)]
    for include in ((), (messages.OVERALL,), (messages.TIMELINE,), messages.INCLUDE):
        data = messages.quality(include, overall, period, (start, end), measured)
        timeline = (Scores(start, end, expected[1]),) if messages.TIMELINE in include else ()
        same(messages.QUALITY, data, (Quality, expected[0] if messages.OVERALL in include else None, timeline))


@given(
    code=st.sampled_from(list(error_codes.ERRORS)) | st.just("ih9999"),
    words=st.text(min_size=1),
    segment=st.integers(1),
)
def test_errors_there_and_back(code, words, segment):
    """Errors are read as what was written, in an envelope and in v0; as bodies of refusals, too."""
    same(messages.ERROR, said := messages.error(code, words, segment), (Fault, code, words, segment, "c", said["link"]))
    flat = decoder.Decoder().decode(messages.flat(messages.ERROR, messages.error(code, words, segment), "c", NOW))
    assert tuple(fields(flat).values()) == (code, words, segment, "c", said["link"])
    assert values.read_refusal(json.dumps(messages.error_body(code, "c", words))) == (words, code, "c")


@given(server=st.text(), idle=st.floats(0.1, 1e6), largest=st.integers(1), drain=st.integers(0))
def test_steps_there_and_back(server, idle, largest, drain):
    """The steps of a session are read as what was written, limits included."""
    data = messages.ready(server, messages.MODELS, idle_timeout_s=idle, max_bytes=largest)
    same(messages.READY, data, (Ready, "c", server))
    raw = messages.envelope(messages.READY, data, "c", NOW)
    assert values.read_number(raw, "max_segment_size_bytes") == pytest.approx(largest)
    assert values.read_number(raw, "session_idle_timeout_seconds") >= idle
    for kind, step in (
        (messages.UPDATED, messages.updated(messages.INCLUDE, "inter-2")),
        (messages.CLOSING, messages.closing(drain)),
        (messages.ENDED, messages.ended()),
    ):
        assert isinstance(decode(kind, step), Step)


@given(ranges=st.lists(st.tuples(TIMES, TIMES), max_size=3), reason=st.text(min_size=1))
def test_coverage_there_and_back(ranges, reason):
    """What was not analysed, or not wholly, is read as what was written, and speaks of the time around it."""
    same(messages.COVERAGE_DROPPED, messages.coverage(ranges), (Coverage, tuple(ranges), "dropped"))
    same(messages.COVERAGE_DEGRADED, messages.coverage(ranges, reason), (Coverage, tuple(ranges), reason))
    same(messages.COVERAGE_DEGRADED, messages.coverage(ranges), (Coverage, tuple(ranges), "degraded"))
    around = span(decode(messages.COVERAGE_DROPPED, messages.coverage(ranges)))
    assert around == ((min(a for a, _ in ranges), max(b for _, b in ranges)) if ranges else (None, None))


@given(name=NAMES, start=TIMES, end=TIMES, overall=SCORES, segment=st.integers(1), told=st.booleans())
def test_results_there_and_back(name, start, end, overall, segment, told):
    """A result of v0, and the answer to an upload, are read as all that they say."""
    quality = {"overall": overall, "timeline": []} if told else None
    data = messages.result(
        [messages.span(name, start, end, "low", None)], [messages.engagement_window("neutral", start, end)], quality
    )
    for raw in (
        messages.flat(messages.RESULT, {"segment": segment, **data}, "c", NOW),
        json.dumps({**data, "server": "local"}),
    ):
        event = decoder.Decoder().decode(raw)
        assert isinstance(event, ResultBatch)
        kinds = [type(each) for each in event.events]
        assert kinds == [Ready, SignalSpans, Engagement, *([Quality] if told else [])]
        assert event.events[1].spans == (SignalSpan(name, start, end, "low", None),)
        assert span(event) == (min(start, start), max(end, end))
    for status, step in (
        (messages.PROCESSING, messages.processing(segment, 9)),
        (messages.COMPLETED, messages.completed(segment)),
    ):
        assert isinstance(decoder.Decoder().decode(messages.flat(status, step, "c", NOW)), Step)


def test_oldest_error():
    """The very first errors were a sentence without a code."""
    event = decoder.Decoder().decode('{"status": "error", "segment": 2, "error": "too short"}')
    assert fields(event) == {
        "code": None,
        "message": "too short",
        "packet": 2,
        "correlation_id": None,
        "link": None,
    }


def test_repeated():
    """The same message twice, time stamp and all, counts once; without a time stamp nobody can tell."""
    session = decoder.Decoder()
    raw = messages.envelope(messages.SIGNAL_ENDED, messages.signal_ended("interest", 3), "c", NOW)
    assert [type(session.decode(raw)) for _ in range(3)] == [SignalEnded, Repeated, Repeated]
    bare = json.dumps({"type": messages.SIGNAL_ENDED, "data": {"signal_type": "interest", "end": 3}})
    assert [type(session.decode(bare)) for _ in range(2)] == [SignalEnded, SignalEnded]


def test_said():
    """A number in the data of a message, or None."""
    raw = messages.envelope("session.closing", messages.closing(30), "c", NOW)
    assert values.read_number(raw, "max_drain_seconds") == 30
    assert values.read_number(raw, "min_drain_seconds") is None


@pytest.mark.parametrize("word", ["\\ud800", "a\\uDC00"])
def test_half_characters(word):
    """Half a character, which JSON can say and no table can hold, is a question mark; the raw message keeps it."""
    raw = f'{{"type": "engagement.updated", "data": {{"state": "{word}", "start": 1.0}}}}'
    event = decoder.Decoder().decode(raw)
    assert event.state == word.replace("\\ud800", "?").replace("\\uDC00", "?")
    assert event.raw == raw


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"status": "queued"}, Step),
        ({"status": "running"}, Step),
        ({"status": "failed", "error": {"error_id": "ih5002", "message": "broken"}}, Fault),
        ({"status": "failed"}, Fault),
        ({"status": "completed", "result": {"windows": []}}, ResultBatch),
    ],
)
def test_what_is_said_of_a_job(said, kind):
    """Each status is read; a result without its list of signals has those of its windows."""
    event = decoder.Decoder().decode(json.dumps({"job_id": "a", **said}))
    assert isinstance(event, kind)
    assert event.kind == "job"


def test_signals_of_windows():
    """Where the whole list was not sent, the signals of the windows are the signals."""
    signal = {"type": "interest", "start": 0.0, "end": 5.0}
    window = {"start_seconds": 0.0, "end_seconds": 5.0, "engagement_status": "engaged", "signals": [signal]}
    event = decoder.Decoder().decode(
        json.dumps({"job_id": "a", "status": "completed", "result": {"windows": [window]}})
    )
    (_, spans, state) = event.events
    assert [each.signal for each in spans.spans] == ["interest"]
    assert (state.state, state.start, state.end) == ("engaged", 0.0, 5.0)
