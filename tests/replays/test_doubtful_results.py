"""Results that are missing, or whose times cannot be, are said aloud: of a replay, of its journal, and of a run."""

import asyncio
import json
import math
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from websockets.asyncio.server import serve

import emotoolkit as emo
from emotoolkit import Replay
from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Reference, Sent
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import ImpossibleTimesWarning, NothingAnsweredWarning, NoticeWarning

INF = {"speed": math.inf, "progress": False}


def replay(*raws, packets=5, length=3.0, received=None, **settings):
    """A replay in which this was said after all packets."""
    told = {"url": "ws://127.0.0.1:1/v1/stream/analyze", "time_base": "session"} | settings
    sent = [Sent(0, n * length, (n + 1) * length, None, n * 0.1, 9) for n in range(packets)]
    heard = [Received(0, 9.0 if received is None else received, json.dumps(raw)) for raw in raws]
    began = Began("0", "f.wav", packets * length, "interhuman", [told], 1.0, "2026-01-01T00:00:00+00:00")
    clock = Reference(0.0, 0.0, 1.0, True, "start")
    return Replay((began, Opened(0, 0, 0.0, 0.0), clock, *sent, *heard, Ended(0, 70.0, "finished")), Path("j.jsonl"))


def say(kind, number=0, **data):
    """A message of Interhuman's."""
    return {"type": kind, "timestamp": str(number), "data": data}


def signals(*spans):
    """A message for each signal."""
    return [
        say("signal.detected", n, signal_type="interest", start=start, end=end) for n, (start, end) in enumerate(spans)
    ]


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ([(0.5, 2.0)] * 4, ["relative"]),
        ([(2.0, 0.5), (9.0, 12.0)], ["backwards"]),
        ([(500.0, 501.0)], ["behind"]),
        ([(0.5, 2.0), (9.0, 12.0)], []),
    ],
)
def test_impossible_times(said, how):
    """Times that cannot be are kept, and said with the number and what to set."""
    made = replay(*signals(*said))
    told = made.notices()
    assert [each.how for each in told if isinstance(each, ImpossibleTimesWarning)] == how
    assert len(made.signals) == len(said)
    suspect = [all(how) and (end < start or start > 16 or how == ["relative"]) for start, end in sorted(said)]
    for table in (made.signals, made.tracks):
        assert table["suspect"].tolist() == [bool(how) and each for each in suspect]
    if how == ["relative"]:
        assert 'time_base="segment" puts them where they belong' in str(told[0])
        assert "None of the 4 results" in str(told[0])
        assert replay(*signals(*said), packets=4, time_base="segment").notices() == []


@pytest.mark.parametrize(
    ("said", "received", "silent"),
    [
        ([], None, True),
        ([say("session.ready")], 0.0, True),
        ([say("session.updated")], 0.0, True),
        ([say("weather.updated", x=1)], None, True),
        ([say("session.ended")], None, True),
        ([say("session.closing")], None, True),
        ([say("error", message="no")], None, True),
        (signals((0.5, 9.0)), None, False),
        ([say("engagement.updated", state="engaged", start=0.0)], None, False),
    ],
)
def test_silent_ends(said, received, silent):
    """A session that ends without any result is no plain success, however it ended."""
    told = [each for each in replay(*said, received=received).notices() if isinstance(each, NothingAnsweredWarning)]
    assert len(told) == silent
    if silent:
        assert "no result for 'f.wav': 15.0 s of media were sent" in str(told[0])


@contextmanager
def late(silence):
    """A server without ready and closing, whose only answer comes this long after the end; None for never."""

    async def script(wire):
        async for message in wire:
            if message == messages.close() and silence is not None:
                await asyncio.sleep(silence)
                await wire.send(json.dumps(signals((0.5, 4.0))[0]))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_serving(script), loop).result()
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serving(script):
    return await serve(script, "127.0.0.1", 0, max_size=None)


@pytest.fixture
def short(tmp_path):
    """A clip of 6 s, as corpora of emotion have them."""
    from tests.support import footage

    path = tmp_path / "short.webm"
    path.write_bytes(footage.file("webm", 6))
    return path


def test_a_late_first_answer(short):
    """A server that answers long after the last segment of a short clip gives its answers."""
    with late(2.5) as url, warnings.catch_warnings():
        warnings.simplefilter("error", NoticeWarning)
        made = emo.replay(short, emo.Interhuman(url=url, timeout=0.5, warm_up=20.0), **INF)
    assert len(made.signals) == 1


def test_no_answer_at_all(short, tmp_path):
    """One that never says anything is a notice, in a replay and in a run, and nothing is sent again."""
    with late(None) as url:
        api = emo.Interhuman(url=url, timeout=0.5, warm_up=1.5)
        with pytest.warns(NothingAnsweredWarning, match="replay it with warm_up=3"):
            emo.replay(short, api, **INF)
        run = emo.replay_dataset(pd.DataFrame({"file": [str(short)]}), api, folder=tmp_path / "run", **INF)
    assert run.summary["status"].tolist() == ["done, with notices"]
    assert run.notices["notice"].tolist() == ["NothingAnsweredWarning"]
