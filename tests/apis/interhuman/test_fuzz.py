"""Both sides of the wire, given what nobody would say: nothing crashes, hangs or grows."""

from __future__ import annotations

import asyncio
import json
import random
import resource
from datetime import UTC, datetime

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from emotoolkit.apis.base.events import span
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.wire import decoder as reading
from emotoolkit.apis.interhuman.wire import messages, requests, values
from tests.support import footage

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
SCORES = {"quality_index": 61, "clarity": 55.5, "authority": 60, "energy": 70, "rapport": 64, "learning": 56}
SPAN = messages.span("interest", 1.0, 2.0, "low", "words")
TOLD = messages.quality(messages.INCLUDE, SCORES, SCORES, (0, 8), ["energy"])

SAID = [
    (messages.READY, messages.ready("local", messages.MODELS)),
    (messages.UPDATED, messages.updated(messages.INCLUDE)),
    (messages.SIGNAL_DETECTED, messages.signal("interest", 1.0, "low", "words", "audio")),
    (messages.SIGNAL_DETECTED, messages.signals([SPAN, SPAN])),
    (messages.SIGNAL_ENDED, messages.signal_ended("interest", 2.0)),
    (messages.ENGAGEMENT, messages.engagement_window("neutral", 0.0, 8.0)),
    (messages.QUALITY, TOLD),
    (messages.COVERAGE_DROPPED, messages.coverage([(1.0, 2.0)])),
    (messages.ERROR, messages.error("ih5004", segment=2)),
]
CORPUS = [messages.envelope(kind, data, "c", NOW) for kind, data in SAID] + [
    messages.flat(
        messages.RESULT, messages.result([SPAN], [messages.engagement_window("neutral", 0, 8)], TOLD), "c", NOW
    ),
    messages.flat(messages.ERROR, messages.error("ih5004", segment=2), "c", NOW),
    messages.config(messages.INCLUDE, "inter-2"),
    messages.close(),
]
PIECES = [json.dumps(leaf) for leaf in (None, True, -1, 1e308, "", "a", [], {}, [[]], {"a": []})] + list(
    '{}[]:,"\\\x00é'
)


def spoilt(text: str, chance: random.Random) -> str:
    """Cut, double, replace or swap something, a few times."""
    for _ in range(chance.randrange(1, 4)):
        a, b = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        b = min(b, a + 12)
        match chance.randrange(4):
            case 0:
                text = text[:a] + text[b:]
            case 1:
                text = text[:a] + chance.choice(PIECES) + text[b:]
            case 2:
                text = text[:b] + text[a:]
            case _:
                other = chance.choice(CORPUS)
                text = text[:a] + other[a:b] + text[b:]
    return text


def replaced(value, chance: random.Random):
    """The same JSON with something else at one place."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        return {**value, key: replaced(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], replaced(value[at], chance), *value[at + 1 :]]
    return chance.choice([None, True, -1, 10**400, float("nan"), "", "é", [], {}, [None], {"start": "1"}])


def strange(chance: random.Random) -> str:
    text = chance.choice(CORPUS)
    return json.dumps(replaced(json.loads(text), chance)) if chance.random() < 0.5 else spoilt(text, chance)


def read_all(count: int, seed: int) -> None:
    chance, decoder = random.Random(seed), reading.Decoder()
    for number in range(count):
        raw = strange(chance)
        event = decoder.decode(raw)
        assert event.raw == raw
        span(event)
        requests.read_text(raw, messages.MODELS)
        values.read_number(raw, "max_drain_seconds")
        values.read_refusal(raw)
        if number % 1000 == 0:
            decoder = reading.Decoder()


def test_reading():
    """Five thousand strange texts are read as something, on both sides."""
    read_all(5_000, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_reading_a_million():
    """A million of them, and memory stays where it was."""
    read_all(20_000, seed=2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read_all(1_000_000, seed=3)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"\n1,000,000 texts; memory grew by {grown:.1f} MB")
    assert grown < 20


def noise(chance: random.Random) -> bytes:
    """A piece of media, spoilt; or bytes of no meaning."""
    kind = chance.choice(["mp4", "webm", "plain", "avi", "ts"])
    whole = footage.file(kind, 3)
    data = bytearray(chance.choice(footage.pieces(kind, whole, 1)) if kind in ("mp4", "webm") else whole)
    match chance.randrange(3):
        case 0:
            return bytes(data[: chance.randrange(len(data))])
        case 1:
            for _ in range(20):
                data[chance.randrange(len(data))] = chance.randrange(256)
            return bytes(data)
        case _:
            return chance.randbytes(chance.randrange(200))


async def torment(url: str, chance: random.Random) -> None:
    """Have a strange session, and see that the server lives: it acknowledges a config, or has closed in good order."""
    path = chance.choice(messages.PATHS)
    try:
        async with connect(url.replace("http", "ws") + path, max_size=None, max_queue=None, open_timeout=30) as wire:
            for _ in range(chance.randrange(1, 12)):
                await wire.send(strange(chance) if chance.random() < 0.5 else noise(chance))
            await wire.send(messages.close())
            if path != messages.V0_PATH:
                async for raw in wire:
                    assert reading.Decoder().decode(raw).kind != "?"
    except ConnectionClosed:
        pass  # a strange text can be a wish to end
    if path != messages.V0_PATH:
        assert wire.close_code == 1000


@pytest.mark.parametrize("seed", range(3))
async def test_server(seed):
    """Strange sessions, several at once, end as sessions do; afterwards a plain one works."""
    chance = random.Random(seed)
    async with app.serving() as url, asyncio.timeout(100):
        await asyncio.gather(*(torment(url, random.Random(chance.random())) for _ in range(8)))
        async with connect(url.replace("http", "ws") + messages.PATHS[0]) as wire:
            assert json.loads(await wire.recv())["type"] == messages.READY


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_server_for_long():
    """The same with five hundred sessions, and memory stays where it was."""
    chance = random.Random(9)
    async with app.serving() as url:
        for number in range(500):
            if number == 100:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            await torment(url, random.Random(chance.random()))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"\n500 sessions; memory grew by {grown:.1f} MB")
    assert grown < 60
