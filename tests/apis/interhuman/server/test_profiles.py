"""Every kind of this server that there has been: the same client, and the same tables."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager

import pandas as pd
import pytest
from websockets.asyncio.client import connect

import emotoolkit as emo
from emotoolkit.apis.interhuman.server import app, profiles
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.apis.interhuman.wire import messages
from emotoolkit.errors import SettingsError
from tests.support import footage
from tests.support.in_process_server import here
from tests.support.interhuman_streams import PIECES, TALK, fast


@pytest.fixture(scope="module")
def reference(film):
    """What today's kind of server makes of the film."""
    with here(app.serving()) as local:
        return fast(film, local.url)


@asynccontextmanager
async def connected(path: str, **rules):
    async with (
        app.serving(Options(**rules)) as url,
        connect(
            url.removesuffix(messages.V0_PATH).removesuffix(messages.PATHS[1]).replace("http", "ws") + path
        ) as wire,
    ):
        yield wire


async def rest(wire) -> list[dict]:
    return [json.loads(raw) async for raw in wire]


def test_same_tables(film, reference):
    """What v2's server says makes the tables of today's, value for value."""
    with here(app.serving(Options(profile="v2"))) as local:
        replay = fast(film, local.url)
    assert replay.complete
    assert replay.source == reference.source
    assert len(replay.signals) > 0
    for name in ("signals", "engagement", "quality"):
        pd.testing.assert_frame_equal(getattr(replay, name), getattr(reference, name))


def overall(replay: emo.Replay) -> pd.DataFrame:
    """The last quality of the whole session."""
    return replay.quality.query("scope == 'overall'").tail(1)


def test_quickstart_looks_at_each_message(film, reference):
    """The quickstart's windows are its messages; signals and the quality of the whole are those of today's server."""
    with here(app.serving(Options(profile="quickstart"))) as local:
        replay = fast(film, local.url)
        paced = emo.replay(film, emo.Interhuman(url=local.url), speed=8.0, progress=False)
    assert replay.complete
    assert replay.source == "server"
    assert (replay.events["kind"] == "engagement.updated").sum() >= len(replay.packets)
    for name in ("signals", "engagement", "quality"):
        pd.testing.assert_frame_equal(getattr(paced, name), getattr(replay, name))
    ours, theirs = (each.signals.drop(columns="updates") for each in (replay, reference))
    pd.testing.assert_frame_equal(ours, theirs)
    pd.testing.assert_frame_equal(overall(replay).reset_index(drop=True), overall(reference).reset_index(drop=True))


def test_oldest(film, reference):
    """v0 answers each message, too, and has no word for the end."""
    with here(app.serving(Options(profile="v0"))) as local:
        replay = fast(film, local.url)
    assert replay.complete
    assert replay.events["kind"].tolist() == ["processing", "result", "completed"] * len(replay.packets)
    results = [json.loads(raw) for raw in replay.events.query("kind == 'result'")["raw"]]
    assert all(len(result["engagement_state"]) == 1 for result in results)
    ours, theirs = (each.signals.drop(columns="updates") for each in (replay, reference))
    known = theirs[theirs.index.get_level_values("end") <= ours.index.get_level_values("end").max()]
    pd.testing.assert_frame_equal(ours, known, check_categorical=False)


@pytest.mark.parametrize("include", [[], [messages.OVERALL, messages.TIMELINE]])
@pytest.mark.parametrize("seconds", [1, 2, 3, 6])
async def test_quickstart_answers_each_message(seconds, include):
    """Whoever sends a segment and waits for a word hears one, for whole files and for continuations of one stream."""
    files = [footage.file("plain", seconds, start=n * seconds, talk=TALK) for n in range(2)]
    stream = footage.pieces("webm", footage.file("webm", 3 * seconds, talk=TALK), seconds)[:3]  # behind it is padding
    for media in (files, stream):
        async with connected(messages.PATHS[0], profile="quickstart") as wire:
            await wire.send(messages.config(include))
            for n, message in enumerate(media):
                await wire.send(message)
                async with asyncio.timeout(30):
                    told = json.loads(await wire.recv())
                    while told["type"] != "engagement.updated":
                        told = json.loads(await wire.recv())
                assert n * seconds - 0.5 <= told["data"]["start"] < told["data"]["end"] <= (n + 1) * seconds


async def test_v0_answers_each_message():
    """The first segment has its state already."""
    async with connected(messages.V0_PATH) as wire:
        for n in range(3):
            await wire.send(footage.file("plain", 2, start=2 * n, talk=TALK))
            told = [json.loads(await wire.recv()) for _ in range(3)]
            assert [each["status"] for each in told] == ["processing", "result", "completed"]
            (state,) = told[1]["engagement_state"]
            assert 2 * n - 0.5 <= state["start"] < state["end"] <= 2 * n + 2


async def test_quickstart_messages():
    """The quickstart's server says nothing before there is a result, and each signal and state with both ends."""
    async with connected(messages.PATHS[0], profile="quickstart") as wire:
        await wire.send(messages.config([]))
        for piece in PIECES:
            await wire.send(piece)
        await wire.send(messages.close())
        told = await rest(wire)
    kinds = [each["type"] for each in told]
    assert set(kinds) == {"signal.detected", "engagement.updated", "session.closing", "session.ended"}
    windows = [(each["data"]["start"], each["data"]["end"]) for each in told if each["type"] == "engagement.updated"]
    assert all(end == start for (_, end), (start, _) in itertools.pairwise(windows))
    assert [end - start for start, end in windows[1:4]] == pytest.approx([3.0] * 3)
    (signals,) = [each["data"]["signals"] for each in told if each["type"] == "signal.detected"]
    assert [list(signal) for signal in signals] == [["type", "start", "end", "probability", "rationale"]]
    assert (signals[0]["type"], signals[0]["start"], signals[0]["end"]) == ("hesitation", 6.0, 7.5)


async def test_v2_messages():
    """v2 names its models, takes one from address or config before the first media, and names no modality."""
    async with connected(messages.PATHS[1] + "?model=inter-2") as wire:
        ready = json.loads(await wire.recv())["data"]
        assert ready["supported_session_config_options"]["model"] == list(messages.MODELS)
        await wire.send(messages.config([], "inter-2-audio"))
        assert json.loads(await wire.recv())["data"]["model"] == "inter-2-audio"
        await wire.send(messages.config([], "inter-2-deep"))
        assert json.loads(await wire.recv())["data"]["code"] == "ih6001"
        await wire.send(messages.config([]))
        assert json.loads(await wire.recv())["data"]["model"] == "inter-2-audio"
        for piece in PIECES:
            await wire.send(piece)
        await wire.send(messages.config([], "inter-2"))
        await wire.send(messages.close())
        told = await rest(wire)
    (late,) = [each["data"] for each in told if each["type"] == "error"]
    assert (late["code"], late["message"]) == ("ih6001", "the model may change only before the first media")
    (signal,) = [each["data"] for each in told if each["type"] == "signal.detected"]
    assert list(signal) == ["signal_type", "start", "probability", "rationale"]


async def test_v0_messages():
    """v0 has flat messages with a status, errors with an error_id, and understands no text."""
    async with connected(messages.V0_PATH + "?include[]=conversation_quality_overall&include[]=x") as wire:
        await wire.send(messages.config([]))
        refused = json.loads(await wire.recv())
        assert (refused["status"], refused["error_id"]) == ("error", "ih6001")
        await wire.send(b"garbage" * 9)
        assert json.loads(await wire.recv())["status"] == "processing"
        broken = json.loads(await wire.recv())
        assert (broken["status"], broken["error_id"], broken["segment"]) == ("error", "ih5004", 1)
        for piece in PIECES[:4]:
            await wire.send(piece)
        told = [json.loads(await wire.recv()) for _ in range(12)]
    assert [each["status"] for each in told] == ["processing", "result", "completed"] * 4
    assert [each["segment"] for each in told] == [number for number in (2, 3, 4, 5) for _ in range(3)]
    assert len({each["correlation_id"] for each in (refused, broken, *told)}) == 1
    assert told[0]["bytes"] == len(PIECES[0])
    result = told[10]
    assert result["engagement_state"][0].keys() == {"state", "start", "end"}
    assert set(result["conversation_quality"]) == {"measured", "overall"}
    assert not any("type" in each for each in told)


@pytest.mark.parametrize(
    ("path", "chosen", "name"),
    [
        ("/v1/stream/analyze", "reference", "reference"),
        ("/v1/stream/analyze", "quickstart", "quickstart"),
        ("/v1/stream/analyze", "v2", "reference"),
        ("/v2/stream/analyze", "quickstart", "v2"),
        ("/v0/stream/analyze", "reference", "v0"),
        ("/v9/stream/analyze", "reference", None),
    ],
)
def test_paths(path, chosen, name):
    """v2 and v0 are at their own addresses whatever was chosen; elsewhere the chosen one, or nothing."""
    assert profiles.find(path, chosen) == profiles.PROFILES.get(name)


def test_no_such_profile():
    """A profile that there never was is refused."""
    with pytest.raises(SettingsError, match=r"profile='v9' is not legal here: it must be one of 'reference', 'quick"):
        app.serve(profile="v9")
