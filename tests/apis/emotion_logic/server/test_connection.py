"""The server's side without the wire: the differences table of the contract page (§6, §9), line by line."""

import itertools

import numpy as np
import pytest

from emotoolkit.apis.base.events import Segments
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.server.connection import Connection
from emotoolkit.apis.emotion_logic.server.options import Variant
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder

LEGAL = messages.handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)


def begun(**announced) -> Connection:
    """A conversation whose handshake was accepted."""
    conversation = Connection("label", Variant(), Faults())
    ((name, value),) = conversation.receive(messages.HANDSHAKE, LEGAL | announced)
    assert (name, value["success"]) == (messages.HANDSHAKE_DONE, True)
    return conversation


def names(answers):
    """Names of answers."""
    return [name for name, _ in answers]


def sound(rate: int, bits: int, channels: int) -> bytes:
    """Two stretches of a tone, 1 s and 0.6 s, in any legal form; the second channel is silent."""
    time = np.arange(5 * rate) / rate
    on = ((time >= 0.5) & (time < 1.5)) | ((time >= 3.0) & (time < 3.6))
    samples = np.where(on, 0.5 * np.sin(2 * np.pi * 200 * time), 0.0)
    frames = np.zeros((len(samples), channels))
    frames[:, 0] = samples
    if bits == 8:
        return np.rint(frames * 127 + 128).astype(np.uint8).tobytes()
    return np.rint(frames * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("rate", "bits", "channels"), list(itertools.product(messages.SAMPLING_RATES, (8, 16), (1, 2)))
)
def test_every_legal_form_of_sound(rate, bits, channels):
    """All seven rates, 8 bits and 16, one channel and two: the same two segments at the same seconds (§2.2, §5)."""
    conversation = begun(sampleRate=rate, bitRate=bits, channels=channels)
    data = sound(rate, bits, channels)
    answers = [
        answer
        for at in range(0, len(data), 6615)  # an odd length, as programs in use have it: samples are cut in half
        for answer in conversation.receive(messages.AUDIO, data[at : at + 6615])
    ]
    answers += conversation.receive(messages.AUDIO, b"")
    assert names(answers) == [messages.ANALYSIS, messages.ANALYSIS, messages.COMPLETED]
    events = [Decoder().decode(messages.text(*answer)) for answer in answers]
    found = [segment for event in events if isinstance(event, Segments) for segment in event.segments]
    assert [segment.channel for segment in found] == [0, 0]
    assert [segment.values["index"] for segment in found] == [1, 2]
    for segment, (start, end) in zip(found, [(0.5, 1.5), (3.0, 3.6)], strict=True):
        assert (segment.start, segment.end) == (pytest.approx(start, abs=0.06), pytest.approx(end, abs=0.06))
    assert conversation.seconds == pytest.approx(5.0)


def test_no_sound_at_all():
    """An empty buffer without any sound is answered by success, and the report is empty (§6)."""
    conversation = begun()
    assert conversation.receive(messages.AUDIO, b"") == [(messages.COMPLETED, {"success": True})]
    ((_, report),) = conversation.receive(messages.REPORT_REQUESTS[0], None)
    assert report["data"]["segments"]["data"] == []
    assert report["data"]["reports"]["summary"]["channel-0"]["segmentsCount"] == 0


def test_report_without_the_end_mark():
    """A report request before the empty buffer closes what is open, as was usual before late 2023 (§6)."""
    conversation = begun()
    conversation.receive(messages.AUDIO, sound(11_025, 16, 1)[: 2 * 11_025 * 34 // 10])
    answers = conversation.receive(messages.REPORT_REQUESTS[1], {"fetchSegments": False})
    assert names(answers) == [messages.ANALYSIS, messages.REPORT]
    assert "segments" not in answers[-1][1]["data"]


def test_each_name_of_the_report_is_answered_once():
    """Both names are answered, each once: who asks twice by one name gets one report (§9)."""
    conversation = begun()
    for name in messages.REPORT_REQUESTS:
        assert names(conversation.receive(name, {})) == [messages.REPORT]
        assert conversation.receive(name, {}) == []


def test_the_report_as_text():
    """`outputFormat` of the request decides, whatever the handshake said (§2.4)."""
    conversation = begun(outputType="json")
    ((_, value),) = conversation.receive(messages.REPORT_REQUESTS[0], {"outputFormat": "text"})
    assert value["data"].startswith("report;value\r\n")
    header = value["data"].split("\r\n\r\n")[1]
    assert header == ";".join(scoring.COLUMNS)


@pytest.mark.parametrize(
    ("event", "value", "name", "about"),
    [
        (messages.AUDIO, b"", messages.ANALYSIS_ERROR, "order"),
        (messages.AUDIO, b"\0\0", messages.ANALYSIS_ERROR, "order"),
        (messages.REPORT_REQUESTS[0], {}, messages.REPORT, "order"),
        (messages.HANDSHAKE, LEGAL | {"isPCM": False}, messages.HANDSHAKE_DONE, "isPCM"),
        (messages.HANDSHAKE, None, messages.HANDSHAKE_DONE, "payload"),
    ],
)
def test_what_is_refused_before_the_handshake(event, value, name, about):
    """Each gets our number and a sentence, and a legal handshake afterwards is accepted (§6)."""
    conversation = Connection("label", Variant(), Faults())
    ((said, failure),) = conversation.receive(event, value)
    assert (said, failure["success"], failure["errorCode"]) == (name, False, messages.ERROR_CODES[about])
    assert failure["error"]
    assert conversation.receive(messages.HANDSHAKE, LEGAL)[0][1]["success"] is True


@pytest.mark.parametrize(
    ("event", "value", "name", "about"),
    [
        (messages.HANDSHAKE, LEGAL, messages.HANDSHAKE_DONE, "order"),
        (messages.AUDIO, "words", messages.ANALYSIS_ERROR, "payload"),
        (messages.AUDIO, None, messages.ANALYSIS_ERROR, "payload"),
        (messages.REPORT_REQUESTS[0], {"outputFormat": "xml"}, messages.REPORT, "outputFormat"),
    ],
)
def test_what_is_refused_after_the_handshake(event, value, name, about):
    """Each gets our number and a sentence, and the call goes on (§6)."""
    conversation = begun()
    ((said, failure),) = conversation.receive(event, value)
    assert (said, failure["errorCode"]) == (name, messages.ERROR_CODES[about])
    assert names(conversation.receive(messages.AUDIO, b"")) == [messages.COMPLETED]


def test_sound_after_the_end():
    """Sound behind the end mark is refused; the report stands (§2.3)."""
    conversation = begun()
    conversation.receive(messages.AUDIO, b"")
    ((name, failure),) = conversation.receive(messages.AUDIO, b"\0\0")
    assert (name, failure["errorCode"]) == (messages.ANALYSIS_ERROR, messages.ERROR_CODES["order"])
    assert names(conversation.receive(messages.REPORT_REQUESTS[0], {})) == [messages.REPORT]


def test_other_events_are_passed_over():
    """An event that the contract does not know has no answer."""
    assert begun().receive("segment-please", {}) == []


def test_our_own_numbers():
    """Every number is ours, above 9000, and stands for one thing."""
    numbers = list(messages.ERROR_CODES.values())
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) > 9000
