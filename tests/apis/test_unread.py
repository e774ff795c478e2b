"""Messages of kinds that we know, in words that we cannot read: they are counted, said aloud, and kept."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit import Replay
from emotoolkit.apis.base.journal import Began, Opened, Received, Reference
from emotoolkit.errors import UnreadWarning
from tests.support.scripted_emotion_logic import Scripted, serving

COLUMNS = {"startPosSec": 0, "endPosSec": 1, "energy": 2}
ROW = [0.5, 1.5, 7]
DATA = {"done": True, "headers": COLUMNS, "channels": [ROW]}
GOOD = {"success": True, "data": DATA}
SPAN = {"signal_type": "interest", "start": 0.5, "end": 1.5}


def replay(api, settings, *raws):
    """A replay in which this was said."""
    began = Began("0", "f.wav", 9.0, api, [settings], 1.0, "2026-01-01T00:00:00+00:00")
    received = [Received(0, 1.0, raw) for raw in raws]
    return Replay((began, Opened(0, 0, 0.0, 0.0), Reference(0.0, 0.0, 1.0, True, "start"), *received), Path("j.jsonl"))


def vocal(*values, kind="audio-analysis"):
    """What Emotion Logic says."""
    return replay("emotion_logic", {"url": "http://127.0.0.1:1"}, *(json.dumps([kind, value]) for value in values))


def social(*raws):
    """What Interhuman says."""
    return replay("interhuman", {"url": "ws://127.0.0.1:1/v1/stream/analyze"}, *map(_text, raws))


def _text(message):
    return message if isinstance(message, str) else json.dumps(message)


def envelope(kind, data):
    """A message of Interhuman's, with a time stamp."""
    return {"type": kind, "timestamp": "2026-01-01T00:00:00Z", "data": data}


def check(made, count):
    """Both ways of reading count the same, and nothing of it is lost."""
    one_by_one = Replay(made.records, made.journal, at_once=False)
    assert len(one_by_one._decoded.received_events) == len(made.events)
    assert one_by_one._decoded.columns is None
    assert [each.kind for each in made.unread] == [each.kind for each in one_by_one.unread]
    assert len(made.unread) == count == made.summary()["unread"]
    assert made.events["raw"].tolist() == [each.raw for each in made.records if isinstance(each, Received)]
    assert ("unread" in repr(made)) == (count > 0)


OBJECT = {"startPosSec": 0.5, "endPosSec": 1.5, "energy": 7}
REPORT = {"headersPositions": COLUMNS, "data": [ROW]}

FORMS = [
    {"data": DATA},
    DATA,
    OBJECT,
    {"done": True} | OBJECT,
    {"data": OBJECT},
    {"success": True} | OBJECT,
    {"success": True} | DATA,
    {"success": "true", "data": DATA},
    {"success": 1, "data": DATA, "error": None},
    {"success": True, "data": OBJECT},
    {"success": True, "data": {"segment": OBJECT}},
    {"success": True, "data": {"segment": OBJECT | {"ready": True}}},
    {"success": True, "data": {"segment": [OBJECT]}},
    {"success": True, "data": {"segment": DATA}},
    {"success": True, "data": {"segments": REPORT}},
    {"success": True, "data": {"segments": [OBJECT]}},
    {"success": True, "data": {"segments": REPORT, "reports": {}}},
    {"success": True, "data": REPORT},
    {"success": True, "data": {"headers": COLUMNS, "data": [OBJECT]}},
    {"success": True, "data": {"data": DATA}},
    {"success": True, "data": {"data": {"data": DATA}}},
    {"success": True, "data": [DATA]},
    {"success": True, "data": [OBJECT]},
    {"success": True, "data": [ROW]},
    {"success": True, "data": json.dumps(DATA)},
    {"success": True, "data": json.dumps([OBJECT])},
    {"success": True, "data": " " + json.dumps(OBJECT)},
    json.dumps(GOOD),
    json.dumps(OBJECT),
    json.dumps([GOOD]),
    [GOOD],
    [json.dumps(GOOD)],
    [OBJECT],
    {"success": True, "data": DATA | {"headers": list(COLUMNS)}},
    {"success": True, "data": DATA | {"headers": [{"name": name} for name in COLUMNS]}},
    {"success": True, "data": DATA | {"headers": json.dumps(COLUMNS)}},
    {"success": True, "data": DATA | {"headers": {name: str(place) for name, place in COLUMNS.items()}}},
    {"success": True, "data": DATA | {"channels": json.dumps([ROW])}},
    {"success": True, "data": DATA | {"channels": [json.dumps(ROW)]}},
    {"success": True, "data": DATA | {"channels": [OBJECT]}},
    {"success": True, "data": DATA | {"channels": [[OBJECT]]}},
    {"success": True, "data": DATA | {"channels": [[ROW]]}},
    {"success": True, "data": DATA | {"channels": {"channel-0": ROW}}},
    {"success": True, "data": DATA | {"channels": {"agent": ROW}}},
    {"success": True, "data": DATA | {"channels": {"channel-0": [OBJECT]}}},
    {"success": True, "data": DATA | {"channels": [["0.5", "1.5", "7"]]}},
    {"success": True, "data": DATA | {"channels": [["0.5", "1.5e0", "7.0"]]}},
    {"success": True, "data": {"done": True, "headers": COLUMNS, "rows": [ROW]}},
]
"""One segment, in every form that programs have been seen, or told, to use."""

WRAPPED = [
    {"success": True, "data": None},
    {"success": True, "data": {"segment": {"startPosSec": 0.5}}},
    {"success": True, "data": {"result": DATA}},
    {"success": True, "data": "words"},
    None,
    7,
    {"success": True, "data": DATA | {"channels": 7}},
    {"success": True, "data": DATA | {"headers": {"startPosSec": "first"}}},
    {"success": True, "data": DATA | {"headers": [1, 2]}},
]
ROWS = [[None, 1.5, 7], [True, 1.5, 7], ["soon", 1.5, 7], [0.5], 7, {"energy": 7}, "words", [[0.5]]]


@pytest.mark.parametrize("value", FORMS, ids=json.dumps)
def test_forms_of_an_analysis(value):
    """A segment is read in whatever form it comes, and is the same segment."""
    made = vocal({"success": True, "data": {"headers": COLUMNS}}, value)
    check(made, 0)
    pd.testing.assert_frame_equal(made.segments, vocal(GOOD).segments)


def test_several_in_one():
    """Several analyses in one message are as many, and one of them that cannot be read costs no other."""
    later = {"success": True, "data": DATA | {"channels": [[2.5, 3.5, 8]]}}
    made = vocal([GOOD, later])
    check(made, 0)
    assert made.segments["energy"].tolist() == [7, 8]
    made = vocal([GOOD, {"success": True, "data": {"x": 1}}, later])
    check(made, 1)
    assert made.segments["energy"].tolist() == [7, 8]


@pytest.mark.parametrize("success", [False, "false", "False", " false ", "0", "no", "", 0, None])
def test_refusals(success):
    """A refusal is one, in whatever words, and is no analysis."""
    made = vocal(GOOD | {"success": success, "error": "no", "errorCode": 5})
    assert [(each.code, each.message) for each in made.faults] == [("5", "no")]
    assert made.segments.empty
    (fault,) = vocal({"success": success, "error": "no"}, kind="handshake-done").faults
    assert fault.message == "no"
    (fault,) = vocal({"errorCode": 5, "error": "no"}, kind="handshake-done").faults
    assert fault.code == "5"


def test_text_that_is_no_number():
    """Text in a row stays text, and so does a name made of digits."""
    made = vocal(*({"success": True, "data": OBJECT | {"word": word, "name": "007"}} for word in ("calm", "7")))
    assert made.segments["word"].tolist() == ["calm", "7"]
    assert made.segments["name"].tolist() == ["007"] * 2
    assert made.segments["energy"].dtype == float


@pytest.mark.parametrize("value", WRAPPED, ids=json.dumps)
def test_analyses_in_other_words(value):
    """An analysis in another shape is counted, whatever shape that is, and costs no other its row."""
    made = vocal(GOOD, value, {"success": True, "data": DATA | {"channels": [[2.5, 3.5, 8]]}})
    check(made, 1)
    assert len(made.segments) == 2


@pytest.mark.parametrize("row", ROWS, ids=json.dumps)
def test_rows_in_other_words(row):
    """A row that cannot be read is counted, and spoils no row beside it."""
    made = vocal({"success": True, "data": DATA | {"channels": [ROW, row, row]}})
    check(made, 2)
    assert made.segments["energy"].tolist() == [7]


def test_channels_by_names():
    """Channels may be named, and are numbered by their names' digits, or in order."""
    for names in (
        ("channel-0", "channel-1"),
        ("0", "1"),
        ("agent", "customer"),
        ("left", "right 1"),
        ("9" * 30, "9" * 31),
    ):
        made = vocal({"success": True, "data": DATA | {"channels": dict.fromkeys(names, ROW)}})
        check(made, 0)
        assert made.segments["channel"].tolist() == [0, 1]


@pytest.mark.parametrize("value", [None, {"data": {}}, {"success": True, "data": []}, {"success": True}, "{}", [1]])
@pytest.mark.parametrize("kind", ["analysis-report-ready", "handshake-done", "analyzeFile"])
def test_other_words_of_emotion_logic(kind, value):
    """So are messages of every other kind that has something to say."""
    # A handshake needs no data to be one; an empty list is what some languages make of an empty object.
    says_enough = kind == "handshake-done" and value in ({"success": True}, {"success": True, "data": []})
    if not says_enough:
        check(vocal(value, kind=kind), 1)


@pytest.mark.parametrize(
    "value", [{"done": False}, {"done": False, "queue": [1]}, {"segment": {"ready": False}}, {}, {"headers": COLUMNS}]
)
def test_nothing_yet(value):
    """What says that there is nothing yet is read, with fields that nobody knows or without."""
    check(vocal({"success": True, "data": value}), 0)


FINDINGS = {
    "signal.detected": {"signal_type": "interest", "start": 0.5},
    "signal.updated": {"signal_type": "interest", "start": 0.5},
    "signal.ended": {"signal_type": "interest", "end": 0.5},
    "engagement.updated": {"state": "engaged", "start": 0.5},
    "conversation_quality.updated": {"overall": {"energy": 50}},
    "coverage.dropped": {"ranges": [{"start": 0, "end": 1}]},
}


def readable(kind, data):
    """The same message in forms whose meaning is plain."""
    yield envelope(kind, data)
    yield envelope(kind, json.dumps(data))
    yield {"type": kind, "timestamp": "t"} | data
    yield {"type": kind, "correlation_id": "c"} | data
    yield [envelope(kind, data)]
    yield json.dumps(json.dumps(envelope(kind, data)))
    yield json.dumps(json.dumps([envelope(kind, data)]))
    yield envelope(kind, as_text(data))
    yield envelope(kind, json.dumps(as_text(data)))


def as_text(value):
    """The same with its numbers as text."""
    if isinstance(value, dict):
        return {name: as_text(each) for name, each in value.items()}
    return [as_text(each) for each in value] if isinstance(value, list) else str(value)


def spoiled(kind, data):
    """The same message in many words that are not the contract's."""
    field = list(data)[-1]
    yield envelope(kind, None)
    yield envelope(kind, [data])
    yield envelope(kind, {"data": data})
    yield envelope(kind, {f"{field}_seconds": data[field]} | {name: data[name] for name in data if name != field})
    yield envelope(kind, data | {field: True})
    yield envelope(kind, data | {field: "word"})
    yield envelope(kind, data | {field: {"value": data[field]}})
    yield {"type": kind, "timestamp": "t"}
    yield {"message": envelope(kind, data)}
    yield {"event": kind, "data": data}
    yield json.dumps(envelope(kind, data))[:-5]


TABLES = ("signals", "engagement", "quality", "coverage")


@pytest.mark.parametrize(("kind", "data"), FINDINGS.items(), ids=FINDINGS)
def test_forms_of_a_finding(kind, data):
    """A finding is read in whatever form it comes, and is the same finding."""
    beginning = envelope("signal.detected", {"signal_type": "interest", "start": 0.1})
    before = [beginning] if kind in ("signal.updated", "signal.ended") else []
    plain = social(*before, envelope(kind, data))
    for message in readable(kind, data):
        made = social(*before, message)
        check(made, 0)
        for table in TABLES:
            pd.testing.assert_frame_equal(getattr(made, table), getattr(plain, table))
    assert any(len(getattr(plain, table)) for table in TABLES)


def test_several_findings_in_one():
    """Several messages in one list are as many, and one that cannot be read costs no other."""
    made = social(
        [envelope("signal.detected", SPAN), envelope("signal.detected", {}), envelope("signal.detected", SPAN)]
    )
    assert len(made.unread) == 1
    assert len(made.signals) == 2


def test_words_of_probability():
    """A probability is one in capitals, too."""
    made = social(envelope("signal.detected", SPAN | {"probability": "HIGH"}))
    assert made.signals["probability"].tolist() == ["high"]


@pytest.mark.parametrize(("kind", "data"), FINDINGS.items(), ids=FINDINGS)
def test_findings_in_other_words(kind, data):
    """A finding in another shape is counted, whatever shape that is."""
    for message in spoiled(kind, data):
        check(social(envelope("session.ready", {}), message), 1)


@pytest.mark.parametrize(
    "entry", [{"signal_type": "a", "start": 1}, SPAN | {"end": None}, SPAN | {"end": "2 s"}, None, [], "{}", 7]
)
def test_one_bad_entry(entry):
    """One entry that cannot be read costs no other of its message."""
    made = social(envelope("signal.detected", {"signals": [SPAN, entry, SPAN | {"start": 1.0, "end": 2.0}]}))
    check(made, 1)
    assert len(made.signals) == 2
    whole = social({"status": "result", "signals": [SPAN, entry], "engagement_state": [entry, FINDINGS_STATE]})
    check(whole, 2)
    assert (len(whole.signals), len(whole.engagement)) == (1, 1)


FINDINGS_STATE = {"state": "engaged", "start": 0.5, "end": 2.0}


def test_one_bad_period():
    """A period of quality without its values costs neither the others nor what is overall."""
    good = {"start": 0, "end": 1, "values": {"energy": 3}}
    made = social(
        envelope("conversation_quality.updated", {"overall": {"energy": 5}, "timeline": [{"start": 1, "end": 2}, good]})
    )
    check(made, 1)
    assert made.quality["energy"].tolist() == [3, 5]
    flat = social(envelope("conversation_quality.updated", {"timeline": [{"start": 0, "end": 1, "energy": 3}]}))
    check(flat, 0)
    assert flat.quality["energy"].tolist() == [3]


def test_what_nobody_knows_stays_silent():
    """Kinds and fields that nobody knows are kept, and nothing is said of them."""
    check(
        social({"type": "weather.updated", "data": [1]}, envelope("signal.ended", SPAN | {"more": [1]}), "{}", "x"), 0
    )
    check(vocal({"a": 1}, kind="weather"), 0)


def test_what_is_said():
    """The sentence says how many, of which kinds, and how the first one reads, shortened."""
    long = envelope("signal.ended", {"words": "w" * 400})
    made = social(long, long | {"timestamp": "2"}, envelope("engagement.updated", None))
    (warning,) = made.notices()
    assert isinstance(warning, UnreadWarning)
    assert warning.kinds == {"signal.ended": 2, "engagement.updated": 1}
    assert "3 of what the interhuman server said about 'f.wav' could not be read" in str(warning)
    assert "2 × signal.ended, 1 × engagement.updated" in str(warning)
    assert f"The first: {json.dumps(long)[:200]}… All messages are in `.events`" in str(warning)
    assert "could not be read" in made._repr_html_()
    assert made.warnings == [str(warning)]


class OtherWords(Scripted):
    """A server that was updated: it answers in a shape of its own."""

    async def complete(self, sid):
        for _ in range(3):
            await self.emit("audio-analysis", {"success": True, "data": {"segment": [1]}}, to=sid)
        await super().complete(sid)


def test_a_replay_says_so(talk):
    """A replay that went to its end warns once of what could not be read."""
    with serving(OtherWords()) as url:
        player = emo.Player(talk, emo.EmotionLogic(url=url), speed=math.inf).start()
        with pytest.warns(UnreadWarning, match="3 of what the emotion_logic server said") as said:
            (made,) = player.wait()
        assert sum(issubclass(each.category, UnreadWarning) for each in said) == 1
        assert player.wait()[0].complete
    assert made.summary()["unread"] == 3


def test_a_run_says_so(talk, tmp_path):
    """In a run it is a notice: not plainly done, and not sent again."""
    corpus = pd.DataFrame({"file": [str(talk.path)]})
    server = OtherWords()
    with serving(server) as url:
        settings = {"folder": tmp_path / "run", "speed": math.inf, "progress": False}
        run = emo.replay_dataset(corpus, emo.EmotionLogic(url=url), **settings)
        heard = len(server.heard)
        again = emo.replay_dataset(corpus, emo.EmotionLogic(url=url), **settings)
        assert len(server.heard) == heard
    for each in (run, again):
        assert each.summary["status"].tolist() == ["done, with notices"]
        assert each.summary["unread"].tolist() == [3]
        assert "UnreadWarning" in each.notices["notice"].tolist()
        assert "1 with notices" in repr(each)
        assert "could not be read" in each._repr_html_()
        assert each.failures.empty
        assert len(each.journals()) == 1
    assert again.provenance["sent_now"] == 0
