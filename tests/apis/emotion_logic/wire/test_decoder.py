"""How the client reads Emotion Logic, with every oddity of the contract page that a row can have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import Fault, Ready, Report, Segment, Segments, Step, Unknown
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder
from tests.support.column_sets import R127
from tests.support.json_values import json_values

COLUMNS = ["index", "channel", "startPosSec", "endPosSec", "validSegment", "energy"]

cells = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text()

column_names = st.text(st.characters(codec="utf-8", exclude_characters=";\r\n"), min_size=1).map(str.strip).filter(bool)

branches = st.text(st.characters(codec="utf-8", exclude_characters=";/\r\n"), min_size=1)

trees = st.dictionaries(
    branches,
    st.recursive(cells, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(branches, inner, max_size=3)),
    max_size=4,
)


@st.composite
def tables(draw):
    """Column names and one row per channel: positions first, then whatever a server may send."""
    others = draw(st.lists(column_names.filter(lambda name: name not in COLUMNS), unique=True, max_size=5))
    columns = ["index", "channel", "startPosSec", "endPosSec", *others]
    moments = st.floats(0, 1e6)
    rows = [
        [draw(st.integers(1, 1000)), channel, draw(moments), draw(moments), *(draw(cells) for _ in others)]
        for channel in range(draw(st.integers(1, 2)))
    ]
    return columns, rows


def as_segments(columns, rows):
    """What a client must read from a table."""
    told = [dict(zip(columns, row, strict=True)) for row in rows]
    return tuple(Segment(row.pop("channel"), row.pop("startPosSec"), row.pop("endPosSec"), row) for row in told)


names = st.sampled_from(
    ["handshake-done", "audio-analysis", "audio-analysis-completed", "analysis-report-ready", "audio-analysis-error"]
)


def decode(name: str, value, decoder: Decoder | None = None):
    """Read a message by a new decoder, or by one that knows something already."""
    return (decoder or Decoder()).decode(messages.text(name, value))


@given(names | st.text(), json_values)
def test_any_message_is_an_event(name, value):
    """Law: whatever a server says is an event with its text attached, never an error."""
    raw = messages.text(name, value)
    assert Decoder().decode(raw).raw == raw


@given(st.text())
def test_any_text_is_an_event(raw):
    """Law: even what is not JSON is kept."""
    assert Decoder().decode(raw).raw == raw


def test_ready():
    """The stream id is found in `data`, where it should be, and beside it."""
    assert decode("handshake-done", {"success": True, "data": {"streamId": "x"}}).session == "x"
    assert decode("handshake-done", {"success": 1, "streamId": "y"}).session == "y"
    ready = decode("handshake-done", messages.handshake_done("z", "local measurement"))
    assert isinstance(ready, Ready)
    assert ready.server == "local measurement"


@pytest.mark.parametrize("no", [False, 0, None, "false", "False", " FALSE ", "0", "", "no", "null"])
@pytest.mark.parametrize(
    "name", ["handshake-done", "audio-analysis", "audio-analysis-completed", "analysis-report-ready"]
)
def test_a_refusal_in_any_spelling(name, no):
    """`success: "false"`, as the page's quotes suggest, is a refusal, in every message that has one."""
    fault = decode(name, {"success": no, "errorCode": 7, "error": "no licence"})
    assert isinstance(fault, Fault)
    assert (fault.code, fault.message) == ("7", "no licence")


@pytest.mark.parametrize("yes", [True, 1, "true", "True", "1", "yes", "ok"])
def test_a_consent_in_any_spelling(yes):
    """Each of these is a success."""
    assert isinstance(decode("handshake-done", {"success": yes, "data": {"streamId": "x"}}), Ready)


def test_segments():
    """A row is read by its column names, and position columns become the segment's own."""
    event = decode("audio-analysis", messages.analysis(COLUMNS, [[1, 0, 0.5, 1.5, 1, 7]]))
    assert isinstance(event, Segments)
    assert event.segments == (Segment(0, 0.5, 1.5, {"index": 1, "validSegment": 1, "energy": 7}),)


def test_headers_only_once():
    """A server may send the headers once; they are remembered."""
    decoder = Decoder()
    decode("audio-analysis", messages.analysis(COLUMNS, [[1, 0, 0.5, 1.5, 1, 7]]), decoder)
    later = {"success": True, "data": {"done": True, "channels": [[2, 0, 2.0, 3.0, 1, 8]]}}
    assert decode("audio-analysis", later, decoder).segments[0].values["energy"] == 8


def test_order_of_columns_does_not_matter():
    """Columns are found by name, wherever they stand, with or without a trailing blank; unknown ones are kept."""
    headers = {"energy ": 0, "endPosSec": 1, "startPosSec": 2, "newThing": 3}
    data = {"done": True, "headers": headers, "channels": [[7, 1.5, 0.5, "word"]]}
    (segment,) = decode("audio-analysis", {"success": True, "data": data}).segments
    assert (segment.start, segment.end) == (0.5, 1.5)
    assert segment.values == {"energy": 7, "newThing": "word"}


@pytest.mark.parametrize(
    "channels",
    [[[], [1, 1, 0.5, 1.5, 1, 7]], [None, [1, 1, 0.5, 1.5, 1, 7]], {"1": [1, 1, 0.5, 1.5, 1, 7]}],
)
def test_channels_without_a_row(channels):
    """Empty, null and missing rows are passed over; rows may come as an array or as an object."""
    value = messages.analysis(COLUMNS, [])
    value["data"]["channels"] = channels
    (segment,) = decode("audio-analysis", value).segments
    assert segment.channel == 1


def test_the_rows_own_channel_counts():
    """A row's own channel column is trusted over its place."""
    (segment,) = decode("audio-analysis", messages.analysis(COLUMNS, [[1, 1, 0.5, 1.5, 1, 7]])).segments
    assert segment.channel == 1


def test_one_session_per_channel():
    """Where a session carries one channel of the recording, its segments are of that channel."""
    value = messages.analysis(COLUMNS, [[1, 0, 0.5, 1.5, 1, 7]])
    assert decode("audio-analysis", value, Decoder(channel=1)).segments[0].channel == 1


@pytest.mark.parametrize("data", [{"done": False}, {"done": False, "channels": []}, {"segment": {"ready": False}}])
def test_not_ready_yet(data):
    """A notice without rows is a step, not a result."""
    assert isinstance(decode("audio-analysis", {"success": True, "data": data}), Step)


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("handshake-done", {"success": False, "errorCode": 5, "error": "bad"}, "5", "bad"),
        ("audio-analysis", {"success": False, "error": "lost"}, None, "lost"),
        ("audio-analysis-completed", {"success": False, "error": "x"}, None, "x"),
        ("analysis-report-ready", {"success": 0, "message": "y"}, None, "y"),
        ("audio-analysis-error", "went wrong", None, "went wrong"),
        ("analysis-error", {"errorCode": "E1", "message": "z"}, "E1", "z"),
        ("audio-analysis-error", None, None, "None"),
    ],
)
def test_faults(name, value, code, message):
    """Every way of saying that something went wrong is a fault, with its code and words."""
    event = decode(name, value)
    assert isinstance(event, Fault)
    assert (event.code, event.message) == (code, message)


def test_report():
    """A report is kept whole."""
    assert decode("analysis-report-ready", messages.report({"channel-0": {}})) == Report(
        "analysis-report-ready",
        '["analysis-report-ready",{"success":true,"data":{"reports":{"channel-0":{}}}}]',
        {"reports": {"channel-0": {}}},
    )


def test_unknown():
    """A message of a kind that nobody knows is kept as such."""
    assert decode("new-thing", {"a": 1}) == Unknown("new-thing", '["new-thing",{"a":1}]')


@given(tables(), st.sampled_from([messages.analysis, messages.analysis_text]))
def test_segments_are_read_as_they_were_written(table, write):
    """Law: whatever a row has, and in either form, the client gets what the server wrote."""
    assert decode("audio-analysis", write(*table)).segments == as_segments(*table)


@given(tables())
def test_rows_in_every_place(table):
    """Law: rows in an object, among empty ones, and under remembered headers are the same rows."""
    columns, rows = table
    wanted = as_segments(columns, rows)
    keyed = messages.analysis(columns, {str(n): row for n, row in enumerate(rows)})
    assert decode("audio-analysis", keyed).segments == wanted
    decoder = Decoder()
    decode("audio-analysis", messages.analysis(columns, [None, []]), decoder)
    assert decode("audio-analysis", messages.analysis(None, rows), decoder).segments == wanted


@given(trees, tables(), st.booleans(), st.sampled_from([messages.report, messages.report_text]))
def test_a_report_is_read_as_it_was_written(tree, table, with_segments, write):
    """Law: in either form, with segments or without, the client gets the tree that the server wrote."""
    columns, rows = table
    rows = rows if with_segments else None
    assert (
        decode("analysis-report-ready", write(tree, columns, rows)).data == messages.report(tree, columns, rows)["data"]
    )


@given(st.text(min_size=1), st.text(min_size=1), st.sampled_from(sorted(messages.ERROR_CODES)))
def test_the_rest_is_read_as_it_was_written(stream, words, about):
    """Law: acceptance, notices and failures come back as they were written."""
    ready = decode("handshake-done", messages.handshake_done(stream, words))
    assert (ready.session, ready.server) == (stream, words)
    assert isinstance(decode("audio-analysis", messages.not_ready()), Step)
    assert isinstance(decode("audio-analysis-completed", messages.completed()), Step)
    fault = decode("handshake-done", messages.failure(about, words))
    assert (fault.code, fault.message) == (str(messages.ERROR_CODES[about]), words)


@given(st.text())
def test_any_text_is_a_table_or_is_kept(words):
    """Law: text where a table or a report should be is read as far as it goes, or kept."""
    for name in ("audio-analysis", "analysis-report-ready"):
        raw = messages.text(name, {"success": True, "data": words})
        assert Decoder().decode(raw).raw == raw


def test_the_long_set_of_columns():
    """All 127 columns of a risk application are read by name, the one with a trailing blank without it."""
    assert len(R127) == 127
    row = [float(n) for n in range(127)]
    row[1] = 1
    (segment,) = decode("audio-analysis", messages.analysis(R127, [[], row])).segments
    assert (segment.channel, segment.start, segment.end) == (1, 2.0, 3.0)
    assert len(segment.values) == 124
    assert segment.values["LVA-EnergyStress"] == 40.0
    assert segment.values["offlineLVA-deceptionPatterns"] == 126.0


def test_cells_that_are_no_number():
    """A cell may be a word, nothing, or something nested, which is kept as its JSON; a counter may be missing."""
    columns = [*COLUMNS, "feelGPT", "nested", "huge"]
    row = ["?", 7, 0.5, 1.5, True, None, "calm", {"a": [1]}, 10**400]
    (segment,) = decode("audio-analysis", messages.analysis(columns, [row])).segments
    assert segment.channel == 0
    assert segment.values["index"] is None
    assert segment.values["energy"] is None
    assert (segment.values["feelGPT"], segment.values["nested"]) == ("calm", '{"a": [1]}')
    assert segment.values["huge"] == "1" + "0" * 400


@pytest.mark.parametrize("position", [float("inf"), 1e300, "soon", None, []])
def test_positions_that_are_none(position):
    """A row that says no time is kept as a message, and makes no segment."""
    assert isinstance(decode("audio-analysis", messages.analysis(COLUMNS, [[1, 0, position, 1.5, 1, 7]])), Unknown)
