"""The server that plays a journal, heard by the real client over socket.io."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import pytest
import socketio

from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Sent
from emotoolkit.apis.base.playback.access import JournalAccess
from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.emotion_logic.server.playback import serving
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.errors import ServerGone, ServerRefused, ServerUnreachable
from emotoolkit.media.packet import Packet
from tests.support.journals import write

TOKEN = "a-token-of-its-own"
SECOND = bytes(2 * 11_025)
READY = messages.text(messages.HANDSHAKE_DONE, messages.handshake_done("stream", "recorded"))
FIRST, SECOND_ROW = (
    messages.text(messages.ANALYSIS, messages.analysis(["startPosSec", "endPosSec"], [[float(n), n + 0.5]]))
    for n in (0, 1)
)
COMPLETED = messages.text(messages.COMPLETED, messages.completed())
REPORT = messages.text(messages.REPORT, messages.report({"channel-0": {}}))


@asynccontextmanager
async def playing(folder, end="finished", **query):
    """Serve a journal of a session of 2 s; gives the settings to connect with."""
    records = [
        Began("0.1.0", "a.wav", 2.0, "emotion_logic", [{}], 1.0, "2026-01-01T00:00:00+00:00"),
        Opened(0, 0, 0.0, 0.0),
        Received(0, 0.1, READY),
        Sent(0, 0.0, 1.0, 1.0, 1.0, len(SECOND)),
        Received(0, 1.1, FIRST),
        Sent(0, 1.0, 2.0, 2.0, 2.0, len(SECOND)),
        Received(0, 2.1, SECOND_ROW),
        *([Received(0, 2.2, COMPLETED), Received(0, 2.3, REPORT)] if end == "finished" else []),
        Ended(0, 3.0, end),
    ]
    path = write(folder / "a.jsonl", records)
    access = JournalAccess()
    access.register(json.dumps({"token": TOKEN, "place": str(path), "journal": path.name}).encode())
    words = {"token": TOKEN, "journal": path.name, "session": "0"} | query
    async with serving(access) as url:
        yield EmotionLogic(timeout=20).played_at(url, "&".join(f"{name}={value}" for name, value in words.items()))


@pytest.mark.parametrize("packets", [[(0.0, 1.0), (1.0, 2.0)], [(n / 4, (n + 1) / 4) for n in range(8)]])
async def test_messages_follow_the_media(tmp_path, packets):
    """Whatever the packets, each message comes when its media second has been sent, byte for byte."""
    received = []
    async with playing(tmp_path) as settings, settings.connect(received.append) as session:
        assert received == [READY]
        for start, end in packets:
            await session.send(Packet(start, end, SECOND[: int((end - start) * len(SECOND)) // 2 * 2]))
        await session.finish()
    assert received == [READY, FIRST, SECOND_ROW, COMPLETED, REPORT]


async def test_a_server_that_failed_fails_again(tmp_path):
    """A session that broke off is broken off at the same media second, after all its messages."""
    received = []
    async with playing(tmp_path, end="failed") as settings, settings.connect(received.append) as session:
        for start in (0.0, 1.0):
            await session.send(Packet(start, start + 1.0, SECOND))
        with pytest.raises(ServerGone):
            await session.finish()
    assert received == [READY, FIRST, SECOND_ROW]


async def test_a_journal_is_played_over_a_websocket_only(tmp_path):
    """Polling, which the server of measurements takes, is refused here, with the right token as well."""
    async with playing(tmp_path) as settings:
        wire = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError, match="400"):
            await wire.connect(settings.address, transports=["polling"])


@pytest.mark.parametrize("query", [{"token": "another"}, {"journal": "b.jsonl"}, {"session": "one"}])
async def test_only_the_token_of_the_journal(tmp_path, query):
    """Another token, another journal and a session that is none get no message."""
    received = []
    async with playing(tmp_path, **query) as settings:
        with pytest.raises((ServerRefused, ServerUnreachable)):
            async with settings.connect(received.append):
                pass
    assert READY not in received
