"""What users see of each fault: tables, summary, and the sentence of the exception. Through the real client."""

from __future__ import annotations

import math
import os
import re
import time
from contextlib import contextmanager

import pandas as pd
import psutil
import pytest

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import error_codes
from emotoolkit.errors import ServerFault, ServerGone, ServerRefused, ServerSilent
from emotoolkit.replays import worker_client
from tests.support import footage
from tests.support.in_process_server import here

TALK = ((0.5, 6.0), (7.5, 12.0))
RESULTS = ("signals", "engagement", "quality")
BOUND = 60.0
"""Seconds within which each of these replays is over, whatever the server does and however busy the machine is."""

soak = pytest.mark.soak


def one_of_each(codes, kind):
    """These codes; in `make test` the first of each kind."""
    first = {kind(code): code for code in reversed(codes)}
    return [pytest.param(code, marks=[] if first[kind(code)] == code else soak) for code in codes]


ENDING = one_of_each(
    [code for code in error_codes.ERRORS if code in error_codes.CLOSE_CODES], error_codes.CLOSE_CODES.get
)
ENDING_NOTHING = one_of_each(
    [*(code for code in error_codes.ERRORS if code not in error_codes.CLOSE_CODES), "ih9999"], lambda code: code[:3]
)
"""Errors, by the close code that follows and by their thousand."""


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Fifteen seconds with two pauses."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(footage.file("plain", 15, talk=TALK))
    return path


@pytest.fixture(scope="module")
def short_film(tmp_path_factory):
    """Nine seconds with one pause."""
    path = tmp_path_factory.mktemp("film") / "short.mp4"
    path.write_bytes(footage.file("plain", 9, talk=((0.5, 3.0), (4.5, 8.5))))
    return path


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    """More than a silent server may leave unanswered."""
    path = tmp_path_factory.mktemp("film") / "long.mp4"
    path.write_bytes(footage.file("plain", 36, talk=TALK))
    return path


def fast(film, url: str, **settings) -> emo.Replay:
    """Replay as fast as it goes, in bounded time."""
    before = time.monotonic()
    try:
        return emo.replay(film, emo.Interhuman(url=url, **settings), speed=math.inf, progress=False)
    finally:
        assert time.monotonic() - before < BOUND


@pytest.fixture(scope="module")
def sound(film):
    """The replay without any fault, through a server in a process of its own."""
    with app.serve() as local:
        return fast(film, local.url)


@pytest.fixture(scope="module")
def short_sound(short_film):
    """The same of the short film."""
    with here(app.serving()) as local:
        replay = fast(short_film, local.url)
    assert len(replay.signals) == 1
    return replay


@contextmanager
def faulty(**faults):
    """A server with faults; afterwards no session of it is open on either side."""
    with here(app.serving(Options(faults=Faults(**faults)))) as local:
        yield local
        port = int(local.url.rpartition(":")[2])
        deadline = time.monotonic() + 30
        while left := _connections(port, os.getpid()):
            assert time.monotonic() < deadline, left
            time.sleep(0.02)


def _connections(port: int, *pids: int) -> list:
    open_ones = [
        each for pid in (*pids, worker_client.shared().pid) for each in psutil.Process(pid).net_connections("tcp")
    ]
    return [
        each
        for each in open_ones
        if each.status == psutil.CONN_ESTABLISHED and port in (each.laddr.port, each.raddr.port)
    ]


def same_results(replay: emo.Replay, sound: emo.Replay) -> None:
    for name in RESULTS:
        pd.testing.assert_frame_equal(getattr(replay, name), getattr(sound, name))


def begins_like(replay: emo.Replay, sound: emo.Replay) -> None:
    """What arrived is the beginning of what arrives without a fault."""
    kinds = [kind for kind in replay.events["kind"] if kind != "error"]
    assert kinds == sound.events["kind"].tolist()[: len(kinds)]


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"delay": 0.3}, marks=soak),
        pytest.param({"jitter": 0.3, "seed": 3}, marks=soak),
        {"delay": 0.1, "jitter": 0.2},
    ],
)
def test_late(film, sound, faults):
    """Late answers are all waited for; that they were late is in the latencies."""
    with faulty(**faults) as local:
        replay = fast(film, local.url)
    assert replay.complete
    same_results(replay, sound)
    assert replay.events["kind"].tolist() == sound.events["kind"].tolist()


def test_delay_does_not_add_up(film):
    """Each answer is late by the delay, not by the delays of all before it."""
    with faulty(delay=3.0) as local:
        replay = fast(film, local.url)
    received = replay.events["received"]
    assert received.max() - received.min() < 20.0, "ten times 3 s would be 30"


def test_a_process_with_faults(film):
    """Faults reach a server in a process of its own, which is gone afterwards."""
    with app.serve(faults=Faults(drop=9.0, close_frame=False)) as local, pytest.raises(ServerGone, match="1006"):
        fast(film, local.url)
    assert not local.alive
    assert not psutil.pid_exists(local.pid)


def test_refuse(film):
    """A server that lets nobody in is a refusal, with its code and the number under which it knows the attempt."""
    with faulty(refuse=True) as local, pytest.raises(ServerRefused) as caught:
        fast(film, local.url)
    assert caught.value.code == "ih1003"
    assert "declined the session: no backend is there for the model (code ih1003). Nothing was sent." in str(
        caught.value
    )
    assert f"Its number there is {caught.value.correlation_id}." in str(caught.value)
    assert caught.value.replay.summary()["sent"] == 0


@pytest.mark.parametrize(("close_frame", "code"), [(True, 1001), (False, 1006)])
def test_drop(film, sound, close_frame, code):
    """A connection that ends at 9 s, properly or like a cut cable, is gone; what had arrived is kept."""
    with faulty(drop=9.0, close_frame=close_frame) as local, pytest.raises(ServerGone) as caught:
        emo.replay(film, emo.Interhuman(url=local.url), speed=4.0, progress=False)
    said = rf"closed the connection after (9|12)\.0 s of media \(close code {code}\)\. It is the server's"
    assert re.search(said, str(caught.value))
    replay = caught.value.replay
    begins_like(replay, sound)
    assert round(replay.summary()["sent"]) in {9, 12}
    assert replay.summary()["errors"] == 1
    assert math.isnan(replay.summary()["latency_p50"])
    assert not replay.complete


def test_silent(long_film):
    """A server that answers nothing from 12 s on has not ended: it is silent, and what it had said is kept."""
    with faulty(silent=12.0) as local, pytest.raises(ServerSilent) as caught:
        fast(long_film, local.url, timeout=3.0)
    assert "did not answer 'session.close' within 6 s. Is it the right kind of server?" in str(caught.value)
    replay = caught.value.replay
    assert replay.summary()["answered"] == pytest.approx(8.0, abs=0.1)
    assert replay.summary()["unanswered_tail"] == pytest.approx(28.0, abs=0.2)
    assert len(replay.quality) == 2
    assert not replay.complete


def test_silent_from_the_start(long_film):
    """The same for one that never says a word."""
    with faulty(silent=0.0) as local, pytest.raises(ServerSilent) as caught:
        fast(long_film, local.url, timeout=3.0, warm_up=3.0)
    assert len(caught.value.replay.events) == 0


def test_shuffle(film, sound):
    """Answers out of order are all there; states and periods are in their places."""
    with faulty(shuffle=3, seed=1) as local:
        replay = fast(film, local.url, timeout=5.0)
    assert replay.complete
    assert sorted(replay.events["kind"]) == sorted(sound.events["kind"])
    assert replay.events["kind"].tolist() != sound.events["kind"].tolist()
    pd.testing.assert_frame_equal(replay.engagement, sound.engagement)
    pd.testing.assert_frame_equal(
        replay.quality.sort_values("scope", kind="stable").sort_index(),
        sound.quality.sort_values("scope", kind="stable").sort_index(),
    )


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=soak), pytest.param(2, marks=soak)])
def test_shuffled_signals(film, sound, seed):
    """A signal whose end comes before its beginning still has both ends."""
    with faulty(shuffle=11, seed=seed) as local:
        replay = fast(film, local.url, timeout=5.0)
    pd.testing.assert_frame_equal(replay.signals, sound.signals)


def test_twice(film, sound):
    """What is said twice counts once; both are in `events`."""
    with faulty(twice=True) as local:
        replay = fast(film, local.url)
    assert replay.complete
    same_results(replay, sound)
    assert len(replay.events) == 2 * len(sound.events)
    assert replay.summary()["errors"] == 0


@pytest.mark.filterwarnings("ignore::emotoolkit.errors.UnreadWarning")  # it is said, if its kind can still be read
@pytest.mark.parametrize("number", [1, 4, pytest.param(2, marks=soak)])
def test_tear(film, sound, number):
    """A message cut in the middle is kept as it came, and costs nothing but itself."""
    with faulty(tear=number) as local:
        replay = fast(film, local.url, timeout=1.0)
    assert replay.complete
    torn = replay.events.query("kind == '?'")
    assert len(torn) == 1
    assert torn.index[0] == (0, number - 1)
    assert len(torn["raw"].iloc[0]) > 20
    assert replay.events["kind"].drop(torn.index).tolist() == sound.events["kind"].drop(torn.index).tolist()


def test_unknown(film, sound):
    """Messages of a kind that nobody knows are kept, and change nothing."""
    with faulty(unknown=True) as local:
        replay = fast(film, local.url)
    assert replay.complete
    same_results(replay, sound)
    assert (replay.events["kind"] == "weather.updated").sum() == len(sound.events)


def test_flood(film, sound):
    """Ten thousand messages at once all arrive, and what follows them too."""
    with faulty(flood=10_000) as local:
        replay = fast(film, local.url)
    assert replay.complete
    same_results(replay, sound)
    assert len(replay.events) == len(sound.events) + 10_000


def test_slow(film, sound):
    """A server that reads slowly holds up a replay without a pace, and loses nothing."""
    with faulty(slow=0.3) as local:
        replay = fast(film, local.url)
    assert replay.complete
    same_results(replay, sound)


@pytest.mark.parametrize("code", ENDING)
def test_errors_at_once(short_film, code):
    """An error that ends a session at its beginning is a refusal, with code, words and the server's number."""
    with faulty(error=code) as local, pytest.raises(ServerRefused) as caught:
        fast(short_film, local.url)
    assert f"declined the session: {error_codes.ERRORS[code][1]} (code {code}). Nothing was sent." in str(caught.value)
    assert caught.value.replay.events["kind"].tolist() == ["error"]
    assert caught.value.correlation_id in caught.value.replay.events["raw"].iloc[0]


@pytest.mark.parametrize(
    "code", ["ih1001", "ih3006", pytest.param("ih6004", marks=soak), pytest.param("ih2014", marks=soak)]
)
def test_errors_in_the_middle(film, sound, code):
    """The same at 9 s of media is the server's fault, and what had arrived is kept."""
    with faulty(error=code, error_at=9.0) as local, pytest.raises(ServerFault) as caught:
        emo.replay(film, emo.Interhuman(url=local.url), speed=4.0, progress=False)
    said = rf"reports a fault after (9|12)\.0 s of media: {re.escape(error_codes.ERRORS[code][1])} \(code {code}\)\."
    assert re.search(said, str(caught.value))
    begins_like(caught.value.replay, sound)
    assert caught.value.replay.faults[0].code == code
    assert caught.value.replay.summary()["errors"] == 2  # the message, and the end that it brought


@pytest.mark.parametrize("code", ENDING_NOTHING)
def test_errors_that_end_nothing(short_film, short_sound, code):
    """An error without a close is one message more; the replay is whole and says that there was one."""
    with faulty(error=code, error_at=3.0) as local:
        replay = fast(short_film, local.url)
    assert replay.complete
    same_results(replay, short_sound)
    assert [fault.code for fault in replay.faults] == [code]
    assert replay.summary()["errors"] == 1
