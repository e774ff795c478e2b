"""Every fault that the local server can be told to commit, and what a client then has and says."""

import asyncio
import math
import time

import pandas as pd
import psutil
import pytest

import emotoolkit as emo
from emotoolkit.apis.base.events import Fault, Unknown
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.errors import ServerFault, ServerGone, ServerRefused, ServerSilent, SettingsError
from tests.support.voices_of_speakers import converse

LONG = 30.0
"""Seconds that nothing here may take, on a busy machine: every patience is 2 s at most, socket.io's own is 45 s."""


@pytest.fixture(autouse=True)
def prompt_and_tidy():
    """No fault holds the client for long, and none leaves a socket, a task or a process behind."""
    here = psutil.Process()
    before = len(here.net_connections())
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONG
    deadline = time.monotonic() + 20.0
    while len(here.net_connections()) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(here.net_connections()) <= before


@pytest.fixture(scope="module")
def whole(talk):
    """What the talk gives when nothing goes wrong."""
    return asyncio.run(converse(talk))


def starts(segments):
    """Beginnings of segments, in seconds."""
    return list(segments.index.get_level_values("start").total_seconds())


async def alone():
    """Only this task is left in the loop, and the library's server waiting to send its next ping."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return {task.get_coro().__qualname__ for task in others} <= {"AsyncSocket._send_ping"}


@pytest.mark.parametrize(
    "faults",
    [
        *(
            pytest.param(alone, marks=pytest.mark.soak)
            for alone in (Faults(delay=0.05), Faults(shuffle=3, seed=1), Faults(twice=True), Faults(unknown=True))
        ),
        Faults(delay=0.01, jitter=0.05, seed=3),
        Faults(slow=0.005),
        Faults(delay=0.02, shuffle=4, twice=True, unknown=True, flood=7, seed=5),
    ],
    ids=repr,
)
async def test_harmless(talk, whole, faults):
    """Late, out of order, twice, with something unknown between, read slowly: the tables are the same."""
    outcome = await converse(talk, faults=faults)
    assert outcome.error is None
    pd.testing.assert_frame_equal(outcome.segments, whole.segments)
    assert outcome.report == whole.report
    assert await alone()


async def test_twice_is_heard_twice(talk, whole):
    """Each answer that comes twice is kept twice as a message, and once as a segment."""
    outcome = await converse(talk, faults=Faults(twice=True))
    assert len(outcome.raw) == 2 * len(whole.raw)


async def test_unknown_is_kept(talk, whole):
    """Messages of a kind that nobody knows are kept as such."""
    outcome = await converse(talk, faults=Faults(unknown=True))
    assert sum(isinstance(event, Unknown) for event in outcome.events) == len(whole.raw)


async def test_refuse(talk):
    """A server that takes no connection is named, with its own words."""
    outcome = await converse(talk, faults=Faults(refuse=True))
    assert isinstance(outcome.error, ServerRefused)
    assert "declined the session: no connection is taken (as it was told to)" in str(outcome.error)
    assert outcome.kinds == ["connect_error"]
    assert await alone()


@pytest.mark.parametrize("close_frame", [True, False])
async def test_drop(talk, whole, close_frame):
    """A connection that ends at a media second, properly or not, leaves what had arrived, and says when it was."""
    outcome = await converse(talk, faults=Faults(drop=12.0, close_frame=close_frame))
    assert isinstance(outcome.error, ServerGone)
    assert "closed the connection after" in str(outcome.error)
    assert "handshake-done" in outcome.kinds
    assert set(starts(outcome.segments)) <= {start for start in starts(whole.segments) if start < 12.0}
    assert await alone()


@pytest.mark.parametrize("close_frame", [True, False])
async def test_drop_at_once(talk, close_frame):
    """A connection that ends before anything is said is told at once, without waiting for the timeout."""
    outcome = await converse(talk, faults=Faults(drop=0.0, close_frame=close_frame))
    assert isinstance(outcome.error, ServerGone)
    assert "after 0.0 s of media" in str(outcome.error)
    assert outcome.kinds == []


async def test_silent(talk, whole):
    """A server that falls silent is waited for at each remaining step, and then named: not all has arrived."""
    outcome = await converse(talk, faults=Faults(silent=12.0), timeout=3.0)
    assert isinstance(outcome.error, ServerSilent)
    assert "did not answer 'audio-stream (end)' within 3 s" in str(outcome.error)
    heard = starts(outcome.segments)
    assert heard == starts(whole.segments)[: len(heard)]
    assert len(heard) >= 2


async def test_silent_from_the_beginning(talk):
    """A server that does not answer the handshake is named, and is sent nothing."""
    outcome = await converse(talk, faults=Faults(silent=0.0), timeout=1.0)
    assert "did not answer 'handshake' within 1 s" in str(outcome.error)


async def test_frozen(talk):
    """A server that reads one message and then nothing for an hour is given up at the handshake's timeout."""
    outcome = await converse(talk, faults=Faults(slow=3600.0), timeout=1.0)
    assert isinstance(outcome.error, ServerSilent)


async def test_torn_handshake(talk):
    """A handshake that comes in pieces is kept as it came, and the server is named as silent."""
    outcome = await converse(talk, faults=Faults(tear=1), timeout=1.0)
    assert isinstance(outcome.error, ServerSilent)
    (torn,) = outcome.events
    assert isinstance(torn, Unknown)
    assert '2[\\"handshake-done\\",{\\"success\\":true' in torn.raw


async def test_torn_segment(talk, whole):
    """A torn segment is lost to the table, kept among the messages, and costs nothing else."""
    outcome = await converse(talk, faults=Faults(tear=3))
    assert outcome.error is None
    assert starts(outcome.segments) == starts(whole.segments)[:1] + starts(whole.segments)[2:]
    assert [event.kind for event in outcome.events if isinstance(event, Unknown)] == ["?"]
    assert outcome.report == whole.report


async def test_flood(talk, whole):
    """Ten thousand messages at once are all kept, and none of them hides a result."""
    outcome = await converse(talk, faults=Faults(flood=10_000))
    assert outcome.error is None
    assert outcome.kinds.count("weather-report") == 10_000
    pd.testing.assert_frame_equal(outcome.segments, whole.segments)


@pytest.mark.parametrize("name", ["audio-analysis-error", "audio-analysis", "analysis-error"])
async def test_engine_failure(talk, whole, name):
    """Whichever event tells of it, a failure of the engine ends the session with the server's words and number."""
    outcome = await converse(talk, faults=Faults(error=name, error_at=12.0))
    assert isinstance(outcome.error, ServerFault)
    assert "the engine failed (as it was told to) (code 9021)" in str(outcome.error)
    assert outcome.error.sent >= 11.9
    (fault,) = [event for event in outcome.events if isinstance(event, Fault)]
    assert (fault.kind, fault.code) == (name, "9021")
    expected = [
        start
        for start, (_, _, end) in zip(starts(whole.segments), whole.segments.index, strict=True)
        if end.total_seconds() < 11.5
    ]
    assert starts(outcome.segments)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("handshake-done", ServerRefused, "9020"),
        ("audio-analysis-completed", ServerFault, "9021"),
    ],
)
async def test_failure_at_a_step(talk, whole, name, kind, code):
    """A failure at the handshake or at the end leaves everything before it."""
    outcome = await converse(talk, faults=Faults(error=name))
    assert type(outcome.error) is kind
    assert outcome.error.code == code
    wanted = [] if name == "handshake-done" else starts(whole.segments)
    assert starts(outcome.segments) == wanted


async def test_failure_of_the_report(talk, whole):
    """A failure of the report is no failure of the session, which had everything before it."""
    outcome = await converse(talk, faults=Faults(error="analysis-report-ready"))
    assert outcome.error is None
    assert [event.code for event in outcome.events if isinstance(event, Fault)] == ["9021"]
    assert starts(outcome.segments) == starts(whole.segments)


def test_no_such_error():
    """An error that this protocol has no way to report is refused before a server is started."""
    with pytest.raises(SettingsError, match="error='ih5000' is not legal here: it must be one of 'handshake-done'"):
        app.serve(faults=Faults(error="ih5000"))


@pytest.mark.parametrize("faults", [Faults(lose=(1.0, 2.0)), Faults(blind=(1.0, 2.0))], ids=repr)
def test_no_coverage(faults):
    """Emotion Logic has no word for media that were not analysed, so its server cannot be told to lose some."""
    with pytest.raises(SettingsError, match=r"\(1\.0, 2\.0\) is not legal here"):
        app.serve(faults=faults)


def replayed(talk, faults, *, timeout=20.0, speed=math.inf):
    """Replay through real processes against a server with faults; returns the replay and the error."""
    with app.serve(faults=faults) as local:
        api = emo.EmotionLogic(url=local.url, timeout=timeout)
        try:
            return emo.replay(talk, api, speed=speed, progress=False), None
        except emo.errors.ReplayError as problem:
            return problem.replay, problem


def test_replay_flood_and_slow(talk, whole):
    """Through real processes: a flood and slow reading change no table, and all messages are in the events."""
    replay, error = replayed(talk, Faults(flood=10_000, slow=0.005))
    assert error is None
    assert replay.complete
    assert (replay.events["kind"] == "weather-report").sum() == 10_000
    assert starts(replay.segments) == starts(whole.segments)
    assert replay.summary()["messages"] == 10_000 + len(whole.raw)
    assert replay.summary()["errors"] == 0


@pytest.mark.parametrize("close_frame", [True, False])
def test_replay_drop(talk, whole, close_frame):
    """Through real processes: the error has the replay, whose summary says what is missing."""
    replay, error = replayed(talk, Faults(drop=12.0, close_frame=close_frame), speed=4.0)
    assert isinstance(error, ServerGone)
    assert f"the journal is {replay.journal}" in str(error)
    summary = replay.summary()
    assert not replay.complete
    assert 11.9 <= summary["sent"] <= 20.0
    assert summary["unanswered_tail"] == pytest.approx(summary["sent"] - summary["answered"])
    assert math.isnan(summary["latency_p50"])
    assert summary["errors"] == 1
    heard = starts(replay.segments)
    assert len(heard) >= 2
    assert heard == starts(whole.segments)[: len(heard)]


def test_replay_silent(talk, whole):
    """Through real processes: a server that falls silent is named, and what had arrived is there."""
    replay, error = replayed(talk, Faults(silent=12.0), timeout=3.0)
    assert isinstance(error, ServerSilent)
    assert replay.summary()["sent"] == pytest.approx(30.0)
    assert replay.summary()["unanswered_tail"] > 17.0
    assert starts(replay.segments) == starts(whole.segments)[: len(replay.segments)]
    assert replay.report is None


def test_replay_error(talk):
    """Through real processes: the server's fault is the exception, and stands in `faults` and in the summary."""
    replay, error = replayed(talk, Faults(error="audio-analysis-error", error_at=12.0))
    assert isinstance(error, ServerFault)
    assert "reports a fault after" in str(error)
    assert [fault.code for fault in replay.faults] == ["9021"]
    assert replay.summary()["errors"] == 2  # the server's message, and the session that ended by it
    assert len(replay.segments) >= 2
