"""Servers whose times count from the segment that they are about, as the quickstart has it (contract page §3.4)."""

from __future__ import annotations

import json
import math
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

import emotoolkit as emo
from emotoolkit.apis.base.events import ResultBatch, span
from emotoolkit.apis.interhuman.wire import decoder as reading
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.views.view_log import SpanEntry, ViewLog
from tests.support import footage
from tests.support.in_process_server import here

SIGNAL = {"type": "interest", "start": 0.5, "end": 1.5, "probability": "low", "rationale": "as it is in each segment"}
STATE = {"state": "engaged", "start": 0.0, "end": 3.0}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Nine seconds: three segments."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(footage.file("plain", 9))
    return path


@asynccontextmanager
async def telling():
    """A server that says the same of each segment, in seconds of it: in v0 by its number, in v1 when it has come."""

    async def v0(request):
        wire = web.WebSocketResponse(max_msg_size=0)
        await wire.prepare(request)
        number = 0
        async for message in wire:
            if message.type is WSMsgType.BINARY:
                number += 1
                about = {"segment": number, "correlation_id": "c"}
                told = {"status": "result", "signals": [SIGNAL], "engagement_state": [STATE]}
                for said in ({"status": "processing"}, told, {"status": "completed"}):
                    await wire.send_json(said | about)
        return wire

    async def v1(request):
        wire = web.WebSocketResponse(max_msg_size=0)
        await wire.prepare(request)
        async for message in wire:
            if message.type is WSMsgType.BINARY:
                for kind, data in ((messages.SIGNAL_DETECTED, {"signals": [SIGNAL]}), (messages.ENGAGEMENT, STATE)):
                    await wire.send_json({"type": kind, "correlation_id": "c", "data": data})
            elif "session.close" in message.data:
                await wire.close()
        return wire

    app = web.Application()
    app.router.add_get(messages.PATHS[2], v0)
    app.router.add_get(messages.PATHS[0], v1)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def seconds(table):
    return [
        (round(start.total_seconds(), 2), round(end.total_seconds(), 2))
        for start, end in zip(table.index.get_level_values("start"), table.index.get_level_values("end"), strict=True)
    ]


@pytest.mark.parametrize(("path", "speed"), [(messages.PATHS[2], math.inf), (messages.PATHS[0], 2.0)])
def test_offsets_are_added(film, path, speed):
    """What is said of each segment stands at its place in the recording: in the tables, in the view, and in the end."""
    with here(telling()) as server:
        api = emo.Interhuman(url=server.url + path, time_base="segment", timeout=10.0)
        replay = emo.replay(film, api, speed=speed, progress=False)
    assert replay.complete
    assert seconds(replay.signals) == [(0.5, 1.5), (3.5, 4.5), (6.5, 7.5)]
    assert seconds(replay.engagement) == [(0.0, 9.0)]
    assert replay.summary()["answered"] == pytest.approx(9.0, abs=0.1)
    log = ViewLog()
    log.add_records("film", replay.records)
    shown = {round(each.start, 2) for each in log.entries if isinstance(each, SpanEntry)}
    assert {0.5, 3.5, 6.5} <= shown


def test_the_default_is_the_session(film):
    """Otherwise times are taken as they are: those of the session, as all servers known mean them."""
    with here(telling()) as server:
        replay = emo.replay(film, emo.Interhuman(url=server.url + messages.PATHS[2]), speed=math.inf, progress=False)
    assert set(seconds(replay.signals)) == {(0.5, 1.5)}


def test_a_number_counts_more_than_the_order():
    """A result that names its segment is about that one, though others have been sent; a wrong number is none."""
    decoder = reading.Decoder("segment")
    raw = json.dumps({"status": "result", "segment": 1, "signals": [SIGNAL]})
    assert span(decoder.decode(raw)) == (0.5, 1.5)
    for start in (0.0, 3.0, 6.0):
        decoder.sent(start)
    event = decoder.decode(raw)
    assert isinstance(event, ResultBatch)
    assert span(event) == (0.5, 1.5)
    assert span(decoder.decode(raw.replace('"segment": 1', '"segment": 9'))) == (3.5, 4.5)
