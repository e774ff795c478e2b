"""Nonsense, in both directions: nothing crashes, hangs or grows, and the next sensible thing is understood."""

import asyncio
import gc
import json
import logging
import random
import time

import aiohttp
import pandas as pd
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.events import Heard, Unknown
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.emotion_logic.server import app, scoring
from emotoolkit.apis.emotion_logic.server.connection import Connection
from emotoolkit.apis.emotion_logic.server.options import Variant
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.decoder import Decoder
from emotoolkit.tables import from_events, traffic

ROW = [1, 0, 0.5, 1.5, 1, *[7.25] * (len(scoring.COLUMNS) - 5)]
LEGAL = messages.handshake(channels=1, background_noise=1000, bits=16, sampling_rate=11_025)

SERVER_SAYS = [
    messages.text(name, value)
    for name, value in (
        (messages.HANDSHAKE_DONE, messages.handshake_done("s", "local measurement")),
        (messages.HANDSHAKE_DONE, messages.failure("channels", "no")),
        (messages.ANALYSIS, messages.analysis(scoring.COLUMNS, [ROW, []])),
        (messages.ANALYSIS, messages.analysis(None, {"0": ROW})),
        (messages.ANALYSIS, messages.analysis_text(scoring.COLUMNS, [ROW])),
        (messages.ANALYSIS, messages.not_ready()),
        (messages.ANALYSIS_ERROR, "words"),
        (messages.COMPLETED, messages.completed()),
        (messages.REPORT, messages.report({"channel-0": {"tags": ["x"]}}, scoring.COLUMNS, [ROW])),
        (messages.REPORT, messages.report_text({"channel-0": {"tags": ["x"]}}, scoring.COLUMNS, [ROW])),
    )
]
CLIENT_SAYS = [
    "2" + messages.text(messages.HANDSHAKE, LEGAL),
    "2" + messages.text(messages.REPORT_REQUESTS[0], messages.report_request(fetch_segments=True)),
    "2" + messages.text(messages.REPORT_REQUESTS[1], messages.report_request(fetch_segments=False, output="text")),
    '51-["audio-stream",{"_placeholder":true,"num":0}]',
    '2["audio-stream","words"]',
    "0",
    "1",
]
SPLINTERS = ["null", "true", "false",
             "-1", "1e999", "NaN", '"', "[", "]", "{", "}", ",", ":", ";", "\\r\\n", "\\", "0", "/", "ü",
             str(2**70), "[" * 40, '"success"', '"data"', "\\ud800", "-", "51-", "_placeholder", '"num":7']  # fmt: skip
WRONG = [None, True, -1, 0.5, float("inf"), 2**70, "", "words", "half \ud800", [], {}, [[]], {"0": [1]}, [None, 1]]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*LEGAL, "x"]), inner, max_size=4),
    max_leaves=8,
)


def broken(whole: str, dice: random.Random) -> str:
    """Break a text in one to three places: cut, leave out, repeat, put a splinter in."""
    for _ in range(dice.randint(1, 3)):
        at, length = dice.randrange(len(whole) + 1), dice.randrange(12)
        match dice.randrange(5):
            case 0:
                whole = whole[:at]
            case 1:
                whole = whole[:at] + whole[at + length :]
            case 2:
                whole = whole[:at] + whole[at : at + length] + whole[at:]
            case 3:
                whole = whole[:at] + dice.choice(SPLINTERS) + whole[at:]
            case 4:
                whole = whole[:at] + dice.choice(SPLINTERS) + whole[at + length :]
    return whole


def misplaced(whole: str, dice: random.Random) -> str:
    """Put a wrong value at a random place of a message that is still JSON."""
    value = json.loads(whole)
    at = value
    while True:
        place = dice.choice(list(at) if isinstance(at, dict) else range(len(at)))
        if not isinstance(at[place], dict | list) or not at[place] or dice.random() < 0.2:
            at[place] = dice.choice(WRONG)
            return json.dumps(value)
        at = at[place]


def decode_nonsense(count: int, seed: int) -> int:
    """Read broken messages, a thousand per decoder, and make tables of each thousand. Returns how many made sense."""
    dice, sense = random.Random(seed), 0
    for begin in range(0, count, 1000):
        decoder = Decoder()
        heard = []
        for _ in range(min(1000, count - begin)):
            spoil = broken if dice.random() < 0.5 else misplaced
            raw = spoil(dice.choice(SERVER_SAYS), dice)
            event = decoder.decode(raw)
            assert event.raw == raw
            heard.append(Heard(0, 0.0, event))
        sense += sum(not isinstance(each.event, Unknown) for each in heard)
        from_events.segments(heard, "x")
        traffic.events(heard, "emotion_logic", lambda session, moment: moment)
    return sense


def resident() -> float:
    """Memory of this process, in MB."""
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


@given(st.integers(0))
def test_broken_messages(seed):
    """Law: whatever a server sends is an event with its text, and a table can be made of it."""
    decode_nonsense(20, seed)


def test_some_nonsense_makes_sense():
    """The broken messages are not all beyond recognition: a good part is still read."""
    assert 300 < decode_nonsense(2000, seed=1) < 1900


@given(
    st.lists(
        st.tuples(
            st.sampled_from([messages.HANDSHAKE, messages.AUDIO, *messages.REPORT_REQUESTS, "else"]),
            st.just(LEGAL) | st.binary(max_size=50) | st.just(b"") | json_values,
        ),
        max_size=12,
    ),
    st.sampled_from([Variant(), Variant(rows="object", notices="yes", success="number", headers="once")]),
)
def test_any_conversation(said, variant):
    """Law: whatever a client says, in whatever order, each answer is a word of the contract that our client reads."""
    conversation, decoder, seconds = Connection("label", variant, Faults()), Decoder(), 0.0
    for name, value in said:
        for answer in conversation.receive(name, value):
            assert not isinstance(decoder.decode(messages.text(*answer)), Unknown)
        assert conversation.seconds >= seconds
        seconds = conversation.seconds


async def say_nonsense(url: str, count: int, seed: int) -> int:
    """Send broken frames over as many connections as it takes; returns how many were sent."""
    dice, sent = random.Random(seed), 0
    async with aiohttp.ClientSession() as http:
        while sent < count:
            async with http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket") as peer:
                await peer.send_str("40")
                listening = asyncio.ensure_future(_drain(peer))
                for _ in range(min(500, count - sent)):
                    if dice.random() < 0.3:
                        await peer.send_bytes(dice.randbytes(dice.randrange(200)))
                    else:
                        await peer.send_str("4" + broken(dice.choice(CLIENT_SAYS), dice))
                    sent += 1
                await peer.send_str("2")
                await peer.close()
                await listening
    return sent


async def _drain(peer):
    async for _ in peer:
        pass


async def still_serves(url: str) -> None:
    """A sensible call is answered as ever."""
    heard = []
    async with EmotionLogic(url=url, timeout=10).connect(heard.append) as session:
        await session.finish()
    assert [json.loads(raw)[0] for raw in heard] == [
        "handshake-done",
        "audio-analysis-completed",
        "analysis-report-ready",
    ]


async def test_nonsense_to_the_server(caplog):
    """Two thousand broken frames later the server serves as before, and has met nothing that it calls an error."""
    async with app.serving() as url:
        await say_nonsense(url, 2000, seed=7)
        await still_serves(url)
    errors = [record.exc_text or record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    # What the library says of a buffer that comes after a disconnection.
    assert [error for error in errors if not error.endswith("Unexpected binary packet")] == []


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_million_broken_messages():
    """A million broken messages: none of them fails, and memory is where it was."""
    decode_nonsense(20_000, seed=0)
    before, began = resident(), time.monotonic()
    count = 1_000_000
    sense = decode_nonsense(count, seed=42)
    grown, took = resident() - before, time.monotonic() - began
    print(f"\ndecoder: {count} broken messages, {sense} still made sense, {took:.0f} s, {grown:+.1f} MB")
    assert grown < 20


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_a_million_broken_frames_to_a_socket(monkeypatch):
    """A million broken frames to a server's socket: it serves on, and its memory is where it was."""
    monkeypatch.setattr(logging.getLogger("engineio.server"), "disabled", True)  # it would print a book
    async with app.serving() as url:
        await say_nonsense(url, 20_000, seed=0)
        before, began = resident(), time.monotonic()
        count = await say_nonsense(url, 1_000_000, seed=42)
        await still_serves(url)
        grown, took = resident() - before, time.monotonic() - began
    print(f"\nserver socket: {count} broken frames, {took:.0f} s, {grown:+.1f} MB")
    assert grown < 20


def test_tables_take_whatever_is_decoded():
    """A table can be made of rows whose columns are of every kind at once."""
    columns = ["index", "startPosSec", "endPosSec", "validSegment", "x"]
    decoder = Decoder()
    cells = [1, None, "words", 1.5, [1], {"a": 1}, True, 10**400, float("inf")]
    raws = [
        messages.text(messages.ANALYSIS, messages.analysis(columns, [[cell, n, n + 1, cell, cell]]))
        for n, cell in enumerate(cells)
    ]
    table = from_events.segments([Heard(0, 0.0, decoder.decode(raw)) for raw in raws], "x")
    assert len(table) == len(cells)
    assert table["index"].tolist()[:2] == [1, pd.NA]
