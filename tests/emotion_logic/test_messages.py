"""Emotion Logic's words, read both ways, with every oddity of the contract page that a row can have."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.emotion_logic import messages
from emotoolkit.emotion_logic.messages import Decoder, Handshake, Refusal, read_handshake
from emotoolkit.events import Fault, Ready, Report, Segment, Segments, Step, Unknown

LEGAL = messages.handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)
COLUMNS = ["index", "channel", "startPosSec", "endPosSec", "validSegment", "energy"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    ["handshake-done", "audio-analysis", "audio-analysis-completed", "analysis-report-ready", "audio-analysis-error"]
)


def decode(name: str, value, decoder: Decoder | None = None):
    """Read a message by a new decoder, or by one that knows something already."""
    return (decoder or Decoder()).decode(messages.text(name, value))


def test_a_legal_handshake_is_read_as_it_was_written():
    """What the client writes is what the server reads."""
    assert read_handshake(LEGAL) == Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


def test_numbers_in_quotes_are_numbers():
    """The specification writes numbers in quotes; a server takes both."""
    quoted = LEGAL | {"channels": "2", "bitRate": "8", "sampleRate": "48000", "backgroundNoise": "0"}
    assert read_handshake(quoted) == Handshake(channels=2, background_noise=0, bits=8, sampling_rate=48_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("isPCM", False),
        ("isPCM", "true"),
        ("channels", 3),
        ("channels", None),
        ("channels", True),
        ("backgroundNoise", -1),
        ("backgroundNoise", "loud"),
        ("bitRate", 24),
        ("sampleRate", 11_000),
        ("outputType", "xml"),
    ],
)
def test_an_illegal_field_is_named(field, value):
    """Each illegal value is refused with the field's name and our number for it."""
    refusal = read_handshake(LEGAL | {field: value})
    assert isinstance(refusal, Refusal)
    assert refusal.about == field
    assert field in refusal.message
    assert messages.failure(refusal.about, refusal.message)["errorCode"] == messages.ERROR_CODES[field]


@pytest.mark.parametrize("field", [field for field in LEGAL if field != "outputType"])
def test_a_missing_field_is_named(field):
    """Each mandatory field that is missing is refused."""
    refusal = read_handshake({name: value for name, value in LEGAL.items() if name != field})
    assert isinstance(refusal, Refusal)
    assert refusal.about == field


@given(json_values)
def test_any_handshake_gets_an_answer(value):
    """Law: whatever comes as a handshake is accepted or refused, never an error."""
    assert isinstance(read_handshake(value), Handshake | Refusal)


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


def test_raw_is_json():
    """What is kept is JSON that can be read without us."""
    assert json.loads(messages.text("x", {"a": "ü"})) == ["x", {"a": "ü"}]
