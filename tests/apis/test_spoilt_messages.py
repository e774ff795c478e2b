"""Servers that send nonsense through a real socket: it costs itself alone, is counted, and ends nothing."""

from __future__ import annotations

import gc
import itertools
import math
import os
import random
import time
import warnings
from contextlib import contextmanager

import pandas as pd
import psutil
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.apis.base.events import Coverage, Quality, Results, Segments, SignalSpans, Unknown, Unread
from emotoolkit.apis.interhuman.wire import messages as film
from emotoolkit.errors import EmotoolkitError, InternalError, NoticeWarning
from emotoolkit.replays import worker_client
from tests.support import scripted_emotion_logic, scripted_interhuman, spoilt_messages
from tests.support.media_files import film as make_film
from tests.support.scripted_emotion_logic import Scripted
from tests.support.spoilt_messages import (
    DEEP,
    FILM,
    FILM_BEGINNINGS,
    FILM_ENDS,
    LONG,
    VOICE,
    VOICE_BEGINNINGS,
    VOICE_ENDS,
)

INF = {"speed": math.inf, "progress": False}
GROWTH_MB = 100

ENDS = ('["audio-analysis-completed",{"success":true}]', scripted_interhuman.say(film.CLOSING))
"""The servers' own ends, behind what is spoilt."""


class Voice(Scripted):
    """An Emotion Logic that says what it was given: before its own handshake, at the end mark, and before its ends."""

    def __init__(self):
        super().__init__()
        self.first, self.middle, self.last = [], [], []

    async def shake_hands(self, sid):
        await self.say(sid, self.first)
        await super().shake_hands(sid)

    async def complete(self, sid):
        await self.say(sid, [*self.middle, *self.last])
        await super().complete(sid)

    async def say(self, sid, texts):
        wire = self.server.manager.eio_sid_from_sid(sid, "/")
        for text in texts:
            await self.server.eio.send(wire, "2" + text)


class Film:
    """An Interhuman that does so: before its own `session.ready`, at `session.close`, and before its ends."""

    def __init__(self):
        self.first, self.middle, self.last = [], [], []

    def __call__(self, connection):
        for text in [*self.first, scripted_interhuman.say(film.READY)]:
            connection.send(text)
        scripted_interhuman.media_until_close(connection)
        for text in (*self.middle, *self.last):
            connection.send(text)
        scripted_interhuman.end(connection)


@contextmanager
def voice(folder):
    """A server, a recording, and the settings to send it there."""
    server, path = Voice(), folder / "a.wav"
    soundfile.write(path, [0.0] * 11_025, 11_025)
    with scripted_emotion_logic.serving(server) as url:
        yield server, emo.Recording(path), emo.EmotionLogic(url=url, timeout=20.0)


@contextmanager
def film_of_a_second(folder):
    """The same of Interhuman."""
    server, path = Film(), make_film(folder / "a.mp4", "libx264", "aac", seconds=3.0)
    with scripted_interhuman.serving(server) as url:
        yield server, emo.Recording(path), emo.Interhuman(url=url, timeout=20.0)


SIDES = {
    "voice": (voice, VOICE, VOICE_BEGINNINGS, VOICE_ENDS),
    "film": (film_of_a_second, FILM, FILM_BEGINNINGS, FILM_ENDS),
}


def replayed(recording, api):
    """The replay, and the error that ended it; nothing that emotoolkit itself did wrong."""
    player = emo.Player(recording, api, speed=math.inf).start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoticeWarning)
        try:
            (replay,), problem = player.wait(100), None
        except EmotoolkitError as caught:
            replay, problem = caught.replays[0], caught
    assert not isinstance(problem, InternalError), str(problem)[:1000]
    replay.journal.unlink()
    return replay, problem


def check(replay, batch):
    """All of a batch has arrived in order; its good entries are in the tables; each bad one is counted."""
    in_tables = check_tables(replay)
    events = [each.event for each in replay._decoded.received_events]
    last = max(n for n, event in enumerate(events) if event.raw in ENDS)
    for spoilt, event in zip(batch, events[last - len(batch) : last], strict=True):
        assert {str(mark) for mark in spoilt.kept} <= in_tables, spoilt.raw[:1000]
        assert spoilt.entries in (None, rows(event)), spoilt.raw[:1000]
        assert not spoilt.named or type(event) is not Unknown, spoilt.raw[:1000]


def check_tables(replay):
    """Tables are sane, and unread messages counted; returns the marks in them."""
    tables = [replay.segments, replay.signals, replay.engagement, replay.quality, replay.coverage]
    for table in tables:
        check_sane(table)
    unread = [each for heard in replay._decoded.received_events for each in parts(heard.event) if type(each) is Unread]
    assert replay.summary()["unread"] == len(replay.unread) == len(unread)
    return _marks(*tables)


def parts(event):
    """The events of one message."""
    return [part for each in event.events for part in parts(each)] if isinstance(event, Results) else [event]


def rows(event):
    """How many rows an event makes, and how many more could not be read."""
    return sum(_rows(part) for part in parts(event))


def _rows(event):
    match event:
        case Segments(segments=found) | SignalSpans(spans=found) | Quality(timeline=found) | Coverage(ranges=found):
            return len(found)
    return int(isinstance(event, Unread))


def _marks(segments, signals, engagement, quality, coverage):
    found = [signals["rationale"], quality["energy"] if "energy" in quality else pd.Series(dtype=float)]
    found += [segments["energy"]] if "energy" in segments else []
    starts = coverage.index.get_level_values("start").total_seconds()
    return {str(mark) for column in found for mark in column.dropna()} | {str(round(start, 6)) for start in starts}


def check_sane(table):
    """A table can be written and read, and its times are times."""
    assert table.index.get_level_values("start").notna().all()
    table.reset_index().to_csv().encode()
    for name in table.columns:
        assert not pd.api.types.is_object_dtype(table[name]) or table[name].map(type).isin((str, type(None))).all()


def sessions(side, chance, size):
    """What is said in one session each: a batch in its middle; or a little at its beginning and its end, too."""
    _, kinds, beginnings, ends = SIDES[side]
    middle, first, last = (spoilt_messages.some(each, chance) for each in (kinds, beginnings, ends))
    while True:
        yield [], [*itertools.islice(middle, size)], []
        for _ in range(5):
            yield [next(first)], [*itertools.islice(middle, 20)], [next(last)]


def spoil(side, server, recording, api, chance, count, size):
    """Have sessions until so many messages have been sent; returns how many were, in how many sessions, and errors."""
    sent = number = failed = 0
    for first, middle, last in sessions(side, chance, size):
        server.first, server.middle, server.last = ([each.raw for each in batch] for batch in (first, middle, last))
        replay, problem = replayed(recording, api)
        if problem is None:
            check(replay, [*middle, *last])
        else:
            failed += 1
            check_tables(replay)
        sent, number = sent + len(first) + len(middle) + len(last), number + 1
        if sent >= count:
            return sent, number, failed
    raise AssertionError


@pytest.mark.parametrize("side", SIDES)
def test_every_field(side, tmp_path):
    """Each field of each kind, by each of some values: what is beside it is in the tables, and it is counted."""
    serve, kinds, *_ = SIDES[side]
    batch = list(spoilt_messages.every(kinds))[::7]
    with serve(tmp_path) as (server, recording, api):
        server.middle = [each.raw for each in batch]
        replay, problem = replayed(recording, api)
    assert problem is None
    check(replay, batch)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("token", [DEEP, LONG], ids=["deep", "long"])
def test_much(side, token, tmp_path):
    """A hundred thousand nested lists, and ten million letters, cost no entry beside them."""
    serve, kinds, *_ = SIDES[side]
    name, path = {
        "voice": ("analysis", (1, "data", "channels", 1, 5)),
        "film": ("signals", ("data", "signals", 1, "end")),
    }[side]
    batch = [kinds[name].spoilt(path, token, spoilt_messages.marks(1))]
    with serve(tmp_path) as (server, recording, api):
        server.middle = [each.raw for each in batch]
        replay, problem = replayed(recording, api)
    assert problem is None
    check(replay, batch)


@pytest.mark.parametrize("side", SIDES)
def test_beginnings_and_ends(side, tmp_path):
    """Spoilt handshakes, errors, reports and ends: a session ends in order or in a sentence, with what had arrived."""
    serve, *_ = SIDES[side]
    with serve(tmp_path) as (server, recording, api):
        _, number, failed = spoil(side, server, recording, api, random.Random(3), 240, 100)
    assert failed < number


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("side", SIDES)
def test_half_a_million(side, tmp_path):
    """Half a million on each wire, and memory is where it was. `MESSAGES` takes another number."""
    serve, *_ = SIDES[side]
    count = int(os.environ.get("MESSAGES", "500000"))
    with serve(tmp_path) as (server, recording, api):
        spoil(side, server, recording, api, random.Random(1), 20_000, 2000)
        before, began = resident(), time.monotonic()
        sent, number, failed = spoil(side, server, recording, api, random.Random(2), count, 2000)
        took, after = time.monotonic() - began, resident()
    growth = {name: after[name] - before[name] for name in after}
    print(
        f"\n{side}: {sent} messages, {number} sessions, {failed} ended in a sentence, {took:.0f} s, growth {growth} MB"
    )
    assert max(growth.values()) < GROWTH_MB


def resident():
    """Megabytes of this process and of the one that sends."""
    gc.collect()
    processes = {"notebook": psutil.Process(), "worker": psutil.Process(worker_client.shared().pid)}
    return {name: process.memory_info().rss >> 20 for name, process in processes.items()}
