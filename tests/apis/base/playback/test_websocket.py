"""Journals played over a WebSocket: which message comes when, with which token, and how it ends."""

from __future__ import annotations

import json

import pytest
from aiohttp import WSMsgType
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Sent
from emotoolkit.apis.base.playback.access import JournalAccess
from emotoolkit.apis.base.playback.script import Moment, Stage
from emotoolkit.apis.base.playback.websocket import serving_playback
from tests.support.journals import write

TOKEN = "a-token-of-its-own"
STAGES = {"done": Stage.LAST}


class Progress:
    """A byte is a second."""

    seconds = 0.0
    closed = 0

    def receive(self, message):
        if message.type is WSMsgType.BINARY:
            self.seconds += len(message.data)
            return Moment(Stage.MEDIA, self.seconds)
        return Moment(Stage.LAST) if message.data == "end" else None

    def close(self):
        Progress.closed += 1


def played(path, end):
    """Serve a journal of a session of 2 s that ended so."""
    said = [Received(0, 0.1, "hello"), Sent(0, 0.0, 1.0, 1.0, 1.0, 1), Received(0, 1.1, "one")]
    said += [Sent(0, 1.0, 2.0, 2.0, 2.0, 1), Received(0, 2.1, "two"), Received(0, 2.2, "done")]
    began = Began("0.1.0", "a.wav", 2.0, "moods", [{}], 1.0, "2026-01-01T00:00:00+00:00")
    write(path, [began, Opened(0, 0, 0.0, 0.0), *said, Ended(0, 3.0, end)])
    access = JournalAccess()
    access.register(json.dumps({"token": TOKEN, "place": str(path), "journal": path.name}).encode())
    return serving_playback(access, lambda raw: STAGES.get(raw, Stage.MEDIA), Progress, ["/stream"])


def session_address(url, path, **words):
    """Give the address that plays a journal."""
    told = {"token": TOKEN, "journal": path.name, "session": "0"} | words
    return url.replace("http", "ws") + "/stream?" + "&".join(f"{name}={value}" for name, value in told.items())


@pytest.mark.parametrize(("end", "code"), [("finished", 1000), ("failed", 1001)])
async def test_messages_follow_the_media(tmp_path, end, code):
    """The greeting comes at once, each answer after its media, the last after the client's last; then the end."""
    path, closed = tmp_path / "a.jsonl", Progress.closed
    async with played(path, end) as url, connect(session_address(url, path)) as wire:
        assert await wire.recv() == "hello"
        await wire.send("what the client says meanwhile")
        await wire.send(b"1")
        assert await wire.recv() == "one"
        await wire.send(b"2")
        assert await wire.recv() == "two"
        await wire.send("end")
        assert await wire.recv() == "done"
        with pytest.raises(ConnectionClosed):
            await wire.recv()
        assert wire.close_code == code
    assert Progress.closed == closed + 1


@pytest.mark.parametrize("words", [{"token": "another"}, {"journal": "b.jsonl"}, {"session": "one"}])
async def test_other_requests_are_refused(tmp_path, words):
    """Another token, journal or session gets the answer 404."""
    path = tmp_path / "a.jsonl"
    async with played(path, "finished") as url:
        with pytest.raises(InvalidStatus, match="404"):
            await connect(session_address(url, path, **words))
