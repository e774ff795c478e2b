"""Emotion Logic's messages: what a client announces and asks for, as a server reads it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.messages import (
    FileRequest,
    Handshake,
    Refusal,
    ReportRequest,
    read_file_request,
    read_handshake,
    read_report_request,
)
from tests.support.json_values import json_values

LEGAL = messages.handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


def test_a_legal_handshake_is_read_as_it_was_written():
    """What the client writes is what the server reads."""
    assert read_handshake(LEGAL) == Handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


def test_numbers_in_quotes_are_numbers():
    """The specification writes numbers in quotes; a server takes both."""
    quoted = LEGAL | {"channels": "2", "bitRate": "8", "sampleRate": "48000", "backgroundNoise": "0"}
    assert read_handshake(quoted) == Handshake(channels=2, background_noise=0, bits=8, sampling_rate=48_000)


@pytest.mark.parametrize(
    ("field", "value", "output"),
    [
        *(("isPCM", value, "json") for value in ("true", "True", " TRUE ", 1, 1.0, "1")),
        *(("outputType", value, "json") for value in (None, "", "null", "JSON", " json ")),
        ("outputType", "Text", "text"),
    ],
)
def test_words_are_as_lenient_as_numbers(field, value, output):
    """What the specification writes in quotes may be in quotes, and null counts as left out."""
    assert read_handshake(LEGAL | {field: value}) == Handshake(1, 1000, 16, 11_025, output)


@pytest.mark.parametrize(
    ("request_value", "expected"),
    [
        ({"outputFormat": None, "fetchSegments": None}, ReportRequest("json", segments=True)),
        ({"outputFormat": "null", "fetchSegments": "null"}, ReportRequest("json", segments=True)),
        ({"outputFormat": "TEXT", "fetchSegments": "true"}, ReportRequest("text", segments=True)),
        *(
            ({"fetchSegments": value}, ReportRequest("json", segments=False))
            for value in (False, 0, "false", "False", " FALSE ", "0")
        ),
    ],
)
def test_a_report_request_may_have_nulls_and_words(request_value, expected):
    """Null is the default, and so is its word; false may be in quotes, or 0."""
    assert read_report_request(request_value) == expected


def test_fields_beside_a_file_may_be_empty():
    """A form that leaves its fields empty, or writes null into them, means their defaults."""
    names = ("outputType", "sensitivity", "backgroundNoise", "requestId", "segments")
    assert (
        read_file_request(dict.fromkeys(names, "")) == read_file_request(dict.fromkeys(names, "null")) == FileRequest()
    )
    assert read_file_request({"outputType": "Text", "sensitivity": "High"}) == FileRequest("text")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("isPCM", False),
        ("isPCM", "false"),
        ("isPCM", None),
        ("isPCM", 2),
        ("isPCM", [True]),
        ("channels", 3),
        ("channels", None),
        ("channels", True),
        ("backgroundNoise", -1),
        ("backgroundNoise", "loud"),
        ("bitRate", 24),
        ("sampleRate", 11_000),
        ("outputType", "xml"),
        ("outputType", ["json"]),
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


def test_raw_is_json():
    """What is kept is JSON that can be read without us."""
    assert json.loads(messages.text("x", {"a": "ü"})) == ["x", {"a": "ü"}]


@given(
    st.sampled_from([1, 2]),
    st.floats(0, 1e9),
    st.sampled_from([8, 16]),
    st.sampled_from(messages.SAMPLING_RATES),
    st.sampled_from(messages.OUTPUT_TYPES),
)
def test_every_legal_handshake_is_read_as_it_was_written(channels, noise, bits, rate, output):
    """Law: all legal values of all parameters of the handshake are accepted, and nothing is changed."""
    said = messages.handshake(channels=channels, background_noise=noise, bits=bits, sampling_rate=rate, output=output)
    assert read_handshake(json.loads(json.dumps(said))) == Handshake(channels, noise, bits, rate, output)


@given(st.booleans(), st.sampled_from(messages.OUTPUT_TYPES))
def test_a_report_request_is_read_as_it_was_written(segments, output):
    """Law: both fields of the request arrive; without them all segments come as JSON."""
    said = messages.report_request(fetch_segments=segments, output=output)
    assert read_report_request(said) == ReportRequest(output, segments)
    assert read_report_request(None) == ReportRequest("json", segments=True)
    assert read_report_request({"outputFormat": "xml"}).about == "outputFormat"


@given(st.floats(1, 1e5), st.sampled_from(messages.OUTPUT_TYPES), st.sampled_from(messages.SENSITIVITIES))
def test_a_file_request_is_read_as_it_was_written(noise, output, sensitivity):
    """Law: the fields beside a file arrive, the noise to the six digits that the form has."""
    fields = messages.file_request(background_noise=noise, output=output, sensitivity=sensitivity)
    assert read_file_request(fields) == FileRequest(output, float(f"{noise:g}"))


def test_a_file_request_has_defaults():
    """Without fields the answer is JSON at the standard noise; the server takes that, too, for a noise of 0."""
    assert read_file_request({}) == FileRequest() == FileRequest("json", 1000.0)
    assert read_file_request({"backgroundNoise": "0", "cloudOnly": "x"}) == FileRequest()


@pytest.mark.parametrize(
    ("field", "value"),
    [("outputType", "xml"), ("sensitivity", "extreme"), ("backgroundNoise", "inf"), ("segments", "[]")],
)
def test_an_illegal_field_beside_a_file_is_named(field, value):
    """Each illegal field is refused with its name, for which there is an error number."""
    refusal = read_file_request({field: value})
    assert isinstance(refusal, Refusal)
    assert refusal.about == field
    assert refusal.about in messages.ERROR_CODES


@given(json_values)
def test_any_report_request_gets_an_answer(value):
    """Law: whatever comes as a request for the report is accepted or refused, never an error."""
    if isinstance(value, dict) and isinstance(value.get("outputFormat"), list | dict):
        value["outputFormat"] = "json"
    assert isinstance(read_report_request(value), ReportRequest | Refusal)
