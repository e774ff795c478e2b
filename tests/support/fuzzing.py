"""Coverage-guided fuzzing of all that reads what comes from outside: `python -m tests.support.fuzzing TARGET RUNS`.

Atheris watches which branches an input reaches and breeds those that reach new ones. A target fails by raising, by
taking longer than `-timeout`, or by growing beyond `-rss_limit_mb`. `tests/test_fuzzing.py` runs them all.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import atheris
import psutil
from socketio import packet

with atheris.instrument_imports(include=["emotoolkit", "socketio.packet"]):
    from emotoolkit.apis.base import fault_injection, journal, option_words
    from emotoolkit.apis.base.events import shifted, span
    from emotoolkit.apis.emotion_logic.client.socketio import SocketIOAudioPacket, SocketIOPacket
    from emotoolkit.apis.emotion_logic.wire import decoder as voice_decoder
    from emotoolkit.apis.emotion_logic.wire import messages as voice
    from emotoolkit.apis.emotion_logic.wire import text_output
    from emotoolkit.apis.interhuman.wire import containers, requests, values
    from emotoolkit.apis.interhuman.wire import decoder as reading
    from emotoolkit.apis.interhuman.wire import messages as film
    from emotoolkit.errors import SettingsError
from tests.support import start_lines

WARM = 10_000
"""Inputs after which caches are full, and growth is growth."""

ROW = [1, 0, 21.58, 22.12, 1, 7]
COLUMNS = ["index", "channel", "startPosSec", "endPosSec", "validSegment", "energy "]
TREE = {"channel-0": {"edp": {"EDP-Uneasy": 8}, "tags": [], "profile": {"energy": {"averageLevel": 6.5}}}}
VOICE = [
    voice.text(name, value)
    for name, value in [
        (voice.HANDSHAKE_DONE, voice.handshake_done("s", "l")),
        (voice.HANDSHAKE_DONE, voice.failure("licence", "no")),
        (voice.ANALYSIS, voice.analysis(COLUMNS, [ROW, []])),
        (voice.ANALYSIS, voice.analysis(None, {"0": ROW, "1": None})),
        (voice.ANALYSIS, voice.analysis_text(COLUMNS, [ROW])),
        (voice.ANALYSIS, voice.not_ready()),
        (voice.COMPLETED, voice.completed()),
        (voice.REPORT, voice.report(TREE, COLUMNS, [ROW])),
        (voice.REPORT, voice.report_text(TREE, COLUMNS, [ROW])),
        (voice.FILE_ANALYSIS, voice.report(TREE, COLUMNS, [ROW])),
    ]
]
FILM = [
    json.dumps({"timestamp": "t", "correlation_id": "c", "type": kind, "data": data})
    for kind, data in [
        (film.READY, film.ready("l", film.MODELS)),
        (film.UPDATED, film.updated(film.INCLUDE)),
        (film.SIGNAL_DETECTED, film.signal("interest", 1.0, "low", "words", "audio")),
        (film.SIGNAL_DETECTED, film.signals([film.span("interest", 1.0, 2.0, "low", "words")])),
        (film.SIGNAL_ENDED, film.signal_ended("interest", 2.0)),
        (film.ENGAGEMENT, film.engagement_window("neutral", 0.0, 8.0)),
        (film.QUALITY, film.quality(film.INCLUDE, {"energy": 50.0}, {"energy": 50.0}, (0.0, 8.0), ["energy"])),
        (film.COVERAGE_DROPPED, film.coverage([(1.0, 2.0)])),
        (film.ERROR, film.error("ih5004", segment=2)),
        (film.CLOSING, film.closing(3)),
    ]
] + [
    json.dumps({"status": "result", "segment": 1, **film.result([], [film.engagement_window("neutral", 0, 8)], None)}),
    json.dumps({"status": "error", "segment": 1, "error": "words"}),
    json.dumps(film.result([film.span("interest", 1.0, 2.0, None, None)], [], None)),
]
FRAMES = [
    '0{"sid":"x"}',
    "40",
    '42["a",{"b":1}]',
    '451-["audio-stream",{"_placeholder":true,"num":0}]',
    '44{"m":1}',
    "41",
]


MESSAGES = 3
"""Messages of an input that a decoder hears: enough for one to depend on another. Left alone, inputs breed to hundreds
of empty lines, and most of the time goes into those."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _messages(data: bytes) -> list[str]:
    return _text(data).split("\n", MESSAGES)[:MESSAGES]


def voice_messages(data: bytes) -> None:
    """What a client of Emotion Logic hears."""
    decoder = voice_decoder.Decoder()
    for line in _messages(data):
        event = decoder.decode(line)
        assert event.raw == line
        span(shifted(event, 1.0))


def voice_requests(data: bytes) -> None:
    """What its server hears, as JSON."""
    try:
        value = json.loads(_text(data))
    except (ValueError, RecursionError):
        return
    for read in (voice.read_handshake, voice.read_report_request):
        read(value)
    if isinstance(value, dict):
        voice.read_file_request({str(key): str(cell) for key, cell in value.items()})


def voice_tables(data: bytes) -> None:
    """Its text form."""
    text_output.read_table(_text(data))
    with contextlib.suppress(AttributeError, TypeError):  # what the decoder around it takes for Unknown
        text_output.read_report(_text(data))


def voice_frames(data: bytes) -> None:
    """Frames of socket.io, as client and server read them, with a buffer behind those that want one."""
    for kind in (SocketIOPacket, SocketIOAudioPacket):
        for frame in (_text(data), data):
            read = kind(encoded_packet=frame)
            if read.attachment_count:
                assert read.add_attachment(b"sound")
            if read.packet_type != packet.DISCONNECT:  # whose data nobody reads
                assert read.data is None or isinstance(read.data, list | dict | str)


def film_messages(data: bytes) -> None:
    """What a client of Interhuman hears, on a wire and as the answer to an upload."""
    decoder = reading.Decoder()
    for line in _messages(data):
        event = decoder.decode(line)
        assert event.raw == line
        span(shifted(event, 1.0))
        values.read_number(line, "max_drain_seconds")
        values.read_refusal(line)


def film_requests(data: bytes) -> None:
    """What its server hears as text."""
    requests.read_text(_text(data), film.MODELS)
    requests.read_text(_text(data))


def film_containers(data: bytes) -> None:
    """The first look at a binary message, in one piece and in two."""
    containers.detect_container(data)
    for kind in (containers.mp4_parser, containers.matroska_parser):
        whole, halves = kind(), kind()
        try:
            names = whole.feed(data)
        except ValueError:
            continue
        middle = len(data) // 2
        assert halves.feed(data[:middle]) + halves.feed(data[middle:]) == names


def journals(data: bytes) -> None:
    """A journal's line, and words from a shell."""
    line = _text(data)
    try:
        record = journal.from_line(line)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        pass
    else:
        journal.to_line(record)
    try:
        faults = option_words.read_words(fault_injection.Faults, line.split())
    except SettingsError:
        return
    assert repr(start_lines.told(faults)[0]) == repr(faults)  # one that is not a number equals nothing


TARGETS: dict[str, tuple[Callable[[bytes], None], list[str]]] = {
    "voice_messages": (voice_messages, [*VOICE, "\n".join(VOICE[2:5])]),
    "voice_requests": (
        voice_requests,
        [json.dumps(voice.handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11025))],
    ),
    "voice_tables": (voice_tables, [text_output.table(COLUMNS, [ROW]), text_output.report(TREE, COLUMNS, [ROW])]),
    "voice_frames": (voice_frames, FRAMES),
    "film_messages": (film_messages, FILM),
    "film_requests": (film_requests, [film.config(film.INCLUDE, film.MODELS[0]), film.close()]),
    "film_containers": (film_containers, []),
    "journals": (journals, ["drop=12 delay=0.2 lose=3-6", '{"is": "sent", "session": 0}']),
}


def main(name: str, runs: str, *options: str) -> None:
    """Give a target so many inputs; at the last of them, print how long it took, and by how much the process grew."""
    target, seeds = TARGETS[name]
    count, began, before = 0, time.monotonic(), 0

    def once(data: bytes) -> None:
        nonlocal count, before
        count += 1
        if count == WARM:
            before = _resident()
        target(data)
        if count == int(runs):
            print(f"{name}: {count} inputs, {time.monotonic() - began:.0f} s, {_resident() - before:+d} MB", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds):
            (Path(folder) / str(number)).write_text(seed)
        atheris.Setup([name, f"-runs={runs}", f"-artifact_prefix={folder}/", *options, folder], once)
        atheris.Fuzz()  # does not return


def _resident() -> int:
    return psutil.Process().memory_info().rss >> 20


if __name__ == "__main__":
    main(*sys.argv[1:])
