"""One session of the local server, message by message."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from websockets.asyncio.client import connect

from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.wire import messages
from tests.support import footage
from tests.support.interhuman_streams import PIECES, connected, hear, hear_rest


async def test_ready_comes_first():
    """The first message states the limits, exactly as the contract shows them, and what kind of server this is."""
    async with connected() as wire:
        kind, data = await hear(wire)
    assert kind == "session.ready"
    assert re.fullmatch(r"local measurement \(emotoolkit .+\)", data.pop("server"))
    assert data == {
        "session_idle_timeout_seconds": 300,
        "session_max_duration_seconds": 3600,
        "max_segment_duration_seconds": None,
        "min_segment_size_bytes": 1,
        "max_segment_size_bytes": 33554432,
        "supported_session_config_options": {
            "include": ["conversation_quality_overall", "conversation_quality_timeline"],
            "goal_dimensions": None,
        },
    }


async def test_envelope():
    """Each message has a time in microseconds and the id that the handshake's answer had; a new session, a new id."""
    ids = set()
    for _ in range(2):
        async with connected() as wire:
            await wire.send(messages.config([]))
            envelopes = [json.loads(await wire.recv()) for _ in range(2)]
        ids.add(wire.response.headers["X-Correlation-ID"])
        for envelope in envelopes:
            assert list(envelope) == ["timestamp", "correlation_id", "type", "data"]
            assert envelope["correlation_id"] == wire.response.headers["X-Correlation-ID"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", envelope["timestamp"])
    assert len({uuid.UUID(session) for session in ids}) == 2


async def test_conversation():
    """A session says ready, acknowledges, tells what it finds, closes, and ends with code 1000."""
    async with connected() as wire:
        await wire.send(messages.config(messages.INCLUDE))
        for piece in PIECES:
            await wire.send(piece)
        answers = [(kind, data) for kind, data in await hear_rest(wire)]
    assert wire.close_code == 1000
    assert [kind for kind, _ in answers] == [
        "session.ready",
        "session.updated",
        "engagement.updated",
        "conversation_quality.updated",
        "signal.detected",
        "conversation_quality.updated",
        "signal.ended",
        "conversation_quality.updated",
        "session.closing",
        "conversation_quality.updated",
        "session.ended",
    ]
    assert answers[4][1] == {
        "signal_type": "hesitation",
        "start": 6.0,
        "probability": "medium",
        "rationale": "1.50 s of silence (below −45 dBFS) between speech until 6.00 s and from 7.50 s",
        "modality": ["audio"],
    }
    assert answers[6][1] == {"signal_type": "hesitation", "end": 7.5}
    assert answers[-1][1] == {"reason": "client_shutdown"}


async def test_active_signals_end_on_close():
    """A signal that is active when the client closes gets its end before the session does."""
    async with connected() as wire:
        for piece in footage.pieces("mp4", footage.file("mp4", 8, talk=((0, 2), (3.5, 7))), 3):
            await wire.send(piece)
        answers = [kind for kind, _ in await hear_rest(wire)]
    active = ["signal.detected", "engagement.updated", "signal.ended"]
    assert answers == ["session.ready", "session.closing", *active, "session.ended"]


async def test_config_replaces():
    """Each config replaces the last and is acknowledged, even without a change; unknown wishes are ignored."""
    wishes = [{"include": [messages.TIMELINE]}, {"include": [messages.OVERALL, "horoscope"]}, {}, {}]
    async with connected() as wire:
        await hear(wire)
        for wish in wishes:
            await wire.send(json.dumps(wish))
        answers = [await hear(wire) for _ in wishes]
    assert [kind for kind, _ in answers] == ["session.updated"] * 4
    assert [data["include"] for _, data in answers] == [[messages.TIMELINE], [messages.OVERALL], [], []]


@pytest.mark.parametrize("text", ["{", "[]", '{"model": "inter-2"}', '{"type": "session.open"}', '{"include": 1}'])
async def test_bad_config(text):
    """A text that is no config is refused, and the session lives."""
    async with connected() as wire:
        await hear(wire)
        await wire.send(text)
        kind, data = await hear(wire)
        await wire.send(messages.config([]))
        assert (await hear(wire))[0] == "session.updated"
    assert (kind, data["code"], data["segment"]) == ("error", "ih6001", None)
    assert data["link"].endswith("#ih6001-invalid-session-config")


@pytest.mark.parametrize(
    ("include", "sections"),
    [
        ([], None),
        ([messages.OVERALL], {"measured", "overall"}),
        ([messages.TIMELINE], {"measured", "timeline"}),
        (messages.INCLUDE, {"measured", "overall", "timeline"}),
    ],
)
async def test_quality_as_asked(include, sections):
    """Quality comes in the sections that were asked for, one period a message; unasked it does not come."""
    async with connected() as wire:
        await wire.send(messages.config(include))
        for piece in PIECES:
            await wire.send(piece)
        told = [data for kind, data in await hear_rest(wire) if kind == "conversation_quality.updated"]
    assert {frozenset(data) for data in told} == ({frozenset(sections)} if sections else set())
    if messages.TIMELINE in include:
        spans = [(entry["start"], entry["end"]) for data in told for entry in data["timeline"]]
        assert spans == [(0.0, 8.0), (8.0, 11.0), (11.0, 14.0), (14.0, pytest.approx(15.0, abs=0.05))]


async def test_troubles():
    """What cannot be used is answered with its number, counted from 1, and the session goes on."""
    silent_film, soundtrack = (
        footage.file("mp4", 3, sound=False),
        footage.file("mp4", 3, pictures=False),
    )
    async with connected() as wire:
        await hear(wire)
        await wire.send(PIECES[0])
        for number, (trouble, code) in enumerate(
            [(b"garbage" * 9, "ih5004"), (soundtrack, "ih5001"), (b"moof" * 9, "ih5004"), (bytes(33554433), "ih6002")],
            2,
        ):
            await wire.send(trouble)
            kind, data = await hear(wire)
            assert (kind, data["code"], data["segment"]) == ("error", code, number)
        for _ in range(2):
            await wire.send(silent_film)
        assert "engagement.updated" in [kind for kind, _ in await hear_rest(wire)]


async def test_largest_message():
    """A message of exactly the limit is looked at."""
    async with connected() as wire:
        await hear(wire)
        await wire.send(bytes(messages.MAX_MESSAGE_BYTES))
        assert (await hear(wire))[1]["code"] == "ih5004"


async def test_fault_of_our_own(monkeypatch, caplog):
    """If measuring fails, the client is told so (`ih1001`) and the session ends with 1011."""

    def fail(*_):
        raise KeyError("x")

    monkeypatch.setattr("emotoolkit.apis.interhuman.server.analysis.Analyzer.feed", fail)
    async with connected() as wire:
        await hear(wire)
        await wire.send(PIECES[0])
        assert (await hear(wire))[1]["code"] == "ih1001"
        await wire.wait_closed()
        assert wire.close_code == 1011
    assert "KeyError: 'x'" in caplog.text


async def test_keep(tmp_path):
    """Received messages are kept under the session's id, one file each."""
    async with connected(keep=tmp_path) as wire:
        for piece in PIECES[:2]:
            await wire.send(piece)
        await hear_rest(wire)
    folder = tmp_path / wire.response.headers["X-Correlation-ID"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "00001.bin": PIECES[0],
        "00002.bin": PIECES[1],
    }


async def test_clients_that_just_leave():
    """A client that closes without a word leaves nothing behind that would disturb the next."""
    async with app.serving() as url:
        for _ in range(3):
            async with connect(url.replace("http", "ws") + messages.PATHS[0]) as wire:
                await wire.send(PIECES[0])
                await hear(wire)
